"""Pack the raw rows of batches: a block of some thousand rows is one value."""

from typing import Any

import numpy as np
import psycopg
from alembic import op

from landgis.cadastre.batches import RawColumns
from landgis.store.database import driver
from landgis.store.raw_blocks import pack

revision = "0006"
down_revision = "0005"

BLOCK_ROWS = 16_384

PACKED = """
ALTER TABLE pii.import_raw RENAME TO import_raw_loose;
ALTER TABLE pii.import_raw_loose RENAME CONSTRAINT import_raw_pkey TO import_raw_loose_pkey;
CREATE TABLE pii.import_raw (
    batch_id uuid NOT NULL,
    first_row bigint NOT NULL,
    last_row bigint NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (batch_id, first_row)
);
COMMENT ON COLUMN pii.import_raw.body IS
    'Arrow stream, zstd: row, record, then the attributes a0, a1, ... named in its metadata';
ALTER TABLE pii.import_raw ALTER COLUMN body SET STORAGE EXTERNAL;
"""


def upgrade() -> None:
    """Move the rows of earlier batches into blocks; nothing of them is lost."""
    connection = driver(op.get_bind())
    connection.execute(PACKED)
    batches = connection.execute("SELECT DISTINCT batch_id FROM pii.import_raw_loose").fetchall()
    for (batch_id,) in batches:
        _pack_batch(connection, batch_id)
    connection.execute("DROP TABLE pii.import_raw_loose")


def _pack_batch(connection: psycopg.Connection[Any], batch_id: Any) -> None:
    after = -1
    while True:
        found = connection.execute(
            "SELECT row_no, attributes, record FROM pii.import_raw_loose"
            " WHERE batch_id = %s AND row_no > %s ORDER BY row_no LIMIT %s",
            (batch_id, after, BLOCK_ROWS),
        ).fetchall()
        if not found:
            return
        rows, attributes, records = zip(*found, strict=True)
        after = rows[-1]
        names = dict.fromkeys(name for row in attributes for name in row)
        columns = {name: _column([row.get(name) for row in attributes]) for name in names}
        raw = RawColumns(np.array(rows, dtype=np.int64), columns, _records(records))
        connection.execute(
            "INSERT INTO pii.import_raw VALUES (%s, %s, %s, %s)",
            (batch_id, rows[0], after, pack(raw)),
        )


def _column(values: list[Any]) -> Any:
    if all(value is None or isinstance(value, int | float) for value in values) and any(
        value is not None for value in values
    ):
        whole = all(isinstance(value, int) for value in values)
        return np.array(values, dtype=np.int64 if whole else np.float64)
    column = np.empty(len(values), dtype=object)
    column[:] = [None if value is None else str(value) for value in values]
    return column


def _records(records: tuple[bytes | None, ...]) -> Any:
    width = len(records[0] or b"")
    if not width or any(record is None or len(record) != width for record in records):
        return None
    return np.frombuffer(b"".join(r for r in records if r is not None), dtype=f"V{width}")
