"""How exact an area can be that is drawn through points of a known accuracy."""

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.parcels import Column

Floats = NDArray[np.float64]


def sigma_m2(geoms: Column, point_m: Floats | float, metres: tuple[float, float]) -> Floats:
    """Answer the standard error of each area, square metres; 0 for null and empty geometries.

    σ_A = (σ/2)·√Σ|P(i+1) − P(i−1)|² over the vertices of all rings: the errors of the vertices are
    independent of each other (law of propagation of variances applied to the area formula).

    Parameters
    ----------
    point_m
        σ, the standard error of a vertex, metres: of each parcel, or of all.
    metres
        Metres in one unit of the survey plane, eastwards and northwards.
    """
    parts, parcel = shapely.get_parts(geoms, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    if not len(xy):
        return np.zeros(len(geoms))
    first = np.flatnonzero(np.diff(ring, prepend=-1))
    last = np.append(first[1:], len(xy)) - 1
    before = np.arange(len(xy)) - 1
    before[first] = last - 1  # the last vertex repeats the first one
    open_ = np.ones(len(xy), dtype=bool)
    open_[last] = False
    at = np.flatnonzero(open_)
    across = (xy[at + 1] - xy[before[at]]) * metres
    square = np.einsum("ij,ij->i", across, across)
    total = np.bincount(parcel[part[ring[at]]], square, len(geoms))
    return np.asarray(point_m / 2 * np.sqrt(total))
