"""The one module that transforms coordinates, by pinned operations and never by a default.

PROJ's default VN-2000 -> WGS 84 operation changes at 11.04°N and tears Tây Ninh by 0.80 m, so every
plane names the single pipeline that takes it to WGS 84 and all transformations are built from these.
A house test forbids every other way (``from_crs``, ``to_crs``, ``ST_Transform``, ``ogr2ogr -t_srs``).
"""

import warnings
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError
from pyproj.transformer import TransformerGroup

from landgis.errors import Refused

LONLAT = 4326
"""EPSG code that stands for WGS 84 longitude, latitude in degrees, in this order."""

WEB_MERCATOR = 3857

VN2000_GEOGRAPHIC = 4756

VN2000_SRID_OFFSET = 960_000
"""PostGIS SRID of a VN-2000 CRS = EPSG code + this, so that PostGIS can never choose an operation."""

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
_TO_DEG = "+step +proj=unitconvert +xy_in=rad +xy_out=deg"
_TO_RAD = "+step +proj=unitconvert +xy_in=deg +xy_out=rad"


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

    @property
    def srid(self) -> int:
        """Answer the SRID that geometries of this plane carry in PostGIS."""
        return srid(self.epsg)


def srid(epsg: int) -> int:
    """Answer the PostGIS SRID of an EPSG code: our own 96xxxx rows for VN-2000, else the code."""
    is_vn2000 = epsg in VN2000_MERIDIANS or epsg == VN2000_GEOGRAPHIC
    return epsg + VN2000_SRID_OFFSET if is_vn2000 else epsg


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
    )


def _vn2000_plane(epsg: int) -> Plane:
    bounds = (102.0, 6.0, 112.0, 24.0)
    if epsg == VN2000_GEOGRAPHIC:
        name, first = "VN-2000", _TO_RAD
    else:
        meridian, scale = VN2000_MERIDIANS[epsg]
        name = f"VN-2000 / TM {meridian:g}°, k {scale}"
        first = f"+step +inv {_tmerc(meridian, scale)}"
        bounds = (meridian - 3.0, 6.0, meridian + 3.0, 24.0)
    pipeline = f"+proj=pipeline {first} {_CART_SHIFT.format(inv='')} {_TO_DEG}"
    return Plane(epsg, name, epsg == VN2000_GEOGRAPHIC, pipeline, bounds)


def _tmerc(meridian: float, scale: float) -> str:
    return f"+proj=tmerc +lat_0=0 +lon_0={meridian} +k={scale} +x_0=500000 +y_0=0 +ellps=WGS84"


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


@cache
def _transformer(from_epsg: int, to_epsg: int) -> tuple[Transformer, bool]:
    """Answer a transformer and whether it is to be run backwards (3857 has its own pipeline)."""
    if to_epsg == LONLAT:
        return Transformer.from_pipeline(plane(from_epsg).to_lonlat), False
    if from_epsg == LONLAT and to_epsg == WEB_MERCATOR:
        mercator = f"+proj=pipeline {_TO_RAD} +step +proj=webmerc +ellps=WGS84"
        return Transformer.from_pipeline(mercator), False
    return Transformer.from_pipeline(plane(to_epsg).to_lonlat), True


def transform_xy(
    x: NDArray[np.float64], y: NDArray[np.float64], from_epsg: int, to_epsg: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Transform coordinate arrays, always x = east or longitude first; same plane: unchanged.

    Points an operation cannot take become infinite.
    """
    if from_epsg == to_epsg:
        return x, y
    if from_epsg in VN2000_MERIDIANS and to_epsg in VN2000_MERIDIANS:
        return _between_vn2000_grids(x, y, from_epsg, to_epsg)
    if from_epsg != LONLAT:
        x, y = _transformer(from_epsg, LONLAT)[0].transform(x, y)
    if to_epsg != LONLAT:
        step, backwards = _transformer(LONLAT, to_epsg)
        x, y = step.transform(x, y, direction="INVERSE" if backwards else "FORWARD")
    return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)


def _between_vn2000_grids(
    x: NDArray[np.float64], y: NDArray[np.float64], from_epsg: int, to_epsg: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Change the meridian on the same datum: no datum shift takes part, so nothing is lost."""
    source, target = VN2000_MERIDIANS[from_epsg], VN2000_MERIDIANS[to_epsg]
    step = Transformer.from_pipeline(
        f"+proj=pipeline +step +inv {_tmerc(*source)} +step {_tmerc(*target)}"
    )
    east, north = step.transform(x, y)
    return np.asarray(east, dtype=np.float64), np.asarray(north, dtype=np.float64)


def transform(geoms: Any, from_epsg: int, to_epsg: int) -> Any:
    """Transform shapely geometries (one or an object array); None stays None.

    The vertices keep their number and order, so shared nodes stay shared.
    """
    if from_epsg == to_epsg:
        return geoms

    def change(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        east, north = transform_xy(xy[:, 0], xy[:, 1], from_epsg, to_epsg)
        return np.column_stack([east, north])

    return shapely.transform(geoms, change)


def area_m2(geoms: NDArray[Any], epsg: int) -> NDArray[np.float64]:
    """Answer areas in square metres in the survey plane; None and empty give 0.

    In a geographic CRS the polygons are laid on an ellipsoidal equal-area plane centred on them
    (Lambert azimuthal, Snyder 1987 eq. 24): for parcels the difference to the geodesic area is
    below 1 part in 10 million.
    """
    if not plane(epsg).is_geographic:
        return np.asarray(shapely.area(geoms), dtype=np.float64)
    lonlat = transform(geoms, epsg, LONLAT)
    west, south, east, north = shapely.total_bounds(lonlat)
    if not np.isfinite(west):
        return np.zeros(len(geoms))
    laea = Transformer.from_pipeline(
        f"+proj=pipeline {_TO_RAD} +step +proj=laea +ellps=WGS84 "
        f"+lat_0={(south + north) / 2} +lon_0={(west + east) / 2}"
    )
    flat = shapely.transform(lonlat, lambda xy: np.column_stack(laea.transform(xy[:, 0], xy[:, 1])))
    return np.asarray(shapely.area(flat), dtype=np.float64)


def utm_epsg(lon: float, lat: float) -> int:
    """Answer the WGS 84 UTM zone of a place: 326zz north, 327zz south of the equator."""
    zone = min(int((lon + 180) // 6) + 1, 60)
    return (32600 if lat >= 0 else 32700) + zone


def identify(wkt: str) -> int | None:
    """Answer the EPSG code of a CRS text as found in a .prj or GeoPackage, None when not sure.

    VN-2000 grids are recognised by datum and parameters (ESRI writes no code); of a compound CRS
    the horizontal part counts.
    """
    try:
        crs = CRS.from_wkt(wkt) if not wkt.startswith("EPSG:") else CRS.from_epsg(int(wkt[5:]))
    except (CRSError, ValueError):
        return None
    if crs.is_compound:
        crs = crs.sub_crs_list[0]
    if _is_vn2000(crs):
        return _vn2000_code(crs)
    return crs.to_epsg(min_confidence=70) or crs.to_epsg(min_confidence=25)


def _is_vn2000(crs: CRS) -> bool:
    base = crs.geodetic_crs
    datum = base.datum.name if base is not None and base.datum is not None else ""
    letters = "".join(c for c in f"{crs.name} {datum}".lower() if c.isalnum())
    return "vn2000" in letters or "vietnam2000" in letters


def _vn2000_code(crs: CRS) -> int | None:
    if crs.is_geographic:
        return VN2000_GEOGRAPHIC
    operation = crs.coordinate_operation
    if operation is None or "Transverse Mercator" not in operation.method_name:
        return None
    values = {p.name: p.value for p in operation.params}
    meridian = values.get("Longitude of natural origin")
    scale = values.get("Scale factor at natural origin")
    standard = (
        values.get("False easting") == 500_000.0
        and values.get("False northing") == 0.0
        and values.get("Latitude of natural origin") == 0.0
    )
    for code, (known_meridian, known_scale) in VN2000_MERIDIANS.items():
        same = meridian is not None and abs(meridian - known_meridian) < 1e-9
        if same and standard and scale is not None and abs(scale - known_scale) < 1e-9:
            return code
    return None


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
            {"srid": srid(epsg), "auth_name": "LANDGIS", "auth_srid": epsg, "srtext": "", "proj4text": text}
        )
    return rows
