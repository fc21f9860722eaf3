"""A strip of parcels side by side: lots along a street, or the street itself."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from make_register.shapes import Floats, Ints, ranges, starts_of

CM = 100
"""Cuts are whole centimetres, so that neighbours compute the same vertex."""

BEND = 0.2
"""A line between two lots bends by at most this share of the narrower one: lines never cross."""


@dataclass(frozen=True)
class Edge:
    """The lower or upper side of a strip."""

    y: int
    """Centimetres."""

    cuts: Ints
    """Where the lines between the parcels end on it, both ends of the strip included; cm."""

    nodes: Ints
    """All vertices on it: the cuts, and those of whoever lies beyond; ascending, cm."""

    def points(self) -> Floats:
        """Answer the vertices in metres."""
        return np.column_stack([self.nodes / CM, np.full(len(self.nodes), self.y / CM)])


@dataclass(frozen=True)
class Lots:
    """Single rings, one a parcel, clockwise and closed, with the room inside each of them."""

    xy: Floats
    size: Ints
    centre: Floats
    clear_m: Floats
    """Radius of a circle around the centre that lies inside."""


def strip(low: Edge, high: Edge, bends: float, chance: np.random.Generator) -> Lots:
    """Answer the parcels between two edges; ``bends``: mean vertices of a line between two."""
    narrow = np.minimum(np.diff(low.cuts), np.diff(high.cuts))
    between = np.minimum(narrow[:-1], narrow[1:])
    count = np.concatenate([[0], chance.poisson(bends, len(between)), [0]]).astype(np.int64)
    line = np.repeat(np.arange(len(count)), count)
    nth = ranges(np.ones(len(count), dtype=np.int64), count)
    along = nth / (count[line] + 1)
    reach = np.concatenate([[0], between, [0]]) * BEND
    x = low.cuts[line] + along * (high.cuts - low.cuts)[line]
    x += chance.uniform(-1.0, 1.0, len(line)) * reach[line]
    bent = np.column_stack([x, low.y + along * (high.y - low.y)]) / CM
    xy, size = _rings(low, high, bent, count)
    middle = (low.cuts[:-1] + low.cuts[1:] + high.cuts[:-1] + high.cuts[1:]) / 4
    centre = np.column_stack([middle, np.full(len(middle), (low.y + high.y) / 2)]) / CM
    return Lots(xy, size, centre, BEND * np.minimum(narrow, high.y - low.y) / CM)


def _rings(low: Edge, high: Edge, bent: Floats, count: Ints) -> tuple[Floats, Ints]:
    """Go around each parcel: up its left line, along the top, down, and back along the bottom."""
    pool = np.vstack([low.points(), high.points(), bent])
    bottom, top = np.searchsorted(low.nodes, low.cuts), np.searchsorted(high.nodes, high.cuts)
    top += len(low.nodes)
    bend = starts_of(count) + len(low.nodes) + len(high.nodes)
    first = [bottom[:-1], bend[:-1], top[:-1], bend[1:] + count[1:] - 1, bottom[1:]]
    size = [np.ones_like(bottom[1:]), count[:-1], np.diff(top) + 1, count[1:], np.diff(bottom) + 1]
    return pool[_steps(np.column_stack(first), np.column_stack(size))], sum(size)


def _steps(first: Ints, size: Ints) -> NDArray[np.int64]:
    step = np.tile([1, 1, 1, -1, -1], len(first))
    flat = size.ravel()
    within = ranges(np.zeros(len(flat), dtype=np.int64), flat)
    return np.repeat(first.ravel(), flat) + np.repeat(step, flat) * within
