"""Coordinate systems by their names in OGC API, and the order of their axes."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from landgis import geodesy
from landgis.errors import LandgisError, UsageError

CRS84_URI = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG_URI = "http://www.opengis.net/def/crs/EPSG/0/"


@dataclass(frozen=True)
class CRS:
    """A coordinate system that coordinates are asked for or given in."""

    uri: str
    epsg: int
    north_first: bool
    """Its coordinates begin with the northing or latitude, as its definition says."""

    @property
    def is_lonlat(self) -> bool:
        """Answer whether its coordinates are degrees."""
        return geodesy.plane(self.epsg).is_geographic

    @classmethod
    def of_epsg(cls, epsg: int) -> "CRS":
        """Answer the system of an EPSG code with the axes that the registry gives it."""
        return cls(f"{EPSG_URI}{epsg}", epsg, geodesy.is_north_first(epsg))


CRS84 = CRS(CRS84_URI, geodesy.LONLAT, north_first=False)
"""WGS 84 longitude, latitude: the default of every collection."""

ANYWHERE = (CRS84, CRS.of_epsg(geodesy.LONLAT), CRS.of_epsg(geodesy.WEB_MERCATOR))
"""What every collection is given in."""


def named(uri: str, known: tuple[CRS, ...], parameter: str) -> CRS:
    """Answer one of the known systems.

    Raises
    ------
    UsageError
        ``unknown_crs`` with the list of what there is.
    """
    for crs in known:
        if crs.uri == uri:
            return crs
    there = ", ".join(crs.uri for crs in known)
    raise UsageError("unknown_crs", f"{parameter}: {uri!r} is none of {there}", parameter=parameter)


def place_on_earth(
    lonlat: NDArray[np.float64], bad: Callable[[str], LandgisError]
) -> NDArray[np.float64]:
    """Let degrees pass that name a place on earth, east first; raise ``bad`` of the others."""
    if (np.abs(lonlat) > np.array([180.0, 90.0])).any():
        raise bad("A longitude is beyond 180 degrees, or a latitude beyond 90")
    return lonlat
