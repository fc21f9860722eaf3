"""Administrative units, what became of the old ones, and their outlines."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType

import shapely

from landgis.cadastre.folder import CLASSES, bad, read_rows

_UNIT_COLUMNS = (
    *("code", "name", "name_en", "kind", "parent_code", "valid_from", "valid_to"),
    *("source", "class"),
)
_SUCCESSION_COLUMNS = (
    *("old_code", "old_name", "old_parent_code", "new_code", "partial", "effective"),
    *("act", "class"),
)


@dataclass(frozen=True)
class Unit:
    """An administrative unit during one period.

    A code means something only together with a date: 80 was Long An until 30 June 2025 and is
    Tây Ninh since, and a merged commune keeps the code of one of the old ones.
    """

    code: str
    name: str
    name_en: str
    kind: str
    parent_code: str
    valid_from: date
    valid_to: date | None
    """First day on which it no longer exists; None while it exists."""

    source: str
    class_: str
    """How sure the row is: A read in the act, B secondary sources, C uncertain."""

    def holds(self, on: date) -> bool:
        """Answer whether the unit exists on a day."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


@dataclass(frozen=True)
class Succession:
    """An old unit, or a part of it, that became part of a new one."""

    old_code: str
    old_name: str
    old_parent_code: str
    """Code of the old province; not unique without the date."""

    new_code: str
    partial: bool
    """True: only a part of the old unit went to this new one."""

    effective: date
    act: str
    class_: str


def read_units(path: Path) -> tuple[Unit, ...]:
    """Read ``units.csv``; a missing file gives none."""
    return tuple(_units(path))


def read_successions(path: Path, units: tuple[Unit, ...]) -> tuple[Succession, ...]:
    """Read ``successions.csv``; every new code must be a unit."""
    return tuple(_successions(path, {unit.code for unit in units}))


def read_outlines(path: Path, units: tuple[Unit, ...]) -> Mapping[str, shapely.Geometry]:
    """Read ``outlines.geojson``: unit code -> geometry in WGS 84 longitude, latitude.

    A missing file gives none; otherwise every unit has exactly one valid area.

    Raises
    ------
    UsageError
        ``bad_jurisdiction`` naming the unit at fault.
    """
    if not path.is_file():
        return MappingProxyType({})
    try:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        codes = [feature["properties"]["code"] for feature in features]
        geoms = shapely.from_geojson([json.dumps(feature["geometry"]) for feature in features])
    except (ValueError, KeyError, TypeError, shapely.errors.GEOSException) as error:
        bad(path, "file", f"is not a GeoJSON FeatureCollection with codes: {error!r}")
    outlines = dict(zip(codes, geoms, strict=True))
    wanted = {unit.code for unit in units}
    if wanted != set(outlines) or len(codes) != len(outlines):
        bad(path, "code", f"units and outlines differ: {sorted(wanted ^ set(outlines))}")
    for code, geom in outlines.items():
        if geom.geom_type not in {"Polygon", "MultiPolygon"} or not geom.is_valid:
            bad(path, code, "is not a valid area")
    return MappingProxyType(outlines)


def _units(path: Path) -> Iterator[Unit]:
    seen: set[tuple[str, date]] = set()
    for row in read_rows(path, _UNIT_COLUMNS):
        unit = Unit(
            code=row.text("code"),
            name=row.text("name"),
            name_en=row.text("name_en"),
            kind=row.text("kind"),
            parent_code=row.text("parent_code"),
            valid_from=row.day("valid_from"),
            valid_to=row.optional_day("valid_to"),
            source=row.text("source"),
            class_=row.one_of("class", CLASSES),
        )
        if (unit.code, unit.valid_from) in seen:
            row.bad("code", f"is there twice: {unit.code}")
        seen.add((unit.code, unit.valid_from))
        yield unit


def _successions(path: Path, codes: set[str]) -> Iterator[Succession]:
    for row in read_rows(path, _SUCCESSION_COLUMNS):
        if row.text("new_code") not in codes:
            row.bad("new_code", f"is no unit: {row.text('new_code')}")
        yield Succession(
            old_code=row.text("old_code"),
            old_name=row.text("old_name"),
            old_parent_code=row.text("old_parent_code"),
            new_code=row.text("new_code"),
            partial=row.one_of("partial", ("yes", "no")) == "yes",
            effective=row.day("effective"),
            act=row.text("act"),
            class_=row.one_of("class", CLASSES),
        )
