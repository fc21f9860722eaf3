"""Parcels on their way into a file: columns block by block, never all of them at once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pyarrow as pa

from landgis.cadastre.exports import FileField

GEOMETRY = "geometry"
TYPES = {"text": pa.string(), "integer": pa.int64(), "number": pa.float64()}


class Rows(NamedTuple):
    """Some rows of a table."""

    columns: Sequence[Sequence[Any]]
    """Of each field its values."""

    wkb: Sequence[bytes]
    """Little-endian WKB of two dimensions."""


@dataclass(frozen=True)
class Table:
    """Parcels in one plane, as a layer of a file."""

    name: str
    epsg: int
    fields: Sequence[FileField]
    is_multi: bool
    """True: some parcels have several parts."""

    rows: Iterable[Rows]
    """To be gone through once."""

    levels: Mapping[str, str] = field(default_factory=dict)
    """What a drawing shows -> the level it lies on."""


class Write(Protocol):
    """Writes tables to a path; ``about`` says of which state of the register they are."""

    def __call__(self, path: Path, tables: Sequence[Table], about: Mapping[str, Any], /) -> None:
        """Write the file."""


def arrow(table: Table) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """Answer a table as Arrow batches with its geometry last, and their schema."""
    schema = pa.schema(
        [
            *(pa.field(one.name, TYPES[one.kind]) for one in table.fields),
            pa.field(GEOMETRY, pa.binary(), metadata={"ARROW:extension:name": "geoarrow.wkb"}),
        ]
    )
    return schema, (_batch(rows, schema) for rows in table.rows)


def _batch(rows: Rows, schema: pa.Schema) -> pa.RecordBatch:
    columns = [*rows.columns, rows.wkb]
    arrays = [pa.array(c, to.type) for c, to in zip(columns, schema, strict=True)]
    return pa.record_batch(arrays, schema=schema)
