"""How much boundary two parcels have in common."""

from typing import Any

import numpy as np
import shapely

from landgis.cadastre.edits.nodes import NODE_TOLERANCE_M, Edges, Points


def common_boundary(one: Any, other: Any, tolerance: float = NODE_TOLERANCE_M) -> float:
    """Answer the length along which the boundaries of two parcels run together.

    Edge by edge: where an edge of ``other`` lies within ``tolerance`` of one of ``one``, the part
    they run side by side counts. Corners at which other edges begin add nothing.

    Parameters
    ----------
    one, other
        Polygon or MultiPolygon in the same projected plane; the answer is in its unit.
    tolerance
        In the unit of the plane.

    >>> common_boundary(shapely.box(0, 0, 10, 10), shapely.box(10, 5, 20, 15))
    5.0
    """
    mine, theirs = Edges.of(one), Edges.of(other)
    i, j = shapely.STRtree(theirs.lines()).query(
        mine.lines(), predicate="dwithin", distance=tolerance
    )
    a, b = mine.a[i], mine.b[i]
    length = np.hypot(*(b - a).T)
    drawn = length > 0
    a, b, j, length = a[drawn], b[drawn], j[drawn], length[drawn]
    way = (b - a) / length[:, None]
    from_a = (theirs.a[j] - a, theirs.b[j] - a)
    ends = [(foot * way).sum(axis=1) for foot in from_a]
    sides = [_cross(way, foot) for foot in from_a]
    low = np.clip(np.minimum(*ends), 0.0, length)
    high = np.clip(np.maximum(*ends), 0.0, length)
    beside = (_gap(ends, sides, low) <= tolerance) & (_gap(ends, sides, high) <= tolerance)
    return float((high - low)[beside].sum())


def _cross(way: Points, foot: Points) -> Any:
    return way[:, 0] * foot[:, 1] - way[:, 1] * foot[:, 0]


def _gap(ends: list[Any], sides: list[Any], at: Any) -> Any:
    """Answer how far the other edge's line lies beside this edge at a distance along it."""
    span = ends[1] - ends[0]
    share = np.where(span == 0, 0.0, (at - ends[0]) / np.where(span == 0, 1.0, span))
    return np.abs(sides[0] + share * (sides[1] - sides[0]))
