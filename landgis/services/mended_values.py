"""What people say otherwise of a row, read as a file's fields are read."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import shapely

from landgis import geodesy
from landgis.cadastre.batches import Batch
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.mends import FACTS
from landgis.cadastre.parcels import TEXT_COLUMNS, LandUseShare
from landgis.cadastre.profiles import Profile
from landgis.errors import Refused
from landgis.ingest.profile import clean_code

LAND_USE = "land_use"
AREA = "register_area_m2"
VALUES = (*TEXT_COLUMNS, LAND_USE, AREA)
"""What may be said of a row: the targets that a file's fields are mapped to."""

POLYGONS = ("Polygon", "MultiPolygon")


@dataclass(frozen=True)
class Said:
    """What is to be otherwise about a row; the rest stays."""

    values: Mapping[str, str | float | None] = field(default_factory=dict)
    """Target -> value as a file would have it; None: nothing is known."""

    geometry: Mapping[str, Any] | None = None
    """GeoJSON Polygon or MultiPolygon, x = east or longitude."""

    epsg: int | None = None
    """Of the geometry's coordinates."""


def mended(
    facts: Mapping[str, Any],
    values: Mapping[str, Any],
    profile: Profile | None,
    jurisdiction: Jurisdiction,
) -> dict[str, Any]:
    """Answer the facts of a row with some values said otherwise.

    Raises
    ------
    Refused
        ``unknown_target``, ``bad_area``.
    """
    unknown = [name for name in values if name not in VALUES]
    if unknown:
        raise Refused(
            "unknown_target",
            f"A row has no {', '.join(unknown)}; there are: {', '.join(VALUES)}",
            targets=list(VALUES),
        )
    after = {**facts, "land_uses": facts["land_uses"] or ()}
    after |= {name: clean_code(value) for name, value in values.items() if name in TEXT_COLUMNS}
    if AREA in values:
        after[AREA] = _area(values[AREA])
    codes = [share.code for share in after["land_uses"]]
    if LAND_USE in values:
        text = clean_code(values[LAND_USE])
        words = profile.land_use if profile else {}
        codes = list(jurisdiction.land_uses.parse(words.get(text, text) if text else None))
    if {AREA, LAND_USE} & values.keys():
        # As in a file: the register area goes to a use only where there is one use.
        whole = after[AREA] if len(codes) == 1 else None
        after["land_uses"] = tuple(LandUseShare(code, whole) for code in codes)
    return after


def _area(value: Any) -> float | None:
    if value is None or value == "":
        return None
    try:
        area = float(str(value).strip().replace(",", "."))
    except ValueError:
        area = math.nan
    if not (math.isfinite(area) and area > 0):
        raise Refused("bad_area", f"{AREA} must be square metres above 0, not {value!r}")
    return area


def facts_as_found(
    attributes: Mapping[str, Any], batch: Batch, jurisdiction: Jurisdiction
) -> dict[str, Any]:
    """Answer what a row says by its raw attributes, its fields understood as its file's were."""
    evidence = batch.evidence.get("mapping", {})
    chosen = {target: said["chosen"] for target, said in evidence.get("fields", {}).items()}
    if evidence.get("identity_column"):
        chosen["number"] = evidence["identity_column"]
    profile = profile_of(batch, jurisdiction)
    values = {
        target: _value(attributes, name) for target, name in chosen.items() if target in VALUES
    }
    unit = batch.options.get("unit") or (profile.unit_code if profile else None)
    if unit is not None:
        values["unit_code"] = unit
    try:
        _area(values.get(AREA))
    except Refused:
        values[AREA] = None  # a file's area that is no number is unknown, too
    return mended(dict.fromkeys(FACTS), values, profile, jurisdiction)


def _value(attributes: Mapping[str, Any], name: str) -> Any:
    """Answer the value of a column, or of several joined: ``a+b``."""
    if name in attributes:
        return attributes[name]
    parts = [clean_code(attributes.get(part)) for part in name.split("+")]
    return None if None in parts else "".join(part for part in parts if part)


def profile_of(batch: Batch, jurisdiction: Jurisdiction) -> Profile | None:
    """Answer the profile that a batch's fields were understood by, None when it is gone."""
    name = batch.evidence.get("mapping", {}).get("chosen")
    return next((p for p in jurisdiction.profiles if p.name == name), None)


def outline(said: Said, survey_epsg: int) -> bytes:
    """Answer the geometry that was said as WKB in the survey plane.

    Vertices given in that plane stay bit for bit.

    Raises
    ------
    Refused
        ``crs_missing``, ``unknown_crs``, ``bad_geometry``, ``not_a_polygon``.
    """
    if said.epsg is None:
        raise Refused(
            "crs_missing", f"Say which system the coordinates are in, such as EPSG:{survey_epsg}"
        )
    geodesy.plane(said.epsg)
    kind = (said.geometry or {}).get("type")
    if kind not in POLYGONS:
        raise Refused("not_a_polygon", f"A parcel is a {' or a '.join(POLYGONS)}, not {kind!r}")
    try:
        geom = shapely.force_2d(shapely.from_geojson(orjson.dumps(said.geometry)))
    except (shapely.errors.ShapelyError, ValueError, TypeError) as problem:
        raise Refused("bad_geometry", f"The geometry cannot be built: {problem}") from problem
    placed = geodesy.transform(geom, said.epsg, survey_epsg)
    xy = shapely.get_coordinates(placed)
    if not len(xy) or not all(map(math.isfinite, xy.ravel().tolist())):
        raise Refused("bad_geometry", f"The geometry has no place in EPSG:{survey_epsg}")
    wkb: bytes = shapely.to_wkb(placed)
    return wkb


def as_json(fact: Any) -> Any:
    """Answer a fact as a JSON value."""
    if isinstance(fact, tuple):
        return [share._asdict() for share in fact]
    return fact
