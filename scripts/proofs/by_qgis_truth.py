"""What QGIS must have of a register, asked of it in SQL, and where QGIS has something else."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from sqlalchemy import text

from landgis.store.database import Database

DEGREES = 1e-8
"""A boundary may be off by this, some 1 mm."""

ROUNDED_M2 = 0.051
"""Areas are told to 0.1 m²."""

MOMENT_S = 0.002
"""QGIS keeps milliseconds."""

RADIUS_M = 6_378_137.0
"""Of the sphere of EPSG:3857; source: EPSG method 1024."""

PARCELS = """
SELECT p.fid::text AS key, p.parcel_id, p.fid, p.national_id, p.national_id_status, p.unit_code,
    u.name AS unit_name, p.sheet, p.number, p.old_unit_code, p.old_sheet, p.old_number,
    p.area_m2, p.register_area_m2, p.address, p.revision, r.committed_at AS published_at,
    p.effective_from, ST_AsBinary(p.geom_3857) AS wkb
FROM parcels AS p
JOIN revisions AS r ON r.revision = p.revision
LEFT JOIN units AS u ON u.code = p.unit_code AND u.valid_to IS NULL
WHERE NOT p.withheld
"""
UNITS = """
SELECT code || '-' || to_char(valid_from, 'YYYYMMDD') AS key, code AS unit_code, name, name_en,
    kind, parent_code, valid_from, valid_to, ST_AsBinary(geom_3857) AS wkb
FROM units
"""
SHEETS = """
SELECT coalesce(unit_code, '') || ':' || sheet AS key, unit_code, sheet, count(*) AS parcels,
    ST_AsBinary(ST_Envelope(ST_Collect(geom_3857))) AS wkb
FROM parcels WHERE NOT withheld AND sheet IS NOT NULL GROUP BY unit_code, sheet
"""
SQL = {"parcels": text(PARCELS), "units": text(UNITS), "sheets": text(SHEETS)}

Row = Mapping[str, Any]


def rows(database: Database, collection: str) -> dict[str, dict[str, Any]]:
    """Answer every public member by its key: its columns and its ``shape`` in degrees."""
    with database.begin() as connection:
        found = [dict(row) for row in connection.execute(SQL[collection]).mappings()]
    for row in found:
        row["shape"] = shapely.transform(shapely.from_wkb(bytes(row.pop("wkb"))), degrees)
    return {row.pop("key"): row for row in found}


def degrees(xy: Any) -> Any:
    """Answer longitude and latitude of Web Mercator, by no library that landgis uses."""
    x, y = xy.T / RADIUS_M
    return np.column_stack([np.degrees(x), np.degrees(np.arctan(np.sinh(y)))])


def key_of(feature: Row) -> str:
    """Answer the key of what QGIS has: parcels bear it as their field ``fid``."""
    values = feature["values"]
    return str(values["id"] if "id" in values else values["fid"])


def differences(features: Sequence[Row], truth: Mapping[str, Row], zone: ZoneInfo) -> Iterator[str]:
    """Answer where members in QGIS are not those of the register."""
    seen = {key_of(feature): feature for feature in features}
    if len(seen) != len(features):
        yield f"{len(features) - len(seen)} come more than once"
    if lost := truth.keys() - seen.keys():
        yield f"{len(lost)} are missing: {sorted(lost)[:5]}"
    if more := seen.keys() - truth.keys():
        yield f"{len(more)} are in no register: {sorted(more)[:5]}"
    for key in seen.keys() & truth.keys():
        row, values = truth[key], seen[key]["values"]
        for name in row.keys() - {"shape"}:
            if not _is_same(values.get(name), row[name], zone):
                yield f"{key}: {name} is {values.get(name)!r}, not {row[name]!r}"
        yield from (f"{key}: {fault}" for fault in _shape_faults(seen[key]["wkb"], row["shape"]))


def _is_same(shown: Any, value: Any, zone: ZoneInfo) -> bool:
    if isinstance(value, float):
        return isinstance(shown, int | float) and abs(shown - value) <= ROUNDED_M2
    if isinstance(value, datetime):  # QGIS 3.22 leaves the offset out: it shows the place's clock
        told = datetime.fromisoformat(shown or str(date.min)).replace(tzinfo=zone)
        return abs((told - value).total_seconds()) < MOMENT_S
    if isinstance(value, UUID | date):
        return bool(shown == str(value))
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value) == shown
    return bool(shown == value)


def _shape_faults(wkb: str, right: Any) -> Iterator[str]:
    shape = shapely.from_wkb(bytes.fromhex(wkb))
    if shapely.get_num_coordinates(shape) != shapely.get_num_coordinates(right):
        yield "its boundary has another number of vertices"
    far = shapely.hausdorff_distance(shape, right)
    if not far <= DEGREES:
        yield f"its boundary is off by {far:.1e}°"
