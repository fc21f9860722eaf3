"""The only writer of the register: one ChangeSet becomes one revision, or nothing happens."""

from collections.abc import Callable, Sequence
from datetime import date
from itertools import chain

import numpy as np
import psycopg
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from landgis.cadastre.changes import ChangeSet, Check, Entry, Filling, Neighbourhood
from landgis.cadastre.identifier.borne import Borne
from landgis.cadastre.register import Deployment, Derived
from landgis.errors import Conflict, Refused
from landgis.store.addresses import addresses_of, note_addresses
from landgis.store.approvals import hold_submitted, mark_approved
from landgis.store.bands import Draw, Shapes, after_change, before_change
from landgis.store.blocks import mark_changed
from landgis.store.database import Database
from landgis.store.digest import digest_of
from landgis.store.filling import fill
from landgis.store.held_rows import mark_late, mark_with_batch
from landgis.store.identifiers import give_identifiers
from landgis.store.legal_days import day_of
from landgis.store.locks import lock, lock_head
from landgis.store.numbers import highest_of_change, raise_highest
from landgis.store.revisions import mark_published, next_revision, record_revision
from landgis.store.rows import among
from landgis.store.surveyed import live, near
from landgis.store.tables import parcel_versions, parcels
from landgis.store.tile_changes import record_tile_change
from landgis.store.versions import Written, write_versions

NEAR_M = 3.0
"""Around what a change writes, in Web Mercator metres: 1 m on the ground and some to spare."""

Boxes = NDArray[np.float64]


class HistoryStore:
    """Appends revisions.

    Parameters
    ----------
    draw
        Draws simplified pictures; without it parcels are drawn in full.
    """

    def __init__(self, database: Database, draw: Draw | None = None) -> None:
        self._database = database
        self._draw = draw

    def append(
        self,
        changeset: ChangeSet,
        derived: Sequence[Derived],
        deployment: Deployment,
        entry: Entry,
        tell: Callable[[int], None] = lambda _done: None,
        check: Check | None = None,
        identifiers: Sequence[Borne] = (),
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
        identifiers
            National identifiers that it gives; other parcels go on bearing their own.

        Raises
        ------
        Conflict
            ``stale``: a parcel changed since it was seen; ``identity_taken``;
            ``draft_not_submitted``, ``changed_since_shown``; what ``check`` raises.
        """
        try:
            with self._database.begin() as connection:
                if entry.draft is not None:
                    hold_submitted(connection, entry.draft)
                _lock(connection, changeset, derived)
                _check_base(connection, changeset)
                if check is not None:
                    check(_neighbourhood(connection, changeset, derived))
                digest = digest_of(changeset)
                lock_head(connection)
                revision = next_revision(connection)
                extents = [d.extent_lonlat for d in derived]
                day = day_of(connection, changeset, entry)
                told = (changeset.summary, entry, extents, digest, day)
                record_revision(connection, revision, *told)
                ids_before = [b.parcel_id for b in changeset.before]
                blocks = mark_changed(connection, revision, ids_before)
                before = before_change(connection, ids_before)
                _close_versions(connection, changeset, revision, day)
                written = Written(revision, deployment, entry, day)
                write_versions(connection, written, changeset, derived, tell)
                give_identifiers(connection, revision, changeset.ids_after(), identifiers)
                pictures = [d.geom_3857 for d in derived]
                redrawn = after_change(connection, self._draw, before, pictures)
                raise_highest(connection, highest_of_change(changeset))
                parts = (addresses_of(part.parcels) for part in changeset.after)
                note_addresses(connection, set(chain.from_iterable(parts)))
                wide = [blocks, mark_changed(connection, revision, changeset.ids_after()), redrawn]
                places = _places(before.shapes, derived)
                record_tile_change(connection, revision, places, np.vstack(wide))
                _settle(connection, changeset, entry, revision)
        except (IntegrityError, psycopg.IntegrityError) as problem:
            raise _explain(problem) from problem
        return revision

    def fill(
        self,
        filling: Filling,
        deployment: Deployment,
        entry: Entry,
        tell: Callable[[int], None] = lambda _done: None,
    ) -> int:
        """Make new parcels of empty units permanent and answer their revision; see ``filling``.

        Raises
        ------
        Conflict
            ``unit_not_empty``, ``identity_taken``, ``already_published``.
        """
        try:
            with self._database.begin() as connection:
                return fill(connection, filling, deployment, entry, tell)
        except (IntegrityError, psycopg.IntegrityError) as problem:
            raise _explain(problem) from problem


def _lock(connection: Connection, changeset: ChangeSet, derived: Sequence[Derived]) -> None:
    """Take the locks of everything old and new.

    What is read here before the locks is only where to lock: a parcel that moves in between is
    found stale under them.
    """
    boxes = [shapely.bounds(d.geom) for d in derived]
    ids = [b.parcel_id for b in changeset.before]
    if ids:
        sides = ("ST_XMin", "ST_YMin", "ST_XMax", "ST_YMax")
        query = select(*(getattr(func, side)(parcels.c.geom) for side in sides))
        rows = connection.execute(query.where(among(parcels.c.parcel_id, ids))).all()
        boxes.append(np.array([tuple(row) for row in rows], dtype=float).reshape(-1, 4))
    everything = np.vstack([*boxes, np.empty((0, 4))])
    lock(connection, changeset.units(), everything)


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


def _places(before: Shapes, derived: Sequence[Derived]) -> Boxes:
    """Answer the extents of everything before and after a change, in EPSG:3857 metres."""
    return np.vstack([shapely.bounds(before), *(shapely.bounds(d.geom_3857) for d in derived)])


def _check_base(connection: Connection, changeset: ChangeSet) -> None:
    if changeset.before:
        seen = {b.parcel_id: b.revision for b in changeset.before}
        query = select(parcels.c.parcel_id, parcels.c.revision).where(
            among(parcels.c.parcel_id, seen)
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


def _close_versions(
    connection: Connection, changeset: ChangeSet, revision: int, day: date | None
) -> None:
    ids = [b.parcel_id for b in changeset.before]
    if not ids:
        return
    connection.execute(
        update(parcel_versions)
        .where(among(parcel_versions.c.parcel_id, ids))
        .where(parcel_versions.c.revision_to.is_(None))
        .values(revision_to=revision, effective_to=day)
    )
    connection.execute(delete(parcels).where(among(parcels.c.parcel_id, ids)))


def _settle(connection: Connection, changeset: ChangeSet, entry: Entry, revision: int) -> None:
    """Let the batch or the draft that the change came from know what became of it."""
    if entry.batch_id is not None and entry.is_late:
        rows = [int(row) for part in changeset.after for row in part.parcels.row]
        mark_late(connection, entry.batch_id, rows, revision)
    elif entry.batch_id is not None:
        mark_published(connection, entry.batch_id, revision)
        if entry.draft is None:
            mark_with_batch(connection, entry.batch_id, revision)
    if entry.draft is not None:
        mark_approved(connection, entry.draft, entry, changeset, revision)


def _explain(problem: IntegrityError | psycopg.IntegrityError) -> Conflict | Refused:
    # COPY runs below SQLAlchemy, whose own exception wraps the driver's elsewhere.
    reason = str(problem.orig if isinstance(problem, IntegrityError) else problem)
    if "parcels_identity_key" in reason:
        detail = reason.rsplit("DETAIL:", maxsplit=1)[-1].strip()
        return Conflict("identity_taken", f"A live parcel already has this identity: {detail}")
    return Refused("integrity", f"The register refuses the change: {reason.splitlines()[0]}")
