"""Whether the audit log is whole: a chain without a gap, one true entry for each revision."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Row, select

from landgis.cadastre.truth import Difference, Head
from landgis.store.audit import START, link
from landgis.store.tables import audit_log, revisions

STREAM = {"stream_results": True, "yield_per": 1_000}

ENTRY = ("seq", "at", "actor", "action", "revision", "body", "previous_sha256", "sha256")

FACTS = {
    "action": "kind",
    "actor": "author",
    "approver": "approver",
    "at": "committed_at",
    "basis": "basis",
    "batch_id": "batch_id",
    "changeset_sha256": "changeset_sha256",
    "draft_id": "draft_id",
    "effective_on": "effective_on",
    "parcels": "parcels",
    "record_no": "record_no",
    "revision": "revision",
    "undoes": "undoes",
}
"""What an entry says of its revision -> the column of the revision that says the same."""


def broken_links(connection: Connection, known: Head | None) -> Iterator[Difference]:
    """Find what breaks the chain, or its ties to the revisions and to a known head."""
    previous, last_seq, last_revision = START, 0, 0
    for entry in _entries(connection):
        where = f"entry {entry.seq}"
        if entry.seq != last_seq + 1:
            yield Difference("entry_gap", f"follows entry {last_seq or 'none'}", where)
        if entry.previous_sha256 != previous:
            what = "does not hold the hash of the entry before it"
            yield Difference("chain_broken", what, where)
        if link(entry.previous_sha256, entry.body) != entry.sha256:
            yield Difference("entry_changed", "does not hash to its own hash", where)
        if entry.revision is not None:
            if entry.revision <= last_revision:
                what = f"is about revision {entry.revision}, after one about {last_revision}"
                yield Difference("entry_order", what, where)
            last_revision = max(last_revision, entry.revision)
        yield from (Difference("entry_differs", what, where) for what in _untrue(entry))
        if known is not None and entry.seq == known.seq and entry.sha256 != known.sha256:
            what = f"has the hash {entry.sha256.hex()}, the head known was {known}"
            yield Difference("head_differs", what, where)
        previous, last_seq = entry.sha256, entry.seq
    if known is not None and last_seq < known.seq:
        what = f"the log ends here, the head known was {known}"
        yield Difference("head_missing", what, f"entry {last_seq}")
    yield from _silent_revisions(connection)


def head_of(connection: Connection) -> Head | None:
    """Answer the newest entry, None for an empty log."""
    query = select(audit_log.c.seq, audit_log.c.sha256).order_by(audit_log.c.seq.desc()).limit(1)
    row = connection.execute(query).first()
    return None if row is None else Head(row.seq, bytes(row.sha256))


def _entries(connection: Connection) -> Iterator[Row[Any]]:
    stated = [
        revisions.c[name].label(f"of_revision_{name}") for name in dict.fromkeys(FACTS.values())
    ]
    query = (
        select(*(audit_log.c[name] for name in ENTRY), *stated)
        .join(revisions, revisions.c.revision == audit_log.c.revision, isouter=True)
        .order_by(audit_log.c.seq)
    )
    return iter(connection.execute(query, execution_options=STREAM))


def _untrue(entry: Row[Any]) -> Iterator[str]:
    """Tell what an entry says that its own columns, or its revision, do not say."""
    try:
        said = orjson.loads(entry.body)
    except orjson.JSONDecodeError:
        said = None
    if not isinstance(said, dict):
        yield "its body is no JSON object"
        return
    for name in ("at", "actor", "action", "revision"):
        own = _plain(getattr(entry, name))
        if said.get(name) != own:
            yield f"{name}: the body says {said.get(name)!r}, the column {own!r}"
    if entry.revision is None:
        return
    for name, column in FACTS.items():
        kept = _plain(getattr(entry, f"of_revision_{column}"))
        if said.get(name) != kept:
            yield f"{name}: the body says {said.get(name)!r}, the revision {kept!r}"


def _plain(value: Any) -> Any:
    """Answer a column's value as the body writes it."""
    if value is None or isinstance(value, int | str):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else str(value)


def _silent_revisions(connection: Connection) -> Iterator[Difference]:
    query = (
        select(revisions.c.revision)
        .where(~select(audit_log).where(audit_log.c.revision == revisions.c.revision).exists())
        .order_by(revisions.c.revision)
    )
    for number in connection.execute(query, execution_options=STREAM).scalars():
        yield Difference("entry_missing", "no entry of the log is about it", f"revision {number}")
