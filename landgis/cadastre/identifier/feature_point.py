"""Where in a parcel its feature point lies: the procedure ``landgis-1``.

Circular 19/2026/TT-BNNMT annex I (class A) asks for a point inside the boundary, computed from the
vertices, deep and far from the edges, in VN-2000 with the local meridian. It states neither a
precision nor what to do where several points are as deep. ``landgis-1`` is one answer to both:

1. Of a parcel of several parts the one of the largest area counts, of equal ones the western,
   then the southern one. Holes are land of others: their edges are edges.
2. Repeated vertices and vertices on a straight line are left out; neither the order of the rings,
   nor their direction, nor where they start makes a difference.
3. The depth of a place is its distance from the nearest edge. ``D`` is the greatest depth.
4. All places of a depth of at least ``D`` less 1 mm (and of half of ``D``) are equally deep. The
   feature point is the one of them nearest the centroid of the part; where several that lie apart
   are equally near, the western, then the southern one.

A part into which no circle of 2 cm across fits has no feature point: the cell of an identifier is
as large.

In a rectangle all places of its middle line are equally deep: the centroid is chosen. Where an
office's software looks for the deepest place with a tolerance of 1 mm, it finds one of the places
of step 4, too; in a long parcel it may be many metres away and still be as right.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.identifier.boundary import Floats, edges_of, measure
from landgis.cadastre.identifier.deepest import TOLERANCE_M, deepest
from landgis.cadastre.identifier.nearest import nearest
from landgis.cadastre.identifier.search import Places, whole_boundary
from landgis.cadastre.parcels import Column
from landgis.cadastre.threads import in_threads

PROCEDURE = "landgis-1"
"""Name of the procedure; it changes when any parcel's feature point may."""

LEAST_DEPTH_M = 0.01

VERTICES_AT_ONCE = 16_000
"""Of the parcels that are looked at together: few enough for the processor's own memory."""


def feature_points(geoms: Column) -> Floats:
    """Answer ``(n, 2)`` feature points of parcels in a metric plane.

    No place as deep is nearer the centroid by more than 0.01 mm. NaN for what has none: null,
    empty, invalid, too narrow. All processors take part.
    """
    points = np.full((len(geoms), 2), np.nan)
    where = np.flatnonzero(shapely.is_valid(geoms) & (shapely.area(geoms) > 0))
    polygons = _largest_parts(geoms[where])
    parts = list(_parts(shapely.get_num_coordinates(polygons)))
    found = in_threads(lambda part: _points_of(polygons[part]), parts)
    for part, xy in zip(parts, found, strict=True):
        points[where[part]] = xy
    return points


def _parts(vertices: NDArray[np.int64]) -> Iterator[slice]:
    """Cut a sequence of parcels into runs of about as many vertices."""
    run = np.cumsum(vertices) // VERTICES_AT_ONCE
    cuts = [0, *(np.flatnonzero(np.diff(run)) + 1).tolist(), len(vertices)]
    yield from (slice(a, b) for a, b in pairwise(cuts) if a < b)


def _largest_parts(geoms: Column) -> Column:
    parts, of = shapely.get_parts(shapely.normalize(geoms), return_index=True)
    west, south = shapely.bounds(parts).T[:2]
    order = np.lexsort((south, west, -shapely.area(parts), of))
    first = order[np.flatnonzero(np.diff(of[order], prepend=-1))]
    largest: Column = parts[first]
    return largest


def _points_of(polygons: Column) -> Floats:
    edges = edges_of(polygons)
    each = np.arange(len(polygons))
    x, y = (shapely.get_coordinates(shapely.centroid(polygons)) - edges.origin).T
    count, edge = whole_boundary(edges, each)
    centre = Places(each, x, y, measure(edges, x, y, edge, count).depth)
    start = centre._replace(depth=np.maximum(centre.depth, LEAST_DEPTH_M))
    deep, left = deepest(edges, start)
    enough = np.maximum(deep.depth - TOLERANCE_M, deep.depth / 2)
    central = centre.depth >= enough
    known = Places(*(np.where(central, c, d) for c, d in zip(centre, deep, strict=True)))
    found = nearest(edges, centre, known, left, enough)
    points = np.column_stack([found.x, found.y]) + edges.origin
    points[deep.depth <= LEAST_DEPTH_M] = np.nan
    return points
