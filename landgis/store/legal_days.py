"""The second of the two times: from which day on a change holds in law.

A revision has a day, or none: then it holds as if it had always been so, as the first load of a
unit does. Versions repeat it: ``effective_from`` is the day of the revision that made them,
``effective_to`` that of the one that ended them. What was so on a day is told by the last revision
that touched a parcel and holds by then.
"""

from datetime import date

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from landgis.cadastre.changes import ChangeSet, Entry
from landgis.store.parcel_lists import begun
from landgis.store.rows import among
from landgis.store.tables import parcel_versions, parcels, revisions

version = parcel_versions.c


def day_of(connection: Connection, changeset: ChangeSet, entry: Entry) -> date | None:
    """Answer from which day on a change holds in law; None: always.

    What takes a revision back holds from the same day, so that nothing of it ever held. No change
    holds before what it builds on.
    """
    if changeset.undoes is not None:
        undone = revisions.c.revision == changeset.undoes
        query = select(revisions.c.effective_on).where(undone)
        return connection.execute(query).scalar()
    if entry.effective_on is None or not changeset.before:
        return entry.effective_on
    ids = [before.parcel_id for before in changeset.before]
    begins = select(func.max(parcels.c.effective_from)).where(among(parcels.c.parcel_id, ids))
    latest: date | None = connection.execute(begins).scalar()
    return entry.effective_on if latest is None else max(entry.effective_on, latest)


def was_still(revision: int, day: date) -> ColumnElement[bool]:
    """Answer that a version which had ended by a revision is what holds in law on a day.

    As the register knew it at that revision. Versions that are the present ones there hold from
    their first day on, and need no such question.
    """
    later = parcel_versions.alias("later")
    made = and_(
        later.c.revision_from > version.revision_from,
        later.c.revision_from <= revision,
        begun(later.c, day),
    )
    ended = and_(
        later.c.revision_to > version.revision_from,
        later.c.revision_to <= revision,
        or_(later.c.effective_to.is_(None), later.c.effective_to <= day),
    )
    touched = exists().where(later.c.parcel_id == version.parcel_id, or_(made, ended))
    return and_(version.revision_to <= revision, version.effective_to > day, ~touched)
