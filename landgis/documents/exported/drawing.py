"""A drawing (DXF R12) of parcels: boundaries and labels, each on its level."""

from collections.abc import Iterator, Mapping, Sequence
from io import TextIOWrapper
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import shapely

from landgis.documents.exported.table import Rows, Table

LABELS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "number": ("number",),
        "area": ("register_area_m2", "area_m2"),
        "land_use": ("land_use",),
    }
)
"""What is written into a parcel -> the fields that say it, the first that does."""

LINES_APART = 1.5
"""Of the height of a letter."""

TALLEST, OF_ROOM = 2.0, 0.6
"""Height of labels, 2 mm at 1:1000, and how far they go from their point to the boundary at most:
each begins inside its parcel (own choice)."""

Pair = tuple[int, object]


def write(path: Path, tables: Sequence[Table], _about: Mapping[str, Any]) -> None:
    """Write the one table, in the coordinates of its plane; x is east.

    Each ring is a closed polyline, each label a text at a point inside its parcel.
    """
    (table,) = tables
    with path.open("w", encoding="ascii", newline="\r\n") as file:
        _put(file, _head(table))
        for rows in table.rows:
            _put(file, _parcels(table, rows))
        _put(file, [(0, "ENDSEC"), (0, "EOF")])


def _put(file: TextIOWrapper, pairs: Iterator[Pair] | Sequence[Pair]) -> None:
    file.writelines(f"{code:>3}\n{value}\n" for code, value in pairs)


def _head(table: Table) -> Iterator[Pair]:
    yield from [(0, "SECTION"), (2, "HEADER"), (9, "$ACADVER"), (1, "AC1009"), (0, "ENDSEC")]
    levels = sorted(set(table.levels.values()))
    yield from [(0, "SECTION"), (2, "TABLES"), (0, "TABLE"), (2, "LAYER"), (70, len(levels))]
    for level in levels:
        yield from [(0, "LAYER"), (2, level), (70, 0), (62, 7), (6, "CONTINUOUS")]
    yield from [(0, "ENDTAB"), (0, "ENDSEC"), (0, "SECTION"), (2, "ENTITIES")]


def _parcels(table: Table, rows: Rows) -> Iterator[Pair]:
    names = [field.name for field in table.fields]
    geoms = shapely.from_wkb(list(rows.wkb))
    inside = shapely.get_coordinates(shapely.point_on_surface(geoms)).tolist()
    room = shapely.distance(shapely.points(inside), shapely.boundary(geoms)) * OF_ROOM
    heights = np.minimum(TALLEST, room / LINES_APART).tolist()
    for geom, point, height, values in zip(
        geoms, inside, heights, zip(*rows.columns, strict=True), strict=True
    ):
        for part in shapely.get_parts(geom):
            for ring in (part.exterior, *part.interiors):
                yield from _ring(table.levels["boundary"], ring.coords[:-1])
        yield from [(0, "POINT"), (8, table.levels["label"]), (10, point[0]), (20, point[1])]
        facts = dict(zip(names, values, strict=True))
        for line, (label, sources) in enumerate(LABELS.items()):
            text = next((facts[name] for name in sources if facts[name] is not None), None)
            if text is not None:
                y = point[1] + (1 - line) * LINES_APART * height
                yield from _text(table.levels[label], (point[0], y), height, text)


def _ring(level: str, vertices: Sequence[tuple[float, ...]]) -> Iterator[Pair]:
    yield from [(0, "POLYLINE"), (8, level), (66, 1), (70, 1), (10, 0.0), (20, 0.0), (30, 0.0)]
    for x, y in vertices:
        yield from [(0, "VERTEX"), (8, level), (10, x), (20, y), (30, 0.0)]
    yield from [(0, "SEQEND"), (8, level)]


def _text(level: str, at: tuple[float, float], height: float, value: object) -> Iterator[Pair]:
    text = f"{value:.1f}" if isinstance(value, float) else str(value)
    yield from [(0, "TEXT"), (8, level), (10, at[0]), (20, at[1]), (40, height)]
    yield 1, "".join(map(_letter, text))


def _letter(letter: str) -> str:
    r"""Answer a letter as every version of DXF has it: ``\U+1EA5`` beyond ASCII."""
    if letter.isascii():
        return letter if letter.isprintable() else " "
    return "".join(f"\\U+{ord(unit):04X}" for unit in letter)
