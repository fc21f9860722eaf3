"""From which zoom on a polygon may be rounded to the tiles' grid as it is, without a clipper.

A tile's integers are ``(x - west) * scale``, rounded. Two tiles of one zoom differ by whole numbers
in that, so one look at a polygon on the grid of the whole world holds for every tile it is in.
"""

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.threads import in_threads
from landgis.tiling.grid import EXTENT, HALF_WORLD_M

FULL_ZOOMS = (16, 17, 18)
"""Zooms that draw parcels with every vertex; below, simplified pictures are drawn."""

NEVER = 99
"""No zoom: always the clipper."""

NEAR_HALF = 1e-6
"""A coordinate so near the middle of two integers may be rounded up in one tile and down in the
next: PostgreSQL subtracts the tile's corner in double precision, with an error below 2e-7 of a unit
at zoom 18.
"""

BLOCK = 1_024
"""Polygons that one thread looks at in one go."""

Geometries = NDArray[np.object_]


def oriented(polygons: Geometries) -> Geometries:
    """Answer polygons with exterior rings clockwise and holes counter-clockwise, y to the north.

    In a tile y counts to the south, so they come out as the vector tile specification wants them.
    """
    turned: Geometries = shapely.orient_polygons(polygons, exterior_cw=True)
    return turned


def snap_zooms(polygons: Geometries, zooms: Sequence[int] = FULL_ZOOMS) -> NDArray[np.int16]:
    """Answer the lowest of ``zooms`` from which on rounding leaves each polygon as it should be.

    At that zoom and all higher ones of ``zooms`` the rounded polygon is valid, has all its rings,
    none of them turned over, and is the same in every tile. ``NEVER`` where that does not hold even
    at the highest.

    Parameters
    ----------
    polygons
        Polygons and multipolygons in EPSG:3857, metres.
    """
    blocks = [polygons[i : i + BLOCK] for i in range(0, len(polygons), BLOCK)]
    if not blocks:
        return np.empty(0, dtype=np.int16)
    return np.concatenate(in_threads(lambda block: _lowest(block, zooms), blocks))


def units_a_metre(z: int) -> float:
    """Answer the scale of a zoom: tile units for one metre of EPSG:3857."""
    return float(EXTENT * 2**z / (2 * HALF_WORLD_M))


def _lowest(polygons: Geometries, zooms: Sequence[int]) -> NDArray[np.int16]:
    coordinates, owner = shapely.get_coordinates(polygons, return_index=True)
    world = np.add(coordinates, [HALF_WORLD_M, -HALF_WORLD_M]) * [1.0, -1.0]
    rings, of_ring = shapely.get_rings(polygons, return_index=True)
    is_ccw = shapely.is_ccw(rings)
    drawn, sound = polygons.copy(), np.ones(len(polygons), dtype=bool)
    lowest = np.full(len(polygons), NEVER, dtype=np.int16)
    for z in sorted(zooms, reverse=True):
        exact = world * units_a_metre(z)
        rounded = np.rint(exact)
        doubtful = (np.abs(exact - rounded) > 0.5 - NEAR_HALF).any(axis=1)
        sound[owner[doubtful]] = False
        # A ring that collapses has too few points, or lies on itself: not valid either.
        sound &= shapely.is_valid(shapely.set_coordinates(drawn, rounded))
        # A sliver may turn over, and its exterior would be taken for a hole; here y runs down.
        sound[of_ring[shapely.is_ccw(shapely.get_rings(drawn)) == is_ccw]] = False
        lowest[sound] = z
    return lowest
