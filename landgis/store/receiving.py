"""A batch on its way in: its rows by blocks, then what became of them, in one transaction."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import ARRAY, BigInteger, Connection, any_, delete, literal, update
from sqlalchemy.dialects.postgresql import insert

from landgis.cadastre.batches import Batch, RawColumns, RowFate
from landgis.cadastre.parcels import TEXT_COLUMNS, ParcelSet, no_text
from landgis.errors import Conflict
from landgis.store.copying import copy_columns
from landgis.store.database import Database
from landgis.store.finding_tables import finding_kinds
from landgis.store.raw_blocks import pack
from landgis.store.staged_rows import batch_values, staged_columns
from landgis.store.tables import findings as findings_table
from landgis.store.tables import import_batches, import_raw, import_rows
from landgis.store.written_findings import write_findings


class ReceivedBatch:
    """Takes the rows of one batch; see ``receive``."""

    def __init__(self, connection: Connection, batch_id: UUID) -> None:
        self._connection = connection
        self._batch_id = batch_id

    def rows(
        self,
        parcels: ParcelSet,
        fates: Sequence[RowFate],
        raw: RawColumns | None = None,
        geom_found: Mapping[int, bytes] | None = None,
    ) -> None:
        """Write some rows.

        Parameters
        ----------
        parcels
            Those that could be read, accepted and quarantined ones.
        fates
            One for every row, unreadable ones too.
        raw
            Attributes and records as found; kept apart as personal data.
        geom_found
            Row number -> WKB as found, of rows whose geometry is not in ``parcels``.
        """
        columns = staged_columns(self._batch_id, parcels, fates, geom_found or {})
        copy_columns(self._connection, ("import_rows",), columns, len(fates))
        if raw is not None and len(raw.rows):
            self._keep(raw)

    def _keep(self, raw: RawColumns) -> None:
        self._connection.execute(
            insert(import_raw).values(
                batch_id=self._batch_id,
                first_row=int(raw.rows[0]),
                last_row=int(raw.rows[-1]),
                body=pack(raw),
            )
        )

    def lost(
        self, fates: Sequence[RowFate], raw: Sequence[RawColumns], geom_found: Mapping[int, bytes]
    ) -> None:
        """Write rows that could not be read, with what is there of them; see ``rows``."""
        self.rows(_no_parcels(), fates, geom_found=geom_found)
        for one in raw:
            self._keep(one)

    def hold_back(self, reasons: Mapping[int, tuple[str, ...]]) -> None:
        """Quarantine rows that were written as something else: row -> codes of the rules."""
        rows_of: dict[tuple[str, ...], list[int]] = {}
        for row, codes in reasons.items():
            rows_of.setdefault(codes, []).append(row)
        for codes, rows in sorted(rows_of.items()):
            self._connection.execute(
                update(import_rows)
                .where(import_rows.c.batch_id == self._batch_id)
                .where(import_rows.c.row_no == any_(literal(rows, ARRAY(BigInteger))))
                .values(state="quarantined", reasons=list(codes))
            )

    def close(self, batch: Batch, findings: Sequence[dict[str, Any]]) -> None:
        """Write the batch itself and what was found; it comes last, so that a batch is cancelled
        without waiting for its rows.

        Raises
        ------
        Conflict
            ``batch_cancelled``: meanwhile; nothing is written.
        """
        write_findings(self._connection, batch.batch_id, findings)
        done = self._connection.execute(
            update(import_batches)
            .where(import_batches.c.batch_id == batch.batch_id)
            .where(import_batches.c.status != "cancelled")
            .values(batch_values(batch))
        )
        if not done.rowcount:
            raise Conflict("batch_cancelled", f"Batch {batch.batch_id} has been cancelled")


@contextmanager
def receive(database: Database, batch: Batch) -> Iterator[ReceivedBatch]:
    """Open the transaction in which a batch comes in; what an earlier attempt left is gone.

    ``batch`` is recorded first when nobody did before; ``close`` says what it has become.
    """
    with database.begin() as connection:  # by itself: nobody waits for its locks all the time
        forget_rows(connection, batch.batch_id)
    with database.begin() as connection:
        connection.execute(
            insert(import_batches).values(batch_values(batch)).on_conflict_do_nothing()
        )
        yield ReceivedBatch(connection, batch.batch_id)


def forget_rows(connection: Connection, batch_id: UUID) -> None:
    """Remove the rows of a batch, and what was found on them."""
    for table in (findings_table, finding_kinds, import_raw, import_rows):
        connection.execute(delete(table).where(table.c.batch_id == batch_id))


def _no_parcels() -> ParcelSet:
    none = no_text(0)
    return ParcelSet(
        survey_epsg=0,
        row=np.empty(0, dtype=np.int64),
        geom=none,
        land_uses=none,
        register_area_m2=np.empty(0),
        **dict.fromkeys(TEXT_COLUMNS, none),
    )
