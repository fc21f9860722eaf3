"""What is written when a row is mended, and when rows were examined again; under their batch."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, bindparam, func, insert, update

from landgis.cadastre.batches import Counts
from landgis.cadastre.mends import Mend, StagedRow, Tried
from landgis.store.audit import append_note
from landgis.store.held_rows import attempts, count, fate, said, states, stored
from landgis.store.mend_tables import import_mends, import_retries
from landgis.store.tables import import_rows


def write_mend(connection: Connection, batch_id: UUID, mend: Mend, row: StagedRow) -> None:
    """Keep a mend and make its row be ``row``; one entry of the audit log goes with it."""
    connection.execute(
        update(import_rows)
        .where(import_rows.c.batch_id == batch_id)
        .where(import_rows.c.row_no == mend.row)
        .values(stored(row))
    )
    connection.execute(
        insert(import_mends).values(
            batch_id=batch_id,
            row_no=mend.row,
            version=mend.version,
            at=func.clock_timestamp(),
            by=mend.by,
            reason=mend.reason,
            before=mend.before,
            after=mend.after,
            geom_before=mend.wkb_before,
            geom_after=mend.wkb_after,
        )
    )
    append_note(connection, "mend", mend.by, said(batch_id, mend))


def write_tried(
    connection: Connection, batch_id: UUID, counts: Counts, tried: Sequence[Tried], by: str
) -> None:
    """Write what became of rows that were examined again.

    Parameters
    ----------
    counts
        Of the batch, as ``hold`` answered them.
    """
    rows = [t.row for t in tried]
    was = states(connection, batch_id, rows)
    before = attempts(connection, batch_id, rows)
    connection.execute(
        update(import_rows)
        .where(import_rows.c.batch_id == batch_id)
        .where(import_rows.c.row_no == bindparam("of_row"))
        .values(state=bindparam("fate"), reasons=bindparam("why")),
        [{"of_row": t.row, "fate": fate(t), "why": list(t.reasons)} for t in tried],
    )
    connection.execute(
        insert(import_retries),
        [
            {
                "batch_id": batch_id,
                "row_no": t.row,
                "attempt": before.get(t.row, 0) + 1,
                "by": by,
                "state": fate(t),
                "findings": list(t.findings),
            }
            for t in tried
        ],
    )
    moved = Counter(fate(t) for t in tried)
    moved.subtract(was.values())
    count(connection, batch_id, counts, moved)
