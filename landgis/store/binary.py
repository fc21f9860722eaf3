"""Values in PostgreSQL's binary form, column by column.

Fields of a fixed width and all lengths are laid out by NumPy, side by side in one array; only bytes
of no fixed width stay apart. So a block of rows is one join of few fragments a row, and Python does
nothing per value but look up what it has encoded before.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from itertools import repeat
from typing import Any, TypeAlias

import numpy as np
import orjson
from numpy.typing import NDArray

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


def constant(pieces: Sequence[Piece]) -> bytes:
    """Answer the pieces of one value as bytes."""
    return b"".join(p if isinstance(p, bytes) else bytes(p[0]) for p in pieces)


def merged(pieces: Iterable[Piece], rows: int) -> list[Iterable[bytes]]:
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
    "int2": _numbers(">i2"),
    "int4": _numbers(">i4"),
    "int8": _numbers(">i8"),
    "float8": _numbers(">f8"),
    "bool": _numbers("?"),
}
"""Kind -> encoder; ``json text`` is a jsonb column given as JSON that is written already, ``uuid``
takes UUIDs or their ``(n, 16)`` bytes.
"""
