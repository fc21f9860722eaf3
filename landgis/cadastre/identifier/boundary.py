"""Boundaries of many polygons as flat columns of edges, and how far points lie inside them."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.parcels import Column

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SAME = 1e-12
"""Relative difference below which two edges are equally near: they meet at the nearest point."""


STRAIGHT = 1e-9
"""A vertex at which the boundary turns by a smaller angle, in radians, is none."""


@dataclass(frozen=True)
class Edges:
    """Edges of ``n`` polygons, one after the other, with the interior on the left of each."""

    x: Floats
    """``(edges,)`` where it starts, from the origin of its polygon."""

    y: Floats
    along_x: Floats
    """Unit vector from its start to its end."""

    along_y: Floats
    length: Floats
    corner_x: Floats
    """Sum of the inward normals of the two edges that meet at its start: it points inwards."""

    corner_y: Floats
    after: Ints
    """``(edges,)`` which edge starts at its end."""

    first: Ints
    """``(n + 1,)`` where the edges of each polygon begin."""

    origin: Floats
    """``(n, 2)`` south-west corner of each polygon, in its plane."""

    size: Floats
    """``(n, 2)`` width and height of each polygon."""


class Near(NamedTuple):
    """Points against those edges that may be nearest to them, a row for each pair."""

    of: Ints
    """``(pairs,)`` which point."""

    first: Ints
    """``(points,)`` where the pairs of each point begin."""

    edge: Ints
    distance: Floats
    along: Floats
    """Where on the edge's line the point lies, from its start; outside 0 … length: beyond it."""

    away_x: Floats
    """Unit vector from the edge to the point, zero on the edge."""

    away_y: Floats
    nearest: Ints
    """``(points,)`` which pair is the nearest."""

    depth: Floats
    """``(points,)`` distance from the boundary; negative outside the polygon."""


def edges_of(polygons: Column) -> Edges:
    """Answer the edges of valid, non-empty polygons; holes are part of the boundary.

    Repeated vertices, and vertices on a straight line between their neighbours, are left out: what
    is found then is the same however finely a file divides its straight edges.
    """
    box = shapely.bounds(polygons)
    origin = box[:, :2]
    rings, of_polygon = shapely.get_rings(
        shapely.orient_polygons(polygons, exterior_cw=False), return_index=True
    )
    points, ring = shapely.get_coordinates(rings, return_index=True)
    points = points - origin[of_polygon[ring]]
    for is_superfluous in (_repeats, _on_a_line):
        kept = ~is_superfluous(points, *_around(ring))
        points, ring = points[kept], ring[kept]
    before, after = _around(ring)
    step = points[after] - points
    length = np.hypot(step[:, 0], step[:, 1])
    along_x, along_y = (step / length[:, None]).T
    return Edges(
        x=points[:, 0],
        y=points[:, 1],
        along_x=along_x,
        along_y=along_y,
        length=length,
        corner_x=-(along_y + along_y[before]),
        corner_y=along_x + along_x[before],
        after=after,
        first=np.searchsorted(of_polygon[ring], np.arange(len(polygons) + 1)),
        origin=origin,
        size=box[:, 2:] - origin,
    )


def _around(ring: Ints) -> tuple[Ints, Ints]:
    """Answer the vertices before and after each vertex of rings that are told by their number."""
    begins = np.flatnonzero(np.diff(ring, prepend=-1))
    ends = np.append(begins[1:], len(ring)) - 1
    before, after = np.arange(-1, len(ring) - 1), np.arange(1, len(ring) + 1)
    before[begins], after[ends] = ends, begins
    return before, after


def _repeats(points: Floats, before: Ints, after: Ints) -> NDArray[np.bool_]:  # noqa: ARG001
    return np.asarray((points == points[after]).all(axis=1))


def _on_a_line(points: Floats, before: Ints, after: Ints) -> NDArray[np.bool_]:
    came, goes = points - points[before], points[after] - points
    cross = came[:, 0] * goes[:, 1] - came[:, 1] * goes[:, 0]
    ahead = (came * goes).sum(axis=1)
    return np.asarray((ahead > 0) & (np.abs(cross) <= STRAIGHT * ahead))


def measure(edges: Edges, x: Floats, y: Floats, edge: Ints, count: Ints) -> Near:
    """Answer how far points lie from the edges listed for them.

    Parameters
    ----------
    x, y
        Points, from the origins of their polygons.
    edge, count
        The edges of all points, one after the other, and how many each point has (one at least);
        the truly nearest edge of its polygon must be among them.
    """
    of = np.repeat(np.arange(len(x)), count)
    first = np.cumsum(count) - count
    from_x, from_y = x[of] - edges.x[edge], y[of] - edges.y[edge]
    along_x, along_y, length = edges.along_x[edge], edges.along_y[edge], edges.length[edge]
    along = from_x * along_x + from_y * along_y
    foot = np.minimum(np.maximum(along, 0.0), length)
    from_x -= foot * along_x
    from_y -= foot * along_y
    distance = np.sqrt(from_x * from_x + from_y * from_y)
    least = np.minimum.reduceat(distance, first)
    tied = np.flatnonzero(distance <= least[of] * (1 + SAME))
    own = edge[tied]
    normal_x, normal_y = -along_y[tied], along_x[tied]
    for corner, where in ((own, along[tied] <= 0), (edges.after[own], along[tied] >= length[tied])):
        normal_x = np.where(where, edges.corner_x[corner], normal_x)
        normal_y = np.where(where, edges.corner_y[corner], normal_y)
    beyond = from_x[tied] * normal_x + from_y[tied] * normal_y < 0
    depth = least.copy()
    outside = of[tied[beyond]]
    depth[outside] = -least[outside]
    apart = np.where(distance > 0, distance, 1.0)
    away_x, away_y = from_x / apart, from_y / apart
    nearest = tied[np.searchsorted(of[tied], np.arange(len(x)))]
    return Near(of, first, edge, distance, along, away_x, away_y, nearest, depth)
