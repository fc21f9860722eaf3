"""Kill worker, server or PostgreSQL in the middle of an import: all rows or none, once."""

import contextlib
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from time import monotonic
from typing import Self
from uuid import uuid4

import psycopg

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


def prove(rounds: int, seed: int, say: Callable[[str], object]) -> list[str]:
    """Kill ``rounds`` times, each in an import of its own; compare with one left in peace."""
    chance, file = Random(seed), _file(rounds)
    faults: list[str] = []
    waits: list[float] = []
    with world(demo=False) as made:
        key = _base(made, file)
        with _deployment(made, file, key) as quiet:
            usual, wanted = _measured(quiet, file)
        spent = ", ".join(f"{phase} {usual[phase]:.1f} s" for phase in PHASES)
        say(f"{file.path.name}: {wanted.rows} rows; undisturbed {spent}")
        for number in range(rounds):
            victim, phase = VICTIMS[number % len(VICTIMS)], PHASES[chance.randrange(len(PHASES))]
            after = chance.uniform(0.0, usual[phase] * REACH)
            what = f"{number + 1}: {victim} killed {after:.2f} s into {phase}"
            try:
                with _deployment(made, file, key) as disturbed, Watch(disturbed.dsn) as watch:
                    waited = _killed(disturbed, file, victim, phase, after)
                    found, ended = disturbed.end(), disturbed.ended()
            except (RuntimeError, Lost) as problem:
                faults.append(f"{what}: {problem}")
                continue
            late = max(0.0, waited - usual[phase])
            say(f"{what}: done {waited:.1f} s later, {late:.1f} s of them lost")
            waits.append(late)
            faults += [f"{what}: {fault}" for fault in _judge(found, wanted, watch, late, ended)]
    if waits:
        waits.sort()
        say(f"lost by a kill: median {waits[len(waits) // 2]:.1f} s, most {waits[-1]:.1f} s")
    return faults


def _file(rounds: int) -> File:
    data = os.environ.get("LANDGIS_TEST_DATA")
    large = Path(data or "") / "parcels-large" / "cambridge_x8_shp.zip"
    if data and rounds >= LARGE_FROM and large.exists():
        return File(large, "generic", {"profile": "cambridge"})
    return File(DEMO, "vn-80", {})


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


def _killed(deployment: Deployment, file: File, victim: str, phase: str, after_s: float) -> float:
    """Import a file with a kill in it; answer the seconds from the kill to the phase's end."""
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
    batch_id = ""
    for each in PHASES:
        if each == phase:
            timer.start()
        if each == "load":
            batch_id = deployment.load(file)
        else:
            deployment.publish(batch_id)
        ends[each] = monotonic()
        if each == phase:
            timer.join()
    if problems:
        raise problems[0]
    return max(0.0, ends[phase] - killed[0])


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
