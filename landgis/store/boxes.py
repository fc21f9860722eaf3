"""Boxes in which to look for what lies near shapes, and an order that keeps near what is near."""

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray

Boxes: TypeAlias = NDArray[np.float64]
"""``(n, 4)`` west, south, east, north in metres."""

RUN = 16
"""Vertices that a box is laid around: one around the whole of a road would hold a town."""

MORTON_BITS = 16


def around(shapes: NDArray[np.object_]) -> Boxes:
    """Answer boxes that hold every vertex: around runs of vertices, whatever shape they are of."""
    places, owner = shapely.get_coordinates(shapes, return_index=True)
    at = np.arange(len(owner))
    first = np.flatnonzero(np.append(True, owner[1:] != owner[:-1]))
    from_first = at - np.repeat(first, np.diff(np.append(first, len(at))))
    begin = np.flatnonzero(from_first % RUN == 0)
    low, high = np.minimum.reduceat(places, begin), np.maximum.reduceat(places, begin)
    return np.hstack([low, high])


def area_m2(boxes: Boxes) -> float:
    """Answer the sum of their areas; where boxes overlap, it counts twice."""
    return float(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1).sum())


def merged(boxes: Boxes) -> Boxes:
    """Answer fewer boxes that hold these: runs of the cells of a grid that they meet."""
    side = 8 * float(np.median(np.maximum(*(boxes[:, 2:] - boxes[:, :2]).T))) or 1.0
    cells = np.unique(np.vstack(list(_cells(boxes, side))), axis=0)
    breaks = (np.diff(cells[:, 0]) != 0) | (np.diff(cells[:, 1]) != 1)
    first = np.flatnonzero(np.append(True, breaks))
    last = np.append(first[1:] - 1, len(cells) - 1)
    return np.hstack([cells[first], cells[last] + 1]) * side


def _cells(boxes: Boxes, side: float) -> Iterator[NDArray[np.int64]]:
    """Answer columns and rows of the cells that boxes meet: the narrow ones all at once."""
    low = np.floor(boxes[:, :2] / side).astype(np.int64)
    high = np.floor(boxes[:, 2:] / side).astype(np.int64)
    narrow = (high - low).max(axis=1) <= 1
    yield from (low[narrow], high[narrow])
    yield np.column_stack([low[narrow][:, 0], high[narrow][:, 1]])
    yield np.column_stack([high[narrow][:, 0], low[narrow][:, 1]])
    for (west, south), (east, north) in zip(low[~narrow], high[~narrow], strict=True):
        columns, rows = np.meshgrid(np.arange(west, east + 1), np.arange(south, north + 1))
        yield np.column_stack([columns.ravel(), rows.ravel()])


def near_in_order(places: NDArray[np.float64]) -> NDArray[np.int64]:
    """Answer the order along a curve that keeps near what is near."""
    if not len(places):
        return np.empty(0, dtype=np.int64)
    low = places.min(axis=0)
    span = float((places - low).max()) or 1.0
    columns, rows = ((places - low) / span * (2**MORTON_BITS - 1)).astype(np.uint64).T
    code = np.zeros(len(places), dtype=np.uint64)
    for bit in range(MORTON_BITS):
        one = np.uint64(bit)
        code |= ((columns >> one) & np.uint64(1)) << np.uint64(2 * bit)
        code |= ((rows >> one) & np.uint64(1)) << np.uint64(2 * bit + 1)
    return np.argsort(code, kind="stable")
