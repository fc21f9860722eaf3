"""Vertices of one parcel that a neighbour's boundary misses, by nothing or by a little."""

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.edits.nodes import along, distances
from landgis.cadastre.parcels import Column
from landgis.cadastre.topology.cells import Square, inside
from landgis.cadastre.topology.ground import Ground, Who
from landgis.cadastre.topology.segments import Points, Segments


class Miss(NamedTuple):
    """A vertex of one parcel near the boundary of another, which has no vertex there."""

    lacking: Who
    """Whose boundary has no vertex there."""

    having: Who
    place: tuple[float, float]
    distance_m: float
    """From the vertex to the boundary; at most the millimetre of a node: it lies on it."""

    to_vertex_m: float
    """From the vertex to the nearest vertex of the boundary."""


def misses(
    ground: Ground, segments: Segments, square: Square, node_m: float, near_m: float
) -> list[Miss]:
    """Answer every vertex that this cell tells and that a neighbour has not.

    Parameters
    ----------
    near_m
        Vertices farther from a boundary are not meant to lie on it, where the accuracies of both
        parcels do not say more.
    """
    points, of = segments.vertices()
    told = inside(square, points)
    points, of = points[told], of[told]
    if not len(points):
        return []
    reach = max(near_m, node_m, *np.sqrt(2) * ground.accuracy_m[np.isfinite(ground.accuracy_m)])
    point, segment = segments.tree.query(
        shapely.points(points), predicate="dwithin", distance=reach
    )
    lacking = segments.of[segment]
    pair = (lacking != of[point]) & _judged(ground, lacking, of[point])
    point, segment, lacking = point[pair], segment[pair], lacking[pair]
    distance, to_vertex = _distances(segments, segment, points[point])
    first, distance, to_vertex = _nearest(point, lacking, distance, to_vertex)
    point, lacking = point[first], lacking[first]
    limit = np.hypot(ground.accuracy_m[lacking], ground.accuracy_m[of[point]])
    limit = np.maximum(np.where(np.isnan(limit), near_m, limit), node_m)
    near = np.flatnonzero((to_vertex > node_m) & (distance <= limit))
    point, lacking = point[near], lacking[near]
    distance, to_vertex = _to_boundary(ground.geom[lacking], points[point])
    lone = to_vertex > node_m
    at_vertex = (to_vertex - distance) <= node_m
    twice = at_vertex & (distance > node_m) & (of[point] > lacking)
    return [
        Miss(
            ground.who(int(lacking[i])),
            ground.who(int(of[point[i]])),
            (float(points[point[i], 0]), float(points[point[i], 1])),
            float(distance[i]),
            float(to_vertex[i]),
        )
        for i in np.flatnonzero(lone & ~twice)
    ]


def _judged(ground: Ground, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.bool_]:
    return np.asarray((ground.row[one] > 0) | (ground.row[other] > 0))


def _distances(
    segments: Segments, which: NDArray[np.int64], points: Points
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Answer how far points lie from segments, and from the nearer ends of these."""
    a, b = segments.a[which], segments.b[which]
    foot = a + along(a, b, points)[:, None] * (b - a)
    return distances(foot, points), np.minimum(distances(a, points), distances(b, points))


def _to_boundary(geoms: Column, points: Points) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Answer how far each point lies from the whole boundary of a parcel, and from its vertices.

    The segments before were only those of no clean coverage; another edge may be nearer.
    """
    at = shapely.points(points)
    xy, of = shapely.get_coordinates(geoms, return_index=True)
    vertices = shapely.multipoints(shapely.points(xy), indices=of)
    return shapely.distance(shapely.boundary(geoms), at), shapely.distance(vertices, at)


def _nearest(
    point: NDArray[np.int64],
    lacking: NDArray[np.int64],
    distance: NDArray[np.float64],
    to_vertex: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Answer, of each point and parcel, one pair's index and the least of both distances."""
    order = np.lexsort((lacking, point))
    p, q = point[order], lacking[order]
    new = np.ones(len(p), dtype=bool)
    new[1:] = (p[1:] != p[:-1]) | (q[1:] != q[:-1])
    starts = np.flatnonzero(new)
    if not len(starts):
        none = np.empty(0)
        return np.empty(0, dtype=np.int64), none, none
    return (
        order[starts],
        np.minimum.reduceat(distance[order], starts),
        np.minimum.reduceat(to_vertex[order], starts),
    )
