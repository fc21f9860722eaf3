"""The audit log: one hash-chained entry for each ChangeSet."""

import hashlib
from datetime import UTC, datetime

import orjson
import shapely
from sqlalchemy import Connection, insert, select

from landgis.cadastre.changes import ChangeSet, Entry
from landgis.store.tables import audit_log


def digest_of(changeset: ChangeSet) -> bytes:
    """Answer a hash of everything the change says, so that history cannot be altered unseen."""
    after = changeset.after
    body = hashlib.sha256()
    for b in changeset.before:
        body.update(b.parcel_id.bytes + b.revision.to_bytes(8, "big"))
    wkb = shapely.to_wkb(after.geom)
    for i, parcel_id in enumerate(changeset.after_ids):
        facts = [
            after.unit_code[i],
            after.sheet[i],
            after.number[i],
            after.old_unit_code[i],
            after.old_sheet[i],
            after.old_number[i],
            [list(s) for s in after.land_uses[i]],
            after.register_area_m2[i],
            after.address[i],
        ]
        body.update(parcel_id.bytes)
        body.update(orjson.dumps(facts, option=orjson.OPT_SERIALIZE_NUMPY))
        body.update(wkb[i])
    for d in changeset.lineage:
        body.update(d.parent.bytes + d.child.bytes)
    return body.digest()


def append_entry(
    connection: Connection, revision: int, changeset: ChangeSet, entry: Entry, digest: bytes
) -> None:
    """Chain one entry per ChangeSet; the head lock of the revision number orders the chain."""
    last = connection.execute(
        select(audit_log.c.seq, audit_log.c.sha256).order_by(audit_log.c.seq.desc()).limit(1)
    ).first()
    previous = last.sha256 if last is not None else bytes(32)
    body = orjson.dumps(
        {
            "action": changeset.kind,
            "actor": entry.author,
            "approver": entry.approver,
            "at": datetime.now(UTC).isoformat(),
            "basis": entry.basis,
            "batch_id": str(entry.batch_id) if entry.batch_id else None,
            "changeset_sha256": digest.hex(),
            "parcels": len(changeset),
            "revision": revision,
        },
        option=orjson.OPT_SORT_KEYS,
    ).decode()
    connection.execute(
        insert(audit_log).values(
            seq=(last.seq if last is not None else 0) + 1,
            actor=entry.author,
            action=changeset.kind,
            revision=revision,
            body=body,
            previous_sha256=previous,
            sha256=hashlib.sha256(previous + body.encode()).digest(),
        )
    )
