"""Batches, their rows and findings: everything an import leaves before it is published."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Text,
    any_,
    cast,
    exists,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from landgis.cadastre.acceptance import FindingsWanted
from landgis.cadastre.batches import Batch, Counts, RawRows, RowFate, Status
from landgis.cadastre.exports import FileField
from landgis.cadastre.parcels import TEXT_COLUMNS, ParcelSet
from landgis.errors import NotFound
from landgis.store.database import Database, driver
from landgis.store.findings import every_finding
from landgis.store.raw_blocks import fields_of, unpack
from landgis.store.receiving import ReceivedBatch, forget_rows, receive
from landgis.store.staged_rows import batch_of, batch_values, parcel_set
from landgis.store.tables import import_batches, import_raw, import_rows
from landgis.store.taken_back import batch_was_taken_back

BLOCK_ROWS = 16_384
"""Accepted rows read at once."""

OPEN_STATUSES = ("staged", "publishing", "published")
CANCELLABLE = ("queued", "reading", "validating", "staged", "cancelled")


class StagingStore:
    """Batches and their rows in PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self, batch: Batch, enqueue: Callable[[Any], None] = lambda _connection: None
    ) -> None:
        """Record a batch that has just been handed in.

        Parameters
        ----------
        enqueue
            Given the driver's connection, to record the batch's job in the same transaction.
        """
        with self._database.begin() as connection:
            connection.execute(insert(import_batches).values(batch_values(batch)))
            enqueue(driver(connection))

    def update(self, batch_id: UUID, **values: Any) -> bool:
        """Change columns of a batch; answer False for a cancelled one, which stays as it is."""
        with self._database.begin() as connection:
            return _write(connection, batch_id, values)

    def move(self, batch_id: UUID, old: Status, new: Status) -> bool:
        """Change a batch's status from ``old`` to ``new``; answer whether it was ``old``."""
        with self._database.begin() as connection:
            return _write(connection, batch_id, {"status": new}, import_batches.c.status == old)

    def cancel(self, batch_id: UUID) -> bool:
        """Cancel a batch that waits or is staged and forget its rows; answer whether it was so."""
        values = {
            "status": "cancelled",
            "progress": {"stage": "cancelled", "done": 0, "total": None},
            "counts": Counts().as_dict(),
            "by_rule": [],
        }
        with self._database.begin() as connection:
            done = connection.execute(
                update(import_batches)
                .where(import_batches.c.batch_id == batch_id)
                .where(import_batches.c.status.in_(CANCELLABLE))
                .values(values)
            )
            if done.rowcount:
                forget_rows(connection, batch_id)
            return bool(done.rowcount)

    def receive(self, batch: Batch) -> AbstractContextManager[ReceivedBatch]:
        """Open the transaction in which the rows of a batch come in; see ``receiving``."""
        return receive(self._database, batch)

    def get(self, batch_id: UUID) -> Batch:
        """Answer one batch; ``NotFound`` ``no_such_batch``."""
        with self._database.begin() as connection:
            row = (
                connection.execute(
                    select(import_batches).where(import_batches.c.batch_id == batch_id)
                )
                .mappings()
                .first()
            )
        if row is None:
            raise NotFound(
                "no_such_batch", f"There is no batch {batch_id}; list them: landgis batches"
            )
        return batch_of(row)

    def batches(self, limit: int = 100) -> list[Batch]:
        """Answer the newest batches first."""
        query = select(import_batches).order_by(import_batches.c.created_at.desc()).limit(limit)
        with self._database.begin() as connection:
            return [batch_of(row) for row in connection.execute(query).mappings()]

    def same_file(self, sha256: str, options: dict[str, Any]) -> Batch | None:
        """Answer the batch that the same bytes with the same options gave before."""
        query = (
            select(import_batches)
            .where(import_batches.c.sha256 == sha256)
            .where(import_batches.c.options == options)
            .where(import_batches.c.status.in_(OPEN_STATUSES))
            .where(~batch_was_taken_back())
            .order_by(import_batches.c.created_at)
            .limit(1)
        )
        with self._database.begin() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else batch_of(row)

    def accepted(self, batch: Batch) -> ParcelSet:
        """Answer the rows of a batch that may be published, in source order."""
        return self._parcels(batch, import_rows.c.state == "accepted")

    def acceptance(self, batch_id: UUID) -> tuple[tuple[str, ...], int]:
        """Answer the units that accepted rows lie in, ``""`` for none, and how many rows it is."""
        unit = func.coalesce(import_rows.c.unit_code, "")
        query = (
            select(unit, func.count())
            .where(import_rows.c.batch_id == batch_id)
            .where(import_rows.c.state == "accepted")
            .group_by(unit)
        )
        with self._database.begin() as connection:
            found = connection.execute(query).all()
        return tuple(sorted(r[0] for r in found)), sum(r[1] for r in found)

    def accepted_blocks(self, batch: Batch) -> Iterator[ParcelSet]:
        """Answer the same rows as ``accepted``, a block at a time."""
        after = 0
        while True:
            parcels = self._parcels(
                batch,
                import_rows.c.state == "accepted",
                import_rows.c.row_no > after,
                limit=BLOCK_ROWS,
            )
            if not len(parcels):
                return
            yield parcels
            after = int(parcels.row[-1])

    def concerned(self, batch: Batch, rows: Sequence[int]) -> ParcelSet:
        """Answer these rows of a batch, accepted or not, in source order; no unreadable ones."""
        wanted = literal(list(rows), ARRAY(BigInteger))
        return self._parcels(
            batch, import_rows.c.row_no == any_(wanted), import_rows.c.state != "unreadable"
        )

    def _parcels(
        self, batch: Batch, *where: ColumnElement[bool], limit: int | None = None
    ) -> ParcelSet:
        query = (
            select(
                import_rows.c.row_no,
                *(import_rows.c[name] for name in TEXT_COLUMNS),
                cast(import_rows.c.land_uses, Text).label("land_uses"),
                import_rows.c.register_area_m2,
                import_rows.c.geom_wkb,
            )
            .where(import_rows.c.batch_id == batch.batch_id)
            .where(*where)
            .order_by(import_rows.c.row_no)
            .limit(limit)
        )
        with self._database.begin() as connection:
            return parcel_set(batch.survey_epsg or 0, connection.execute(query).all())

    def findings(self, batch_id: UUID, row: int | None = None) -> list[dict[str, Any]]:
        """Answer the findings of a batch in the order of its report, or those on one row."""
        with self._database.begin() as connection:
            return every_finding(connection, batch_id, FindingsWanted(row=row))

    def rows(
        self, batch_id: UUID, *, state: str | None, after: int, limit: int
    ) -> list[dict[str, Any]]:
        """Answer row fates after a row number, raw attributes included (personal data)."""
        query = (
            select(import_rows.c.row_no, import_rows.c.state, import_rows.c.reasons)
            .where(import_rows.c.batch_id == batch_id)
            .where(import_rows.c.row_no > after)
            .order_by(import_rows.c.row_no)
            .limit(limit)
        )
        if state is not None:
            query = query.where(import_rows.c.state == state)
        with self._database.begin() as connection:
            found = connection.execute(query).all()
        raw = self.raw(batch_id, [r.row_no for r in found])
        attributes = dict(zip(raw.rows, raw.attributes, strict=True))
        return [
            {
                "row": r.row_no,
                "state": r.state,
                "reasons": r.reasons,
                "attributes": attributes.get(r.row_no),
            }
            for r in found
        ]

    def raw(self, batch_id: UUID, rows: Sequence[int]) -> RawRows:
        """Answer these rows as found, in source order; those that kept nothing are left out."""
        wanted, block = literal(list(rows), ARRAY(BigInteger)), import_raw.c
        row = func.unnest(wanted).column_valued("row")
        is_in = exists().where(row.between(block.first_row, block.last_row))
        query = select(block.body).where(block.batch_id == batch_id).where(is_in)
        with self._database.begin() as connection:
            blocks = connection.execute(query.order_by(block.first_row)).scalars().all()
        return unpack(blocks, np.array(rows, dtype=np.int64))

    def raw_fields(self, batch_id: UUID) -> list[FileField]:
        """Answer the fields that the rows of a batch have, in the order of its file."""
        query = (
            select(import_raw.c.body)
            .where(import_raw.c.batch_id == batch_id)
            .order_by(import_raw.c.first_row)
        )
        options = {"stream_results": True, "yield_per": 1}
        with self._database.begin() as connection:
            return fields_of(connection.execute(query, execution_options=options).scalars())

    def fates(self, batch_id: UUID) -> list[RowFate]:
        """Answer every row that did not simply pass."""
        query = (
            select(import_rows.c.row_no, import_rows.c.state, import_rows.c.reasons)
            .where(import_rows.c.batch_id == batch_id)
            .where(import_rows.c.state != "accepted")
            .order_by(import_rows.c.row_no)
        )
        with self._database.begin() as connection:
            return [RowFate(r.row_no, r.state, tuple(r.reasons)) for r in connection.execute(query)]


def _write(
    connection: Connection, batch_id: UUID, values: dict[str, Any], *where: ColumnElement[bool]
) -> bool:
    """Change a batch that is not cancelled; answer whether there was one."""
    done = connection.execute(
        update(import_batches)
        .where(import_batches.c.batch_id == batch_id)
        .where(import_batches.c.status != "cancelled")
        .where(*where)
        .values(values)
    )
    return bool(done.rowcount)
