"""The register as it knew parcels at a revision: what is live since then, and what ended after it.

Both are found by indexes: live parcels that no later revision touched are the same rows as today's,
and of ended versions only those that a later revision ended are looked at.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import shapely
from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    and_,
    false,
    func,
    null,
    or_,
    select,
    text,
)

from landgis import geodesy
from landgis.cadastre.parcel_lists import KnownAt, ParcelsWanted
from landgis.cadastre.register import ParcelRecord
from landgis.store.database import Database
from landgis.store.filter_sql import shape_3857
from landgis.store.legal_days import was_still
from landgis.store.parcel_lists import begun, has_use, live, said_of
from landgis.store.parcels import facts, record
from landgis.store.rows import shares
from landgis.store.tables import parcel_versions, parcels, revisions, units

version = parcel_versions.c

FACTS = (
    *("parcel_id", "fid", "unit_code", "sheet", "number"),
    *("old_unit_code", "old_sheet", "old_number", "area_m2", "register_area_m2"),
    *("land_uses", "address", "status", "effective_from", "survey_srid"),
)

PIECES = 32
"""Of the larger side of a shape: its sides are curved in a survey plane, as in ``ogc.shapes``."""

BEYOND_DEG, LAST_DEG = 10.0, 85.06
"""How far beyond the area of use of its plane a parcel is looked for, and where Web Mercator ends;
a transverse Mercator plane can tell no place a quarter of the globe away."""


class PastStateStore:
    """Parcels of states that the register has been in.

    Parameters
    ----------
    hidden_uses
        Land uses of which nobody knows who may not know of withheld land. A parcel that is, or was
        last, of such a use is hidden in all its past.
    """

    def __init__(self, database: Database, hidden_uses: Collection[str]) -> None:
        self._database = database
        self._hidden_uses = hidden_uses

    def at(self, moment: datetime) -> KnownAt:
        """Answer what the register had published by a moment."""
        return self._known(revisions.c.committed_at <= moment)

    def numbered(self, revision: int) -> KnownAt:
        """Answer the state that a revision made, or the newest one before it."""
        return self._known(revisions.c.revision <= revision)

    def _known(self, condition: ColumnElement[bool]) -> KnownAt:
        newest = revisions.c.revision.desc()
        query = select(revisions.c.revision, revisions.c.committed_at).where(condition)
        with self._database.begin() as connection:
            row = connection.execute(query.order_by(newest).limit(1)).first()
        return KnownAt(0, None) if row is None else KnownAt(row.revision, row.committed_at)

    def page(
        self, revision: int, wanted: ParcelsWanted, storage_epsg: int, *, is_present: bool
    ) -> list[ParcelRecord]:
        """Answer ``wanted.limit`` parcels at most, with fids above ``wanted.after``, by fid.

        ``is_present``: the revision is the newest one, so live parcels bear what they bear now.
        """
        as_then = (lambda row: row) if is_present else _as_then
        fid = parcels.c.fid
        unchanged = _unchanged(facts(), revision, wanted).where(fid > wanted.after)
        with self._snapshot() as connection:
            rows = connection.execute(unchanged.order_by(fid).limit(wanted.limit)).mappings()
            found = [record(as_then(row)) for row in rows]
            ended = self._ended(connection, _versions(), revision, wanted)
            ended = ended.where(version.fid > wanted.after).order_by(version.fid)
            rows = connection.execute(ended.limit(wanted.limit)).mappings()
            found += [_record(row, storage_epsg) for row in rows]
        return sorted(found, key=lambda parcel: parcel.fid)[: wanted.limit]

    def count(self, revision: int, wanted: ParcelsWanted, cap: int) -> int:
        """Answer how many parcels there are on all pages, ``cap`` at most."""
        with self._snapshot() as connection:
            total = 0
            for query in (
                _unchanged(select(parcels.c.fid), revision, wanted),
                self._ended(connection, select(version.fid), revision, wanted),
            ):
                some = query.limit(cap).subquery()
                total += connection.execute(select(func.count()).select_from(some)).scalar_one()
        return min(total, cap)

    def one(
        self, parcel_id: UUID, revision: int, storage_epsg: int, *, withheld: bool
    ) -> ParcelRecord | None:
        """Answer a parcel as a state of the register had it."""
        query = _versions().where(version.parcel_id == parcel_id, in_force(revision))
        query = query if withheld else query.where(~self._is_hidden())
        with self._database.begin() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else _record(row, storage_epsg)

    @contextmanager
    def _snapshot(self) -> Iterator[Connection]:
        """Let several statements see one state: a parcel may end between them."""
        with self._database.begin() as connection:
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
            yield connection

    def _ended(
        self, connection: Connection, query: Select[Any], revision: int, wanted: ParcelsWanted
    ) -> Select[Any]:
        """Narrow a query of versions to those in force at a revision that ended later.

        Of a legal day, to those which hold on it though they had ended by then, too.
        """
        later = version.revision_to > revision
        if (day := wanted.effective_on) is not None:
            later = or_(later, was_still(revision, day))
            query = query.where(begun(version, day))
        query = query.where(version.revision_from <= revision, later, *said_of(version, wanted))
        if not wanted.withheld:
            query = query.where(~self._is_hidden())
        if wanted.places:
            srids = connection.execute(select(version.survey_srid).where(later).distinct())
            known = list(srids.scalars())
            query = query.where(*(_meets(shapes, known) for shapes in wanted.places))
        return query

    def _is_hidden(self) -> ColumnElement[bool]:
        return is_hidden(self._hidden_uses)


def is_hidden(uses: Collection[str]) -> ColumnElement[bool]:
    """Answer that a version is withheld, or the last one of its parcel is."""
    last = parcel_versions.alias("last")
    newest = (
        select(last.c.land_uses)
        .where(last.c.parcel_id == version.parcel_id)
        .order_by(last.c.revision_from.desc())
        .limit(1)
        .scalar_subquery()
    )
    both = (version.land_uses, newest)
    return or_(false(), *(has_use(uses_, code) for uses_ in both for code in uses))


def in_force(revision: int) -> ColumnElement[bool]:
    """Answer that a version was the present one at a revision."""
    ended = version.revision_to
    return and_(version.revision_from <= revision, or_(ended.is_(None), ended > revision))


def _unchanged(query: Select[Any], revision: int, wanted: ParcelsWanted) -> Select[Any]:
    return live(query, wanted).where(parcels.c.revision <= revision)


def _meets(shapes: tuple[Any, ...], srids: list[int]) -> ColumnElement[bool]:
    """Answer that a surveyed boundary meets one of the shapes, each laid into its plane."""
    met = []
    for srid in srids:
        for shape in shapes:
            there = func.ST_SetSRID(shape_3857(_in_plane(shape, srid)), srid)
            intersects = func.ST_Intersects(version.geom_survey, there)
            met.append(and_(version.survey_srid == srid, intersects))
    return or_(false(), *met)


def _in_plane(shape: Any, srid: int) -> Any:
    """Answer a shape in a survey plane, without what is too far away to be told there."""
    epsg = geodesy.epsg_of(srid)
    near = shapely.intersection(shape, _around(epsg))
    if near.is_empty:
        return near
    west, south, east, north = near.bounds
    longest = max(east - west, north - south) / PIECES
    fine = shapely.segmentize(near, longest) if longest > 0 else near
    return geodesy.transform(fine, geodesy.WEB_MERCATOR, epsg)


@cache
def _around(epsg: int) -> Any:
    """Answer a plane's area of use and what lies near it, in Web Mercator."""
    west, south, east, north = geodesy.plane(epsg).bounds
    low, high = max(south - BEYOND_DEG, -LAST_DEG), min(north + BEYOND_DEG, LAST_DEG)
    spans = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    boxes = [
        shapely.box(max(w - BEYOND_DEG, -180.0), low, min(e + BEYOND_DEG, 180.0), high)
        for w, e in spans
    ]
    return geodesy.transform(shapely.union_all(boxes), geodesy.LONLAT, geodesy.WEB_MERCATOR)


def _versions() -> Select[Any]:
    live_unit = (units.c.code == version.unit_code) & units.c.valid_to.is_(None)
    return (
        select(
            *(version[name] for name in FACTS),
            null().label("national_id"),
            null().label("national_id_status"),
            version.revision_from.label("revision"),
            units.c.name.label("unit_name"),
            revisions.c.committed_at.label("published_at"),
            func.ST_AsBinary(version.geom_survey).label("wkb"),
        )
        .join(units, live_unit, isouter=True)
        .join(revisions, revisions.c.revision == version.revision_from)
    )


def _as_then(row: RowMapping) -> Any:
    """Take away what is not kept by revision: nobody can say what it was then."""
    return {**row, "national_id": None, "national_id_status": None}


def _record(row: RowMapping, storage_epsg: int) -> ParcelRecord:
    values = dict(row)
    survey_epsg = geodesy.epsg_of(values.pop("survey_srid"))
    surveyed = shapely.from_wkb(bytes(values.pop("wkb")))
    values["geom"] = geodesy.transform(surveyed, survey_epsg, storage_epsg)
    values["land_uses"] = shares(values["land_uses"])
    return ParcelRecord(**values)
