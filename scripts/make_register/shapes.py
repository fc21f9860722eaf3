"""Many polygons as flat arrays: no Python object per parcel."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Shapes:
    """The polygons of consecutive rows; a row without a ring has no geometry."""

    rows: int
    xy: Floats
    """Vertices of all rings, each ring closed; metres."""

    ring_size: Ints
    """How many vertices each ring has."""

    ring_row: Ints
    """Row of each ring, counted from 0, ascending."""

    def row_size(self) -> Ints:
        """Answer how many vertices each row has."""
        sizes = np.zeros(self.rows, dtype=np.int64)
        np.add.at(sizes, self.ring_row, self.ring_size)
        return sizes

    def ring_count(self) -> Ints:
        """Answer how many rings each row has."""
        return np.bincount(self.ring_row, minlength=self.rows)

    def moved(self, by: tuple[float, float]) -> "Shapes":
        """Answer the same polygons shifted by metres, to the millimetre."""
        return Shapes(self.rows, (self.xy + by).round(3), self.ring_size, self.ring_row)

    def take(self, rows: Ints) -> "Shapes":
        """Answer these rows in this order; a row may be taken more than once."""
        first = np.searchsorted(self.ring_row, rows)
        rings = ranges(first, self.ring_count()[rows])
        starts = starts_of(self.ring_size)
        vertices = ranges(starts[rings], self.ring_size[rings])
        new_row = np.repeat(np.arange(len(rows)), self.ring_count()[rows])
        return Shapes(len(rows), self.xy[vertices], self.ring_size[rings], new_row)


def starts_of(sizes: Ints) -> Ints:
    """Answer where each of consecutive pieces begins."""
    return np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)[: len(sizes)]


def ranges(first: Ints, count: Ints) -> Ints:
    """Answer ``first[i], first[i] + 1, …`` (``count[i]`` numbers) of every i, one after another."""
    return np.repeat(first - starts_of(count), count) + np.arange(int(count.sum()))


def shapes_of(geoms: NDArray[Any]) -> Shapes:
    """Answer geometries as shapes, rings in their order and direction; None is a row without."""
    rings, row = shapely.get_rings(geoms, return_index=True)
    size = shapely.get_num_coordinates(rings).astype(np.int64)
    return Shapes(len(geoms), shapely.get_coordinates(rings), size, row.astype(np.int64))


def joined(parts: list[Shapes]) -> Shapes:
    """Answer the rows of all parts, one after another."""
    before = starts_of(np.array([part.rows for part in parts]))
    return Shapes(
        sum(part.rows for part in parts),
        np.concatenate([part.xy for part in parts]),
        np.concatenate([part.ring_size for part in parts]),
        np.concatenate([part.ring_row + n for part, n in zip(parts, before, strict=True)]),
    )


def arranged(rows: int, xy: Floats, ring_size: Ints, ring_row: Ints) -> Shapes:
    """Answer shapes of rings that come in any order; the rings of a row keep theirs."""
    order = np.argsort(ring_row, kind="stable")
    vertices = ranges(starts_of(ring_size)[order], ring_size[order])
    return Shapes(rows, xy[vertices], ring_size[order], ring_row[order])
