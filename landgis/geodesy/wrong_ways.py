"""How other software writes VN-2000 coordinates wrongly, so that the mistake can be named.

Nothing here ever places a parcel: these operations only tell by how much a file made with them
lies off.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from landgis.geodesy.planes import HELMERT_VN2000_TO_WGS84, LONLAT, TO_RAD, VN2000_MERIDIANS, tmerc
from landgis.geodesy.transform import transform_xy

NO_DATUM_SHIFT = "no_datum_shift"
UNFLIPPED_ROTATIONS = "unflipped_rotations"
EPSG_5194 = "epsg_5194"

_OF_5194 = (
    "+x=-192.873 +y=-39.382 +z=-111.202 "
    "+rx=0.00205 +ry=0.0005 +rz=-0.00335 +s=0.0188 +convention=coordinate_frame"
)
"""EPSG:5194, of an oil company in the Mekong delta. Source: EPSG registry."""

WRONG_WAYS: dict[str, str | None] = {
    NO_DATUM_SHIFT: None,
    UNFLIPPED_ROTATIONS: HELMERT_VN2000_TO_WGS84.replace("coordinate_frame", "position_vector"),
    EPSG_5194: _OF_5194,
}
"""Cause -> Helmert parameters that were taken for VN-2000 -> WGS 84; None: none at all.

Off by about 225 m, 0.56 m and 0.80 m in Tây Ninh. ``unflipped_rotations`` are the figures of
Decision 05/2007/QĐ-BTNMT put into ``+towgs84`` as they stand, which has the other convention.
"""


def written(
    lon: NDArray[np.float64], lat: NDArray[np.float64], epsg: int, cause: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Answer east and north in metres that the wrong way writes for WGS 84 places, in degrees.

    ``epsg`` is a VN-2000 grid, ``cause`` a key of ``WRONG_WAYS``.
    """
    east, north = _writer(epsg, cause).transform(lon, lat)
    return np.asarray(east, dtype=np.float64), np.asarray(north, dtype=np.float64)


def displacement_m(cause: str, epsg: int, lon: float, lat: float) -> tuple[float, float]:
    """Answer how far east and north of its place a file made the wrong way lies, in metres."""
    place = np.array([lon]), np.array([lat])
    east, north = transform_xy(*place, LONLAT, epsg)
    wrong_east, wrong_north = written(*place, epsg, cause)
    return float(wrong_east[0] - east[0]), float(wrong_north[0] - north[0])


@cache
def _writer(epsg: int, cause: str) -> Transformer:
    helmert, shift = WRONG_WAYS[cause], ""
    if helmert is not None:
        shift = (
            "+step +proj=push +v_3 +step +proj=cart +ellps=WGS84 "
            f"+step +inv +proj=helmert {helmert} "
            "+step +inv +proj=cart +ellps=WGS84 +step +proj=pop +v_3"
        )
    projection = tmerc(*VN2000_MERIDIANS[epsg])
    return Transformer.from_pipeline(f"+proj=pipeline {TO_RAD} {shift} +step {projection}")
