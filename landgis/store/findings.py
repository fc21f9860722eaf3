"""Findings of batches, and what people accept as it is."""

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Text,
    and_,
    any_,
    cast,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.selectable import LateralFromClause

from landgis.cadastre.acceptance import (
    ACCEPTABLE,
    FindingsCount,
    FindingsPage,
    FindingsWanted,
)
from landgis.errors import Conflict
from landgis.store.audit import append_note
from landgis.store.database import Database
from landgis.store.finding_tables import finding_acceptances, finding_kinds
from landgis.store.locks import lock_head
from landgis.store.tables import findings, import_rows
from landgis.store.written_findings import document_of

NEAR_DEG = 1 / 111_195
"""One metre of a meridian (mean radius of the Earth, 6,371,009 m): an accepted place may have
moved by as much (design §10: places count to 1 m)."""

READ_AT_ONCE = 10_000

SAME_MEASURE = 0.1
"""Share of the accepted measure that a finding may differ from it: what has grown since is
looked at anew (own choice)."""


def findings_of(
    connection: Connection,
    batch_id: UUID,
    wanted: FindingsWanted,
    *,
    after: int,
    limit: int,
) -> FindingsPage:
    """Answer findings of a batch, each with its acceptance, in the order of its report.

    Parameters
    ----------
    after
        Number of the finding to continue after; the first one of a batch is 1.
    """
    f, accepted = findings.c, _newest_acceptance()
    own = (f.batch_id, f.position, f.finding_id, f.rule, f.severity, f.outcome, f.lon, f.lat)
    query = (
        select(*own, f.kind, cast(f.body, Text).label("body"), *accepted.c)
        .join_from(findings, accepted, true(), isouter=True)
        .where(f.batch_id == batch_id, f.position >= after, *_conditions(batch_id, wanted))
        .order_by(f.position)
        .limit(limit + 1)
    )
    found = connection.execute(query).all()
    words = _words(connection, batch_id)
    page = found[:limit]
    last = page[-1].position + 1 if len(found) > len(page) else None
    return FindingsPage([document_of(one, words[one.kind]) for one in page], last)


def every_finding(
    connection: Connection, batch_id: UUID, wanted: FindingsWanted
) -> list[dict[str, Any]]:
    """Answer all findings at once, read so many at a time that no statement takes long."""
    found: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        page = findings_of(connection, batch_id, wanted, after=after, limit=READ_AT_ONCE)
        found += page.findings
        after = page.next
    return found


def _words(connection: Connection, batch_id: UUID) -> dict[int, dict[str, Any]]:
    """Answer kind -> words of a batch's findings; joined to each of them they mislead the plan."""
    k = finding_kinds.c
    found = connection.execute(select(k.kind, k.words).where(k.batch_id == batch_id))
    return {one.kind: one.words for one in found}


def _newest_acceptance() -> LateralFromClause:
    """Answer the acceptance of a finding as a table beside it."""
    a = finding_acceptances.c
    said = select(a.by, a.at, a.why).where(_in_force(), _holds(findings.c))
    return said.order_by(a.acceptance_id.desc()).limit(1).correlate(findings).lateral()


class FindingStore:
    """What was found in batches, and what people say of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(
        self, batch_id: UUID, wanted: FindingsWanted, *, after: int, limit: int
    ) -> FindingsPage:
        """Answer findings after a number; see ``findings_of``."""
        with self._database.begin() as connection:
            return findings_of(connection, batch_id, wanted, after=after, limit=limit)

    def named(self, batch_id: UUID, finding_id: str) -> list[dict[str, Any]]:
        """Answer the findings of an id: more than one where two defects share a metre."""
        with self._database.begin() as connection:
            return every_finding(connection, batch_id, FindingsWanted(name=finding_id))

    def units(self, batch_id: UUID, rows: Sequence[int]) -> list[str]:
        """Answer the units that rows of a batch lie in, as far as they name one."""
        row, wanted = import_rows.c, literal(list(rows), ARRAY(BigInteger))
        query = (
            select(row.unit_code)
            .where(row.batch_id == batch_id, row.row_no == any_(wanted))
            .where(row.unit_code.is_not(None))
            .distinct()
            .order_by(row.unit_code)
        )
        with self._database.begin() as connection:
            return list(connection.execute(query).scalars())

    def counts(self, batch_id: UUID) -> list[FindingsCount]:
        """Answer how many findings there are of each rule, severity and outcome, the rules in the
        order of the report.
        """
        k, f = finding_kinds.c, findings.c
        every = select(k.rule, k.severity, k.outcome, func.sum(k.findings).label("findings"))
        every = every.where(k.batch_id == batch_id).group_by(k.rule, k.severity, k.outcome)
        held = select(f.rule, f.severity, f.outcome, func.count(f.position.distinct()))
        held = held.where(f.batch_id == batch_id, _in_force(), _holds(f))
        with self._database.begin() as connection:
            counted = connection.execute(every.order_by(func.min(k.kind))).all()
            held = held.group_by(f.rule, f.severity, f.outcome)
            accepted = {tuple(r[:3]): r[3] for r in connection.execute(held)}
        return [
            FindingsCount(r.rule, r.severity, r.outcome, r.findings, accepted.get(tuple(r[:3]), 0))
            for r in counted
        ]

    def accept(self, batch_id: UUID, finding_id: str, by: str, why: str) -> None:
        """Keep that a finding is accepted; one entry of the audit log goes with it.

        Raises
        ------
        Conflict
            ``already_accepted``
        """
        f = findings.c
        names = ("subject", "lon", "lat", "measured", "finding_id", "rule", "batch_id")
        said = (literal(by, Text), literal(why, Text), func.clock_timestamp())
        is_held = select(finding_acceptances).where(_in_force(), _holds(f)).correlate(findings)
        waiting = select(*(f[name] for name in names), *said).where(
            *_is(batch_id, finding_id), ~is_held.exists()
        )
        with self._database.begin() as connection:
            lock_head(connection)
            kept = insert(finding_acceptances).from_select([*names, "by", "why", "at"], waiting)
            done = connection.execute(kept.returning(finding_acceptances.c.acceptance_id))
            if not done.all():
                raise Conflict(
                    "already_accepted", f"Finding {finding_id} is accepted; take that back first"
                )
            words = hashlib.sha256(why.encode()).hexdigest()  # they may name people
            note = {"batch_id": str(batch_id), "finding_id": finding_id, "why_sha256": words}
            append_note(connection, "accept", by, note)

    def take_back(self, batch_id: UUID, finding_id: str, by: str) -> None:
        """Keep that a finding is no longer accepted, in whichever batch that was said.

        Raises
        ------
        Conflict
            ``not_accepted``
        """
        about = exists().where(*_is(batch_id, finding_id), _holds(findings.c))
        with self._database.begin() as connection:
            lock_head(connection)
            done = connection.execute(
                update(finding_acceptances)
                .where(_in_force(), about)
                .values(taken_back_at=func.clock_timestamp(), taken_back_by=by)
            )
            if not done.rowcount:
                raise Conflict("not_accepted", f"Nobody has accepted finding {finding_id}")
            note = {"batch_id": str(batch_id), "finding_id": finding_id}
            append_note(connection, "take_back", by, note)


def _is(batch_id: UUID, finding_id: str) -> tuple[ColumnElement[bool], ...]:
    return findings.c.batch_id == batch_id, findings.c.finding_id == finding_id


def _in_force() -> ColumnElement[bool]:
    return finding_acceptances.c.taken_back_at.is_(None)


def _holds(f: Any) -> ColumnElement[bool]:
    """Answer the condition under which an acceptance is about a finding with these columns."""
    a = finding_acceptances.c
    beside = func.abs(f.lon - a.lon) * func.cos(func.radians(a.lat))
    return and_(
        f.subject == a.subject,
        f.outcome == "fail",
        f.severity.in_(ACCEPTABLE),
        or_(
            and_(f.lon.is_(None), a.lon.is_(None)),
            and_(func.abs(f.lat - a.lat) <= NEAR_DEG, beside <= NEAR_DEG),
        ),
        or_(
            and_(f.measured.is_(None), a.measured.is_(None)),
            func.abs(f.measured - a.measured) <= SAME_MEASURE * func.abs(a.measured),
        ),
    )


def _conditions(batch_id: UUID, wanted: FindingsWanted) -> list[ColumnElement[bool]]:
    f, other = findings.c, findings.alias("other").c
    named = {
        "finding_id": wanted.name,
        "rule": wanted.rule,
        "severity": wanted.severity,
        "outcome": wanted.outcome,
    }
    asked = [f[name] == value for name, value in named.items() if value is not None]
    if wanted.row is not None:
        asked.append(f.body["rows"].contains(literal([wanted.row], JSONB)))
    if wanted.bbox is not None:
        west, south, east, north = wanted.bbox
        asked += [f.lon.between(west, east), f.lat.between(south, north)]
    if wanted.accepted is not None:
        held = select(other.position).where(other.batch_id == batch_id, _in_force(), _holds(other))
        asked.append(f.position.in_(held) if wanted.accepted else f.position.not_in(held))
    return asked
