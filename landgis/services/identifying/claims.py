"""What somebody states: this identifier is that of this parcel, or of this point."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from landgis import geodesy
from landgis.cadastre.identifier import geohash
from landgis.cadastre.identifier.borne import Bearer
from landgis.errors import Refused, UsageError
from landgis.services.identifiers import identify_place
from landgis.services.query import Point


@dataclass(frozen=True)
class Claim:
    """One stated identifier."""

    row: int
    """Number in what was sent, counted from 1."""

    national_id: str | None
    """As stated."""

    parcel: str | None = None
    """UUID, tile id, or unit/sheet/number; None: whoever bears it, or lies there."""

    place: Point | None = None
    """The feature point; then no parcel is asked for."""

    @property
    def text(self) -> str:
        """Answer the identifier as identifiers are written: small letters, nothing around."""
        return (self.national_id or "").strip().lower()

    @property
    def is_identifier(self) -> bool:
        """Answer whether it is a GeoHash of twelve characters."""
        return bool(np.isfinite(geohash.decode(np.array([self.text], dtype=object))[0][0]))


@dataclass(frozen=True)
class Claimed:
    """A claim with the land that it is about."""

    claim: Claim
    bearer: Bearer | None
    """None: the claim names a point, or no such parcel is in the register."""

    geom: Any
    """Its polygon, or the given point, in a plane of metres; None: there is no such land."""

    epsg: int


def plane_of_place(place: Point) -> tuple[int, float, float]:
    """Answer the plane in metres that a point is measured in, and the point there.

    Raises
    ------
    UsageError
        ``unknown_crs``, ``no_such_place``.
    """
    try:
        found = identify_place(place.x, place.y, place.epsg)
        plane = geodesy.plane(place.epsg)
    except Refused as problem:
        raise UsageError(problem.code, problem.message, **problem.data) from problem
    if not plane.is_geographic and plane.unit_m == 1.0 and place.epsg != geodesy.WEB_MERCATOR:
        return place.epsg, place.x, place.y
    lon, lat = found.lonlat[0].tolist()
    epsg = geodesy.utm_epsg(lon, lat)
    x, y = geodesy.transform_xy(found.lonlat[:, 0], found.lonlat[:, 1], geodesy.LONLAT, epsg)
    return epsg, float(x[0]), float(y[0])
