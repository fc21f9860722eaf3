"""COPY BINARY from columns: the fast way into PostgreSQL.

A row is its number of fields, then each field's length and bytes. Fields of a fixed width and all
lengths are laid out by NumPy, side by side in one array; only bytes of no fixed width stay apart.
So a block of rows is one join of few fragments a row, and Python does nothing per value but look
up what it has encoded before. Another thread hands the blocks to PostgreSQL meanwhile.
"""

import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import chain, repeat
from typing import Any, TypeAlias

import numpy as np
import orjson
from numpy.typing import NDArray
from psycopg import sql
from sqlalchemy import Connection

from landgis.store.database import driver

BLOCK_ROWS = 16_384
BLOCKS_BEHIND = 3
"""Blocks on their way to PostgreSQL at most."""

SPOOL_BYTES = 4 * 1024**2
HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
NULL_LENGTH = -1
LENGTH = np.dtype(">i4")
TEXT_OID = 25
EPOCH = date(2000, 1, 1)
UUID_BYTES = 16

Fixed: TypeAlias = NDArray[np.uint8]
"""``(n, width)``: the same number of bytes in every row."""

Loose: TypeAlias = Sequence[bytes]
"""One fragment a row."""

Piece: TypeAlias = bytes | Fixed | Loose
"""Bytes stand for themselves in every row."""


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
            pieces.append(_constant(ENCODERS[column.kind]([column.value])))
        else:
            pieces += column.pieces(start, stop)
    rows = zip(*_merged(pieces, stop - start), strict=True)
    return b"".join(chain.from_iterable(rows))


def _constant(pieces: Sequence[Piece]) -> bytes:
    return b"".join(p if isinstance(p, bytes) else bytes(p[0]) for p in pieces)


def _merged(pieces: Iterable[Piece], rows: int) -> list[Iterable[bytes]]:
    """Answer one fragment a row for each run of fixed pieces, and the loose ones between."""
    fragments: list[Iterable[bytes]] = []
    run: list[Fixed] = []

    def close() -> None:
        if run:
            side_by_side = np.ascontiguousarray(np.hstack(run))
            width = side_by_side.shape[1]
            fragments.append(side_by_side.view(f"V{width}").ravel().tolist())
            run.clear()

    for piece in pieces:
        if isinstance(piece, bytes):
            run.append(np.broadcast_to(np.frombuffer(piece, np.uint8), (rows, len(piece))))
        elif isinstance(piece, np.ndarray):
            run.append(piece)
        else:
            close()
            fragments.append(piece)
    close()
    return fragments if rows else [repeat(b"", 0)]


def _lengths(lengths: NDArray[Any] | list[int]) -> Fixed:
    return np.asarray(lengths, dtype=LENGTH).view(np.uint8).reshape(-1, LENGTH.itemsize)


def _loose(values: list[bytes | None]) -> list[Piece]:
    if None in values:
        lengths = [NULL_LENGTH if v is None else len(v) for v in values]
        return [_lengths(lengths), [b"" if v is None else v for v in values]]
    plain: list[bytes] = values  # type: ignore[assignment]
    return [_lengths(list(map(len, plain))), plain]


def _bytes(values: Iterable[bytes | None]) -> list[Piece]:
    return _loose(list(values))


def _texts(values: Sequence[str | None]) -> list[Piece]:
    different = set(values)
    if 2 * len(different) > len(values):
        return _loose([None if v is None else v.encode() for v in values])
    # Each is encoded once, its length with it.
    known = {v: _sized(None if v is None else v.encode()) for v in different}
    return [list(map(known.__getitem__, values))]


def _sized(data: bytes | None) -> bytes:
    length = NULL_LENGTH if data is None else len(data)
    return length.to_bytes(4, "big", signed=True) + (data or b"")


def _uuids(values: Sequence[Any] | Fixed) -> list[Piece]:
    if isinstance(values, np.ndarray) and values.dtype == np.uint8:
        return [UUID_BYTES.to_bytes(4, "big"), values]
    if None in values:
        return _loose([None if v is None else v.bytes for v in values])
    plain = np.frombuffer(b"".join([v.bytes for v in values]), np.uint8)
    return [UUID_BYTES.to_bytes(4, "big"), plain.reshape(-1, UUID_BYTES)]


def _days(values: Iterable[date | None]) -> list[Piece]:
    # PostgreSQL counts days from 1 January 2000.
    days = (None if v is None else (v - EPOCH).days for v in values)
    return _loose([None if d is None else d.to_bytes(4, "big", signed=True) for d in days])


def _json(values: Iterable[Any]) -> list[Piece]:
    # The leading 1 is the version of jsonb's binary form.
    return _loose([None if v is None else b"\x01" + orjson.dumps(v) for v in values])


def _json_texts(values: Sequence[bytes | None]) -> list[Piece]:
    known = {v: _sized(None if v is None else b"\x01" + v) for v in set(values)}
    return [list(map(known.__getitem__, values))]


def _numbers(code: str) -> Callable[[Sequence[Any]], list[Piece]]:
    kind = np.dtype(code)

    def encode(values: Sequence[Any]) -> list[Piece]:
        column = np.asarray(values)
        # NaN is not itself: an unknown number is NULL, and so is None.
        null = np.asarray(column != column, dtype=bool)  # noqa: PLR0124
        if column.dtype == object:
            null |= np.asarray(column == None, dtype=bool)  # noqa: E711 - element-wise
        filled = np.where(null, 0, column).astype(kind)
        plain = filled.view(np.uint8).reshape(-1, kind.itemsize)
        if not null.any():
            return [kind.itemsize.to_bytes(4, "big"), plain]
        found = plain.view(f"V{kind.itemsize}").ravel().tolist()
        return _loose([None if gone else v for gone, v in zip(null.tolist(), found, strict=True)])

    return encode


def _text_arrays(values: Iterable[Sequence[str]]) -> list[Piece]:
    keys = [tuple(value) for value in values]
    known = {key: _sized(_text_array(key)) for key in set(keys)}
    return [list(map(known.__getitem__, keys))]


def _text_array(texts: tuple[str, ...]) -> bytes:
    ints = [0, 0, TEXT_OID] if not texts else [1, 0, TEXT_OID, len(texts), 1]
    return np.array(ints, LENGTH).tobytes() + b"".join(_sized(text.encode()) for text in texts)


ENCODERS: dict[str, Callable[[Any], list[Piece]]] = {
    "text": _texts,
    "text[]": _text_arrays,
    "uuid": _uuids,
    "bytea": _bytes,
    "date": _days,
    "geometry": _bytes,
    "json text": _json_texts,
    "jsonb": _json,
    "int4": _numbers(">i4"),
    "int8": _numbers(">i8"),
    "float8": _numbers(">f8"),
    "bool": _numbers("?"),
}
"""Kind -> encoder; ``json text`` is a jsonb column given as JSON that is written already, ``uuid``
takes UUIDs or their ``(n, 16)`` bytes.
"""
