"""QGIS, as Debian has it, shows what the register holds: features, filters, tiles, a picture.

The demonstration first, then a real cadastre; ``rounds`` says how many.
"""

import contextlib
import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely

from proofs import by_qgis_tiles
from proofs.by_qgis_truth import differences, key_of, rows
from proofs.overheard import Overheard
from proofs.server import Server
from proofs.world import World, free_port, world

PYTHON = Path("/usr/bin/python3")
"""The system's: QGIS's modules are packages of the distribution."""

INSTALL = "apt-get install --no-install-recommends python3-qgis qgis-providers"
ASKED = Path(__file__).with_name("qgis_asked.py")
CAMBRIDGE = "parcels-us-cambridge/cambridge_fy2014_shp.zip"
SAID_BY_QT = ("QObject::connect", "QPen::setDashPattern", "QStandardPaths")
COLLECTIONS = ("parcels", "units", "sheets")
CELLS = 3
"""A side of the grid of boxes that a large register is read by."""

AROUND = 1e-6
"""Degrees."""

Say = Callable[[str], object]


@dataclass(frozen=True)
class QGIS:
    """The program on this machine, with a profile of its own."""

    work: Path

    def ask(self, question: str, **asked: Any) -> dict[str, Any]:
        """Answer one question of ``qgis_asked.py``."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_"))}
        own = {"QT_QPA_PLATFORM": "offscreen", "HOME": str(self.work)}
        own |= {"XDG_RUNTIME_DIR": str(self.work), "QGIS_CUSTOM_CONFIG_PATH": str(self.work)}
        done = subprocess.run(
            [str(PYTHON), str(ASKED), question, json.dumps(asked)],
            env=kept | own,
            capture_output=True,
            text=True,
            check=False,
        )
        said = [line for line in done.stderr.splitlines() if not line.startswith(SAID_BY_QT)]
        if done.returncode != 0:
            raise RuntimeError(f"QGIS: {done.returncode} {' '.join(said)}")
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer


def prove(rounds: int, _seed: int, say: Say, out: Path | None = None) -> list[str]:
    """Compare the first ``rounds`` registers in QGIS with SQL; draw a picture at ``out``."""
    require_qgis()
    faults: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        qgis = QGIS(Path(folder))
        with world() as made, _served(made, "vn-80") as url:
            found = [*_collections(qgis, url, made, say), *_questions(qgis, url, made, say)]
            found += by_qgis_tiles.faults(qgis.ask, url, made, say)
            found += by_qgis_tiles.picture(qgis.ask, url, made, out or Path(folder, "map.png"), say)
            faults += [f"demonstration: {fault}" for fault in found]
        data = os.environ.get("LANDGIS_TEST_DATA")
        if rounds > 1 and data is None:
            say("Cambridge is left out: LANDGIS_TEST_DATA is not set")
        elif rounds > 1:
            faults += [f"Cambridge: {fault}" for fault in _large(qgis, Path(str(data)), say)]
    return faults


def require_qgis() -> None:
    """End with one line where QGIS is not installed."""
    found = PYTHON.exists() and not subprocess.call(
        [str(PYTHON), "-c", "import qgis.core"], stderr=subprocess.DEVNULL
    )
    if not found:
        raise SystemExit(f"qgis needs QGIS for the system's Python: {INSTALL}")


@contextlib.contextmanager
def _served(made: World, jurisdiction: str) -> Iterator[str]:
    log = made.home.with_name(f"{made.home.name}.log")
    server = Server(made.home, free_port(), {"LANDGIS_JURISDICTION": jurisdiction}, log)
    server.start()
    try:
        yield server.url
    finally:
        server.kill()


def _collections(qgis: QGIS, url: str, made: World, say: Say) -> Iterator[str]:
    """Read every collection whole."""
    for name in COLLECTIONS:
        truth = rows(made.services.database, name)
        with Overheard(url) as heard:
            got = qgis.ask("features", url=heard.url, collection=name)
        found = _compared(got, truth, made)
        say(
            f"  QGIS {got['version']}, {name}: {len(got['features'])} in {len(_pages(heard))} "
            f"pages, {len(truth)} by SQL, {got['crs']}: {len(found)} differ"
        )
        if got["counted"] != len(truth):
            found.append(f"counted as {got['counted']}")
        found += [f"{path} answered {status}" for path, status in heard.asked if status != 200]
        yield from (f"{name}: {fault}" for fault in found)


def _questions(qgis: QGIS, url: str, made: World, say: Say) -> Iterator[str]:
    """Ask for a box, for values, for days and for a plane of the surveys."""
    parcels = rows(made.services.database, "parcels")
    units = rows(made.services.database, "units")
    box = _middle([row["shape"] for row in parcels.values()], 0.1)
    day = "2025-07-01"
    until = {k: row for k, row in units.items() if str(row["valid_from"]) <= day}
    fifth = {k: row for k, row in parcels.items() if row["sheet"] == "5"}
    boxed = {"box": box, "is_only_box": True}
    sheet_box = _middle([row["shape"] for row in fifth.values()], 0.2)
    by_sheet, by_day = {"filter": "\"sheet\" = '5'"}, {"filter": f"\"valid_from\" <= '{day}'"}
    for what, collection, asked, truth, sent in (
        ("a box", "parcels", boxed, _meeting(parcels, box), "bbox="),
        ("one sheet", "parcels", by_sheet, fifth, ""),
        (
            *("a box in one sheet", "parcels", boxed | by_sheet | {"box": sheet_box}),
            *(_meeting(fifth, sheet_box), ""),
        ),
        ("until a day", "units", by_day, until, "datetime="),
        ("a plane of surveys", "parcels", boxed | {"crs": "EPSG:9209"}, _meeting(parcels, box), ""),
    ):
        with Overheard(url) as heard:
            got = qgis.ask("features", url=heard.url, collection=collection, **asked)
        found = _compared(got, truth, made)
        pushed = _pushed(heard)
        say(
            f"  {what}: {len(got['features'])} of {collection}, {len(truth)} by SQL, "
            f"{got['crs']}; sent: {pushed or 'the whole'}"
        )
        if sent and not all(sent in path for path, _ in _pages(heard)):
            found.append(f"the server was not asked for {sent}")
        found += [f"{path} answered {status}" for path, status in heard.asked if status != 200]
        found += [] if truth else ["nothing is to be found: the question is void"]
        yield from (f"{what}: {fault}" for fault in found)


def _large(qgis: QGIS, data: Path, say: Say) -> Iterator[str]:
    """Read a register that nobody may page through whole: its beginning, then box by box."""
    with world(demo=False, jurisdiction="generic") as made:
        path, profile = data / CAMBRIDGE, ("--profile", "cambridge")
        done = made.ask("import", str(path), *profile, "--publish")
        if done.returncode not in (0, 3):
            raise RuntimeError(done.stderr)
        truth = rows(made.services.database, "parcels")
        most = made.services.features.most_paged
        with _served(made, "generic") as url:
            with Overheard(url) as heard:
                got = qgis.ask("features", url=heard.url, collection="parcels")
            first = dict(sorted(truth.items(), key=lambda one: int(one[0]))[:most])
            say(
                f"  Cambridge: the first {len(got['features'])} of {len(truth)}; at the end "
                f"{heard.asked[-1][1]}"
            )
            yield from _compared(got, first, made)
            seen: set[str] = set()
            for box in _grid([row["shape"] for row in truth.values()]):
                got = qgis.ask("features", url=url, collection="parcels", box=box, is_only_box=True)
                yield from _compared(got, _meeting(truth, box), made)
                seen |= {key_of(feature) for feature in got["features"]}
            say(f"  Cambridge in {CELLS**2} boxes: {len(seen)} parcels, {len(truth)} by SQL")
            if seen != truth.keys():
                yield f"boxes together: {len(truth.keys() ^ seen)} differ"


def _compared(got: dict[str, Any], truth: dict[str, Any], made: World) -> list[str]:
    return list(differences(got["features"], truth, made.services.jurisdiction.time_zone))


def _pages(heard: Overheard) -> list[tuple[str, int]]:
    """Answer what was asked of members, but the first look at ten of them."""
    return [one for one in heard.asked if "/items?" in one[0] and not one[0].endswith("?limit=10")]


def _pushed(heard: Overheard) -> str:
    paths = [path.partition("?")[2] for path, _ in _pages(heard)]
    names = {part.partition("=")[0] for path in paths for part in path.split("&")}
    return ", ".join(sorted(names - {"limit", "f", "after"}))


def _meeting(truth: dict[str, Any], box: Sequence[float]) -> dict[str, Any]:
    square = shapely.box(*box)
    return {k: row for k, row in truth.items() if shapely.intersects(square, row["shape"])}


def _middle(shapes: Sequence[Any], share: float) -> list[float]:
    west, south, east, north = shapely.total_bounds(shapes)
    lon, lat = (west + east) / 2, (south + north) / 2
    wide, high = (east - west) * share, (north - south) * share
    return [float(side) for side in (lon - wide, lat - high, lon + wide, lat + high)]


def _grid(shapes: Sequence[Any]) -> Iterator[list[float]]:
    # A little wider, so that no parcel just touches an outer side, where rounding would decide.
    west, south = shapely.total_bounds(shapes)[:2] - AROUND
    east, north = shapely.total_bounds(shapes)[2:] + AROUND
    wide, high = (east - west) / CELLS, (north - south) / CELLS
    for i in range(CELLS):
        for j in range(CELLS):
            left, low = west + i * wide, south + j * high
            yield [float(side) for side in (left, low, left + wide, low + high)]
