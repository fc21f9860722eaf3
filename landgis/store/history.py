"""The only writer of the register: one ChangeSet becomes one revision, or nothing happens."""

from collections.abc import Callable
from uuid import UUID

import psycopg
from sqlalchemy import Connection, delete, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from landgis.cadastre.changes import ChangeSet, Entry
from landgis.cadastre.register import Deployment, Derived
from landgis.errors import Conflict, Refused
from landgis.store.audit import append_entry, digest_of
from landgis.store.database import Database
from landgis.store.tables import import_batches, parcel_versions, parcels, revisions, tile_state
from landgis.store.versions import write_versions

HEAD_LOCK = 727_002
"""Advisory lock under which a revision number is taken and its audit entry chained."""

UNIT_LOCK_CLASS = 7271
"""First key of the two-key advisory locks of units; the second is a hash of the unit's code."""


class HistoryStore:
    """Appends revisions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(
        self,
        changeset: ChangeSet,
        derived: Derived,
        deployment: Deployment,
        entry: Entry,
        tell: Callable[[int], None] = lambda _done: None,
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
                digest = digest_of(changeset)
                revision = _new_revision(connection, changeset, derived, entry, digest)
                _close_versions(connection, changeset, revision)
                write_versions(connection, revision, changeset, derived, deployment, entry, tell)
                append_entry(connection, revision, changeset, entry, digest)
                _bump_tiles(connection, revision)
                if entry.batch_id is not None:
                    _mark_published(connection, entry.batch_id, revision)
        except (IntegrityError, psycopg.IntegrityError) as problem:
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


def _explain(problem: IntegrityError | psycopg.IntegrityError) -> Conflict | Refused:
    # COPY runs below SQLAlchemy, whose own exception wraps the driver's elsewhere.
    reason = str(problem.orig if isinstance(problem, IntegrityError) else problem)
    if "parcels_identity_key" in reason:
        detail = reason.rsplit("DETAIL:", maxsplit=1)[-1].strip()
        return Conflict("identity_taken", f"A live parcel already has this identity: {detail}")
    return Refused("integrity", f"The register refuses the change: {reason.splitlines()[0]}")
