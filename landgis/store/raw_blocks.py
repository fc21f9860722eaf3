"""Rows as found in a source, packed: a block of some thousand is one compressed Arrow table."""

import json
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from landgis.cadastre.batches import RawColumns, RawRows
from landgis.cadastre.exports import FileField, Kind

NAMES_KEY = b"names"
FIXED = ("row", "record")
COMPRESSED = pa.ipc.IpcWriteOptions(compression="zstd")


def pack(raw: RawColumns) -> bytes:
    """Answer rows as the bytes that are kept of them."""
    n = len(raw.rows)
    record = pa.nulls(n, pa.binary()) if raw.records is None else _records(raw.records)
    columns = [pa.array(raw.rows, pa.int64()), record, *map(_packed, raw.columns.values())]
    names = [*FIXED, *(f"a{k}" for k in range(len(raw.columns)))]
    fields = [pa.field(name, column.type) for name, column in zip(names, columns, strict=True)]
    schema = pa.schema(fields, {NAMES_KEY: json.dumps(list(raw.columns)).encode()})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema, options=COMPRESSED) as writer:
        writer.write_batch(pa.record_batch(columns, schema=schema))
    packed: bytes = sink.getvalue().to_pybytes()
    return packed


def unpack(blocks: Iterable[bytes], wanted: NDArray[np.int64] | None = None) -> RawRows:
    """Answer the rows of some blocks in their order; ``wanted``: only those with these numbers."""
    rows, attributes, records = [], [], []
    for block in blocks:
        table = pa.ipc.open_stream(block).read_all()
        names = json.loads(table.schema.metadata[NAMES_KEY])
        if wanted is not None:
            found = np.flatnonzero(np.isin(_numbers(table.column("row")), wanted))
            table = table.take(pa.array(found))
        rows += table.column("row").to_pylist()
        records += table.column("record").to_pylist()
        columns = [table.column(f"a{k}").to_pylist() for k in range(len(names))]
        values = zip(*columns, strict=True) if names else [()] * len(table)
        attributes += [dict(zip(names, one, strict=True)) for one in values]
    return RawRows(rows, attributes, records)


def fields_of(blocks: Iterable[bytes]) -> list[FileField]:
    """Answer the fields that the rows of some blocks have, as wide as their texts are."""
    fields: dict[str, FileField] = {}
    for block in blocks:
        table = pa.ipc.open_stream(block).read_all()
        for k, name in enumerate(json.loads(table.schema.metadata[NAMES_KEY])):
            column = table.column(f"a{k}")
            known = fields.get(name, FileField(name, _kind(column.type), 1))
            widest = pc.max(pc.binary_length(column)).as_py() if known.kind == "text" else 0
            fields[name] = known._replace(width=max(known.width, widest or 0))
    return list(fields.values())


def _kind(type_: pa.DataType) -> Kind:
    if pa.types.is_integer(type_):
        return "integer"
    return "number" if pa.types.is_floating(type_) else "text"


def _packed(values: NDArray[Any]) -> pa.Array:
    if values.dtype == object:
        return pa.array(values.tolist(), pa.string())
    if values.dtype.kind == "f":
        return pa.array(values, mask=np.isnan(values))
    return pa.array(values)


def _records(records: NDArray[np.void]) -> pa.Array:
    width = records.dtype.itemsize
    data = pa.py_buffer(np.ascontiguousarray(records).tobytes())
    fixed = pa.FixedSizeBinaryArray.from_buffers(pa.binary(width), len(records), [None, data])
    return fixed.cast(pa.binary())


def _numbers(column: pa.ChunkedArray) -> NDArray[np.int64]:
    return np.array(column.to_pylist(), dtype=np.int64)
