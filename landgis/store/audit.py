"""The audit log: one hash-chained entry for each ChangeSet and for each mended row."""

import hashlib
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import Connection, func, insert, select

from landgis.cadastre.changes import Entry, Summary
from landgis.store.tables import audit_log, revisions

START = bytes(32)
"""What the first entry's chain begins with."""


def append_entry(
    connection: Connection,
    revision: int,
    change: Summary,
    entry: Entry,
    sha256: bytes,
    day: date | None,
) -> None:
    """Chain one entry per ChangeSet; the head lock of the revision number orders the chain.

    The entry bears the moment at which its revision was written.
    """
    at = connection.execute(
        select(revisions.c.committed_at).where(revisions.c.revision == revision)
    ).scalar_one()
    _chain(
        connection,
        {
            "action": change.kind,
            "actor": entry.author,
            "approver": entry.approver,
            "at": at.isoformat(),
            "basis": entry.basis,
            "batch_id": str(entry.batch_id) if entry.batch_id else None,
            "changeset_sha256": sha256.hex(),
            "draft_id": str(entry.draft.draft_id) if entry.draft else None,
            "effective_on": day.isoformat() if day else None,
            "parcels": change.parcels,
            "record_no": entry.record_no,
            "revision": revision,
            "undoes": change.undoes,
        },
        at,
    )


def append_note(connection: Connection, action: str, actor: str, facts: dict[str, Any]) -> None:
    """Chain one entry about an act that is no change of the register; under the head lock."""
    at = connection.execute(select(func.clock_timestamp())).scalar_one()
    body = {**facts, "action": action, "actor": actor, "at": at.isoformat(), "revision": None}
    _chain(connection, body, at)


def _chain(connection: Connection, said: dict[str, Any], at: datetime) -> None:
    last = connection.execute(
        select(audit_log.c.seq, audit_log.c.sha256).order_by(audit_log.c.seq.desc()).limit(1)
    ).first()
    previous = last.sha256 if last is not None else START
    body = orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode()
    connection.execute(
        insert(audit_log).values(
            seq=(last.seq if last is not None else 0) + 1,
            at=at,
            actor=said["actor"],
            action=said["action"],
            revision=said["revision"],
            body=body,
            previous_sha256=previous,
            sha256=link(previous, body),
        )
    )


def link(previous: bytes, body: str) -> bytes:
    """Answer the hash that ties an entry to the one before it."""
    return hashlib.sha256(previous + body.encode()).digest()
