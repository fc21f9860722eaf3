"""What becomes of a draft in the transaction that makes its change permanent."""

from sqlalchemy import Connection, func, select, update

from landgis.cadastre.changes import Approved, ChangeSet, Entry
from landgis.errors import Conflict, NotFound
from landgis.store.draft_tables import drafts
from landgis.store.numbers import close_reservations


def hold_submitted(connection: Connection, approved: Approved) -> None:
    """Hold a draft that is about to be approved, as it was shown to the approver.

    Raises
    ------
    NotFound
        ``no_such_draft``.
    Conflict
        ``draft_not_submitted``; ``changed_since_shown``: its hash is not the one that was shown.
    """
    query = (
        select(drafts.c.record_no, drafts.c.state, drafts.c.submitted_sha256)
        .where(drafts.c.draft_id == approved.draft_id)
        .with_for_update()
    )
    found = connection.execute(query).first()
    if found is None:
        raise NotFound("no_such_draft", f"There is no draft {approved.draft_id}")
    if found.state != "submitted":
        raise Conflict(
            "draft_not_submitted",
            f"Dossier {found.record_no} is {found.state}; only a submitted one can be approved",
            state=found.state,
        )
    if found.submitted_sha256 != approved.sha256:
        raise Conflict(
            "changed_since_shown",
            f"Dossier {found.record_no} is not what you were shown; open it again and read it",
        )


def mark_approved(
    connection: Connection, approved: Approved, entry: Entry, changeset: ChangeSet, revision: int
) -> None:
    """Tie a draft to the revision it became; its numbers are used from now on."""
    now = func.clock_timestamp()
    connection.execute(
        update(drafts)
        .where(drafts.c.draft_id == approved.draft_id)
        .values(
            state="approved",
            revision=revision,
            reviewer=entry.approver,
            reviewer_shown_as=approved.approver_shown_as,
            rev=drafts.c.rev + 1,
            last_key=approved.key,
            decided_at=now,
            updated_at=now,
        )
    )
    names = [
        (unit or "", sheet or "", number)
        for part in changeset.after
        for unit, sheet, number in zip(
            part.parcels.unit_code, part.parcels.sheet, part.parcels.number, strict=True
        )
        if number
    ]
    close_reservations(connection, approved.draft_id, names)
