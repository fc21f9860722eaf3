"""Nobody sees the old parcel: random changes under tile load, every tile compared with SQL.

Two servers with a tile store each stand before one database, as on two machines. A change is
written through the register's one writer, a part of them as an approval over HTTP. Then the tiles
at the old and the new place and those whose buffers touch it are asked: of the server that answered
the write as they are, of the other with the sequence of the write at once, without it within a
second. Meanwhile readers ask for the same tiles without end; servers are killed, stores damaged.
"""

import contextlib
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from sqlalchemy import text

from landgis.store.surveyed import SurveyedStore
from landgis.tiling import layers
from landgis.tiling.vector import statement
from proofs import mvt
from proofs.dossier import Refusal
from proofs.freshness import split_one
from proofs.person import Person
from proofs.register_changes import Changes, extents
from proofs.server import Server
from proofs.tile_asking import Asker, Got, Readers
from proofs.tile_truth import EXACT_FROM_ZOOM, Expected, Place, differences, expected, tiles_of
from proofs.world import World, free_port, world

SHOWN_EVERY = 500
CHECKED_ALWAYS = (17, 18)
CHECKED_IN_TURN = (8, 11, 12, 13, 14, 15, 16)
MOST_TILES = 6
"""Of one zoom after one change; a long road touches hundreds."""

APPROVED_ONE_IN = 33
"""Of the changes, those that go over HTTP from the first line of the dossier to its approval."""

LATE_ONE_IN = 20
"""After so many changes the other server is asked without the sequence, too."""

KILLS = 20
"""Of servers, over the whole proof, if it is long enough."""

KILL_EVERY = 15
"""Changes at least between two kills."""

WITHIN_S = 1.0
SEQUENCE = text("SELECT sequence FROM tile_state WHERE scope = 'register'")


@dataclass
class Run:
    """What a proof has seen so far."""

    made: World
    servers: list[Server]
    chance: Random
    readers: Readers
    faults: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    askers: list[Asker] = field(default_factory=list)
    slowest_s: float = 0.0

    def __post_init__(self) -> None:
        self.askers = [Asker(server.url) for server in self.servers]
        self.tileset = layers.load(self.made.services.settings.tiles_dir)["map"]


def prove(rounds: int, seed: int, say: Callable[[str], object]) -> list[str]:
    """Write ``rounds`` changes; answer every tile that was wrong after one."""
    chance = Random(seed)
    with world() as made, _servers(made) as servers, Readers([s.url for s in servers]) as readers:
        run = Run(made, servers, chance, readers)
        people = (
            made.hire(servers[0].url, "officer0", "officer"),
            made.hire(servers[0].url, "reviewer0", "reviewer"),
        )
        fids = [p.fid or 0 for p in SurveyedStore(made.services.database).written_by(1)]
        changes = Changes(made.services, chance, fids)
        made.services.pyramid.build()  # so that simplified pictures and kept tiles are at stake
        begin = monotonic()
        kill_every = max(rounds // KILLS, KILL_EVERY)
        for number in range(rounds):
            if number % kill_every == kill_every - 1:
                _kill_and_write(run, changes, chance)
            if number % APPROVED_ONE_IN == 0:
                _approved(run, changes, people)
            else:
                _written(run, changes, number)
            if number % SHOWN_EVERY == SHOWN_EVERY - 1:
                say(_line(run, monotonic() - begin, number + 1))
        say(_line(run, monotonic() - begin, rounds))
        return run.faults


def _line(run: Run, seconds: float, changes: int) -> str:
    told = ", ".join(f"{what} {n}" for what, n in sorted(run.counts.items()))
    return (
        f"{changes} changes in {seconds:.0f} s ({changes / seconds:.1f}/s), {told}; readers asked "
        f"{run.readers.asked}; slowest without sequence {run.slowest_s:.2f} s; "
        f"{len(run.faults)} wrong"
    )


@contextlib.contextmanager
def _servers(made: World) -> Iterator[list[Server]]:
    """Start two servers, the second as if on another machine."""
    other = made.home.with_name(f"{made.home.name}-b")
    url = made.services.database_url.replace("postgresql+psycopg://", "postgresql://", 1)
    log = made.home.with_name(f"{made.home.name}.log")
    servers = [
        Server(made.home, free_port(), {}, log),
        Server(other, free_port(), {"LANDGIS_DATABASE_URL": url}, log),
    ]
    try:
        for server in servers:
            server.start()
        yield servers
    finally:
        for server in servers:
            server.kill()
        shutil.rmtree(other, ignore_errors=True)


def _written(run: Run, changes: Changes, number: int) -> None:
    """Write a change below the web, then ask both servers with its sequence."""
    planned = changes.plan()
    places = _places(run, planned.boxes, number)
    known = _look(run, places)
    _, fids = changes.write(planned)
    run.counts[planned.kind] += 1
    sequence = _sequence(run)
    truths = _Truths(run, fids)
    if number % LATE_ONE_IN == 0:
        _check_late(run, truths, places, sequence)
    for i in range(len(run.servers)):
        _check(run, truths, i, places, known, sequence=sequence)


def _approved(run: Run, changes: Changes, people: tuple[Person, Person]) -> None:
    """Approve a split over HTTP; its server must be right without being told the sequence."""
    officer, reviewer = people
    while True:
        parcel = changes.any_parcel()
        with contextlib.suppress(Refusal):
            done = split_one(officer, reviewer, parcel.fid or 0, run.chance)
            if done is not None:
                break
    fids = changes.written(done.revision) | {done.parent}
    run.counts["approved"] += 1
    places = _places(run, extents([parcel]), run.counts["approved"])
    truths = _Truths(run, fids)
    _check(run, truths, 0, places, {})
    _check(run, truths, 1, places, {}, sequence=_sequence(run))
    known = _look(run, places)
    _check(run, truths, 0, places, known)


def _kill_and_write(run: Run, changes: Changes, chance: Random) -> None:
    """Kill a server, at times damage its store, write while it is away, start it, ask."""
    i = chance.randrange(len(run.servers))
    server = run.servers[i]
    server.kill()
    if chance.random() < 0.5:
        run.counts[f"store {_damage(server.home, chance)}"] += 1
    planned = changes.plan()
    places = _places(run, planned.boxes, run.counts["kill"])
    _, fids = changes.write(planned)
    server.start()
    run.askers[i].close()
    run.counts["kill"] += 1
    truths = _Truths(run, fids)
    _check(run, truths, i, places, {}, sequence=_sequence(run))
    _check(run, truths, i, places, {})


def _damage(home: Path, chance: Random) -> str:
    """Delete or spoil the files of a tile store."""
    files = sorted(p for p in home.glob("tiles*/**/*") if p.is_file())
    if not files or chance.random() < 0.5:
        for path in home.glob("tiles*"):
            shutil.rmtree(path, ignore_errors=True)
        return "deleted"
    for path in files:
        with path.open("r+b") as file:
            file.seek(chance.randrange(max(path.stat().st_size, 1)))
            file.write(chance.randbytes(4096))
    return "spoilt"


def _places(run: Run, boxes: Any, number: int) -> list[Place]:
    zooms = (CHECKED_IN_TURN[number % len(CHECKED_IN_TURN)], *CHECKED_ALWAYS)
    found: list[Place] = []
    for zoom in zooms:
        tiles = list(tiles_of(boxes, zoom))
        found += tiles if len(tiles) <= MOST_TILES else run.chance.sample(tiles, MOST_TILES)
    run.readers.hot = found
    return found


def _look(run: Run, places: list[Place]) -> dict[tuple[int, Place], Got]:
    """Ask for tiles so that each server has them, and a browser would have their ETags."""
    return {(i, place): asker.tile(place) for i, asker in enumerate(run.askers) for place in places}


class _Truths:
    """What SQL says of each tile after one change, and what was found of each content."""

    def __init__(self, run: Run, fids: frozenset[int]) -> None:
        self._made, self._tileset = run.made, run.tileset
        self._fids = fids
        self._expected: dict[Place, Expected] = {}
        self._found: dict[tuple[Place, bytes], list[str]] = {}

    def faults(self, place: Place, content: bytes) -> list[str]:
        """Answer where a tile's content and SQL differ."""
        if place not in self._expected:
            self._expected[place] = expected(self._made.services.database, place, self._fids)
        key = (place, content)
        if key not in self._found:
            tile = mvt.read(content, self._fids)
            found = differences(tile, self._expected[place])
            if place.z < EXACT_FROM_ZOOM and content != self._drawn_now(place):
                found.append("not as it is drawn now")
            self._found[key] = found
        return self._found[key]

    def _drawn_now(self, place: Place) -> bytes:
        """Answer the tile as nobody has kept it: what is simplified hides small differences."""
        store = self._made.services.tile_store
        drawn = statement(self._tileset, *place, store.position()[1])
        return b"" if drawn is None else store.tile(drawn.sql, drawn.parameters)


def _check(
    run: Run,
    truths: _Truths,
    server: int,
    places: list[Place],
    known: dict[tuple[int, Place], Got],
    sequence: int | None = None,
) -> None:
    """Ask a server for tiles, as a browser that knows the old ones; note what is wrong."""
    for place in places:
        faults = _faults(run, truths, server, place, known.get((server, place)), sequence)
        run.faults += [f"server {server}, {'/'.join(map(str, place))}: {f}" for f in faults]


def _faults(
    run: Run, truths: _Truths, server: int, place: Place, old: Got | None, sequence: int | None
) -> list[str]:
    etag = old.etag if old is not None else ""
    got = run.askers[server].tile(place, sequence=sequence, etag=etag)
    run.counts["tiles"] += 1
    if got.status == 304:
        run.counts["304"] += 1
    content = old.content if old is not None and got.status == 304 else got.content
    if got.status not in (200, 204, 304):
        return [f"status {got.status}"]
    return truths.faults(place, content)


def _check_late(run: Run, truths: _Truths, places: list[Place], sequence: int) -> None:
    """Ask the other server without the sequence until it is right; more than a second is wrong."""
    begin = monotonic()
    for place in places:
        while faults := _faults(run, truths, 1, place, None, None):
            run.slowest_s = max(run.slowest_s, monotonic() - begin)
            if monotonic() - begin > WITHIN_S:
                run.faults += [f"sequence {sequence}, after a second, {place}: {f}" for f in faults]
                break


def _sequence(run: Run) -> int:
    with run.made.services.database.begin() as connection:
        sequence: int = connection.execute(SEQUENCE).scalar_one()
    return sequence
