"""How far a stated identifier lies from its parcel's feature point, and what may have done that."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from landgis.cadastre.findings import Text
from landgis.cadastre.identifier import geohash
from landgis.cadastre.parcels import Column

Floats = NDArray[np.float64]
ToLonLat = Callable[[Floats, Floats], tuple[Floats, Floats]]


class Apart(NamedTuple):
    """Stated identifiers seen from the feature points, in metres of the survey plane."""

    east: Floats
    """``(n,)`` to the middle of the stated cell; NaN for a text that is no identifier."""

    north: Floats
    distance: Floats
    """The same as a length; 0 for the identifier that the point has."""


def apart(
    points: Floats, stated: Column, to_lonlat: ToLonLat, metres: tuple[float, float]
) -> Apart:
    """Answer how far stated identifiers lie from feature points ``(n, 2)`` in the survey plane.

    Parameters
    ----------
    to_lonlat
        East and north of the plane -> longitude and latitude.
    metres
        In one unit of the plane, eastwards and northwards.
    """
    x, y = points.T
    lon, lat = to_lonlat(x, y)
    # Degrees for one metre east, and for one metre north, at each point.
    east_lon, east_lat = (
        a - b for a, b in zip(to_lonlat(x + 1 / metres[0], y), (lon, lat), strict=True)
    )
    north_lon, north_lat = (
        a - b for a, b in zip(to_lonlat(x, y + 1 / metres[1]), (lon, lat), strict=True)
    )
    spread = east_lon * north_lat - east_lat * north_lon

    there_lon, there_lat = geohash.decode(stated)
    to_lon, to_lat = there_lon - lon, there_lat - lat
    east = (to_lon * north_lat - to_lat * north_lon) / spread
    north = (to_lat * east_lon - to_lon * east_lat) / spread
    same = (np.abs(to_lon) <= geohash.HALF_LON) & (np.abs(to_lat) <= geohash.HALF_LAT)
    return Apart(east, north, np.where(same, 0.0, np.hypot(east, north)))


class Mistake(NamedTuple):
    """A mistake that moves every identifier of an office by about the same."""

    least_m: float
    most_m: float
    said: Text


MISTAKES = (
    Mistake(
        0.53,
        0.59,
        {
            "vi": "phép chuyển VN-2000 sang WGS 84 dùng sai dấu ba góc xoay (lệch 0,56 m)",
            "en": "VN-2000 to WGS 84 with the signs of the three rotations not flipped (0.56 m)",
        },
    ),
    Mistake(
        0.77,
        0.83,
        {
            "vi": "dùng phép chuyển EPSG:5194 thay cho EPSG:6960 (lệch 0,80 m)",
            "en": "the operation EPSG:5194 taken for EPSG:6960 (0.80 m)",
        },
    ),
    Mistake(
        215.0,
        235.0,
        {
            "vi": "không chuyển hệ quy chiếu VN-2000 sang WGS 84 (lệch khoảng 225 m)",
            "en": "no datum shift from VN-2000 to WGS 84 (about 225 m)",
        },
    ),
    Mistake(
        26_500.0,
        28_000.0,
        {
            "vi": "dùng kinh tuyến trục khác 15′ (lệch khoảng 27 km)",
            "en": "another meridian, 15′ away (about 27 km)",
        },
    ),
)
"""Lengths in Tây Ninh: domain B1 and B2, class A (measured)."""

CRS_M = 100.0
"""Beyond this the coordinate system is wrong rather than an operation. Source: domain B2."""

TOLERANCE: Text = {
    "vi": "có thể do phần mềm hoặc sai số tính khác",
    "en": "other software or another tolerance may do that",
}
TRANSFORM: Text = {
    "vi": "phép chuyển tọa độ sai, hoặc thửa đất đã đổi hình",
    "en": "a wrong transformation, or the parcel has another shape now",
}
SYSTEM: Text = {"vi": "sai hệ tọa độ, hoặc là thửa khác", "en": "a wrong CRS, or another parcel"}


def likely_cause(distance_m: float, near_m: float) -> Text:
    """Answer what may have moved an identifier so far; within ``near_m`` it may be nothing."""
    for mistake in MISTAKES:
        if mistake.least_m <= distance_m <= mistake.most_m:
            return mistake.said
    if distance_m <= near_m:
        return TOLERANCE
    return SYSTEM if distance_m > CRS_M else TRANSFORM
