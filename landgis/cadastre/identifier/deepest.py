"""How deep polygons are: the greatest distance of a place from the boundary."""

import numpy as np

from landgis.cadastre.identifier.boundary import Edges, Floats
from landgis.cadastre.identifier.search import (
    MOST_LEVELS,
    Places,
    Squares,
    divided,
    first_squares,
    joined,
    look,
    take,
)

TOLERANCE_M = 0.001
"""Places of depths no more different than this are equally deep (procedure ``landgis-1``)."""

DEPTH_M = 1e-7
"""To this the depth of the deepest place is found."""


def deepest(edges: Edges, start: Places) -> tuple[Places, Squares]:
    """Answer the deepest places, and the squares in which all that are as deep lie.

    Parameters
    ----------
    start
        Guesses, one of each polygon, in their order.
    """
    x, y, depth = start.x.copy(), start.y.copy(), start.depth.copy()
    squares, left = first_squares(edges), []
    for _ in range(MOST_LEVELS):
        looked = look(edges, squares)
        _raise(looked.places, x, y, depth)
        best = depth[squares.of]
        is_open = looked.most > best + DEPTH_M
        left.append(take(squares, ~is_open & (looked.most > best - TOLERANCE_M)))
        if not is_open.any():
            break
        squares = divided(squares, looked.near, is_open)
    return Places(start.of, x, y, depth), joined(left)


def _raise(places: Places, x: Floats, y: Floats, depth: Floats) -> None:
    """Take over those places that are deeper than what is known of their polygons."""
    better = np.flatnonzero(places.depth > depth[places.of])
    better = better[np.lexsort((places.depth[better], places.of[better]))]
    last = better[np.flatnonzero(np.diff(places.of[better], append=-1))]
    of = places.of[last]
    x[of], y[of], depth[of] = places.x[last], places.y[last], places.depth[last]
