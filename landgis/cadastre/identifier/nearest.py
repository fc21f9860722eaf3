"""Of all places that are deep enough, the one nearest the centroid of its polygon."""

import numpy as np
from numpy.typing import NDArray

from landgis.cadastre.identifier.boundary import Edges, Floats, Ints, Near, measure
from landgis.cadastre.identifier.search import (
    DIAGONAL,
    MOST_LEVELS,
    PARALLEL,
    Looked,
    Places,
    Squares,
    divided,
    first_of,
    look,
    take,
    together,
)

NEARER_M = 1e-5
"""A place that is nearer by less is not looked for."""

EQUAL_M = 1e-6
"""Distances no more different are equal: the place farther west, then south, is taken."""

APART_M = 0.05
"""Places closer together are the same place found twice, not two that are equally near."""

ROUNDING_M = 1e-9


def nearest(edges: Edges, centre: Places, deep: Places, squares: Squares, least: Floats) -> Places:
    """Answer the places, one of each polygon.

    Parameters
    ----------
    centre
        Centroids, in the order of the polygons.
    deep
        Places that are deep enough, in the same order: what is to be improved.
    squares
        All other places that are deep enough lie in these.
    least
        ``(n,)`` depth that is enough.
    """
    found = Found(centre, deep)
    squares = take(squares, found.may_improve(squares))
    for _ in range(MOST_LEVELS):
        if not len(squares.of):
            break
        looked = look(edges, squares)
        enough = least[squares.of]
        tried, active = _towards(edges, squares, looked.near, centre, enough)
        for places in (looked.places, *tried):
            found.improve(places, least)
        hopeful = (looked.most >= enough) & found.may_improve(squares)
        hopeful &= ~found.refuted(squares, looked, active, enough)
        squares = divided(squares, looked.near, hopeful)
        squares = take(squares, found.may_improve(squares))
    return found.places()


class Found:
    """The nearest places found so far."""

    def __init__(self, centre: Places, deep: Places) -> None:
        self._centre = centre
        self._x, self._y, self._depth = deep.x.copy(), deep.y.copy(), deep.depth.copy()
        self._off = np.hypot(deep.x - centre.x, deep.y - centre.y)

    def places(self) -> Places:
        """Answer them."""
        return Places(self._centre.of, self._x, self._y, self._depth)

    def may_improve(self, squares: Squares) -> NDArray[np.bool_]:
        """Answer which squares may hold a nearer place, or one as near far from the one known."""
        of = squares.of
        limit, smallest = self._limits(squares)
        off = _gap(squares, self._centre.x[of], self._centre.y[of])
        return np.asarray((off < limit) & (squares.half > smallest))

    def _limits(self, squares: Squares) -> tuple[Floats, Floats]:
        """Answer how near the centroid a place in each square must be to be of interest.

        And how small a square is too small to be looked at.
        """
        apart = _gap(squares, self._x[squares.of], self._y[squares.of]) > APART_M
        limit = self._off[squares.of] + np.where(apart, EQUAL_M, -NEARER_M)
        return limit, np.where(apart, APART_M / 16, NEARER_M / 4)

    def refuted(
        self, squares: Squares, looked: Looked, active: tuple[Ints, Ints], enough: Floats
    ) -> NDArray[np.bool_]:
        """Answer which squares hold no place that is at once deep enough and near enough."""
        of, near = squares.of, looked.near
        x, y = squares.x - self._centre.x[of], squares.y - self._centre.y[of]
        off = np.hypot(x, y)
        some = np.where(off > 0, off, 1.0)
        nearer = self._limits(squares)[0] - off
        one, two = active
        x, y = -x / some, -y / some
        spare = near.distance + looked.bend - enough[near.of]
        least = together(
            np.stack([spare[one], spare[two], nearer]),
            np.stack([near.away_x[one], near.away_x[two], x]),
            np.stack([near.away_y[one], near.away_y[two], y]),
        )
        for pair in active:
            slope = np.hypot(near.away_x[pair] + x, near.away_y[pair] + y)
            one_edge = spare[pair] + nearer + slope * DIAGONAL * squares.half
            least = np.minimum(least, one_edge)
        return np.asarray(least < 0)

    def improve(self, places: Places, least: Floats) -> None:
        """Take over those places that are deep enough and nearer, or as near and farther west."""
        some = np.flatnonzero(places.depth >= least[places.of] - ROUNDING_M)
        of, x, y = places.of[some], places.x[some], places.y[some]
        off = np.hypot(x - self._centre.x[of], y - self._centre.y[of])
        for part in (off < self._off[of], self._as_near(of, x, y, off)):
            order = np.flatnonzero(part)
            order = order[np.lexsort((-off[order], of[order]))]
            last = order[np.flatnonzero(np.diff(of[order], append=-1))]
            who = of[last]
            self._x[who], self._y[who], self._off[who] = x[last], y[last], off[last]
            self._depth[who] = places.depth[some[last]]

    def _as_near(self, of: Ints, x: Floats, y: Floats, off: Floats) -> NDArray[np.bool_]:
        east, north = x - self._x[of], y - self._y[of]
        before = (east < -APART_M) | ((np.abs(east) <= APART_M) & (north < -APART_M))
        return np.asarray(before & (off <= self._off[of] + EQUAL_M))


def _gap(squares: Squares, x: Floats, y: Floats) -> Floats:
    """Answer how far places lie from squares, 0 inside."""
    east = np.maximum(np.abs(x - squares.x) - squares.half, 0.0)
    north = np.maximum(np.abs(y - squares.y) - squares.half, 0.0)
    return np.hypot(east, north)


def _towards(
    edges: Edges, squares: Squares, near: Near, centre: Places, enough: Floats
) -> tuple[list[Places], tuple[Ints, Ints]]:
    """Try places where one edge, then two, are just far enough, as near the centroid as may be.

    From the middle of a square the distance to an edge changes as along its normal; the places
    are exact for straight edges, and come closer with every level for corners.
    """
    of = squares.of
    to_x, to_y = centre.x[of] - squares.x, centre.y[of] - squares.y
    spare = near.distance - enough[near.of]
    tried = []
    active: list[Ints] = []
    for _ in range(2):
        short = spare + near.away_x * to_x[near.of] + near.away_y * to_y[near.of]
        active.append(first_of(near, short, np.minimum.reduceat(short, near.first)))
        if len(active) == 1:
            gap = np.minimum(short[active[0]], 0.0)
            to_x = to_x - gap * near.away_x[active[0]]
            to_y = to_y - gap * near.away_y[active[0]]
        else:
            to_x, to_y = _meeting(near, active[0], active[1], spare, to_x, to_y)
        x, y = squares.x + to_x, squares.y + to_y
        inside = np.maximum(np.abs(to_x), np.abs(to_y)) <= squares.half
        depth = np.full(len(of), -np.inf)
        if inside.any():
            kept = take(squares, inside)
            depth[inside] = measure(edges, x[inside], y[inside], kept.edge, kept.listed).depth
        tried.append(Places(of, x, y, depth))
    return tried, (active[0], active[1])


def _meeting(
    near: Near, one: Ints, two: Ints, spare: Floats, to_x: Floats, to_y: Floats
) -> tuple[Floats, Floats]:
    """Answer where two edges are just far enough; the place given where they never are."""
    ax, ay, bx, by = near.away_x[one], near.away_y[one], near.away_x[two], near.away_y[two]
    cross = ax * by - ay * bx
    parallel = np.abs(cross) < PARALLEL
    some = np.where(parallel, 1.0, cross)
    x = (-spare[one] * by + spare[two] * ay) / some
    y = (-spare[two] * ax + spare[one] * bx) / some
    return np.where(parallel, to_x, x), np.where(parallel, to_y, y)
