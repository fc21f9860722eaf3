"""The deepest places of many polygons at once, by squares that are divided where it may be deeper.

In a square of which the middle has the depth ``d``, no point is deeper than ``d`` and half the
diagonal. A sharper bound comes from two edges on opposite sides: a point cannot be farther from
both than half their distance from each other, so the middle line of a street is settled at once.
All squares of all polygons are looked at together, level by level, as columns.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from landgis.cadastre.identifier.boundary import Edges, Floats, Ints, Near, measure

DIAGONAL = float(np.sqrt(2.0))
MOST_LEVELS = 48
"""A square of 100 km is smaller than a nanometre then."""

PARALLEL = 1e-9
"""Below this nothing can be said of where two lines meet."""

FOUR = np.array([(-1, -1), (1, -1), (-1, 1), (1, 1)]) * 0.5


class Squares(NamedTuple):
    """Squares, each with the edges that may be nearest to a point in it."""

    of: Ints
    """Which polygon."""

    x: Floats
    """Middle, from the origin of the polygon."""

    y: Floats
    half: Floats
    """Half a side, metres."""

    listed: Ints
    edge: Ints
    """The edges of all squares, one after the other, ``listed`` of each."""


class Places(NamedTuple):
    """Points in polygons, and how deep they are."""

    of: Ints
    x: Floats
    y: Floats
    depth: Floats


class Looked(NamedTuple):
    """What is known of squares."""

    near: Near
    bend: Floats
    """``(pairs,)`` how much more than evenly a distance may grow within the square."""

    most: Floats
    """No point of the square is deeper."""

    places: Places
    """The middles of the squares, then places nearby that are deeper as a rule."""


def take(squares: Squares, where: NDArray[np.bool_]) -> Squares:
    """Answer some of the squares."""
    return Squares(
        squares.of[where],
        squares.x[where],
        squares.y[where],
        squares.half[where],
        squares.listed[where],
        squares.edge[np.repeat(where, squares.listed)],
    )


def joined(parts: list[Squares]) -> Squares:
    """Answer all squares of all parts."""
    return Squares(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def first_squares(edges: Edges) -> Squares:
    """Answer squares that cover the polygons, four at most along the longer side."""
    width, height = edges.size.T
    long, short = np.maximum(width, height), np.minimum(width, height)
    side = np.maximum(np.minimum(long / 2, short), long / 4)
    columns, rows = (np.ceil(s / side).astype(np.int64).clip(1) for s in (width, height))
    many = columns * rows
    of = np.repeat(np.arange(len(many)), many)
    k = np.arange(len(of)) - np.repeat(np.cumsum(many) - many, many)
    x = (k % columns[of] + 0.5 - columns[of] / 2) * side[of] + width[of] / 2
    y = (k // columns[of] + 0.5 - rows[of] / 2) * side[of] + height[of] / 2
    count, edge = whole_boundary(edges, of)
    return Squares(of, x, y, side[of] / 2, count, edge)


def whole_boundary(edges: Edges, of: Ints) -> tuple[Ints, Ints]:
    """Answer how many edges polygons have, and all of them, one polygon after the other."""
    count = np.diff(edges.first)[of]
    start = edges.first[of] - (np.cumsum(count) - count)
    return count, np.arange(int(count.sum())) + np.repeat(start, count)


def look(edges: Edges, squares: Squares) -> Looked:
    """Answer what the middles of squares tell about them."""
    near = measure(edges, squares.x, squares.y, squares.edge, squares.listed)
    bend = _bend(edges, near, squares.half)
    most, opposite = _upper_bound(near, bend, squares.half)
    x, y = _between(near, opposite, squares)
    again = measure(edges, x, y, squares.edge, squares.listed)
    third, (up_x, up_y) = _uphill(again, near.nearest, opposite, (x, y), squares)
    last = measure(edges, up_x, up_y, squares.edge, squares.listed)
    three = np.stack([near.nearest, opposite, third])
    settled = together(near.distance[three] + bend[three], near.away_x[three], near.away_y[three])
    places = Places(
        np.tile(squares.of, 3),
        np.concatenate([squares.x, x, up_x]),
        np.concatenate([squares.y, y, up_y]),
        np.concatenate([near.depth, again.depth, last.depth]),
    )
    return Looked(near, bend, np.where(near.depth > 0, np.minimum(most, settled), most), places)


def together(values: Floats, east: Floats, north: Floats) -> Floats:
    """Answer what three values that change evenly cannot all exceed, anywhere.

    Each is ``value + east * dx + north * dy`` at a place; all arrays are ``(3, n)``. Where a mean
    of the three with weights above zero changes nowhere, it is that; else infinite.
    """
    weights = np.roll(east, -1, 0) * np.roll(north, -2, 0)
    weights -= np.roll(east, -2, 0) * np.roll(north, -1, 0)
    total = weights.sum(axis=0)
    sound = (np.abs(total) > PARALLEL) & (weights * np.sign(total) >= 0).all(axis=0)
    mean = (weights * values).sum(axis=0) / np.where(sound, total, 1.0)
    return np.where(sound, mean, np.inf)


def divided(squares: Squares, near: Near, where: NDArray[np.bool_]) -> Squares:
    """Answer the quarters of some squares, each with the edges that matter there."""
    far = np.abs(near.depth) + 2 * DIAGONAL * squares.half
    kept = where[near.of] & (near.distance <= far[near.of])
    edge, count = near.edge[kept], np.bincount(near.of[kept], minlength=len(where))[where]
    of, half = squares.of[where], squares.half[where]
    parts = [
        Squares(
            of,
            squares.x[where] + east * half,
            squares.y[where] + north * half,
            half / 2,
            count,
            edge,
        )
        for east, north in FOUR
    ]
    return joined(parts)


def _bend(edges: Edges, near: Near, half: Floats) -> Floats:
    """Answer how much more than evenly the distance from each edge may grow within its square.

    The distance from a line changes evenly, that from its end bends by the square of the way.
    """
    wide = (DIAGONAL * half)[near.of]
    straight = (near.along >= wide) & (near.along <= edges.length[near.edge] - wide)
    least = np.maximum(near.distance - wide, wide / 4)
    return np.where(straight, 0.0, wide * wide / (2 * least))


def _upper_bound(near: Near, bend: Floats, half: Floats) -> tuple[Floats, Ints]:
    """Answer the bound of each square, and the pair whose edge is opposite of the nearest one."""
    mine = near.nearest[near.of]
    slope = np.hypot(near.away_x + near.away_x[mine], near.away_y + near.away_y[mine])
    both = near.distance + near.distance[mine] + bend + bend[mine]
    both = (both + slope * (DIAGONAL * half)[near.of]) / 2
    least = np.minimum.reduceat(both, near.first)
    simple = near.depth + DIAGONAL * half
    return np.where(near.depth > 0, np.minimum(simple, least), simple), first_of(near, both, least)


def first_of(near: Near, values: Floats, least: Floats) -> Ints:
    """Answer for each square the first pair whose value is the least one."""
    found = np.flatnonzero(values <= least[near.of])
    return found[np.searchsorted(near.of[found], np.arange(len(least)))]


def _between(near: Near, opposite: Ints, squares: Squares) -> tuple[Floats, Floats]:
    """Answer places as far from the nearest edge as from the opposite one, within the squares."""
    a, b = near.nearest, opposite
    to_x, to_y = near.away_x[a] - near.away_x[b], near.away_y[a] - near.away_y[b]
    squared = to_x * to_x + to_y * to_y
    gap = (near.distance[b] - near.distance[a]) / np.where(squared > 0, squared, np.inf)
    return _within(squares, squares.x + gap * to_x, squares.y + gap * to_y)


def _uphill(
    near: Near, a: Ints, b: Ints, start: tuple[Floats, Floats], squares: Squares
) -> tuple[Ints, tuple[Floats, Floats]]:
    """Answer the third edge that is met on the middle line of two, going deeper, and where."""
    to_x, to_y = near.away_x[a] + near.away_x[b], near.away_y[a] + near.away_y[b]
    length = np.hypot(to_x, to_y)
    some = np.where(length > 0, length, 1.0)
    to_x, to_y, rise = to_x / some, to_y / some, length / 2
    slower = rise[near.of] - (near.away_x * to_x[near.of] + near.away_y * to_y[near.of])
    ahead = np.maximum(near.distance - near.distance[a][near.of], 0.0)
    others = slower > PARALLEL
    others[a], others[b] = False, False
    way = np.where(others, ahead / np.where(others, slower, 1.0), np.inf)
    least = np.minimum.reduceat(way, near.first)
    step = np.minimum(least, 4 * squares.half)
    x, y = start
    return first_of(near, way, least), _within(squares, x + step * to_x, y + step * to_y)


def _within(squares: Squares, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    east, north = x - squares.x, y - squares.y
    half = squares.half
    return squares.x + np.clip(east, -half, half), squares.y + np.clip(north, -half, half)
