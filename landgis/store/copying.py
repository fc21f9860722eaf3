"""COPY BINARY from columns: the fast way into PostgreSQL.

Each value becomes its length and its bytes; a block of rows is one join of those fragments, so
Python does nothing per row but what a value's own encoding needs.
"""

import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, islice, repeat
from typing import Any, TypeAlias
from uuid import UUID

import numpy as np
import orjson
from psycopg import sql
from sqlalchemy import Connection

from landgis.store.database import driver

BLOCK_ROWS = 20_000
HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
NULL = b"\xff\xff\xff\xff"
TEXT_OID = 25
EPOCH = date(2000, 1, 1)

_int32 = struct.Struct(">i").pack
_int16 = struct.Struct(">h").pack

Fragments: TypeAlias = Iterable[bytes]


@dataclass(frozen=True)
class Column:
    """A column to load: its name, its kind (a key of ENCODERS) and one value per row."""

    name: str
    kind: str
    values: Sequence[Any] | np.ndarray[Any, Any]


@dataclass(frozen=True)
class Same:
    """A column whose value is the same in every row."""

    name: str
    kind: str
    value: Any


def copy_columns(
    connection: Connection,
    table: Sequence[str],
    columns: Sequence[Column | Same],
    rows: int,
    tell: Callable[[int], None] = lambda _done: None,
) -> None:
    """Load ``rows`` rows into a table; geometry as EWKB bytes, None as NULL.

    ``tell`` is told after each block how many rows have gone.

    Raises
    ------
    ValueError
        A column has another length: no row may be lost in silence.
    """
    for column in columns:
        if isinstance(column, Column) and len(column.values) != rows:
            raise ValueError(f"{column.name}: {len(column.values)} values for {rows} rows")
    names = sql.SQL(", ").join(sql.Identifier(column.name) for column in columns)
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(*table), names
    )
    count = repeat(_int16(len(columns)), rows)
    row_fragments = zip(count, *(_fragments(column) for column in columns), strict=False)
    with driver(connection).cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(HEADER)
        done = 0
        while block := b"".join(chain.from_iterable(islice(row_fragments, BLOCK_ROWS))):
            copy.write(block)
            done = min(done + BLOCK_ROWS, rows)
            tell(done)
        copy.write(TRAILER)


def _fragments(column: Column | Same) -> Fragments:
    encode = ENCODERS[column.kind]
    if isinstance(column, Same):
        (fragment,) = encode([column.value])
        return repeat(fragment)
    return encode(column.values)


def _sized(data: bytes) -> bytes:
    return _int32(len(data)) + data


def _bytes(values: Iterable[bytes | None]) -> Fragments:
    return (NULL if v is None else _sized(v) for v in values)


def _texts(values: Iterable[str | None]) -> Fragments:
    return (NULL if v is None else _sized(v.encode()) for v in values)


def _uuids(values: Iterable[UUID | None]) -> Fragments:
    return (NULL if v is None else b"\0\0\0\x10" + v.bytes for v in values)


def _days(values: Iterable[date | None]) -> Fragments:
    # PostgreSQL counts days from 1 January 2000.
    return (NULL if v is None else b"\0\0\0\x04" + _int32((v - EPOCH).days) for v in values)


def _json(values: Iterable[Any]) -> Fragments:
    # The leading 1 is the version of jsonb's binary form.
    return (NULL if v is None else _sized(b"\x01" + orjson.dumps(v)) for v in values)


def _numbers(packed: struct.Struct) -> Callable[[Iterable[Any]], Fragments]:
    size = _int32(packed.size)

    def encode(values: Iterable[Any]) -> Fragments:
        pack = packed.pack
        plain = values.tolist() if isinstance(values, np.ndarray) else values
        # NaN is not itself: an unknown number is NULL.
        return (NULL if v is None or v != v else size + pack(v) for v in plain)  # noqa: PLR0124

    return encode


def _text_arrays(values: Iterable[Sequence[str]]) -> Fragments:
    known: dict[tuple[str, ...], bytes] = {}
    for value in values:
        key = tuple(value)
        if key not in known:
            known[key] = _sized(_text_array(key))
        yield known[key]


def _text_array(texts: tuple[str, ...]) -> bytes:
    if not texts:
        return _int32(0) + _int32(0) + _int32(TEXT_OID)
    head = _int32(1) + _int32(0) + _int32(TEXT_OID) + _int32(len(texts)) + _int32(1)
    return head + b"".join(_sized(text.encode()) for text in texts)


ENCODERS: dict[str, Callable[[Any], Fragments]] = {
    "text": _texts,
    "text[]": _text_arrays,
    "uuid": _uuids,
    "bytea": _bytes,
    "date": _days,
    "geometry": _bytes,
    "jsonb": _json,
    "int4": _numbers(struct.Struct(">i")),
    "int8": _numbers(struct.Struct(">q")),
    "float8": _numbers(struct.Struct(">d")),
    "bool": _numbers(struct.Struct(">?")),
}
