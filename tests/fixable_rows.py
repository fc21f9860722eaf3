"""A file of twelve squares with things that can be fixed, and some that may not be."""

from typing import Any

import shapely

from tests.builders import EAST, NORTH
from tests.held_rows import feature

DANGLE, OVERLAPS, OVERLAPPED, NODE, NO_NODE, SPRAWLS, LOST, SLIVER = 2, 4, 5, 6, 7, 9, 10, 12
"""Rows: runs out and back; 3 cm into the next one; with a vertex that the next one lacks; 2 m into
the next one; the next one; 5 cm wide."""

ROWS = 12
ACCEPTED = 9
"""All but the dangle and the two that overlap by 2 m."""


def at(x: float, y: float) -> tuple[float, float]:
    return (EAST + x, NORTH + y)


def row(number: int, *more: tuple[float, float], east: float = 10.0) -> Any:
    """Square ``number``, its eastern side elsewhere, with more vertices on that side."""
    west = 10.0 * (number - 1)
    corners = [(0.0, 0.0), (east, 0.0), *more, (east, 10.0), (0.0, 10.0)]
    return shapely.Polygon([at(west + x, y) for x, y in corners])


def fixable(note: str) -> list[dict[str, object]]:
    """The features; files with other notes are other files."""
    shapes = {number: row(number) for number in range(1, ROWS)}
    shapes[DANGLE] = row(DANGLE, (10, 5), (8, 5), (10, 5))
    shapes[OVERLAPS] = row(OVERLAPS, east=10.03)
    shapes[NODE] = row(NODE, (10, 4))
    shapes[SPRAWLS] = row(SPRAWLS, east=12.0)
    shapes[SLIVER] = row(SLIVER, east=0.05)
    return [feature(number, shape, GHICHU=note) for number, shape in sorted(shapes.items())]
