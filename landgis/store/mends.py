"""Rows that were held back: mended, examined again, let into the register later."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Text,
    any_,
    literal,
    select,
)

from landgis.cadastre.batches import Batch, RowState
from landgis.cadastre.mends import Mend, RegisterName, StagedRow, Tried, admit
from landgis.cadastre.parcels import ParcelSet
from landgis.errors import NotFound
from landgis.store.database import Database
from landgis.store.held_rows import (
    Stamp,
    count,
    found_by,
    hold,
    hold_row,
    mark_late,
    parcels_query,
    rows_query,
    staged_row,
    stamp_of,
)
from landgis.store.locks import lock_head
from landgis.store.mend_tables import import_mends, import_retries
from landgis.store.row_writes import write_mend, write_tried
from landgis.store.staged_rows import parcel_set
from landgis.store.tables import import_rows, parcel_versions
from landgis.store.taken_back import revisions_of, undone_by, was_taken_back


class MendStore:
    """What people do about the rows of a batch."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def rows(
        self,
        batch_id: UUID,
        *,
        state: RowState | None,
        rule: str | None,
        after: int,
        limit: int,
    ) -> list[StagedRow]:
        """Answer rows after a row number, in source order, without their geometry."""
        row = import_rows.c
        query = rows_query(batch_id).where(row.row_no > after).order_by(row.row_no).limit(limit)
        if state is not None:
            query = query.where(row.state == state)
        if rule is not None:
            query = query.where(found_by(batch_id, rule))
        with self._database.begin() as connection:
            return [staged_row(found) for found in connection.execute(query)]

    def row(self, batch_id: UUID, number: int) -> StagedRow:
        """Answer one row with its geometry; ``NotFound`` ``no_such_row``."""
        query = rows_query(batch_id, import_rows.c.geom_wkb).where(import_rows.c.row_no == number)
        with self._database.begin() as connection:
            found = connection.execute(query).first()
        if found is None:
            raise NotFound("no_such_row", f"Batch {batch_id} holds no row {number}")
        return staged_row(found)

    def mends(self, batch_id: UUID, number: int) -> list[Mend]:
        """Answer what has been mended in a row, oldest first."""
        table = import_mends.c
        query = (
            select(import_mends)
            .where(table.batch_id == batch_id)
            .where(table.row_no == number)
            .order_by(table.version)
        )
        with self._database.begin() as connection:
            return [
                Mend(
                    row=r.row_no,
                    version=r.version,
                    by=r.by,
                    reason=r.reason,
                    before=r.before,
                    after=r.after,
                    wkb_before=r.geom_before,
                    wkb_after=r.geom_after,
                    at=r.at,
                )
                for r in connection.execute(query)
            ]

    def tries(self, batch_id: UUID, number: int) -> list[Tried]:
        """Answer how a row fared when it was examined again, oldest first."""
        table = import_retries.c
        query = (
            select(import_retries)
            .where(table.batch_id == batch_id)
            .where(table.row_no == number)
            .order_by(table.attempt)
        )
        with self._database.begin() as connection:
            return [
                Tried(
                    r.row_no,
                    r.state == "accepted",
                    tuple(sorted({f["rule"] for f in r.findings if f["severity"] == "error"})),
                    tuple(r.findings),
                    r.at,
                    r.by,
                    r.revision,
                )
                for r in connection.execute(query)
            ]

    def mend(self, batch_id: UUID, mend: Mend, row: StagedRow) -> None:
        """Keep a mend and make the row say so; one entry of the audit log goes with it.

        Parameters
        ----------
        row
            As it is to be from now on.

        Raises
        ------
        Conflict
            ``batch_not_open``, ``row_accepted``; ``stale_row``: somebody else mended it meanwhile.
        """
        with self._database.begin() as connection:
            # Head first: whoever publishes holds it when it comes to the batch.
            lock_head(connection)
            counts = hold(connection, batch_id)
            was = hold_row(connection, batch_id, mend.row)
            admit(batch_id, was, mend.version - 1)
            if was.state != row.state:
                count(connection, batch_id, counts, {was.state: -1, row.state: +1})
            write_mend(connection, batch_id, mend, row)

    def stamp(self, batch_id: UUID) -> Stamp:
        """Answer what changes with every mend, retry and publication of a batch."""
        with self._database.begin() as connection:
            return stamp_of(connection, batch_id)

    def settle(self, batch_id: UUID, seen: Stamp, tried: Sequence[Tried], by: str) -> bool:
        """Write what became of rows that were examined again.

        Answer False, and write nothing, when the batch is no longer what was examined.
        """
        with self._database.begin() as connection:
            counts = hold(connection, batch_id)
            if stamp_of(connection, batch_id) != seen:
                return False
            if not tried:
                return True
            write_tried(connection, batch_id, counts, tried, by)
        return True

    def late(self, batch: Batch) -> ParcelSet:
        """Answer the rows that were accepted too late to be published with their batch."""
        came = (
            select(import_retries.c.row_no)
            .where(import_retries.c.batch_id == batch.batch_id)
            .where(import_retries.c.state == "accepted")
            .where(import_retries.c.revision.is_(None))
        )
        is_accepted = import_rows.c.state == "accepted"
        query = parcels_query(batch.batch_id, is_accepted, import_rows.c.row_no.in_(came))
        with self._database.begin() as connection:
            rows = connection.execute(query).all()
        return parcel_set(batch.survey_epsg or 0, rows)

    def settled(self, batch_id: UUID, rows: Sequence[int], revision: int) -> None:
        """Note that the register says what these rows say, since a revision."""
        with self._database.begin() as connection:
            mark_late(connection, batch_id, rows, revision)

    def named(self, keys: Sequence[str]) -> dict[str, RegisterName]:
        """Answer which identity keys name a parcel now, or did: live ones before others.

        A parcel that was taken back with its batch has named nothing.
        """
        version = parcel_versions.c
        query = (
            select(version.identity_key, version.parcel_id, version.revision_to)
            .where(version.identity_key == any_(literal(list(keys), ARRAY(Text))))
            .where(~was_taken_back())
            .order_by(version.revision_to.desc().nulls_last())
        )
        with self._database.begin() as connection:
            return {
                r.identity_key: RegisterName(r.parcel_id, r.revision_to is None)
                for r in connection.execute(query)
            }

    def undone_by(self, batch_id: UUID) -> int | None:
        """Answer the revision that took a batch back, None for one that stands."""
        with self._database.begin() as connection:
            return undone_by(connection, batch_id)

    def revisions_of(self, batch_id: UUID) -> list[int]:
        """Answer every revision that brought rows of a batch, oldest first."""
        with self._database.begin() as connection:
            return revisions_of(connection, batch_id)
