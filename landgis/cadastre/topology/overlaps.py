"""Ground that two parcels claim."""

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.parcels import Column
from landgis.cadastre.topology.cells import Square, inside
from landgis.cadastre.topology.ground import Ground, Who

POLYGON, GEOMETRY_COLLECTION = 3, 7
"""Type numbers of GEOS."""


class Overlap(NamedTuple):
    """Ground that two parcels claim."""

    one: Who
    """The one with the lower row; a row before a parcel of the register."""

    other: Who
    shape: shapely.Geometry
    """Polygon or MultiPolygon, metres."""

    area_m2: float
    width_m: float
    """Of its widest part, as area and perimeter have it: area / half of the perimeter."""


def overlaps(
    ground: Ground,
    suspects: NDArray[np.int64],
    edges: Column,
    square: Square,
    least_m: float,
) -> list[Overlap]:
    """Answer the overlaps that a cell tells.

    Parameters
    ----------
    suspects, edges
        Indices of parcels with edges that belong to no clean coverage, and these edges.
    least_m
        Narrower overlaps are none: the noise of coordinates.
    """
    one, other = _pairs(ground, suspects, edges, square)
    shared = shapely.intersection(ground.geom[one], ground.geom[other])
    parts, pair = _polygons(shared)
    area, perimeter = shapely.area(parts), shapely.length(parts)
    width = 2 * area / np.where(perimeter > 0, perimeter, 1.0)
    counts = width > least_m
    found = []
    for k in np.unique(pair[counts]):
        mine = counts & (pair == k)
        shapes = parts[mine]
        found.append(
            Overlap(
                ground.who(int(one[k])),
                ground.who(int(other[k])),
                shapes[0] if len(shapes) == 1 else shapely.multipolygons(shapes),
                float(area[mine].sum()),
                float(width[mine].max()),
            )
        )
    return found


def _pairs(
    ground: Ground, suspects: NDArray[np.int64], edges: Column, square: Square
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Answer the pairs that this cell tells and that may share ground, each once."""
    nth, met = ground.tree.query(edges, predicate="intersects")
    mine = suspects[nth]
    apart = mine != met
    pairs = np.unique(np.sort(np.column_stack([mine[apart], met[apart]]), axis=1), axis=0)
    judged = (ground.row[pairs] > 0).any(axis=1)
    one, other = pairs[judged].T
    swap = _goes_after(ground, one, other)
    one, other = np.where(swap, other, one), np.where(swap, one, other)
    bounds = shapely.bounds(ground.geom)
    corner = np.maximum(bounds[one, :2], bounds[other, :2])
    told = inside(square, corner)
    return one[told], other[told]


def _goes_after(
    ground: Ground, one: NDArray[np.int64], other: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Rows come in their order, parcels of the register after them."""
    first, second = ground.row[one], ground.row[other]
    return np.asarray((first == 0) | ((second > 0) & (second < first)))


def _polygons(shared: Column) -> tuple[Column, NDArray[np.int64]]:
    """Answer the polygons in what two parcels share, and which pair each belongs to."""
    parts, pair = shapely.get_parts(shared, return_index=True)
    kinds = shapely.get_type_id(parts)
    nested = kinds >= GEOMETRY_COLLECTION - 1  # a collection may hold a MultiPolygon
    if nested.any():
        inner, of = shapely.get_parts(parts[nested], return_index=True)
        parts = np.concatenate([parts[~nested], inner])
        pair = np.concatenate([pair[~nested], pair[nested][of]])
        kinds = shapely.get_type_id(parts)
    is_polygon = kinds == POLYGON
    return parts[is_polygon], pair[is_polygon]
