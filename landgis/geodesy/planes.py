"""The planes that coordinates arrive in, each with its one pinned operation to WGS 84."""

import warnings
from dataclasses import dataclass
from functools import cache
from typing import Any

from pyproj import CRS
from pyproj.exceptions import CRSError
from pyproj.transformer import TransformerGroup

from landgis.errors import Refused

LONLAT = 4326
"""EPSG code that stands for WGS 84 longitude, latitude in degrees, in this order."""

WEB_MERCATOR = 3857

FALSE_EASTING_M = 500_000.0
"""Of every VN-2000 grid. Source: Circular 973/2001/TT-TCĐC as carried by the EPSG registry."""

VN2000_GEOGRAPHIC = 4756

VN2000_SRID_OFFSET = 960_000
"""PostGIS SRID of a VN-2000 CRS = EPSG code + this: PostGIS can then never choose an operation."""

VN2000_MERIDIANS: dict[int, tuple[float, float]] = {
    5896: (102.0, 0.9999),
    9205: (103.0, 0.9999),
    9206: (104.0, 0.9999),
    9207: (104.5, 0.9999),
    9208: (104.75, 0.9999),
    5897: (105.0, 0.9999),
    9209: (105.5, 0.9999),
    9210: (105.75, 0.9999),
    9211: (106.0, 0.9999),
    9212: (106.25, 0.9999),
    9213: (106.5, 0.9999),
    9214: (107.0, 0.9999),
    9215: (107.25, 0.9999),
    9216: (107.5, 0.9999),
    5899: (107.75, 0.9999),
    5898: (108.0, 0.9999),
    9217: (108.25, 0.9999),
    9218: (108.5, 0.9999),
    3405: (105.0, 0.9996),
    3406: (111.0, 0.9996),
}
"""VN-2000 grids: EPSG code -> (central meridian in degrees, scale factor).

Source: Circular 25/2014/TT-BTNMT annex 2 for the meridians, EPSG registry for the codes. All have
false easting 500 000 m, false northing 0, WGS 84 ellipsoid.
"""

HELMERT_VN2000_TO_WGS84 = (
    "+x=-191.90441429 +y=-39.30318279 +z=-111.45032835 "
    "+rx=-0.00928836 +ry=0.01975479 +rz=-0.00427372 +s=0.252906278 +convention=coordinate_frame"
)
"""EPSG:6960, metres, arc-seconds, ppm. Source: Decision 05/2007/QĐ-BTNMT; stated accuracy 1 m."""

TOWGS84_VN2000 = (
    "-191.90441429,-39.30318279,-111.45032835,0.00928836,-0.01975479,0.00427372,0.252906278"
)
"""The same operation for PROJ strings: position vector, so the three rotation signs are flipped."""

_CART_SHIFT = (
    "+step +proj=push +v_3 +step +proj=cart +ellps=WGS84 "
    f"+step {{inv}}+proj=helmert {HELMERT_VN2000_TO_WGS84} "
    "+step +inv +proj=cart +ellps=WGS84 +step +proj=pop +v_3"
)
TO_DEG = "+step +proj=unitconvert +xy_in=rad +xy_out=deg"
TO_RAD = "+step +proj=unitconvert +xy_in=deg +xy_out=rad"


@dataclass(frozen=True)
class Plane:
    """A CRS that coordinates may arrive in, with its one operation to WGS 84."""

    epsg: int
    name: str
    is_geographic: bool
    to_lonlat: str
    """PROJ pipeline: east, north (or longitude, latitude in degrees) -> lon, lat in degrees."""

    bounds: tuple[float, float, float, float]
    """Area of use as west, south, east, north in degrees; west > east across the antimeridian."""

    unit_m: float = 1.0
    """Metres in one unit of a projected plane; of degrees see ``metres_per_unit``."""

    @property
    def srid(self) -> int:
        """Answer the SRID that geometries of this plane carry in PostGIS."""
        return srid(self.epsg)


def srid(epsg: int) -> int:
    """Answer the PostGIS SRID of an EPSG code: our own 96xxxx rows for VN-2000, else the code."""
    is_vn2000 = epsg in VN2000_MERIDIANS or epsg == VN2000_GEOGRAPHIC
    return epsg + VN2000_SRID_OFFSET if is_vn2000 else epsg


def epsg_of(srid_: int) -> int:
    """Answer the EPSG code behind an SRID that ``srid`` gave."""
    own = srid_ - VN2000_SRID_OFFSET
    return own if own in VN2000_MERIDIANS or own == VN2000_GEOGRAPHIC else srid_


@cache
def plane(epsg: int) -> Plane:
    """Answer the plane of an EPSG code.

    Raises
    ------
    Refused
        ``unknown_crs``: no such horizontal CRS, or no operation to WGS 84 of known accuracy.
    """
    if epsg in VN2000_MERIDIANS or epsg == VN2000_GEOGRAPHIC:
        return _vn2000_plane(epsg)
    try:
        crs = CRS.from_epsg(epsg)
    except CRSError as problem:
        raise Refused("unknown_crs", f"EPSG:{epsg} is not a known coordinate system") from problem
    if not (crs.is_projected or crs.is_geographic) or crs.is_compound or crs.is_geocentric:
        raise Refused("unknown_crs", f"EPSG:{epsg} ({crs.name}) is not a horizontal system")
    area = crs.area_of_use
    return Plane(
        epsg=epsg,
        name=crs.name,
        is_geographic=crs.is_geographic,
        to_lonlat=_pinned_pipeline(crs, epsg),
        bounds=(area.west, area.south, area.east, area.north) if area else (-180, -90, 180, 90),
        unit_m=1.0 if crs.is_geographic else float(crs.axis_info[0].unit_conversion_factor),
    )


@cache
def is_north_first(epsg: int) -> bool:
    """Answer whether a CRS names its northing or latitude before its easting or longitude.

    As its definition in the EPSG registry has it; the planes here are east first all the same.
    """
    return str(CRS.from_epsg(epsg).axis_info[0].direction).lower() == "north"


def _vn2000_plane(epsg: int) -> Plane:
    bounds = (102.0, 6.0, 112.0, 24.0)
    if epsg == VN2000_GEOGRAPHIC:
        name, first = "VN-2000", TO_RAD
    else:
        meridian, scale = VN2000_MERIDIANS[epsg]
        name = f"VN-2000 / TM {meridian:g}°, k {scale}"
        first = f"+step +inv {tmerc(meridian, scale)}"
        bounds = (meridian - 3.0, 6.0, meridian + 3.0, 24.0)
    pipeline = f"+proj=pipeline {first} {_CART_SHIFT.format(inv='')} {TO_DEG}"
    return Plane(epsg, name, epsg == VN2000_GEOGRAPHIC, pipeline, bounds)


def tmerc(meridian: float, scale: float) -> str:
    """Answer the PROJ projection of a VN-2000 grid."""
    origin = f"+lat_0=0 +lon_0={meridian} +x_0={FALSE_EASTING_M:.0f} +y_0=0"
    return f"+proj=tmerc {origin} +k={scale} +ellps=WGS84"


def _pinned_pipeline(crs: CRS, epsg: int) -> str:
    """Take the first operation of PROJ's ranking that needs no grid file, and only that one.

    One operation for the whole deployment: switching between operations by place is what tears.
    """
    if epsg == LONLAT:
        return "+proj=noop"
    with warnings.catch_warnings():
        # It warns of operations whose grid files are missing; we want none of those anyway.
        warnings.simplefilter("ignore", UserWarning)
        candidates = TransformerGroup(crs, LONLAT, always_xy=True).transformers
    for candidate in candidates:
        if "grid" not in candidate.definition:
            return str(candidate.definition)
    raise Refused("unknown_crs", f"EPSG:{epsg} ({crs.name}) has no grid-free operation to WGS 84")


def own_srid_rows() -> list[dict[str, Any]]:
    """Answer the rows of ``spatial_ref_sys`` that landgis owns: srid, auth_name, auth_srid, texts.

    PostGIS 3.3 lacks 9205-9218, and with an EPSG authority PROJ would choose the operation again.
    """
    rows = []
    for epsg in (VN2000_GEOGRAPHIC, *VN2000_MERIDIANS):
        if epsg == VN2000_GEOGRAPHIC:
            text = "+proj=longlat"
        else:
            meridian, scale = VN2000_MERIDIANS[epsg]
            text = f"+proj=tmerc +lat_0=0 +lon_0={meridian} +k={scale} +x_0=500000 +y_0=0"
        text += f" +ellps=WGS84 +towgs84={TOWGS84_VN2000} +no_defs"
        if epsg != VN2000_GEOGRAPHIC:
            text += " +units=m"
        rows.append(
            {
                "srid": srid(epsg),
                "auth_name": "LANDGIS",
                "auth_srid": epsg,
                "srtext": "",
                "proj4text": text,
            }
        )
    return rows
