"""Reads of the history in commit order, page by page, as far as one reader may know it.

A reader is told of a version unless it is hidden: by its own land uses, or because the newest
version of its parcel is. What is hidden does not count for a page either.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import shapely
from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    and_,
    bindparam,
    exists,
    false,
    func,
    or_,
    select,
    text,
    union,
)
from sqlalchemy.sql import FromClause

from landgis.cadastre.feed import (
    HASH_DIGITS,
    FeedEdge,
    FeedRevision,
    FeedVersion,
    Point,
    Position,
    Scope,
)
from landgis.geodesy import epsg_of
from landgis.store.database import Database
from landgis.store.rows import among, shares
from landgis.store.tables import lineage, parcel_versions, parcels, revisions

FACTS = (
    *("parcel_id", "fid", "revision_from", "revision_to", "unit_code", "sheet", "number"),
    *("old_unit_code", "old_sheet", "old_number", "land_uses", "register_area_m2"),
    *("area_m2", "address", "status", "effective_from", "survey_srid"),
)

MOST_REVISIONS = 5_000
"""Looked at together."""

BLOCK_ROWS = 2_000
"""Live parcels in memory at once."""

Condition: TypeAlias = ColumnElement[bool]


class FeedStore:
    """The history, for who follows it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def snapshot(self) -> Iterator["FeedSnapshot"]:
        """Open the history as it is now; what others commit meanwhile is not in it."""
        with self._database.begin() as connection:
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
            yield FeedSnapshot(connection)


class FeedSnapshot:
    """One moment of the history."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def newest(self) -> Position:
        """Answer where a reader stands who knows everything; revision 0: nothing published yet."""
        last = self._connection.execute(select(func.max(revisions.c.revision))).scalar()
        return self.place(last or 0) or Position(0)

    def place(self, revision: int) -> Position | None:
        """Answer the position behind a revision; None where there is no such revision."""
        query = select(revisions.c.changeset_sha256).where(revisions.c.revision == revision)
        found = self._connection.execute(query).scalar()
        return None if found is None else Position(revision, bytes(found).hex()[:HASH_DIGITS])

    def reach(self, revision: int, parcels: int) -> int:
        """Answer the last revision behind this one so that those between change so many parcels.

        At least the next one, however many it changes.
        """
        total = func.sum(revisions.c.parcels).over(order_by=revisions.c.revision)
        ahead = (
            select(revisions.c.revision, total.label("total"))
            .where(revisions.c.revision > revision)
            .order_by(revisions.c.revision)
            .limit(MOST_REVISIONS)
            .subquery()
        )
        few = func.max(ahead.c.revision).filter(ahead.c.total <= parcels)
        query = select(func.coalesce(few, func.min(ahead.c.revision)))
        return int(self._connection.execute(query).scalar_one())

    def rest_of(self, begun: Position, scope: Scope, limit: int) -> list[Point]:
        """Answer the parcels that one revision changed, behind the position's, by id."""
        # The number stands in the statement: a plan for any revision would be one for small ones.
        number = bindparam("revision", begun.revision, Integer, literal_execute=True)

        def within(revision: ColumnElement[int], version: FromClause) -> Condition:
            behind = () if begun.parcel_id is None else (version.c.parcel_id > begun.parcel_id,)
            return and_(revision == number, *behind)

        return self._points(within, scope, limit)

    def between(self, low: int, high: int, scope: Scope, limit: int) -> list[Point]:
        """Answer what revisions behind ``low`` and up to ``high`` changed, in order."""
        if high == low + 1:
            return self.rest_of(Position(high), scope, limit)
        return self._points(lambda r, _: and_(r > low, r <= high), scope, limit)

    def _points(self, within: Any, scope: Scope, limit: int) -> list[Point]:
        both = union(
            *(part.limit(limit).subquery().select() for part in _changed(within, scope))
        ).subquery()
        query = select(both.c.revision, both.c.parcel_id).order_by(*both.c).limit(limit)
        return [Point(*row) for row in self._connection.execute(query)]

    def versions(self, points: Sequence[Point], scope: Scope) -> list[FeedVersion]:
        """Answer the versions that were ended or begun there, hidden ones marked."""
        numbers = sorted({point.revision for point in points})
        version = parcel_versions
        query = _facts(scope).where(
            among(version.c.parcel_id, {point.parcel_id for point in points}),
            or_(version.c.revision_from.in_(numbers), version.c.revision_to.in_(numbers)),
        )
        return [_version(dict(row)) for row in self._connection.execute(query).mappings()]

    def edges(self, points: Sequence[Point], scope: Scope) -> list[FeedEdge]:
        """Answer the lineage that parcels got there, without edges to what is hidden."""
        ids, edge = {point.parcel_id for point in points}, lineage.c
        ends = (edge.parent_id, edge.child_id)
        query = (
            select(edge.revision, *ends)
            .where(edge.revision.in_({point.revision for point in points}))
            .where(or_(*(among(end, ids) for end in ends)))
            .where(*(_may_be_named(end, scope) for end in ends))
            .order_by(edge.revision, *ends)
        )
        return [FeedEdge(*row) for row in self._connection.execute(query)]

    def revisions(self, numbers: Iterable[int]) -> dict[int, FeedRevision]:
        """Answer revisions by their number."""
        query = select(*(revisions.c[name] for name in FeedRevision._fields))
        query = query.where(revisions.c.revision.in_(set(numbers)))
        rows = self._connection.execute(query)
        return {found.revision: found for found in (FeedRevision(*row) for row in rows)}

    def units(self) -> list[str | None]:
        """Answer the units that live parcels lie in, sorted; None, for no unit, comes last."""
        query = select(parcels.c.unit_code).distinct().order_by(parcels.c.unit_code)
        return list(self._connection.execute(query).scalars())

    def live(self, unit: str | None, scope: Scope) -> Iterator[list[FeedVersion]]:
        """Answer the live parcels of a unit that are not hidden, by id, block by block."""
        is_live = and_(
            parcels.c.parcel_id == parcel_versions.c.parcel_id,
            parcels.c.revision == parcel_versions.c.revision_from,
        )
        query = (
            _facts(Scope(None, frozenset()))
            .join(parcels, is_live)
            .where(parcels.c.unit_code.is_not_distinct_from(unit))
            .where(~_hidden(parcel_versions, scope))
            .order_by(parcels.c.parcel_id)
        )
        options = {"stream_results": True, "yield_per": BLOCK_ROWS}
        rows = self._connection.execute(query, execution_options=options).mappings()
        for block in rows.partitions(BLOCK_ROWS):
            yield [_version(dict(row)) for row in block]


def _changed(within: Any, scope: Scope) -> Iterator[Select[Any]]:
    """Answer what was begun and what was ended in some revisions, in order."""
    begun, ended = parcel_versions.alias("begun"), parcel_versions.alias("ended")
    goes_on = exists().where(
        begun.c.parcel_id == ended.c.parcel_id,
        begun.c.revision_from == ended.c.revision_to,
        ~_hidden(begun, scope),
    )
    is_told = {
        # What is hidden now is told of once more: when it goes out of the reader's sight.
        ended: or_(~_hidden_now(ended.c.parcel_id, scope), ~goes_on),
        begun: ~_hidden_now(begun.c.parcel_id, scope),
    }
    for version, revision in (
        (begun, begun.c.revision_from),
        (ended, ended.c.revision_to),
    ):
        query = select(revision.label("revision"), version.c.parcel_id)
        query = query.where(within(revision, version), ~_hidden(version, scope))
        if scope.hidden_uses:
            query = query.where(is_told[version])
        if scope.unit is not None:
            query = query.where(version.c.unit_code == scope.unit)
        yield query.order_by(revision, version.c.parcel_id)


def _hidden(version: FromClause, scope: Scope) -> Condition:
    """Answer the condition that a version's own land uses hide it."""
    uses = version.c.land_uses
    return or_(false(), *(uses.contains([{"code": use}]) for use in sorted(scope.hidden_uses)))


def _hidden_now(parcel_id: ColumnElement[Any], scope: Scope) -> Condition:
    """Answer the condition that the newest version of a parcel is hidden."""
    if not scope.hidden_uses:
        return false()
    newest = parcel_versions.alias("newest")
    return (
        select(_hidden(newest, scope))
        .where(newest.c.parcel_id == parcel_id)
        .order_by(newest.c.revision_from.desc())
        .limit(1)
        .scalar_subquery()
    )


def _may_be_named(end: ColumnElement[Any], scope: Scope) -> Condition:
    """Answer the condition that an end of an edge was not hidden in its revision, nor is now."""
    if not scope.hidden_uses:
        return ~false()
    part = parcel_versions.alias("part")
    number = lineage.c.revision
    was_hidden = exists().where(
        part.c.parcel_id == end,
        or_(part.c.revision_from == number, part.c.revision_to == number),
        _hidden(part, scope),
    )
    return and_(~was_hidden, ~_hidden_now(end, scope))


def _facts(scope: Scope) -> Select[Any]:
    version = parcel_versions
    return select(
        *(version.c[name] for name in FACTS),
        func.ST_AsBinary(version.c.geom_survey).label("wkb"),
        _hidden(version, scope).label("is_hidden"),
        _hidden_now(version.c.parcel_id, scope).label("is_hidden_now"),
    )


def _version(values: dict[str, Any]) -> FeedVersion:
    values["geom"] = shapely.from_wkb(bytes(values.pop("wkb")))
    values["survey_epsg"] = epsg_of(values.pop("survey_srid"))
    values["land_uses"] = shares(values["land_uses"])
    return FeedVersion(**values)
