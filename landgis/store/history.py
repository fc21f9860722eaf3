"""The only writer of the register: one ChangeSet becomes one revision, or nothing happens."""

from collections.abc import Callable, Sequence
from uuid import UUID

import numpy as np
import psycopg
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from landgis.cadastre.changes import ChangeSet, Check, Entry, Neighbourhood
from landgis.cadastre.register import Deployment, Derived
from landgis.errors import Conflict, Refused
from landgis.store.approvals import hold_submitted, mark_approved
from landgis.store.audit import append_entry, digest_of
from landgis.store.database import Database
from landgis.store.locks import lock, lock_head
from landgis.store.numbers import raise_highest
from landgis.store.surveyed import live, near
from landgis.store.tables import import_batches, parcel_versions, parcels, revisions, tile_state
from landgis.store.versions import write_versions

NEAR_M = 3.0
"""Around what a change writes, in Web Mercator metres: 1 m on the ground and some to spare."""

Boxes = NDArray[np.float64]


class HistoryStore:
    """Appends revisions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(
        self,
        changeset: ChangeSet,
        derived: Sequence[Derived],
        deployment: Deployment,
        entry: Entry,
        tell: Callable[[int], None] = lambda _done: None,
        check: Check | None = None,
    ) -> int:
        """Make a change permanent and answer its revision.

        Locks, base check, ``check`` against what is there now, versions, lineage, audit entry,
        draft or batch, and tile sequence are one transaction.

        Parameters
        ----------
        derived
            One for each part of ``changeset.after``, in its order.
        check
            Asked under the locks with the parcels replaced and their neighbours; raises to refuse.

        Raises
        ------
        Conflict
            ``stale``: a parcel changed since it was seen; ``unit_not_empty``; ``identity_taken``;
            ``draft_not_submitted``, ``changed_since_shown``; what ``check`` raises.
        """
        try:
            with self._database.begin() as connection:
                if entry.draft is not None:
                    hold_submitted(connection, entry.draft)
                _lock(connection, changeset, derived, entry)
                _check_base(connection, changeset, entry)
                if check is not None:
                    check(_neighbourhood(connection, changeset, derived))
                digest = digest_of(changeset)
                lock_head(connection)
                revision = _new_revision(connection, changeset, derived, entry, digest)
                _close_versions(connection, changeset, revision)
                write_versions(connection, revision, changeset, derived, deployment, entry, tell)
                raise_highest(connection, changeset)
                append_entry(connection, revision, changeset, entry, digest)
                _bump_tiles(connection, revision)
                _settle(connection, changeset, entry, revision)
        except (IntegrityError, psycopg.IntegrityError) as problem:
            raise _explain(problem) from problem
        return revision


def _lock(
    connection: Connection, changeset: ChangeSet, derived: Sequence[Derived], entry: Entry
) -> None:
    """Take the locks of everything old and new.

    What is read here before the locks is only where to lock: a parcel that moves in between is
    found stale under them.
    """
    boxes = [shapely.bounds(d.geom) for d in derived]
    ids = [b.parcel_id for b in changeset.before]
    if ids:
        sides = ("ST_XMin", "ST_YMin", "ST_XMax", "ST_YMax")
        query = select(*(getattr(func, side)(parcels.c.geom) for side in sides))
        rows = connection.execute(query.where(parcels.c.parcel_id.in_(ids))).all()
        boxes.append(np.array([tuple(row) for row in rows], dtype=float).reshape(-1, 4))
    everything = np.vstack([*boxes, np.empty((0, 4))])
    lock(connection, changeset.units(), everything, bulk=entry.into_empty_units)


def _neighbourhood(
    connection: Connection, changeset: ChangeSet, derived: Sequence[Derived]
) -> Neighbourhood:
    ids = {b.parcel_id for b in changeset.before}
    boxes = np.vstack([*(shapely.bounds(d.geom_3857) for d in derived), np.empty((0, 4))])
    around = near(connection, np.add(boxes, [-NEAR_M, -NEAR_M, NEAR_M, NEAR_M]))
    return Neighbourhood(
        before=tuple(live(connection, list(ids))),
        neighbours=tuple(p for p in around if p.parcel_id not in ids),
    )


def _check_base(connection: Connection, changeset: ChangeSet, entry: Entry) -> None:
    if changeset.before:
        seen = {b.parcel_id: b.revision for b in changeset.before}
        query = select(parcels.c.parcel_id, parcels.c.revision).where(
            parcels.c.parcel_id.in_(list(seen))
        )
        now = {r.parcel_id: r.revision for r in connection.execute(query)}
        stale = sorted(str(p) for p, revision in seen.items() if now.get(p) != revision)
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
            "person: hand in the difference with landgis propose",
            unit=unit,
            parcels=count,
        )


def _new_revision(
    connection: Connection,
    changeset: ChangeSet,
    derived: Sequence[Derived],
    entry: Entry,
    digest: bytes,
) -> int:
    last = connection.execute(select(func.max(revisions.c.revision))).scalar()
    revision = (last or 0) + 1
    west, south, east, north = _extent(derived)
    connection.execute(
        insert(revisions).values(
            revision=revision,
            kind=changeset.kind,
            author=entry.author,
            approver=entry.approver,
            basis=entry.basis,
            record_no=entry.record_no,
            draft_id=entry.draft.draft_id if entry.draft else None,
            undoes=changeset.undoes,
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


def _extent(derived: Sequence[Derived]) -> tuple[float | None, ...]:
    boxes = [d.extent_lonlat for d in derived if d.extent_lonlat is not None]
    if not boxes:
        return (None,) * 4
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


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


def _settle(connection: Connection, changeset: ChangeSet, entry: Entry, revision: int) -> None:
    """Let the batch or the draft that the change came from know what became of it."""
    if entry.batch_id is not None:
        _mark_published(connection, entry.batch_id, revision)
    if entry.draft is not None:
        mark_approved(connection, entry.draft, entry, changeset, revision)


def _mark_published(connection: Connection, batch_id: UUID, revision: int) -> None:
    """Tie the batch to its revision; a second publication that raced with it rolls back here."""
    done = connection.execute(
        update(import_batches)
        .where(import_batches.c.batch_id == batch_id)
        .where(import_batches.c.published_revision.is_(None))
        .where(import_batches.c.status != "cancelled")
        .values(status="published", published_revision=revision, error=None)
    )
    if done.rowcount != 1:
        raise Conflict(
            "already_published", f"Batch {batch_id} has been published or cancelled meanwhile"
        )


def _explain(problem: IntegrityError | psycopg.IntegrityError) -> Conflict | Refused:
    # COPY runs below SQLAlchemy, whose own exception wraps the driver's elsewhere.
    reason = str(problem.orig if isinstance(problem, IntegrityError) else problem)
    if "parcels_identity_key" in reason:
        detail = reason.rsplit("DETAIL:", maxsplit=1)[-1].strip()
        return Conflict("identity_taken", f"A live parcel already has this identity: {detail}")
    return Refused("integrity", f"The register refuses the change: {reason.splitlines()[0]}")
