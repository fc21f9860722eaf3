"""Reads of the live register: one parcel, a few by name, those at a point, all keys of a unit."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

import shapely
from sqlalchemy import Double, Integer, RowMapping, Select, bindparam, func, select
from sqlalchemy.sql import ColumnElement

from landgis.cadastre.register import ParcelRecord, Place, RegisterState
from landgis.store.database import Database
from landgis.store.rows import shares
from landgis.store.tables import parcels, revisions, tile_state, units

FACTS = (
    "parcel_id",
    "fid",
    "national_id",
    "national_id_status",
    "unit_code",
    "sheet",
    "number",
    "old_unit_code",
    "old_sheet",
    "old_number",
    "area_m2",
    "register_area_m2",
    "land_uses",
    "address",
    "status",
    "revision",
    "effective_from",
)


DIGEST_DIGITS = 8

INDEX_MARGIN_M = 0.1
"""Far above what rounding in the other plane can move a boundary, far below a parcel's width."""


class ParcelStore:
    """Live parcels, without those withheld from the public unless asked for."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def state(self) -> RegisterState:
        """Answer the newest published revision and the tile sequence."""
        query = (
            select(
                tile_state.c.revision,
                tile_state.c.sequence,
                revisions.c.committed_at,
                revisions.c.changeset_sha256,
            )
            .select_from(
                tile_state.join(
                    revisions, revisions.c.revision == tile_state.c.revision, isouter=True
                )
            )
            .where(tile_state.c.scope == "register")
        )
        with self._database.begin() as connection:
            row = connection.execute(query).one()
        digest = bytes(row.changeset_sha256 or b"").hex()[:DIGEST_DIGITS]
        return RegisterState(row.revision, row.sequence, row.committed_at, digest)

    def by_id(self, parcel_id: UUID, *, withheld: bool) -> ParcelRecord | None:
        """Answer the live parcel with a canonical id."""
        return self._one("parcel_id", parcel_id, withheld=withheld)

    def by_fid(self, fid: int, *, withheld: bool) -> ParcelRecord | None:
        """Answer the live parcel with a tile id."""
        return self._one("fid", fid, withheld=withheld)

    def by_national_id(self, national_id: str, *, withheld: bool) -> ParcelRecord | None:
        """Answer the live parcel with a national identifier."""
        return self._one("national_id", national_id, withheld=withheld)

    def by_name(
        self,
        unit: str | None,
        sheet: str | None,
        number: str | None,
        *,
        withheld: bool,
        limit: int,
    ) -> list[ParcelRecord]:
        """Answer live parcels by unit, sheet and number; None leaves a part open."""
        wanted = (
            (parcels.c.unit_code, unit),
            (parcels.c.sheet, sheet),
            (parcels.c.number, number),
        )
        conditions = [column == value for column, value in wanted if value is not None]
        return self._many(conditions, withheld=withheld, limit=limit)

    def at(
        self, place: Place, mercator: Place, *, withheld: bool, limit: int
    ) -> list[ParcelRecord]:
        """Answer live parcels that cover a point, boundary included.

        ``mercator`` is the same point in EPSG:3857. The one spatial index is on that plane, where
        tiles need it; it finds the candidates with a margin, the storage plane decides.
        """
        values = {
            "x": place.x,
            "y": place.y,
            "srid": place.srid,
            "margin": INDEX_MARGIN_M,
            "mx": mercator.x,
            "my": mercator.y,
            "msrid": mercator.srid,
            "most": limit,
        }
        return self._records(_covering(withheld=withheld), values)

    def count(self) -> int:
        """Answer how many live parcels there are."""
        with self._database.begin() as connection:
            return int(connection.execute(select(func.count()).select_from(parcels)).scalar_one())

    def extent_lonlat(self) -> tuple[float, float, float, float] | None:
        """Answer west, south, east, north in degrees of all that was ever published for anybody."""
        corners = select(
            func.min(revisions.c.west),
            func.min(revisions.c.south),
            func.max(revisions.c.east),
            func.max(revisions.c.north),
        )
        with self._database.begin() as connection:
            row = connection.execute(corners).one()
        return None if row[0] is None else (row[0], row[1], row[2], row[3])

    def first_place(self) -> Place | None:
        """Answer a point inside the oldest public parcel, in EPSG:3857; None for no parcel."""
        query = (
            select(
                func.ST_X(parcels.c.label_3857).label("x"),
                func.ST_Y(parcels.c.label_3857).label("y"),
            )
            .where(~parcels.c.withheld)
            .order_by(parcels.c.fid)
            .limit(1)
        )
        with self._database.begin() as connection:
            row = connection.execute(query).first()
        return None if row is None else Place(row.x, row.y, 3857)

    def _one(self, column: str, name: Any, *, withheld: bool) -> ParcelRecord | None:
        found = self._records(_named(column, withheld=withheld), {"name": name})
        return found[0] if found else None

    def _many(
        self, conditions: Sequence[ColumnElement[bool]], *, withheld: bool, limit: int
    ) -> list[ParcelRecord]:
        return self._records(_known(facts().where(*conditions), withheld=withheld).limit(limit), {})

    def _records(self, query: Select[Any], values: Mapping[str, Any]) -> list[ParcelRecord]:
        with self._database.begin() as connection:
            return [record(row) for row in connection.execute(query, values).mappings()]


def _known(query: Select[Any], *, withheld: bool) -> Select[Any]:
    query = query.order_by(parcels.c.fid)
    return query if withheld else query.where(~parcels.c.withheld)


# Statements are made once: to make one takes longer than PostgreSQL needs for its answer.
@cache
def _named(column: str, *, withheld: bool) -> Select[Any]:
    query = facts().where(parcels.c[column] == bindparam("name"))
    return _known(query, withheld=withheld).limit(1)


@cache
def _covering(*, withheld: bool) -> Select[Any]:
    """Answer the query of the parcels that cover ``x, y``, which is ``mx, my`` in EPSG:3857."""
    x, y, mx, my, margin = (bindparam(n, type_=Double) for n in ("x", "y", "mx", "my", "margin"))
    srid, msrid = (bindparam(n, type_=Integer) for n in ("srid", "msrid"))
    near = func.ST_Expand(func.ST_SetSRID(func.ST_MakePoint(mx, my), msrid), margin)
    point = func.ST_SetSRID(func.ST_MakePoint(x, y), srid)
    query = facts().where(parcels.c.geom_3857.op("&&")(near), func.ST_Covers(parcels.c.geom, point))
    return _known(query, withheld=withheld).limit(bindparam("most", type_=Integer))


@cache
def facts() -> Select[Any]:
    """Answer the query of everything that a ``ParcelRecord`` holds."""
    live_unit = (units.c.code == parcels.c.unit_code) & units.c.valid_to.is_(None)
    return (
        select(
            *(parcels.c[name] for name in FACTS),
            units.c.name.label("unit_name"),
            revisions.c.committed_at.label("published_at"),
            func.ST_AsBinary(parcels.c.geom).label("wkb"),
        )
        .join(units, live_unit, isouter=True)
        .join(revisions, revisions.c.revision == parcels.c.revision)
    )


def record(row: RowMapping) -> ParcelRecord:
    """Answer a parcel from a row of ``facts``."""
    values = dict(row)
    values["geom"] = shapely.from_wkb(bytes(values.pop("wkb")))
    values["land_uses"] = shares(values["land_uses"])
    return ParcelRecord(**values)
