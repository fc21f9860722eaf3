"""The only writer of the register: one ChangeSet becomes one revision, or nothing happens."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import shapely
from sqlalchemy import Connection, delete, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from landgis.cadastre.changes import ChangeSet, Entry
from landgis.cadastre.register import Derived, Deployment
from landgis.errors import Conflict, Refused
from landgis.geodesy import srid
from landgis.store.database import Database
from landgis.store.rows import copy_rows, ewkb, no_nan, shares_json
from landgis.store.tables import (
    audit_log,
    import_batches,
    lineage,
    parcel_versions,
    parcels,
    revisions,
    tile_state,
)

HEAD_LOCK = 727_002
"""Advisory lock under which a revision number is taken and its audit entry chained."""

UNIT_LOCK_CLASS = 7271
"""First key of the two-key advisory locks of units; the second is a hash of the unit's code."""

FACT_COLUMNS = (
    ("unit_code", "text"),
    ("sheet", "text"),
    ("number", "text"),
    ("old_unit_code", "text"),
    ("old_sheet", "text"),
    ("old_number", "text"),
    ("land_uses", "jsonb"),
    ("register_area_m2", "float8"),
    ("area_m2", "float8"),
    ("address", "text"),
)
PARCEL_COLUMNS = (
    ("parcel_id", "uuid"),
    ("fid", "int8"),
    ("revision", "int8"),
    ("identity_key", "text"),
    *FACT_COLUMNS,
    ("status", "text"),
    ("withheld", "bool"),
    ("main_use", "text"),
    ("geom", "bytea"),
    ("geom_3857", "bytea"),
    ("label_3857", "bytea"),
)
VERSION_COLUMNS = (
    ("parcel_id", "uuid"),
    ("fid", "int8"),
    ("revision_from", "int8"),
    ("identity_key", "text"),
    *FACT_COLUMNS,
    ("status", "text"),
    ("survey_srid", "int4"),
    ("geom_survey", "bytea"),
    ("batch_id", "uuid"),
    ("row_no", "int8"),
)
CURRENT = "current"


class HistoryStore:
    """Appends revisions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(
        self, changeset: ChangeSet, derived: Derived, deployment: Deployment, entry: Entry
    ) -> int:
        """Make a change permanent and answer its revision.

        Locks, base check, versions, lineage, audit entry and tile sequence are one transaction.

        Raises
        ------
        Conflict
            ``stale``: a parcel changed since it was seen; ``unit_not_empty``; ``identity_taken``.
        """
        try:
            with self._database.begin() as connection:
                _lock(connection, changeset)
                _check_base(connection, changeset, entry)
                digest = _digest(changeset)
                revision = _new_revision(connection, changeset, derived, entry, digest)
                _close_versions(connection, changeset, revision)
                _write(connection, revision, changeset, derived, deployment, entry)
                _audit(connection, revision, changeset, entry, digest)
                _bump_tiles(connection, revision)
                if entry.batch_id is not None:
                    _mark_published(connection, entry.batch_id, revision)
        except IntegrityError as problem:
            raise _explain(problem) from problem
        return revision


def _lock(connection: Connection, changeset: ChangeSet) -> None:
    """Take the units' locks, in sorted order so that two writers never wait for each other."""
    take = text("SELECT pg_advisory_xact_lock(:class, hashtext(:unit))")
    for unit in changeset.units():
        connection.execute(take, {"class": UNIT_LOCK_CLASS, "unit": unit})


def _check_base(connection: Connection, changeset: ChangeSet, entry: Entry) -> None:
    if changeset.before:
        seen = {b.parcel_id: b.revision for b in changeset.before}
        query = select(parcels.c.parcel_id, parcels.c.revision).where(
            parcels.c.parcel_id.in_(list(seen))
        )
        live = {r.parcel_id: r.revision for r in connection.execute(query)}
        stale = sorted(str(p) for p, revision in seen.items() if live.get(p) != revision)
        if stale:
            raise Conflict(
                "stale",
                f"{len(stale)} parcel(s) changed since they were read; read them again: "
                + ", ".join(stale[:5]),
                parcels=stale,
            )
    if entry.into_empty_units:
        for unit in changeset.units():
            _require_empty(connection, unit)


def _require_empty(connection: Connection, unit: str) -> None:
    same_unit = parcels.c.unit_code == unit if unit else parcels.c.unit_code.is_(None)
    count = connection.execute(select(func.count()).select_from(parcels).where(same_unit)).scalar()
    if count:
        place = f"Unit {unit}" if unit else "The register"
        raise Conflict(
            "unit_not_empty",
            f"{place} already holds {count} live parcels; a change of live parcels needs a second "
            "person and cannot be published by one",
            unit=unit,
            parcels=count,
        )


def _new_revision(
    connection: Connection, changeset: ChangeSet, derived: Derived, entry: Entry, digest: bytes
) -> int:
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": HEAD_LOCK})
    last = connection.execute(select(func.max(revisions.c.revision))).scalar()
    revision = (last or 0) + 1
    west, south, east, north = derived.extent_lonlat or (None, None, None, None)
    connection.execute(
        insert(revisions).values(
            revision=revision,
            kind=changeset.kind,
            author=entry.author,
            approver=entry.approver,
            basis=entry.basis,
            batch_id=entry.batch_id,
            parcels=len(changeset),
            west=west,
            south=south,
            east=east,
            north=north,
            changeset_sha256=digest,
            committed_at=func.clock_timestamp(),
        )
    )
    return revision


def _close_versions(connection: Connection, changeset: ChangeSet, revision: int) -> None:
    ids = [b.parcel_id for b in changeset.before]
    if not ids:
        return
    connection.execute(
        update(parcel_versions)
        .where(parcel_versions.c.parcel_id.in_(ids))
        .where(parcel_versions.c.revision_to.is_(None))
        .values(revision_to=revision)
    )
    connection.execute(delete(parcels).where(parcels.c.parcel_id.in_(ids)))


def _write(
    connection: Connection,
    revision: int,
    changeset: ChangeSet,
    derived: Derived,
    deployment: Deployment,
    entry: Entry,
) -> None:
    fids = _fids(connection, changeset)
    facts = list(_facts(changeset, derived))
    copy_rows(
        connection,
        ("parcels",),
        PARCEL_COLUMNS,
        _parcel_rows(revision, changeset, derived, deployment, fids, facts),
    )
    copy_rows(
        connection,
        ("parcel_versions",),
        VERSION_COLUMNS,
        _version_rows(revision, changeset, derived, entry, fids, facts),
    )
    if changeset.lineage:
        connection.execute(
            insert(lineage),
            [
                {"revision": revision, "parent_id": d.parent, "child_id": d.child}
                for d in changeset.lineage
            ],
        )


def _fids(connection: Connection, changeset: ChangeSet) -> list[int]:
    """Answer a fid per parcel: the old one where the parcel lives on, else a new one."""
    ids = list(changeset.after_ids)
    kept: dict[UUID, int] = {}
    if changeset.before:
        query = select(parcel_versions.c.parcel_id, parcel_versions.c.fid).where(
            parcel_versions.c.parcel_id.in_([b.parcel_id for b in changeset.before])
        )
        kept = {r.parcel_id: r.fid for r in connection.execute(query)}
    missing = [i for i in ids if i not in kept]
    take = text("SELECT nextval('parcel_fids') FROM generate_series(1, :n)")
    new = dict(zip(missing, connection.execute(take, {"n": len(missing)}).scalars(), strict=True))
    return [kept.get(i) or new[i] for i in ids]


def _facts(changeset: ChangeSet, derived: Derived) -> Iterable[tuple[Any, ...]]:
    after = changeset.after
    return zip(
        after.unit_code,
        after.sheet,
        after.number,
        after.old_unit_code,
        after.old_sheet,
        after.old_number,
        (shares_json(s) for s in after.land_uses),
        no_nan(after.register_area_m2),
        derived.area_m2.tolist(),
        after.address,
        strict=True,
    )


def _parcel_rows(
    revision: int,
    changeset: ChangeSet,
    derived: Derived,
    deployment: Deployment,
    fids: Sequence[int],
    facts: Sequence[tuple[Any, ...]],
) -> Iterable[tuple[Any, ...]]:
    geom = ewkb(derived.geom, srid(deployment.storage_epsg))
    mercator = ewkb(derived.geom_3857, 3857)
    label = ewkb(derived.label_3857, 3857)
    for i, parcel_id in enumerate(changeset.after_ids):
        yield (
            parcel_id,
            fids[i],
            revision,
            derived.identity_key[i],
            *facts[i],
            CURRENT,
            bool(derived.withheld[i]),
            derived.main_use[i],
            geom[i],
            mercator[i],
            label[i],
        )


def _version_rows(
    revision: int,
    changeset: ChangeSet,
    derived: Derived,
    entry: Entry,
    fids: Sequence[int],
    facts: Sequence[tuple[Any, ...]],
) -> Iterable[tuple[Any, ...]]:
    survey_srid = srid(changeset.after.survey_epsg)
    surveyed = ewkb(changeset.after.geom, survey_srid)
    for i, parcel_id in enumerate(changeset.after_ids):
        yield (
            parcel_id,
            fids[i],
            revision,
            derived.identity_key[i],
            *facts[i],
            CURRENT,
            survey_srid,
            surveyed[i],
            entry.batch_id,
            int(changeset.after.row[i]) if entry.batch_id is not None else None,
        )


def _digest(changeset: ChangeSet) -> bytes:
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


def _audit(
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


def _bump_tiles(connection: Connection, revision: int) -> None:
    connection.execute(
        update(tile_state)
        .where(tile_state.c.scope == "register")
        .values(
            sequence=tile_state.c.sequence + 1, revision=revision, changed_at=func.clock_timestamp()
        )
    )


def _mark_published(connection: Connection, batch_id: UUID, revision: int) -> None:
    """Tie the batch to its revision; a second publication that raced with it rolls back here."""
    done = connection.execute(
        update(import_batches)
        .where(import_batches.c.batch_id == batch_id)
        .where(import_batches.c.published_revision.is_(None))
        .values(status="published", published_revision=revision, error=None)
    )
    if done.rowcount != 1:
        raise Conflict("already_published", f"Batch {batch_id} has been published meanwhile")


def _explain(problem: IntegrityError) -> Conflict | Refused:
    reason = str(problem.orig)
    if "parcels_identity_key" in reason:
        detail = reason.split("DETAIL:")[-1].strip()
        return Conflict("identity_taken", f"A live parcel already has this identity: {detail}")
    return Refused("integrity", f"The register refuses the change: {reason.splitlines()[0]}")
