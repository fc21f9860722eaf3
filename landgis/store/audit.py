"""The audit log: one hash-chained entry for each ChangeSet."""

import hashlib
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import orjson
import shapely
from sqlalchemy import Connection, insert, select

from landgis.cadastre.changes import ChangeSet, Entry
from landgis.store.tables import audit_log, revisions

START = bytes(32)
"""What the first entry's chain begins with."""

After = tuple[UUID, int, list[Any], bytes]
"""A parcel after a change: id, EPSG code of its survey plane, ``facts``, survey geometry as WKB."""

FACTS = (
    *("unit_code", "sheet", "number", "old_unit_code", "old_sheet", "old_number"),
    *("land_uses", "register_area_m2", "address"),
)
"""What the digest covers of a parcel beside its geometry, in this order."""


def digest(
    kind: str,
    before: Iterable[tuple[UUID, int]],
    after: Iterable[After],
    lineage: Iterable[tuple[UUID, UUID]],
) -> bytes:
    """Answer a hash of everything a change says, so that history cannot be altered unseen.

    Each argument must come sorted by its ids, so that the same change read back from the history
    gives the same hash.
    """
    body = hashlib.sha256(kind.encode())
    for parcel_id, revision in before:
        body.update(b"B" + parcel_id.bytes + revision.to_bytes(8, "big"))
    for parcel_id, epsg, facts, wkb in after:
        body.update(b"A" + parcel_id.bytes + epsg.to_bytes(4, "big"))
        body.update(orjson.dumps(facts, option=orjson.OPT_SERIALIZE_NUMPY))
        body.update(wkb)
    for parent, child in lineage:
        body.update(b"L" + parent.bytes + child.bytes)
    return body.digest()


def digest_of(changeset: ChangeSet) -> bytes:
    """Answer the hash of a change that is about to be made."""
    return digest(
        changeset.kind,
        sorted((b.parcel_id, b.revision) for b in changeset.before),
        sorted(_after(changeset), key=lambda parcel: parcel[0].int),
        sorted((d.parent, d.child) for d in changeset.lineage),
    )


def _after(changeset: ChangeSet) -> Iterable[After]:
    for part in changeset.after:
        parcels = part.parcels
        wkb = shapely.to_wkb(parcels.geom)
        columns = [getattr(parcels, name) for name in FACTS]
        for i, parcel_id in enumerate(part.ids):
            facts = [column[i] for column in columns]
            facts[FACTS.index("land_uses")] = [list(share) for share in parcels.land_uses[i]]
            yield parcel_id, parcels.survey_epsg, facts, wkb[i]


def append_entry(
    connection: Connection, revision: int, changeset: ChangeSet, entry: Entry, sha256: bytes
) -> None:
    """Chain one entry per ChangeSet; the head lock of the revision number orders the chain.

    The entry bears the moment at which its revision was written.
    """
    at = connection.execute(
        select(revisions.c.committed_at).where(revisions.c.revision == revision)
    ).scalar_one()
    last = connection.execute(
        select(audit_log.c.seq, audit_log.c.sha256).order_by(audit_log.c.seq.desc()).limit(1)
    ).first()
    previous = last.sha256 if last is not None else START
    body = orjson.dumps(
        {
            "action": changeset.kind,
            "actor": entry.author,
            "approver": entry.approver,
            "at": at.isoformat(),
            "basis": entry.basis,
            "batch_id": str(entry.batch_id) if entry.batch_id else None,
            "changeset_sha256": sha256.hex(),
            "draft_id": str(entry.draft.draft_id) if entry.draft else None,
            "parcels": len(changeset),
            "record_no": entry.record_no,
            "revision": revision,
            "undoes": changeset.undoes,
        },
        option=orjson.OPT_SORT_KEYS,
    ).decode()
    connection.execute(
        insert(audit_log).values(
            seq=(last.seq if last is not None else 0) + 1,
            at=at,
            actor=entry.author,
            action=changeset.kind,
            revision=revision,
            body=body,
            previous_sha256=previous,
            sha256=link(previous, body),
        )
    )


def link(previous: bytes, body: str) -> bytes:
    """Answer the hash that ties an entry to the one before it."""
    return hashlib.sha256(previous + body.encode()).digest()
