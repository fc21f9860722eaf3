"""Kill worker, server or PostgreSQL in the middle of an import: all rows or none, once."""

import contextlib
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from time import monotonic
from typing import NamedTuple, Self
from uuid import uuid4

import psycopg
from benchmarks import registers

from landgis import bootstrap
from landgis.config import Settings
from landgis.store.cluster import Cluster
from proofs.killable import SEEN, Deployment, End, File
from proofs.person import Lost
from proofs.world import DEMO, World, world

RESUMED_WITHIN_S = 90.0
LOOK_EVERY_S = 0.05

REACH = 1.05
"""Kills fall from the beginning of a phase to a little behind its usual end."""

LARGE_FROM = 10
"""So many rounds are worth the large file; fewer are for the tests."""

BASE = "import_kills"
VICTIMS = ("worker", "server", "database")
PHASES = ("load", "publish")


class Watch:
    """Looks at the visible rows all the time, from outside."""

    def __init__(self, dsn: str) -> None:
        self.counts: Counter[int] = Counter()
        self._dsn = dsn
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.is_set():
            with (
                contextlib.suppress(psycopg.OperationalError),
                psycopg.connect(self._dsn, autocommit=True) as connection,
            ):
                while not self._stop.wait(LOOK_EVERY_S):
                    row = connection.execute(SEEN).fetchone() or (0,)
                    self.counts[row[0]] += 1
            self._stop.wait(LOOK_EVERY_S)


class Round(NamedTuple):
    """What came of one kill."""

    victim: str
    phase: str
    after_s: float
    """From the phase's beginning to the kill."""

    done_s: float
    """From the kill to the phase's end."""

    lost_s: float
    """What of that is more than the whole phase takes undisturbed."""

    looks: int
    faults: tuple[str, ...]
    undisturbed: dict[str, float]
    """How long the phases took that were over before the kill or began after it."""


def prove(rounds: int, seed: int, say: Callable[[str], object]) -> list[str]:
    """Kill ``rounds`` times, each in an import of its own; compare with one left in peace."""
    chance, file = Random(seed), _file(rounds)
    done: list[Round] = []
    with world(demo=False) as made:
        key = _base(made, file)
        with _deployment(made, file, key) as quiet:
            usual, wanted = _measured(quiet, file)
        spent = ", ".join(f"{phase} {usual[phase]:.1f} s" for phase in PHASES)
        say(f"{file.path.name}: {wanted.rows} rows; undisturbed {spent}")
        say(f"{'':>4} {'killed':<8} {'in':<7} {'after':>8} {'done in':>8} {'lost':>7}  outcome")
        for number in range(1, rounds + 1):
            victim, phase = VICTIMS[number % len(VICTIMS)], PHASES[chance.randrange(len(PHASES))]
            after_s = chance.uniform(0.0, usual[phase] * REACH)
            with _deployment(made, file, key) as disturbed:
                one = _round(disturbed, file, victim, phase, after_s, usual[phase], wanted)
            done.append(one)
            usual |= one.undisturbed  # the machine has become slower, or quicker
            outcome = "; ".join(one.faults) or f"0 or all rows in {one.looks} looks, equal"
            times = f"{after_s:>6.2f} s {one.done_s:>6.1f} s {one.lost_s:>5.1f} s"
            say(f"{number:>4} {victim:<8} {phase:<7} {times}  {outcome}")
    for line in _summary(done):
        say(line)
    return [f"round {n}: {fault}" for n, one in enumerate(done, 1) for fault in one.faults]


def _round(
    disturbed: Deployment,
    file: File,
    victim: str,
    phase: str,
    after_s: float,
    usual_s: float,
    wanted: End,
) -> Round:
    done_s, lost_s, faults = 0.0, 0.0, []
    undisturbed: dict[str, float] = {}
    with Watch(disturbed.dsn) as watch:
        try:
            done_s, undisturbed = _killed(disturbed, file, victim, phase, after_s)
            lost_s = max(0.0, done_s - usual_s)
            faults += _judge(disturbed.end(), wanted, watch, lost_s, disturbed.ended())
        except (RuntimeError, Lost) as problem:
            faults.append(str(problem))
    looks = sum(watch.counts.values())
    return Round(victim, phase, after_s, done_s, lost_s, looks, tuple(faults), undisturbed)


def _summary(done: list[Round]) -> Iterator[str]:
    yield f"{'killed':<8} {'times':>5} {'done in, most':>14} {'lost, most':>11} {'faults':>7}"
    for victim in (*VICTIMS, "all"):
        rounds = [one for one in done if victim in {one.victim, "all"}]
        if rounds:
            done_s, lost_s = max(one.done_s for one in rounds), max(one.lost_s for one in rounds)
            faults = sum(bool(one.faults) for one in rounds)
            times = f"{done_s:>12.1f} s {lost_s:>9.1f} s"
            yield f"{victim:<8} {len(rounds):>5} {times} {faults:>7}"
    yield f"looks at the visible rows: {sum(one.looks for one in done)}"
    # The machine may have become quicker than when the phases were measured.
    amid = sum(one.done_s > 0 for one in done)
    yield f"in the middle of a phase: {amid} of {len(done)}, the others after its end"


def _file(rounds: int) -> File:
    if rounds < LARGE_FROM:
        return File(DEMO, "vn-80", {})
    real = Path(os.environ.get("LANDGIS_TEST_DATA", "")) / "parcels-large" / "cambridge_x8_shp.zip"
    if real.exists():
        return File(real, "generic", {"profile": "cambridge"})
    return File(registers.demo_times(25), "vn-80", {})


def _base(made: World, file: File) -> str:
    """Make the database that each round starts with a copy of; answer a key to it."""
    url = Cluster(made.home).create_database(BASE)
    settings = Settings.from_env(
        {
            "LANDGIS_HOME": str(made.home),
            "LANDGIS_DATABASE_URL": url,
            "LANDGIS_JURISDICTION": file.jurisdiction,
        }
    )
    services = bootstrap.build(settings)
    try:
        return services.access.create("sender", frozenset({"import"}), None)
    finally:
        services.close()


@contextlib.contextmanager
def _deployment(made: World, file: File, key: str) -> Iterator[Deployment]:
    cluster, name = Cluster(made.home), f"r{uuid4().hex[:12]}"
    cluster.create_database(name, BASE)
    deployment = Deployment(made, name, file.jurisdiction, key)
    try:
        deployment.start("worker")
        deployment.start("server")
        deployment.wait_for_worker()
        yield deployment
    finally:
        for running in list(deployment.running):
            deployment.kill(running)
        deployment.start("database")
        cluster.drop_database(name)


def _measured(quiet: Deployment, file: File) -> tuple[dict[str, float], End]:
    """Answer how long each phase takes in peace, and what comes of it."""
    begin = monotonic()
    batch_id = quiet.load(file)
    staged = monotonic()
    quiet.publish(batch_id)
    return {"load": staged - begin, "publish": monotonic() - staged}, quiet.end()


def _killed(
    deployment: Deployment, file: File, victim: str, phase: str, after_s: float
) -> tuple[float, dict[str, float]]:
    """Import a file with a kill in it; answer the seconds from the kill to the phase's end, and how
    long the phases took that nothing disturbed.
    """
    killed: list[float] = []
    problems: list[RuntimeError] = []

    def disturb() -> None:
        killed.append(monotonic())
        try:
            deployment.kill(victim)
            deployment.start(victim)
        except RuntimeError as problem:
            problems.append(problem)

    timer, ends = threading.Timer(after_s, disturb), {}
    undisturbed: dict[str, float] = {}
    batch_id = ""
    for each in PHASES:
        begun = monotonic()
        if each == phase:
            timer.start()
        if each == "load":
            batch_id = deployment.load(file)
        else:
            deployment.publish(batch_id)
        ends[each] = monotonic()
        if each == phase:
            timer.join()
        if each != phase or ends[each] < killed[0]:
            undisturbed[each] = ends[each] - begun
    if problems:
        raise problems[0]
    return max(0.0, ends[phase] - killed[0]), undisturbed


def _judge(found: End, wanted: End, watch: Watch, late: float, ended: list[str]) -> Iterator[str]:
    if partly := set(watch.counts) - {0, wanted.rows}:
        yield f"{partly} rows were visible at once"
    if found != wanted:
        yield f"the register holds {found}, undisturbed {wanted}"
    if found.rows != found.sources:
        yield f"{found.rows - found.sources} rows are there twice"
    if late > RESUMED_WITHIN_S:
        yield f"{late:.0f} s were lost"
    if ended:
        yield f"ended by itself: {', '.join(ended)}"
