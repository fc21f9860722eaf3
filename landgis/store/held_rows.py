"""The rows of one batch and their fates, as the statements that mend them see them."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    Text,
    any_,
    cast,
    func,
    literal,
    or_,
    select,
    update,
)

from landgis.cadastre.batches import Counts, RowState
from landgis.cadastre.mends import Mend, StagedRow, Tried
from landgis.cadastre.parcels import TEXT_COLUMNS
from landgis.errors import Conflict, NotFound
from landgis.store.mend_tables import import_mends, import_retries
from landgis.store.rows import shares, shares_json
from landgis.store.tables import findings, import_batches, import_rows

OPEN = ("staged", "published")
"""Statuses of a batch whose rows may be mended and examined again."""

Stamp = tuple[Any, ...]
"""Tells one state of a batch's rows from another."""


def rows_query(batch_id: UUID, *more: ColumnElement[Any]) -> Select[Any]:
    """Answer the query for rows of a batch, each with its version."""
    row, mend = import_rows.c, import_mends.c
    version = (
        select(func.coalesce(func.max(mend.version), 0))
        .where(mend.batch_id == row.batch_id)
        .where(mend.row_no == row.row_no)
        .scalar_subquery()
    )
    return select(
        row.row_no,
        row.state,
        row.reasons,
        version.label("version"),
        *(row[name] for name in TEXT_COLUMNS),
        row.land_uses,
        row.register_area_m2,
        *more,
    ).where(row.batch_id == batch_id)


def found_by(batch_id: UUID, rule: str) -> ColumnElement[bool]:
    """Answer a condition on ``import_rows``: the rule holds it back, or found something on it."""
    number = func.jsonb_array_elements_text(findings.c.body["rows"])
    named = (
        select(cast(number, BigInteger))
        .where(findings.c.batch_id == batch_id)
        .where(findings.c.rule == rule)
        .where(findings.c.outcome == "fail")
    )
    return or_(literal(rule) == any_(import_rows.c.reasons), import_rows.c.row_no.in_(named))


def parcels_query(batch_id: UUID, *where: ColumnElement[bool]) -> Select[Any]:
    """Answer the query for rows of a batch as parcels, as ``parcel_set`` takes them."""
    return (
        select(
            import_rows.c.row_no,
            *(import_rows.c[name] for name in TEXT_COLUMNS),
            cast(import_rows.c.land_uses, Text).label("land_uses"),
            import_rows.c.register_area_m2,
            import_rows.c.geom_wkb,
        )
        .where(import_rows.c.batch_id == batch_id)
        .where(*where)
        .order_by(import_rows.c.row_no)
    )


def staged_row(found: Any) -> StagedRow:
    """Answer the row in an answer to ``rows_query``."""
    facts = {name: getattr(found, name) for name in TEXT_COLUMNS}
    facts["land_uses"] = None if found.land_uses is None else shares(found.land_uses)
    facts["register_area_m2"] = found.register_area_m2
    wkb = getattr(found, "geom_wkb", None)
    return StagedRow(
        row=found.row_no,
        state=found.state,
        reasons=tuple(found.reasons),
        version=found.version,
        facts=facts,
        wkb=None if wkb is None else bytes(wkb),
    )


def stored(row: StagedRow) -> dict[str, Any]:
    """Answer a row as columns of ``import_rows``."""
    (uses,) = shares_json([row.facts["land_uses"] or ()])  # type: ignore[arg-type]
    fate = {"state": row.state, "reasons": list(row.reasons)}
    return {**row.facts, **fate, "land_uses": uses, "geom_wkb": row.wkb}


def hold(connection: Connection, batch_id: UUID) -> Counts:
    """Lock a batch whose rows may be changed and answer its counts.

    Raises
    ------
    Conflict
        ``batch_not_open``: it is not examined yet, being published, or has come to nothing.
    """
    query = select(import_batches.c.status, import_batches.c.counts)
    batch = connection.execute(
        query.where(import_batches.c.batch_id == batch_id).with_for_update()
    ).one()
    if batch.status not in OPEN:
        raise Conflict(
            "batch_not_open",
            f"Batch {batch_id} is {batch.status}; only rows of a staged or a published one can be "
            "mended",
            status=batch.status,
        )
    return Counts(
        **{name: batch.counts[name] for name in ("accepted", "quarantined", "unreadable")}
    )


def hold_row(connection: Connection, batch_id: UUID, number: int) -> StagedRow:
    """Answer a row as it is under its batch's lock; ``NotFound`` ``no_such_row``."""
    query = rows_query(batch_id).where(import_rows.c.row_no == number)
    now = connection.execute(query).first()
    if now is None:
        raise NotFound("no_such_row", f"Batch {batch_id} holds no row {number}")
    return staged_row(now)


def states(connection: Connection, batch_id: UUID, rows: Sequence[int]) -> dict[int, RowState]:
    """Answer row -> state of these rows."""
    row = import_rows.c
    query = select(row.row_no, row.state).where(row.batch_id == batch_id)
    found = connection.execute(
        query.where(row.row_no == any_(literal(list(rows), ARRAY(BigInteger))))
    )
    return {r.row_no: r.state for r in found}


def count(
    connection: Connection, batch_id: UUID, counts: Counts, moved: Mapping[RowState, int]
) -> None:
    """Change a batch's counts by rows that moved from one state to another."""
    now = {
        name: getattr(counts, name) + moved.get(name, 0)
        for name in ("accepted", "quarantined", "unreadable")
    }
    connection.execute(
        update(import_batches)
        .where(import_batches.c.batch_id == batch_id)
        .values(counts=Counts(**now).as_dict())
    )


def stamp_of(connection: Connection, batch_id: UUID) -> Stamp:
    """Answer what changes with every mend, retry and publication of a batch."""
    batch = connection.execute(
        select(import_batches.c.status, import_batches.c.published_revision).where(
            import_batches.c.batch_id == batch_id
        )
    ).one()
    counted = (
        select(func.count()).select_from(table).where(table.c.batch_id == batch_id)
        for table in (import_mends, import_retries)
    )
    return (*batch, *(connection.execute(query).scalar_one() for query in counted))


def fate(tried: Tried) -> RowState:
    """Answer the state of a row that was examined again."""
    return "accepted" if tried.is_accepted else "quarantined"


def attempts(connection: Connection, batch_id: UUID, rows: Sequence[int]) -> dict[int, int]:
    """Answer row -> how often it has been examined again; rows that never were are left out."""
    table = import_retries.c
    query = (
        select(table.row_no, func.max(table.attempt).label("last"))
        .where(table.batch_id == batch_id)
        .where(table.row_no == any_(literal(list(rows), ARRAY(BigInteger))))
        .group_by(table.row_no)
    )
    return {r.row_no: r.last for r in connection.execute(query)}


def mark_late(connection: Connection, batch_id: UUID, rows: Sequence[int], revision: int) -> None:
    """Tie rows that were accepted late to the revision that let them in.

    Raises
    ------
    Conflict
        ``already_published``: some of them are in the register meanwhile.
    """
    done = connection.execute(
        update(import_retries)
        .where(import_retries.c.batch_id == batch_id)
        .where(import_retries.c.row_no == any_(literal(list(rows), ARRAY(BigInteger))))
        .where(import_retries.c.state == "accepted")
        .where(import_retries.c.revision.is_(None))
        .values(revision=revision)
        .returning(import_retries.c.row_no)
    )
    if set(done.scalars()) != set(rows):
        raise Conflict(
            "already_published", f"Rows of batch {batch_id} have been published meanwhile"
        )


def mark_with_batch(connection: Connection, batch_id: UUID, revision: int) -> None:
    """Tie rows that were accepted in time to the revision that published their batch."""
    connection.execute(
        update(import_retries)
        .where(import_retries.c.batch_id == batch_id)
        .where(import_retries.c.state == "accepted")
        .values(revision=revision)
    )


def said(batch_id: UUID, mend: Mend) -> dict[str, Any]:
    """Answer what the audit log says of a mend: a hash of its words, which may name people."""
    words = orjson.dumps(
        {"reason": mend.reason, "before": mend.before, "after": mend.after},
        option=orjson.OPT_SORT_KEYS,
    )
    body = hashlib.sha256(words)
    for wkb in (mend.wkb_before, mend.wkb_after):
        body.update(b"-" if wkb is None else b"G" + wkb)
    return {
        "batch_id": str(batch_id),
        "row": mend.row,
        "version": mend.version,
        "mend_sha256": body.hexdigest(),
    }
