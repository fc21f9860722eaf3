"""Which coordinate system a text or a place means."""

import re

from pyproj import CRS
from pyproj.exceptions import CRSError

from landgis.geodesy.planes import (
    FALSE_EASTING_M,
    LONLAT,
    VN2000_GEOGRAPHIC,
    VN2000_MERIDIANS,
)

AUTHORITY_CODE = re.compile(
    r"^(?:urn:ogc:def:crs:)?(?:EPSG:(?:[\d.]*:)?(?P<epsg>\d{4,6})|(?P<crs84>OGC:[\d.]*:?CRS84))$",
    re.IGNORECASE,
)
"""``EPSG:n``, ``OGC:CRS84`` and their URNs, as GeoJSON writes them."""

SAME_PARAMETER = 1e-9
"""Meridians and scale factors nearer than this are the same number, written differently."""


def utm_epsg(lon: float, lat: float) -> int:
    """Answer the WGS 84 UTM zone of a place: 326zz north, 327zz south of the equator."""
    zone = min(int((lon + 180) // 6) + 1, 60)
    return (32600 if lat >= 0 else 32700) + zone


def identify(wkt: str) -> int | None:
    """Answer the EPSG code of a CRS text as found in a .prj, GeoPackage or PROJJSON.

    None when not sure. VN-2000 grids are recognised by datum and parameters (ESRI writes no
    code); of a compound CRS
    the horizontal part counts.
    """
    named = AUTHORITY_CODE.match(wkt)
    try:
        if named is not None:
            is_lonlat = named["crs84"] is not None
            return LONLAT if is_lonlat else CRS.from_epsg(int(named["epsg"])).to_epsg()
        crs = CRS.from_json(wkt) if wkt.startswith("{") else CRS.from_wkt(wkt)
    except (CRSError, ValueError):
        return None
    if crs.is_compound:
        crs = crs.sub_crs_list[0]
    # First: to compare a text with every system that PROJ knows takes a third of a second.
    if _is_vn2000(crs):
        return _vn2000_code(crs)
    if crs.to_authority() == ("OGC", "CRS84"):
        return LONLAT
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
    values = {p.name: float(p.value) for p in operation.params}
    fixed = {
        "False easting": FALSE_EASTING_M,
        "False northing": 0.0,
        "Latitude of natural origin": 0.0,
    }
    if any(values.get(name) != value for name, value in fixed.items()):
        return None
    meridian = values.get("Longitude of natural origin", 0.0)
    scale = values.get("Scale factor at natural origin", 0.0)
    for code, (known_meridian, known_scale) in VN2000_MERIDIANS.items():
        apart = max(abs(meridian - known_meridian), abs(scale - known_scale))
        if apart < SAME_PARAMETER:
            return code
    return None


def projjson(epsg: int) -> str:
    """Answer the definition of a CRS as PROJJSON text, as the EPSG registry has it."""
    return str(CRS.from_epsg(epsg).to_json())
