"""COPY BINARY from columns: the fast way into PostgreSQL.

A row is its number of fields, then each field's length and bytes; ``binary`` writes them. Another
thread hands the blocks to PostgreSQL meanwhile.
"""

import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, TypeAlias

import numpy as np
from psycopg import sql
from sqlalchemy import Connection

from landgis.store.binary import ENCODERS, Piece, constant, merged
from landgis.store.database import driver

BLOCK_ROWS = 16_384
BLOCKS_BEHIND = 3
"""Blocks on their way to PostgreSQL at most."""

SPOOL_BYTES = 4 * 1024**2
HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"


@dataclass(frozen=True)
class Column:
    """A column to load: its name, its kind (a key of ENCODERS) and one value per row."""

    name: str
    kind: str
    values: Sequence[Any] | np.ndarray[Any, Any]
    encoded: dict[int, list[Piece]] = field(default_factory=dict, repr=False, compare=False)
    """What was encoded of it so far, by first row: two tables may load the same column."""

    def pieces(self, start: int, stop: int) -> list[Piece]:
        """Answer a block of rows in binary form."""
        if start not in self.encoded:
            self.encoded[start] = ENCODERS[self.kind](self.values[start:stop])
        return self.encoded[start]


@dataclass(frozen=True)
class Same:
    """A column whose value is the same in every row."""

    name: str
    kind: str
    value: Any


Rows: TypeAlias = Callable[[Sequence[Column | Same], int], None]
"""Takes some rows, column by column, and how many they are."""


def copy_columns(
    connection: Connection, table: Sequence[str], columns: Sequence[Column | Same], rows: int
) -> None:
    """Load ``rows`` rows into a table; geometry as EWKB bytes, None as NULL.

    Raises
    ------
    ValueError
        A column has another length: no row may be lost in silence.
    """
    with copying(connection, table, [column.name for column in columns]) as load:
        load(columns, rows)


@contextmanager
def copying(connection: Connection, table: Sequence[str], names: Sequence[str]) -> Iterator[Rows]:
    """Open a COPY into columns of a table; nothing else can be asked of the connection meanwhile.

    What is loaded goes to PostgreSQL in a thread of its own, a few blocks behind.
    """
    with _open(connection, table, names) as write:
        yield lambda columns, rows: _write(columns, rows, names, write)


@contextmanager
def spooled(names: Sequence[str]) -> Iterator[tuple[Rows, Callable[[Connection, str], None]]]:
    """Give a place to load rows into while another COPY is open, and what copies them from there.

    The place is a file that has no name and goes with the block.
    """
    with tempfile.TemporaryFile() as file:

        def load(columns: Sequence[Column | Same], rows: int) -> None:
            _write(columns, rows, names, file.write)

        def copy_into(connection: Connection, table: str) -> None:
            file.seek(0)
            with _open(connection, (table,), names) as write:
                while block := file.read(SPOOL_BYTES):
                    write(block)

        yield load, copy_into


@contextmanager
def _open(
    connection: Connection, table: Sequence[str], names: Sequence[str]
) -> Iterator[Callable[[bytes], None]]:
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(*table), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    with (
        driver(connection).cursor() as cursor,
        cursor.copy(statement) as copy,
        _behind(copy.write) as write,
    ):
        write(HEADER)
        yield write
        write(TRAILER)


@contextmanager
def _behind(write: Callable[[bytes], None]) -> Iterator[Callable[[bytes], None]]:
    """Write in another thread, a few blocks behind; what goes wrong there is raised here."""
    pending: deque[Future[None]] = deque()
    pool = ThreadPoolExecutor(1, thread_name_prefix="copy")

    def later(data: bytes) -> None:
        while len(pending) >= BLOCKS_BEHIND:
            pending.popleft().result()
        pending.append(pool.submit(write, data))

    try:
        yield later
        for one in pending:
            one.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _write(
    columns: Sequence[Column | Same],
    rows: int,
    names: Sequence[str],
    write: Callable[[bytes], object],
) -> None:
    if [column.name for column in columns] != list(names):
        raise ValueError(f"columns {[c.name for c in columns]} are not {list(names)}")
    for column in columns:
        if isinstance(column, Column) and len(column.values) != rows:
            raise ValueError(f"{column.name}: {len(column.values)} values for {rows} rows")
    for start in range(0, rows, BLOCK_ROWS):
        write(_block(columns, start, min(start + BLOCK_ROWS, rows)))


def _block(columns: Sequence[Column | Same], start: int, stop: int) -> bytes:
    pieces: list[Piece] = [len(columns).to_bytes(2, "big")]
    for column in columns:
        if isinstance(column, Same):
            pieces.append(constant(ENCODERS[column.kind]([column.value])))
        else:
            pieces += column.pieces(start, stop)
    rows = zip(*merged(pieces, stop - start), strict=True)
    return b"".join(chain.from_iterable(rows))
