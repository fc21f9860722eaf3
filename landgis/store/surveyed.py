"""Parcels with their survey geometry, as edits and the checks under the locks read them."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import (
    ARRAY,
    Connection,
    Double,
    Select,
    bindparam,
    column,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import distinct_on

from landgis.cadastre.changes import ParcelName, SurveyedParcel
from landgis.geodesy import epsg_of
from landgis.store.database import Database
from landgis.store.past_states import in_force
from landgis.store.rows import among, shares
from landgis.store.tables import parcel_versions, parcels
from landgis.store.taken_back import was_taken_back

FACTS = (
    *("parcel_id", "fid", "unit_code", "sheet", "number"),
    *("old_unit_code", "old_sheet", "old_number"),
    *("land_uses", "register_area_m2", "address"),
)

Boxes = NDArray[np.float64]


class SurveyedStore:
    """Reads of live and past parcels in the plane they were surveyed in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def by_ids(self, ids: Iterable[UUID]) -> dict[UUID, SurveyedParcel]:
        """Answer the live ones of these parcels."""
        with self._database.begin() as connection:
            return {p.parcel_id: p for p in live(connection, list(ids))}

    def by_fid(self, fid: int) -> SurveyedParcel | None:
        """Answer the live parcel with a tile id."""
        with self._database.begin() as connection:
            found = connection.execute(_live().where(parcels.c.fid == fid)).mappings().first()
        return None if found is None else _parcel(found)

    def near(self, boxes_3857: Boxes) -> list[SurveyedParcel]:
        """Answer the live parcels whose extent meets any of the boxes, by fid.

        Parameters
        ----------
        boxes_3857
            ``(n, 4)`` west, south, east, north in Web Mercator.
        """
        with self._database.begin() as connection:
            return near(connection, boxes_3857)

    def written_by(self, revision: int) -> list[SurveyedParcel]:
        """Answer the versions that a revision began, by fid."""
        return self._versions(parcel_versions.c.revision_from == revision)

    def ended_by(self, revision: int) -> list[SurveyedParcel]:
        """Answer the versions that a revision ended, by fid."""
        return self._versions(parcel_versions.c.revision_to == revision)

    def in_units(self, units: Sequence[str]) -> list[SurveyedParcel]:
        """Answer the live parcels of units, ``""`` for those in none, by fid."""
        query = _live().where(_lies_in(parcels.c.unit_code, units)).order_by(parcels.c.fid)
        with self._database.begin() as connection:
            return [_parcel(row) for row in connection.execute(query).mappings()]

    def last_sent(self, units: Sequence[str]) -> list[SurveyedParcel]:
        """Answer each parcel of units as a file gave it last, live or retired, oldest first."""
        newest = (
            _versions()
            .where(parcel_versions.c.batch_id.is_not(None))
            .where(~was_taken_back())
            .where(_lies_in(parcel_versions.c.unit_code, units))
            .ext(distinct_on(parcel_versions.c.parcel_id))
            .order_by(parcel_versions.c.parcel_id, parcel_versions.c.revision_from.desc())
        )
        with self._database.begin() as connection:
            found = [_parcel(row) for row in connection.execute(newest).mappings()]
        return sorted(found, key=lambda p: (p.revision or 0, p.fid or 0))

    def of_state(self, units: Sequence[str], revision: int) -> list[SurveyedParcel]:
        """Answer the parcels of units as a revision left them, by tile id."""
        return self._versions(in_force(revision) & _lies_in(parcel_versions.c.unit_code, units))

    def names_in(self, units: Sequence[str]) -> list[ParcelName]:
        """Answer every name that a parcel of units ever had, but for what was taken back."""
        names = (parcel_versions.c[name] for name in ParcelName._fields)
        query = select(*names).where(_lies_in(parcel_versions.c.unit_code, units)).distinct()
        query = query.where(~was_taken_back())
        with self._database.begin() as connection:
            return [ParcelName(*row) for row in connection.execute(query)]

    def _versions(self, condition: Any) -> list[SurveyedParcel]:
        query = _versions().where(condition).order_by(parcel_versions.c.fid)
        with self._database.begin() as connection:
            return [_parcel(row) for row in connection.execute(query).mappings()]


def _lies_in(column_: Any, units: Sequence[str]) -> Any:
    named = column_.in_([unit for unit in units if unit])
    return or_(named, column_.is_(None)) if "" in units else named


def live(connection: Connection, ids: Sequence[UUID]) -> list[SurveyedParcel]:
    """Answer the live ones of these parcels, by fid."""
    if not ids:
        return []
    query = _live().where(among(parcels.c.parcel_id, ids)).order_by(parcels.c.fid)
    return [_parcel(row) for row in connection.execute(query).mappings()]


def near(connection: Connection, boxes_3857: Boxes) -> list[SurveyedParcel]:
    """Answer the live parcels whose extent meets any of the boxes, by fid."""
    if not len(boxes_3857):
        return []
    sides = [bindparam(None, boxes_3857[:, i].tolist(), type_=ARRAY(Double)) for i in range(4)]
    ends = [column(name, Double) for name in ("w", "s", "e", "n")]
    box = func.unnest(*sides).table_valued(*ends).render_derived(name="box")
    envelope = func.ST_MakeEnvelope(box.c.w, box.c.s, box.c.e, box.c.n, literal(3857))
    met = select(parcels.c.parcel_id).select_from(
        box.join(parcels, parcels.c.geom_3857.op("&&")(envelope))
    )
    query = _live().where(parcels.c.parcel_id.in_(met)).order_by(parcels.c.fid)
    return [_parcel(row) for row in connection.execute(query).mappings()]


def _versions() -> Select[Any]:
    return select(
        *(parcel_versions.c[name] for name in FACTS),
        parcel_versions.c.revision_from.label("revision"),
        parcel_versions.c.survey_srid,
        func.ST_AsBinary(parcel_versions.c.geom_survey).label("wkb"),
    )


def _live() -> Select[Any]:
    return _versions().join(
        parcels,
        (parcels.c.parcel_id == parcel_versions.c.parcel_id)
        & (parcels.c.revision == parcel_versions.c.revision_from),
    )


def _parcel(row: Any) -> SurveyedParcel:
    values = dict(row)
    values["geom"] = shapely.from_wkb(bytes(values.pop("wkb")))
    values["survey_epsg"] = epsg_of(values.pop("survey_srid"))
    values["land_uses"] = shares(values["land_uses"])
    return SurveyedParcel(**values)
