"""Good files of every format, spoiled at random places from a seed: the same seed, the same file."""

import random
import sqlite3
import struct
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyogrio.raw
import shapely

from tests.hostile import columnar, drawings, geojsons, geopackages, sheets
from tests.hostile.case import Case, faults
from tests.hostile.counter import count
from tests.hostile.outcome import Outcome
from tests.hostile.parts import layer, loose, members, packed, polygon, square, written

ROWS = 5

NUMBERS = (0, 1, 2, 3, 4, 6, 8, 16, 127, 255, 256, 32_767, 65_535, 2**31 - 1, 2**31, 2**32 - 1)
"""What programs stumble over, as words of four bytes."""


SAID = frozenset({
    "areas_unlabelled", "bridging_lines", "dangling_lines", "drawing_cut_off", "entities_not_read",
    "entities_unused", "labels_outside", "labels_several", "levels_unused", "lines_divide_areas",
    "nested_areas", "repeated_fills",
})  # fmt: skip
"""What a drawing whose lines bound another number of areas must say of itself."""

DRAWINGS = frozenset({"dxf", "dgn"})


class Mutant(NamedTuple):
    """A spoiled file."""

    name: str
    kind: str
    path: Path
    spoiled: str
    """The part that was spoiled, and how."""

    def faults(self, found: Outcome) -> list[str]:
        """Answer what may not become of it; refused by name is well, and so is every row told."""
        limits = Case(self.name, lambda folder: folder, "", refused=found.refused)
        if found.crash or found.refused:
            return faults(limits, found, None)
        wrong = [] if found.adds_up else [f"{found.rows} rows do not add up"]
        if self.kind in DRAWINGS:
            is_told = found.rows == ROWS or found.notes & SAID
        elif self.kind == "csv":  # nothing says how many lines there were
            is_told = found.rows == ROWS or found.rows in self._lines()
        else:
            is_told = found.rows == ROWS or found.rows == self._counted()
        if not is_told:
            wrong.append(f"{ROWS} rows became {found.rows}, and nothing was said: {found}")
        return wrong

    def _lines(self) -> range:
        """Lines that are there, of which one or none are names."""
        lines = [line for line in self.path.read_bytes().splitlines() if line.strip()]
        return range(len(lines) - 1, len(lines) + 1)

    def _counted(self) -> int | None:
        """Count what is there now, where more is there than was; what is less has been lost."""
        try:
            there = count(self.path)
        except (ValueError, LookupError, OSError, struct.error, sqlite3.Error, pa.ArrowException):
            return None
        return there if there is not None and there > ROWS else None


@cache
def dgn() -> bytes:
    """Five parcels as GDAL draws them."""
    shapes = np.array([shapely.Polygon(square(k)) for k in range(ROWS)], dtype=object)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "parcels.dgn"
        pyogrio.raw.write(
            path,
            geometry=shapely.to_wkb(shapes),
            field_data=[],
            fields=[],
            geometry_type="Polygon",
            driver="DGN",
            crs="EPSG:32648",
        )
        return path.read_bytes()


def _of_heights() -> dict[str, bytes]:
    tail = struct.pack("<2d5d", 1.0, 2.0, 1.0, 1.2, 1.4, 1.6, 2.0)
    contents = [polygon(square(k), shape_type=15, tail=tail) for k in range(ROWS)]
    return layer(contents, shape_type=15)


SHAPEFILES: Mapping[str, Callable[[], dict[str, bytes]]] = {
    "shapefile": layer,
    "shapefile of heights": _of_heights,
    "shapefile without an index": lambda: layer(shx=None),
}
FILES: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    "zip": ("zip", lambda: bytes(packed(members(layer())))),
    "geojson": ("geojson", geojsons.WHOLE.encode),
    "gpkg": ("gpkg", geopackages.good),
    "fgb": ("fgb", columnar.flatgeobuf),
    "fgb without an index": ("fgb", lambda: columnar.flatgeobuf(index=False)),
    "parquet": ("parquet", columnar.good_parquet),
    "dxf": ("dxf", lambda: drawings.GOOD),
    "dgn": ("dgn", dgn),
    "csv": ("csv", sheets.text),
    "xlsx": ("xlsx", sheets.good_book),
}
KINDS = (*SHAPEFILES, *FILES)
OPTIONS = ("--crs", "EPSG:32648")
"""Spoiling a .prj is not what this is about."""


def verdict(
    seed: int, look: Callable[..., Outcome], folder: Path
) -> tuple[Mutant, Outcome, list[str]]:
    """Answer the file of a seed, what became of it, and what of that may not be."""
    made = mutant(seed, folder)
    found = look(made.path, OPTIONS)
    return made, found, made.faults(found)


def spoiled_case(seed: int) -> Case:
    """Answer the file of a seed as a case of which nothing is known beforehand."""
    return Case(
        f"spoiled {seed}",
        lambda folder: mutant(seed, folder).path,
        "",
        options=OPTIONS,
        is_open=True,
    )


def is_shapefile(seed: int) -> bool:
    """Answer whether the file of a seed is read as one."""
    kind = KINDS[seed % len(KINDS)]
    return kind in SHAPEFILES or kind == "zip"


def mutant(seed: int, folder: Path) -> Mutant:
    """Write the file of this seed into an empty folder; its kind goes round."""
    rng = random.Random(seed)  # noqa: S311 - not a secret
    kind = KINDS[seed % len(KINDS)]
    if kind in SHAPEFILES:
        parts = SHAPEFILES[kind]()
        part = rng.choices(sorted(parts), [6 if p in {"shp", "dbf"} else 2 for p in sorted(parts)])
        spoiled, how = spoil(parts[part[0]], rng)
        path = loose(folder, {**parts, part[0]: spoiled})
        return Mutant(f"{seed} {kind}", kind, path, f"{part[0]}: {how}")
    suffix, good = FILES[kind]
    spoiled, how = spoil(good(), rng)
    return Mutant(f"{seed} {kind}", kind, written(folder, spoiled, f"parcels.{suffix}"), how)


def spoil(whole: bytes, rng: random.Random) -> tuple[bytes, str]:
    """Answer the bytes after one to three changes, and what was done."""
    raw, said = bytearray(whole), []
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        change = rng.choices(CHANGES, WEIGHTS)[0]
        at = _somewhere(len(raw), rng)
        change(raw, at, rng)
        said.append(f"{change.__name__} at {at}")
    return bytes(raw) or b"\n", ", ".join(said)


def _somewhere(size: int, rng: random.Random) -> int:
    """Headers are where it hurts: every other time within the first bytes."""
    return rng.randrange(min(size, 200) if rng.random() < 0.5 else size)


def flip(raw: bytearray, at: int, rng: random.Random) -> None:
    raw[at] ^= 1 << rng.randrange(8)


def overwrite(raw: bytearray, at: int, rng: random.Random) -> None:
    raw[at] = rng.randrange(256)


def number(raw: bytearray, at: int, rng: random.Random) -> None:
    at -= at % 4
    if at + 4 <= len(raw):
        struct.pack_into(rng.choice("<>") + "I", raw, at, rng.choice(NUMBERS))


def cut(raw: bytearray, at: int, rng: random.Random) -> None:
    del raw[at:]


def leave_out(raw: bytearray, at: int, rng: random.Random) -> None:
    del raw[at : at + rng.choice((1, 2, 4, 8, 100))]


def put_in(raw: bytearray, at: int, rng: random.Random) -> None:
    raw[at:at] = rng.randbytes(rng.choice((1, 2, 4, 8, 100)))


def repeat(raw: bytearray, at: int, rng: random.Random) -> None:
    raw[at:at] = raw[at : at + rng.choice((4, 16, 128, 136))]


def blank(raw: bytearray, at: int, rng: random.Random) -> None:
    size = min(rng.choice((4, 16, 64, 512)), len(raw) - at)
    raw[at : at + size] = bytes([rng.choice((0, 255))]) * size


def letter(raw: bytearray, at: int, rng: random.Random) -> None:
    """What spoils a text without making it no text."""
    raw[at] = rng.choice(b'0123456789.-+eE,:[]{}" ')


CHANGES = (flip, overwrite, number, letter, cut, leave_out, put_in, repeat, blank)
WEIGHTS = (5, 3, 5, 5, 2, 2, 2, 1, 2)
