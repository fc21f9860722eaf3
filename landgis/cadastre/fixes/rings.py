"""Boundaries ring by ring: take vertices out, put others in their place, keep the rest."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import shapely

from landgis.cadastre.edits.nodes import Point, Points
from landgis.errors import Refused

LEAST = 3
"""Vertices of a ring."""

Ring = Points
"""``(k, 2)`` vertices of a ring in its order, without the closing one."""


def rings_of(geom: Any) -> list[Ring]:
    """Answer the rings of a Polygon or MultiPolygon, each part's shell before its holes."""
    return [_open(ring) for ring in shapely.get_rings(shapely.get_parts(geom))]


def with_rings(geom: Any, change: Callable[[Ring], Ring]) -> Any:
    """Answer a geometry whose rings are what ``change`` answers for them.

    A hole that is left with less than three vertices is gone, and a part whose shell is.

    Raises
    ------
    Refused
        ``parcel_vanishes``: nothing would be left.
    """
    polygons = []
    for part in shapely.get_parts(geom):
        shell = change(_open(part.exterior))
        holes = [change(_open(ring)) for ring in part.interiors]
        if len(shell) >= LEAST:
            polygons.append(shapely.Polygon(shell, [h for h in holes if len(h) >= LEAST]))
    if not polygons:
        raise Refused(
            "parcel_vanishes",
            "Nothing would be left of the parcel; it is a line or a point: draw its boundary anew",
        )
    if len(polygons) == 1 and geom.geom_type == "Polygon":
        return polygons[0]
    return shapely.MultiPolygon(polygons)


def moved(geom: Any, to: Mapping[Point, Point]) -> Any:
    """Answer a geometry with vertices elsewhere; what comes to lie on one point is one vertex."""

    def change(ring: Ring) -> Ring:
        points = [to.get(point, point) for point in pairs(ring)]
        if points == pairs(ring):
            return ring
        return _once(points)

    return with_rings(geom, change)


def without_repeats(geom: Any) -> Any:
    """Answer a geometry without vertices that repeat the one before them exactly."""
    return with_rings(geom, lambda ring: _once(pairs(ring)))


def _once(points: list[Point]) -> Ring:
    return np.array([p for i, p in enumerate(points) if p != points[i - 1]]).reshape(-1, 2)


def pairs(ring: Ring) -> list[Point]:
    """Answer vertices as tuples."""
    return [(x, y) for x, y in ring.tolist()]


def _open(ring: Any) -> Ring:
    points: Points = shapely.get_coordinates(ring)
    return points[:-1] if len(points) > 1 and (points[0] == points[-1]).all() else points
