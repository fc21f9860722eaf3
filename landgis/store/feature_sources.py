"""Where the members of each collection come from: their rows, and the columns that may be asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import shapely
from geoalchemy2 import Geometry
from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    Text,
    cast,
    exists,
    func,
    literal,
    null,
    select,
    true,
    union_all,
)

from landgis.cadastre.blocks import NO_CELL
from landgis.cadastre.register import ParcelRecord
from landgis.store.parcels import FACTS
from landgis.store.rows import shares
from landgis.store.tables import parcels, revisions, units
from landgis.store.tile_tables import map_blocks

SQL = ColumnElement[Any]


@dataclass(frozen=True)
class Source:
    """One collection in the store."""

    query: Select[Any]
    """Whole rows, every member once."""

    lean: Select[Any]
    """One column of nothing from where every member is, for counting."""

    columns: Mapping[str, SQL]
    """Field -> what filters and orders compare; ``geometry`` is in EPSG:3857."""

    key: SQL
    order: tuple[SQL, ...]
    """What is unique and has an index: the order where none is asked for, and behind any other."""

    values: Callable[[dict[str, Any]], Any]
    """From a row without its geometry, dates and order to the values of a member."""

    begins: SQL | None = None
    ends: SQL | None = None
    joined: frozenset[str] = field(default_factory=frozenset)
    """Fields that ``lean`` lacks."""

    reach: SQL | None = None
    """Where no member lies beyond, NULL for not known: asked first, it costs less than geometry."""


def _parcels() -> Source:
    live_unit = (units.c.code == parcels.c.unit_code) & units.c.valid_to.is_(None)
    asked = {name: parcels.c[name] for name in (*FACTS, "main_use") if name != "land_uses"}
    whole = (
        select(
            *(parcels.c[name] for name in FACTS),
            units.c.name.label("unit_name"),
            revisions.c.committed_at.label("published_at"),
            func.ST_AsBinary(parcels.c.geom).label("wkb"),
        )
        .join(units, live_unit, isouter=True)
        .join(revisions, revisions.c.revision == parcels.c.revision)
    )
    columns = {
        **asked,
        "unit_name": units.c.name,
        "published_at": revisions.c.committed_at,
        "geometry": parcels.c.geom_3857,
    }
    return Source(
        whole.where(~parcels.c.withheld),
        select(literal(1)).select_from(parcels).where(~parcels.c.withheld),
        columns,
        parcels.c.fid,
        (parcels.c.fid,),
        _record,
        begins=parcels.c.effective_from,
        joined=frozenset({"unit_name", "published_at"}),
    )


def _record(row: dict[str, Any]) -> ParcelRecord:
    row["land_uses"] = shares(row["land_uses"])
    return ParcelRecord(**row)


def _units() -> Source:
    names = ("name", "name_en", "kind", "parent_code", "valid_from", "valid_to")
    columns: dict[str, SQL] = {name: units.c[name] for name in names}
    columns = {"unit_code": units.c.code, **columns, "geometry": units.c.geom_3857}
    shown = [column.label(name) for name, column in columns.items() if name != "geometry"]
    key = units.c.code + "-" + func.to_char(units.c.valid_from, "YYYYMMDD", type_=Text)
    return Source(
        select(*shown, func.ST_AsBinary(units.c.geom_3857).label("wkb")),
        select(literal(1)).select_from(units),
        columns,
        key,
        (key,),
        dict,
        begins=units.c.valid_from,
        ends=units.c.valid_to,
    )


def _sheets() -> Source:
    names = _sheet_names()
    here = _public_of(names).lateral("here")
    columns: dict[str, SQL] = {
        "unit_code": names.c.unit_code,
        "sheet": names.c.sheet,
        "parcels": here.c.parcels,
        "geometry": here.c.frame,
    }
    shown = [column.label(name) for name, column in columns.items() if name != "geometry"]
    return Source(
        select(*shown, func.ST_AsBinary(here.c.frame).label("wkb")).join(here, true()),
        select(literal(1)).select_from(names),
        columns,
        func.coalesce(names.c.unit_code, "", type_=Text) + ":" + names.c.sheet,
        (names.c.unit_code, names.c.sheet),
        dict,
        joined=frozenset({"parcels", "geometry"}),
        reach=names.c.reach,
    )


def _sheet_names() -> Subquery:
    """Answer unit and number of the sheets with public parcels, without a look at all parcels.

    A sheet of a unit is a block of the map: those are marked in the transaction of each change. One
    whose parcels are gone or withheld stays until it is drawn, so parcels have the last word.
    """
    marked, public = map_blocks.c, ~parcels.c.withheld
    there = (parcels.c.unit_code == marked.unit_code) & (parcels.c.sheet == marked.sheet)
    of_units = select(marked.unit_code, marked.sheet, marked.reach_3857.label("reach")).where(
        marked.cell == NO_CELL, exists(literal(1)).where(there, public)
    )
    of_none = select(parcels.c.unit_code, parcels.c.sheet, cast(null(), Geometry)).where(
        parcels.c.unit_code.is_(None), parcels.c.sheet.is_not(None), public
    )
    return union_all(of_units, of_none.distinct()).subquery("sheets")


def _public_of(sheets: Subquery) -> Select[Any]:
    """Answer how many public parcels a sheet has, and their frame."""
    live, named = select(parcels.c.geom_3857).where(~parcels.c.withheld), sheets.c
    # Two queries: an index answers each, and none answers "the same, or both unknown".
    same = live.where(parcels.c.unit_code == named.unit_code, parcels.c.sheet == named.sheet)
    none = live.where(
        named.unit_code.is_(None), parcels.c.unit_code.is_(None), parcels.c.sheet == named.sheet
    )
    public = union_all(same.correlate(sheets), none.correlate(sheets)).lateral("public")
    frame = cast(func.ST_Extent(public.c.geom_3857), Geometry(spatial_index=False))
    return select(func.count().label("parcels"), func.ST_SetSRID(frame, 3857).label("frame"))


SOURCES: Mapping[str, Source] = {"parcels": _parcels(), "units": _units(), "sheets": _sheets()}


def shape_of(wkb: bytes | None) -> Any:
    """Answer a stored geometry."""
    return None if wkb is None else shapely.from_wkb(bytes(wkb))
