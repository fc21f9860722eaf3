"""What a list of parcels is asked, from the texts of its parameters."""

import json
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import shapely

from landgis import geodesy
from landgis.cadastre.parcel_lists import ParcelsWanted
from landgis.cadastre.served import PARCELS
from landgis.errors import Refused, UsageError
from landgis.services.ogc.asked import place_of
from landgis.services.ogc.crs import CRS
from landgis.services.ogc.shapes import bad_bbox, boxes_3857, geometry_3857

DEFAULT_LIMIT, MAX_LIMIT = 100, 1_000

LONGEST = 20_000
"""Characters of a polygon."""

FIELDS = {
    "unit": "unit_code",
    "sheet": "sheet",
    "number": "number",
    "old_unit": "old_unit_code",
    "old_sheet": "old_sheet",
    "old_number": "old_number",
    "status": "status",
    "land_use": "land_uses",
    "area_min": "area_m2",
    "area_max": "area_m2",
    "bbox": "geometry",
    "within": "geometry",
    "effective_on": "effective_from",
}
"""Parameter -> the field of a parcel that it asks about."""

NAMED = ("unit", "sheet", "number", "old_unit", "old_sheet", "old_number", "status")
NARROW = ("sheet", "number", "old_sheet", "old_number", "bbox", "within")
UNITS = ("unit", "old_unit")
FACTS = ("status", "land_use", "area_min", "area_max")

_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?\s*", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_REVISION = re.compile(r"\d{1,18}", re.ASCII)
POLYGONS = ("Polygon", "MultiPolygon")


@dataclass(frozen=True)
class ParcelsAsked:
    """The parameters of a list of parcels; absent ones are None."""

    unit: str | None = None
    sheet: str | None = None
    number: str | None = None
    old_unit: str | None = None
    old_sheet: str | None = None
    old_number: str | None = None
    status: str | None = None
    land_use: str | None = None
    area_min: float | None = None
    area_max: float | None = None
    bbox: str | None = None
    bbox_srid: int = geodesy.LONLAT
    within: str | None = None
    within_srid: int = geodesy.LONLAT
    as_of: str | None = None
    effective_on: str | None = None
    limit: int = DEFAULT_LIMIT
    after: str | None = None

    def given(self) -> set[str]:
        """Answer the parameters that ask about a field."""
        return {name for name in FIELDS if getattr(self, name) is not None}


def wanted_of(asked: ParcelsAsked, *, withheld: bool) -> ParcelsWanted:
    """Answer what a list of parcels is asked for.

    Raises
    ------
    UsageError
        ``too_wide``, ``bad_area``, ``bad_bbox``, ``bad_within``, ``unknown_crs``,
        ``bad_effective_on``, ``bad_parameter``.
    """
    given = asked.given()
    _require_narrow(given)
    least, most = asked.area_min, asked.area_max
    if least is not None and most is not None and least > most:
        raise UsageError("bad_area", f"area_min={least:g} is above area_max={most:g}")
    return ParcelsWanted(
        names={FIELDS[name]: getattr(asked, name) for name in NAMED if name in given},
        land_use=asked.land_use,
        least_m2=least,
        most_m2=most,
        places=_places(asked),
        effective_on=None if asked.effective_on is None else _day(asked.effective_on),
        after=0 if asked.after is None else fid_after(asked.after),
        limit=asked.limit,
        withheld=withheld,
    )


def _require_narrow(given: set[str]) -> None:
    of_a_unit = given.intersection(UNITS) and given.intersection(FACTS)
    if not (given.intersection(NARROW) or of_a_unit):
        raise UsageError(
            "too_wide",
            "Give a sheet, a number, a bbox or a polygon (within), or a unit with a land use, an "
            "area or a status: ?unit=&sheet=&number=",
        )


def fid_after(token: str) -> int:
    """Answer where a page begins; ``bad_parameter`` for what is from no next link."""
    (fid,) = place_of(token, (), PARCELS)
    return int(fid)  # type: ignore[arg-type]


def _places(asked: ParcelsAsked) -> tuple[tuple[Any, ...], ...]:
    places = []
    if asked.bbox is not None:
        places.append(_boxes(asked.bbox, asked.bbox_srid))
    if asked.within is not None:
        places.append((_polygon(asked.within, _crs(asked.within_srid, "within_srid")),))
    return tuple(places)


def _crs(epsg: int, parameter: str) -> CRS:
    """Answer a plane that coordinates are given in, east first whatever its definition says."""
    try:
        geodesy.plane(epsg)
    except Refused as problem:
        message = f"{parameter}: {problem.message}"
        raise UsageError("unknown_crs", message, parameter=parameter) from problem
    return CRS(f"EPSG:{epsg}", epsg, north_first=False)


def _boxes(text: str, epsg: int) -> tuple[Any, ...]:
    parts = text.split(",")
    if not all(_NUMBER.fullmatch(part) for part in parts):
        raise bad_bbox(f"bbox={text[:80]!r} is no list of numbers: west,south,east,north")
    return boxes_3857([float(part) for part in parts], _crs(epsg, "bbox_srid"))


def bad_within(message: str) -> UsageError:
    """Answer the error of a polygon that cannot be used."""
    return UsageError("bad_within", message, parameter="within")


def _polygon(text: str, crs: CRS) -> Any:
    if len(text) > LONGEST:
        raise bad_within(f"A polygon has {LONGEST} characters at most, not {len(text)}")
    body = _geojson(text) if text.lstrip().startswith("{") else _wkt(text)
    if not isinstance(body, dict) or body.get("type") not in POLYGONS:
        raise bad_within("within is a POLYGON or MULTIPOLYGON, as WKT or as GeoJSON")
    return geometry_3857(body, crs, bad_within)


def _geojson(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise bad_within(f"within is not JSON: {problem}") from problem


def _wkt(text: str) -> Any:
    try:
        return json.loads(shapely.to_geojson(shapely.from_wkt(text)))
    except (shapely.errors.ShapelyError, NotImplementedError, ValueError, TypeError) as problem:
        reason = str(problem).splitlines()[0][:200]
        raise bad_within(f"within is not WKT: {reason}") from problem


def _day(text: str) -> date:
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise UsageError(
        "bad_effective_on",
        f"effective_on={text[:64]!r}: write a day, 2025-07-01",
        parameter="effective_on",
    )


def moment_of(text: str, zone: ZoneInfo, now: datetime) -> datetime | int:
    """Answer the moment, or the number of the revision, that ``as_of`` names.

    A day stands for its end on the clocks of ``zone``; today is not over, and stands for ``now``.

    Raises
    ------
    UsageError
        ``bad_as_of``: none of these, or in the future.
    """
    if _REVISION.fullmatch(text):
        return int(text)
    try:
        if _DAY.fullmatch(text):
            day = date.fromisoformat(text)
            if day == now.astimezone(zone).date():
                return now
            moment = datetime.combine(day + timedelta(days=1), time(), zone)
        else:
            moment = datetime.fromisoformat(text.replace(" ", "+"))  # an unescaped plus
            if moment.tzinfo is None or "T" not in text.upper():
                raise bad_as_of(text, "a time needs its offset, as in 2026-07-01T00:00:00Z")
            moment = moment.astimezone(zone)
    except (ValueError, OverflowError) as problem:
        why = "write 2026-07-01T00:00:00Z, a day, or the number of a revision"
        raise bad_as_of(text, why) from problem
    if moment > now:
        raise bad_as_of(text, "nobody knows yet what the register will know then")
    return moment


def bad_as_of(text: str, why: str) -> UsageError:
    """Answer the error of a time that cannot be used."""
    return UsageError("bad_as_of", f"as_of={text[:64]!r}: {why}", parameter="as_of")
