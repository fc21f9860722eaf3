"""Reads of many parcels: by any of their names, their facts, place and legal day, page by page."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from landgis.cadastre.parcel_lists import Beside, ParcelsWanted
from landgis.cadastre.register import ParcelRecord
from landgis.store.database import Database
from landgis.store.filter_sql import shape_3857
from landgis.store.parcels import INDEX_MARGIN_M, facts, record
from landgis.store.tables import parcels


class ParcelListStore:
    """Live parcels, page by page in the order of their fids."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, wanted: ParcelsWanted) -> list[ParcelRecord]:
        """Answer ``wanted.limit`` parcels at most, with fids above ``wanted.after``."""
        query = live(facts(), wanted).where(parcels.c.fid > wanted.after)
        with self._database.begin() as connection:
            rows = connection.execute(query.order_by(parcels.c.fid).limit(wanted.limit))
            return [record(row) for row in rows.mappings()]

    def count(self, wanted: ParcelsWanted, cap: int) -> int:
        """Answer how many parcels there are on all pages, ``cap`` at most."""
        some = live(select(parcels.c.fid), wanted).limit(cap).subquery()
        with self._database.begin() as connection:
            total = connection.execute(select(func.count()).select_from(some))
            return int(total.scalar_one())


def live(query: Select[Any], wanted: ParcelsWanted) -> Select[Any]:
    """Answer a query of ``parcels`` narrowed to the wanted ones, whatever page they are on."""
    query = query.where(*said_of(parcels.c, wanted))
    if not wanted.withheld:
        query = query.where(~parcels.c.withheld)
    for shapes in wanted.places:
        query = query.where(or_(*map(_meets, shapes)))
    if wanted.effective_on is not None:  # what ended since is among the past states
        query = query.where(begun(parcels.c, wanted.effective_on))
    return query if wanted.beside is None else _beside(query, wanted.beside)


def _meets(shape: Any) -> ColumnElement[bool]:
    """Answer that a parcel meets a shape; what lies in a box as a whole is not looked at closer."""
    place, given = parcels.c.geom_3857, shape_3857(shape)
    met: ColumnElement[bool] = func.ST_Intersects(place, given)
    if shape.equals(shape.envelope):
        met = and_(place.op("&&")(given), or_(place.op("@")(given), met))
    return met


def _beside(query: Select[Any], beside: Beside) -> Select[Any]:
    one = parcels.alias("one")
    near = func.ST_Expand(one.c.geom_3857, INDEX_MARGIN_M)
    boundaries = func.ST_Boundary(parcels.c.geom), func.ST_Boundary(one.c.geom)
    return (
        query.join(one, parcels.c.geom_3857.op("&&")(near))
        .where(one.c.parcel_id == beside.parcel_id, parcels.c.parcel_id != beside.parcel_id)
        .where(func.ST_DWithin(*boundaries, beside.tolerance))
    )


def said_of(columns: Any, wanted: ParcelsWanted) -> list[ColumnElement[bool]]:
    """Answer the conditions on names and facts, for parcels and for their versions alike."""
    conditions = [columns[name] == value for name, value in wanted.names.items()]
    if wanted.land_use is not None:
        conditions.append(has_use(columns.land_uses, wanted.land_use))
    if wanted.least_m2 is not None:
        conditions.append(columns.area_m2 >= wanted.least_m2)
    if wanted.most_m2 is not None:
        conditions.append(columns.area_m2 <= wanted.most_m2)
    if wanted.upto is not None:
        conditions.append(columns.fid <= wanted.upto)
    return conditions


def has_use(uses: Any, code: str) -> ColumnElement[bool]:
    """Answer that a code is among land uses."""
    found: ColumnElement[bool] = uses.contains([{"code": code}])
    return found


def begun(columns: Any, day: Any) -> ColumnElement[bool]:
    """Answer that something holds in law by a day; what says no first day always did."""
    return or_(columns.effective_from.is_(None), columns.effective_from <= day)
