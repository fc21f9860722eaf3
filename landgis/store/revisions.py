"""The row of a revision, and what every new revision leaves beside it."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, func, insert, select, update

from landgis.cadastre.changes import Entry, Summary
from landgis.errors import Conflict
from landgis.store.audit import append_entry
from landgis.store.tables import import_batches, parcels, revisions

Extent = tuple[float, float, float, float]
"""West, south, east, north in degrees."""


def next_revision(connection: Connection) -> int:
    """Answer the number of the revision that is being made, under the lock of the head."""
    last = connection.execute(select(func.max(revisions.c.revision))).scalar()
    return (last or 0) + 1


def record_revision(
    connection: Connection,
    revision: int,
    change: Summary,
    entry: Entry,
    extents: Iterable[Extent | None],
    sha256: bytes,
    day: date | None = None,
) -> None:
    """Write the row of a revision and chain its audit entry.

    ``extents`` are those of its parts; None for a part without a place. ``day``: see
    ``legal_days``.
    """
    west, south, east, north = _together(extents)
    connection.execute(
        insert(revisions).values(
            revision=revision,
            kind=change.kind,
            author=entry.author,
            approver=entry.approver,
            basis=entry.basis,
            record_no=entry.record_no,
            effective_on=day,
            draft_id=entry.draft.draft_id if entry.draft else None,
            undoes=change.undoes,
            batch_id=entry.batch_id,
            parcels=change.parcels,
            west=west,
            south=south,
            east=east,
            north=north,
            changeset_sha256=sha256,
            committed_at=func.clock_timestamp(),
        )
    )
    append_entry(connection, revision, change, entry, sha256, day)


def require_empty(connection: Connection, unit: str) -> None:
    """Let pass a unit without live parcels; ``""`` stands for none. ``unit_not_empty``."""
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


def mark_published(connection: Connection, batch_id: UUID, revision: int) -> None:
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


def _together(extents: Iterable[Extent | None]) -> tuple[float | None, ...]:
    known = [extent for extent in extents if extent is not None]
    if not known:
        return (None,) * 4
    west, south, east, north = zip(*known, strict=True)
    return min(west), min(south), max(east), max(north)
