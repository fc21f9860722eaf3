"""Which versions went with the undo of the very batch that brought them.

What a batch brought and its undo took away has never been so in law: it names no parcel, and nobody
is held to have sent it. A parcel that people changed in between stays, and so does its name.
"""

from uuid import UUID

from sqlalchemy import ColumnElement, Connection, func, literal, or_, select, tuple_

from landgis.store.tables import import_batches, parcel_versions, revisions

NO_BATCH = UUID(int=0)


def was_taken_back() -> ColumnElement[bool]:
    """Answer a condition on ``parcel_versions``, never NULL: it went with the undo of its batch.

    Either the version came with the batch and the undo ended it, or the undo retired the parcel
    that the batch had created, with whatever nodes it got in between.
    """
    version, undo, taken = parcel_versions.c, revisions.alias("undo"), revisions.alias("taken")
    undone = undo.join(taken, taken.c.revision == undo.c.undoes)
    last, first, later = (parcel_versions.alias(name) for name in ("last", "first", "later"))
    pairs = select(undo.c.revision, taken.c.batch_id).select_from(undone)
    retired = (
        select(last.c.parcel_id)
        .select_from(undone.join(last, last.c.revision_to == undo.c.revision))
        .join(
            first,
            (first.c.parcel_id == last.c.parcel_id) & (first.c.batch_id == taken.c.batch_id),
        )
        .where(
            ~select(literal(1))
            .where(later.c.parcel_id == last.c.parcel_id)
            .where(later.c.revision_from >= undo.c.revision)
            .exists()
        )
    )
    ended = tuple_(func.coalesce(version.revision_to, 0), func.coalesce(version.batch_id, NO_BATCH))
    return or_(
        ended.in_(pairs.where(taken.c.batch_id.is_not(None))), version.parcel_id.in_(retired)
    )


def batch_was_taken_back() -> ColumnElement[bool]:
    """Answer a condition on ``import_batches``: it has been undone, and that stands."""
    undo, again = revisions.alias("undo"), revisions.alias("again")
    stands = ~select(literal(1)).where(again.c.undoes == undo.c.revision).exists()
    return (
        select(literal(1))
        .select_from(undo)
        .where(undo.c.undoes == import_batches.c.published_revision)
        .where(stands)
        .exists()
    )


def revisions_of(connection: Connection, batch_id: UUID) -> list[int]:
    """Answer every revision that brought rows of a batch, oldest first."""
    query = (
        select(revisions.c.revision)
        .where(revisions.c.batch_id == batch_id)
        .order_by(revisions.c.revision)
    )
    return list(connection.execute(query).scalars())


def undone_by(connection: Connection, batch_id: UUID) -> int | None:
    """Answer the revision that took a batch back, None for one that stands."""
    undo = revisions.alias("undo")
    query = (
        select(undo.c.revision)
        .select_from(
            import_batches.join(undo, undo.c.undoes == import_batches.c.published_revision)
        )
        .where(import_batches.c.batch_id == batch_id)
        .where(batch_was_taken_back())
        .order_by(undo.c.revision.desc())
        .limit(1)
    )
    found: int | None = connection.execute(query).scalar()
    return found
