"""Reads of collections by filter, place, time and order, page by page; nothing withheld."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, not_, or_, select, true
from sqlalchemy.exc import DataError

from landgis.cadastre.filters import Box, Member, Value, Wanted, properties_in
from landgis.cadastre.served import GEOMETRY
from landgis.errors import UsageError
from landgis.store.database import Database
from landgis.store.feature_sources import SOURCES, Source, shape_of
from landgis.store.filter_sql import FilterSQL, shape_3857

SQL = ColumnElement[Any]


class FeatureStore:
    """What the public sees of the register, as collections."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, wanted: Wanted) -> list[Member]:
        """Answer ``wanted.limit`` members at most, in order, from behind ``wanted.after``."""
        source = SOURCES[wanted.collection.name]
        query = _where(source.query, source, wanted)
        keys = _keys(source, wanted)
        if wanted.after is not None:
            query = query.where(_behind(keys, wanted.after))
        query = query.order_by(
            *(key.desc().nulls_last() if down else key.asc().nulls_last() for key, down in keys)
        )
        return self._members(source, query.limit(wanted.limit), [key for key, _ in keys])

    def one(self, wanted: Wanted, key: int | str) -> Member | None:
        """Answer the member of a key, None where there is none that the public sees."""
        source = SOURCES[wanted.collection.name]
        query = _where(source.query, source, wanted).where(source.key == key).limit(1)
        found = self._members(source, query, ())
        return found[0] if found else None

    def count(self, wanted: Wanted, cap: int) -> int | None:
        """Answer how many members there are, None for more than ``cap``."""
        source = SOURCES[wanted.collection.name]
        query = _leanest(source, wanted, ())
        some = _where(query, source, wanted).limit(cap + 1).subquery()
        with self._database.begin() as connection:
            try:
                total = connection.execute(select(func.count()).select_from(some)).scalar_one()
            except DataError as problem:
                raise _no_value(problem) from problem
        return None if total > cap else int(total)

    def passed(self, wanted: Wanted, cap: int) -> int:
        """Answer how many members come before a page that has ``after``, ``cap`` at most."""
        source = SOURCES[wanted.collection.name]
        behind = _behind(_keys(source, wanted), wanted.after or ())
        query = _leanest(source, wanted, (order.field.name for order in wanted.order))
        some = _where(query, source, wanted).where(not_(behind)).limit(cap)
        with self._database.begin() as connection:
            try:
                total = connection.execute(select(func.count()).select_from(some.subquery()))
                return int(total.scalar_one())
            except DataError as problem:
                raise _no_value(problem) from problem

    def box_3857(self, name: str) -> Box | None:
        """Answer the extent of a whole collection in Web Mercator, None for an empty one."""
        source = SOURCES[name]
        box = func.ST_Extent(source.columns["geometry"])
        corners = [side(box) for side in (func.ST_XMin, func.ST_YMin, func.ST_XMax, func.ST_YMax)]
        with self._database.begin() as connection:
            row = connection.execute(source.query.with_only_columns(*corners)).one()
        return None if row[0] is None else (row[0], row[1], row[2], row[3])

    def first_day(self, name: str) -> Any:
        """Answer the earliest day on which a member of a dated collection holds, None for none."""
        source = SOURCES[name]
        if source.begins is None:
            return None
        with self._database.begin() as connection:
            query = source.lean.with_only_columns(func.min(source.begins))
            return connection.execute(query).scalar_one()

    def _members(self, source: Source, query: Select[Any], order: Sequence[SQL]) -> list[Member]:
        own = {"member_key": source.key} | {f"order_{n}": key for n, key in enumerate(order)}
        for name, column in (("begins", source.begins), ("ends", source.ends)):
            own |= {} if column is None else {name: column}
        query = query.add_columns(*(column.label(name) for name, column in own.items()))
        with self._database.begin() as connection:
            try:
                rows = connection.execute(query).mappings().all()
            except DataError as problem:
                raise _no_value(problem) from problem
        return [_member(dict(row), source, set(own), len(order)) for row in rows]


def _member(row: dict[str, Any], source: Source, own: set[str], orders: int) -> Member:
    extra = {name: row.pop(name) for name in own}
    geom = shape_of(row.pop("wkb"))
    values = source.values(row | {"geom": geom} if source is SOURCES["parcels"] else row)
    place = tuple(extra[f"order_{n}"] for n in range(orders))
    key = extra["member_key"]
    return Member(key, values, geom, extra.get("begins"), extra.get("ends"), place)


def _keys(source: Source, wanted: Wanted) -> list[tuple[SQL, bool]]:
    """Answer what orders the members, and whether it descends."""
    keys = [(source.columns[o.field.name], o.descending) for o in wanted.order]
    return keys + [(column, False) for column in source.order]


def _leanest(source: Source, wanted: Wanted, more: Iterable[str]) -> Select[Any]:
    """Answer the query for counting that has what the conditions and ``more`` name."""
    named = {*properties_in(wanted.condition), *more}
    named |= set() if wanted.shapes_3857 is None else {GEOMETRY}
    return source.query.with_only_columns(source.key) if named & source.joined else source.lean


def _where(query: Select[Any], source: Source, wanted: Wanted) -> Select[Any]:
    if wanted.condition is not None:
        query = query.where(FilterSQL(source.columns).condition(wanted.condition))
    if wanted.shapes_3857 is not None:
        place = source.columns["geometry"]
        met = [_meets(source, shape_3857(shape)) for shape in wanted.shapes_3857]
        placeless = [place.is_(None)] if wanted.collection.name == "units" else []
        query = query.where(or_(*met, *placeless))
    if wanted.days is not None and source.begins is not None:
        query = query.where(_holds(source, *wanted.days))
    return query


def _meets(source: Source, shape: SQL) -> ColumnElement[bool]:
    """Answer that a member meets a shape; what is far away by its reach is not looked at closer."""
    met: ColumnElement[bool] = func.ST_Intersects(source.columns["geometry"], shape)
    if source.reach is None:
        return met
    return and_(or_(source.reach.is_(None), source.reach.op("&&")(shape)), met)


def _holds(source: Source, first: Any, last: Any) -> ColumnElement[bool]:
    """Answer that a member holds on a day from first to last; one without a start always did."""
    begins, ends = source.begins, source.ends
    conditions = []
    if last is not None and begins is not None:
        conditions.append(or_(begins.is_(None), begins <= last))
    if first is not None and ends is not None:
        conditions.append(or_(ends.is_(None), ends > first))
    return and_(true(), *conditions)


def _behind(keys: Sequence[tuple[SQL, bool]], last: Sequence[Value | None]) -> ColumnElement[bool]:
    """Answer that a member comes after another, missing values last."""
    cases: list[ColumnElement[bool]] = []
    same: list[ColumnElement[bool]] = []
    for (key, down), value in zip(keys, last, strict=True):
        if value is None:
            same.append(key.is_(None))
            continue
        further = key < value if down else key > value
        cases.append(and_(*same, or_(further, key.is_(None))))
        same.append(key == value)
    return or_(false(), *cases)


def _no_value(problem: DataError) -> UsageError:
    reason = str(problem.orig).splitlines()[0]
    return UsageError(
        "bad_filter",
        f"The filter asks for a value that does not exist ({reason})",
        parameter="filter",
    )
