"""Fixes of rows: the rows around them, and what was done, in one transaction each time."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import ARRAY, BigInteger, Row, Select, any_, func, insert, literal, select

from landgis.cadastre.fixes.record import FixedRow, FixRecord, FixWrite
from landgis.cadastre.mends import Tried
from landgis.cadastre.parcels import Column
from landgis.errors import NotFound
from landgis.store.database import Database
from landgis.store.fix_tables import import_fixes
from landgis.store.held_rows import Stamp, count, hold, stamp_of
from landgis.store.locks import lock_head
from landgis.store.row_writes import write_mend, write_tried
from landgis.store.tables import import_rows, parcel_versions

BLOCK_ROWS = 32_768
"""Rows whose geometry is in memory at once."""


class FixStore:
    """What fixes read and write."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def geometries(self, batch_id: UUID) -> Iterator[tuple[NDArray[np.int64], Column]]:
        """Answer number and geometry of every row that has one, accepted or not, by blocks."""
        row, after = import_rows.c, 0
        query = (
            select(row.row_no, row.geom_wkb)
            .where(row.batch_id == batch_id)
            .where(row.state != "unreadable")
            .order_by(row.row_no)
            .limit(BLOCK_ROWS)
        )
        while True:
            with self._database.begin() as connection:
                found = connection.execute(query.where(row.row_no > after)).all()
            if not found:
                return
            after = found[-1].row_no
            geoms = shapely.from_wkb([r.geom_wkb for r in found])
            there = ~(shapely.is_missing(geoms) | shapely.is_empty(geoms))
            yield np.array([r.row_no for r in found], dtype=np.int64)[there], geoms[there]

    def write(
        self,
        batch_id: UUID,
        seen: Stamp,
        fixes: Sequence[FixWrite],
        tried: Sequence[Tried],
        by: str,
    ) -> bool:
        """Write fixes, the mends of their rows and what became of these rows.

        Answer False, and write nothing, when the batch is no longer what was looked at.
        """
        with self._database.begin() as connection:
            # Head first: whoever publishes holds it when it comes to the batch.
            lock_head(connection)
            counts = hold(connection, batch_id)
            if stamp_of(connection, batch_id) != seen:
                return False
            for fix in fixes:
                for (mend, now), row in zip(fix.mends, fix.record.rows, strict=True):
                    write_mend(connection, batch_id, mend, now)
                    if now.state != row.was:
                        count(connection, batch_id, counts, {row.was: -1, now.state: +1})
                        counts = hold(connection, batch_id)
                connection.execute(insert(import_fixes).values(_values(batch_id, fix.record)))
            if tried:
                write_tried(connection, batch_id, counts, tried, by)
        return True

    def live(self, batch_id: UUID, rows: Sequence[int]) -> dict[int, UUID]:
        """Answer row -> live parcel that is as this row of a batch made it."""
        version = parcel_versions.c
        query = (
            select(version.row_no, version.parcel_id)
            .where(version.batch_id == batch_id)
            .where(version.row_no == any_(literal(list(rows), ARRAY(BigInteger))))
            .where(version.revision_to.is_(None))
        )
        with self._database.begin() as connection:
            return {r.row_no: r.parcel_id for r in connection.execute(query)}

    def get(self, batch_id: UUID, fix_id: UUID) -> FixRecord:
        """Answer one fix of a batch; ``NotFound`` ``no_such_fix``."""
        query = _records(batch_id).where(import_fixes.c.fix_id == fix_id)
        with self._database.begin() as connection:
            found = connection.execute(query).first()
        if found is None:
            raise NotFound("no_such_fix", f"Batch {batch_id} has no fix {fix_id}")
        return _record(found)

    def listed(self, batch_id: UUID) -> list[FixRecord]:
        """Answer the fixes of a batch, what takes them back among them, oldest first."""
        query = _records(batch_id).order_by(import_fixes.c.at, import_fixes.c.fix_id)
        with self._database.begin() as connection:
            return [_record(found) for found in connection.execute(query)]


def _records(batch_id: UUID) -> Select[Any]:
    undo = import_fixes.alias("undo")
    return (
        select(import_fixes, undo.c.fix_id.label("undone_by"))
        .join_from(import_fixes, undo, undo.c.undoes == import_fixes.c.fix_id, isouter=True)
        .where(import_fixes.c.batch_id == batch_id)
    )


def _record(found: Row[Any]) -> FixRecord:
    return FixRecord(
        fix_id=found.fix_id,
        finding_id=found.finding_id,
        rule=found.rule,
        kind=found.kind,
        by=found.by,
        reason=found.reason,
        moved_m=found.moved_m,
        rows=tuple(FixedRow(**row) for row in found.rows),
        undoes=found.undoes,
        undone_by=found.undone_by,
        at=found.at,
    )


def _values(batch_id: UUID, record: FixRecord) -> dict[str, Any]:
    values = asdict(record) | {"rows": [row._asdict() for row in record.rows]}
    for name in ("undone_by", "at"):
        del values[name]
    return {**values, "batch_id": batch_id, "at": func.clock_timestamp()}
