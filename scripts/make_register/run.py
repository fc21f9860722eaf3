"""What ``scripts/make-register`` does: write a register block by block, say what is in it."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from landgis.ingest.tcvn3 import CODEC
from make_register.attributes import FIELDS, Cells, Texts, attributes, records
from make_register.defects import RULES, Planted, plant
from make_register.demo_times import make_demo_times
from make_register.geopackage import write_geopackage
from make_register.land import make_land
from make_register.places import Run, runs
from make_register.shapefile import ShapefileZip
from make_register.shapes import Shapes

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "data_samples" / "demo-register" / "demo_hoa_thanh_vilis.zip"
MOST_PARCELS = 12_000_000
"""The communes hold no more sheets than this needs."""

Block = tuple[Shapes, tuple[Cells, ...]]


def main() -> None:
    """Make what the command line asks for."""
    parser = argparse.ArgumentParser(
        description="Make a register of any size; the same numbers give the same bytes."
    )
    parser.add_argument("--parcels", type=int, help="rows of the file")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--out", type=Path, required=True, help="FILE.zip, or FILE.gpkg")
    parser.add_argument("--format", choices=("shp", "gpkg"), help="by the suffix of --out")
    parser.add_argument("--encoding", choices=("utf-8", "tcvn3"), default="utf-8")
    parser.add_argument(
        "--defects", type=float, default=1.0, help="1: as usual; 0: none; 2: twice as many"
    )
    parser.add_argument("--demo-times", type=int, help="copies of the demonstration register")
    given = parser.parse_args()
    if (given.parcels is None) == (given.demo_times is None):
        parser.error("say either --parcels or --demo-times")
    if given.demo_times is not None:
        print(make_demo_times(DEMO, given.out, given.demo_times))
        return
    if not 1 <= given.parcels <= MOST_PARCELS:
        parser.error(f"--parcels must be from 1 to {MOST_PARCELS}")
    kind = given.format or ("gpkg" if given.out.suffix == ".gpkg" else "shp")
    print(make_register(given.out, given.parcels, given.seed, kind, given.encoding, given.defects))


def make_register(
    target: Path,
    parcels: int,
    seed: int,
    kind: str = "shp",
    encoding: str = "utf-8",
    defects: float = 1.0,
) -> str:
    """Write a register and ``.truth.json`` beside it; answer one line about them.

    Parameters
    ----------
    kind
        ``shp``: a zip with a shapefile, ``gpkg``: a GeoPackage.
    encoding
        ``utf-8``, or ``tcvn3``: then nothing declares it, as in old files; a GeoPackage is UTF-8.
    defects
        Scales the shares in ``make_register.defects.SHARES``.
    """
    truth = Truth(parcels, seed)
    stem = f"thua_dat_{parcels}"
    if kind == "gpkg":
        write_geopackage(target, stem, _blocks(truth, "utf-8", defects))
    else:
        codec, cpg = (CODEC, None) if encoding == "tcvn3" else ("utf-8", "UTF-8")
        with ShapefileZip(target, stem, FIELDS, cpg) as file:
            for shapes, columns in _blocks(truth, codec, defects):
                file.write(shapes, records(columns))
    beside = target.with_suffix(".truth.json")
    beside.write_text(json.dumps(truth.told(), indent=1) + "\n", encoding="utf-8")
    return f"{target.name}: {parcels} rows, {truth.spoilt()} of them spoilt, see {beside.name}"


class Truth:
    """What is in a register, gathered while it is written."""

    def __init__(self, parcels: int, seed: int) -> None:
        self.parcels, self.seed = parcels, seed
        self.rows = 0
        self._units: set[str] = set()
        self._counts = dict.fromkeys(
            ("vertices", "rows_of_several_rings", "rows_over_5000_vertices", "sheets"), 0
        )
        self._defects: dict[str, list[int]] = {kind: [] for kind in RULES}

    def add(self, run: Run, planted: Planted) -> None:
        """Count a block of rows."""
        for kind, rows in planted.defects.items():
            self._defects[kind] += [self.rows + int(row) + 1 for row in rows]
        shapes = planted.land.shapes
        self._counts["vertices"] += len(shapes.xy)
        self._counts["rows_of_several_rings"] += int((shapes.ring_count() > 1).sum())
        self._counts["rows_over_5000_vertices"] += int((shapes.row_size() > 5_000).sum())
        self._counts["sheets"] += len(np.unique(planted.land.sheet))
        self._units.add(run.unit_code)
        self.rows += shapes.rows

    def spoilt(self) -> int:
        """Answer how many rows have a defect."""
        return len({row for rows in self._defects.values() for row in rows})

    def told(self) -> dict[str, Any]:
        """Answer what is in the file; rows count from 1."""
        return {
            "parcels": self.parcels,
            "seed": self.seed,
            "epsg": 9209,
            "units": sorted(self._units),
            **self._counts,
            "spoilt_rows": self.spoilt(),
            "defects": {
                kind: {"rule": RULES[kind], "count": len(rows), "rows": rows}
                for kind, rows in self._defects.items()
            },
        }


def _blocks(truth: Truth, encoding: str, defects: float) -> Iterator[Block]:
    texts = Texts(encoding)
    for number, run in enumerate(runs()):
        if truth.rows == truth.parcels:
            return
        chance = np.random.default_rng([truth.seed, number])
        planted = plant(make_land(run, chance), truth.parcels - truth.rows, defects, chance)
        truth.add(run, planted)
        yield planted.land.shapes, attributes(run, planted, texts, chance)
    if truth.rows < truth.parcels:
        raise ValueError(f"the communes hold {truth.rows} parcels, not {truth.parcels}")
