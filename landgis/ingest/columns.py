"""Arrow columns as the numpy columns of a RawLayer."""

import json
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

EXACT_FLOAT_LIMIT = 2**53
"""Above it a float64 skips whole numbers."""


Integers = Literal["int64", "float64", "text"]
"""How whole numbers are kept, so that all of a column can be told."""


def integers_of(column: pa.ChunkedArray) -> Integers:
    """Answer how a whole column of integers or yes/no is kept; a part of it is kept the same."""
    if column.null_count == 0:
        return "int64"
    values = column.cast(pa.int64()).drop_null()
    numbers = _without_gaps(values, np.dtype(np.int64))
    is_exact = not len(numbers) or max(-int(numbers.min()), int(numbers.max())) <= EXACT_FLOAT_LIMIT
    return "float64" if is_exact else "text"


def as_column(column: pa.ChunkedArray, integers: Integers | None = None) -> NDArray[Any]:
    """Answer ``column`` as text (object array of ``str`` or None) or numbers.

    ``integers`` is what ``integers_of`` said of the column that this is a part of.

    Whole numbers and yes/no are int64; with gaps, float64 with NaN, or text where float64 would
    not be exact. Dates and times are ISO text, lists JSON text, other bytes hexadecimal text;
    ``large_binary``, the type of our geometry column, stays ``bytes``.
    """
    kind = column.type
    if pa.types.is_floating(kind):
        return _floats(column)
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return _integers(column.cast(pa.int64()), integers or integers_of(column))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_large_binary(kind):
        return _objects(column)
    if pa.types.is_binary(kind):
        return _each(column, bytes.hex)
    if pa.types.is_nested(kind):
        return _each(column, _json)
    return _objects(column.cast(pa.string()))


def _objects(column: pa.ChunkedArray) -> NDArray[Any]:
    return _filled(column.to_pylist())


def _floats(column: pa.ChunkedArray) -> NDArray[np.float64]:
    numbers = column.cast(pa.float64())
    if numbers.null_count:
        return np.array(numbers.to_pylist(), dtype=np.float64)
    return _without_gaps(numbers, np.dtype(np.float64))


def _integers(column: pa.ChunkedArray, kept: Integers) -> NDArray[Any]:
    if kept == "int64":
        return _without_gaps(column, np.dtype(np.int64))
    values = column.to_pylist()
    if kept == "text":
        return _filled([None if value is None else str(value) for value in values])
    return np.array(values, dtype=np.float64)


def _without_gaps(column: pa.ChunkedArray, kind: np.dtype[Any]) -> NDArray[Any]:
    """DLPack, because pyarrow's own ``to_numpy`` imports pandas (0.8 s) to look at its input."""
    return np.concatenate([np.empty(0, kind), *(np.from_dlpack(one) for one in column.chunks)])


def _each(column: pa.ChunkedArray, text: Callable[[Any], str]) -> NDArray[Any]:
    return _filled([None if value is None else text(value) for value in column.to_pylist()])


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _filled(values: list[Any]) -> NDArray[Any]:
    filled = np.empty(len(values), dtype=object)
    filled[:] = values
    return filled
