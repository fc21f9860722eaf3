"""Reads of the live register: one parcel, a few by name, those at a point, all keys of a unit."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import shapely
from sqlalchemy import RowMapping, Select, func, select
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
        return self._one(parcels.c.parcel_id == parcel_id, withheld=withheld)

    def by_fid(self, fid: int, *, withheld: bool) -> ParcelRecord | None:
        """Answer the live parcel with a tile id."""
        return self._one(parcels.c.fid == fid, withheld=withheld)

    def by_national_id(self, national_id: str, *, withheld: bool) -> ParcelRecord | None:
        """Answer the live parcel with a national identifier."""
        return self._one(parcels.c.national_id == national_id, withheld=withheld)

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
        point = func.ST_SetSRID(func.ST_MakePoint(place.x, place.y), place.srid)
        near = func.ST_MakeEnvelope(
            mercator.x - INDEX_MARGIN_M,
            mercator.y - INDEX_MARGIN_M,
            mercator.x + INDEX_MARGIN_M,
            mercator.y + INDEX_MARGIN_M,
            mercator.srid,
        )
        conditions = [
            parcels.c.geom_3857.op("&&")(near),
            func.ST_Covers(parcels.c.geom, point),
        ]
        return self._many(conditions, withheld=withheld, limit=limit)

    def count(self) -> int:
        """Answer how many live parcels there are."""
        with self._database.begin() as connection:
            return int(connection.execute(select(func.count()).select_from(parcels)).scalar_one())

    def extent_lonlat(self) -> tuple[float, float, float, float] | None:
        """Answer west, south, east, north in degrees of everything that was ever published."""
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

    def _one(self, condition: ColumnElement[bool], *, withheld: bool) -> ParcelRecord | None:
        found = self._many([condition], withheld=withheld, limit=1)
        return found[0] if found else None

    def _many(
        self, conditions: Sequence[ColumnElement[bool]], *, withheld: bool, limit: int
    ) -> list[ParcelRecord]:
        query = _facts().where(*conditions).order_by(parcels.c.fid).limit(limit)
        if not withheld:
            query = query.where(~parcels.c.withheld)
        with self._database.begin() as connection:
            return [_record(row) for row in connection.execute(query).mappings()]


def _facts() -> Select[Any]:
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


def _record(row: RowMapping) -> ParcelRecord:
    values = dict(row)
    values["geom"] = shapely.from_wkb(bytes(values.pop("wkb")))
    values["land_uses"] = shares(values["land_uses"])
    return ParcelRecord(**values)
