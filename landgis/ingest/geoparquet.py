"""A GeoParquet file: its own footer counts the rows, Arrow reads them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from landgis.errors import Refused
from landgis.ingest.records import NO_GEOMETRY, RECORD_TYPE
from landgis.ingest.row_table import RowWriter, judge

BATCH_ROWS = 16_384
CRS84 = "OGC:CRS84"
"""What GeoParquet without a ``crs`` is in (GeoParquet 1.1, "crs")."""

GEO = b"geo"


def read_geoparquet(path: Path, folder: Path, files: str) -> dict[str, Any]:
    """Write the rows of ``path`` into ``folder``; ``fid`` counts them from 0.

    Raises
    ------
    Refused
        ``bad_geoparquet``, ``not_geoparquet`` (no geometry column is described, or not as WKB).
    """
    try:
        with pq.ParquetFile(path) as source:
            column, crs = _geometry(source)
            heights, stopped, done = _write(source, column, folder / f"{files}.arrow")
            count = source.metadata.num_rows
    except (pa.ArrowException, OSError, ValueError) as problem:
        why = " ".join(str(problem).split())
        raise Refused(
            "bad_geoparquet", f"this is not a sound Parquet file ({why}); export it again"
        ) from problem
    records = np.zeros(max(count, done), dtype=RECORD_TYPE)
    records["fid"] = np.arange(len(records))
    records["state"] = NO_GEOMETRY  # allowed: a null geometry is no loss
    np.save(folder / f"{files}.npy", records, allow_pickle=False)
    return {"files": files, "crs": crs, "heights": heights, "stopped": stopped}


def _geometry(source: pq.ParquetFile) -> tuple[str, str | None]:
    """Answer the name of the geometry column and the text of its CRS."""
    described = (source.schema_arrow.metadata or {}).get(GEO)
    if described is None:
        raise Refused(
            "not_geoparquet",
            "the Parquet file describes no geometry; write it as GeoParquet",
        )
    geo = json.loads(described)
    name = geo.get("primary_column") if isinstance(geo, dict) else None
    columns = geo.get("columns") if isinstance(geo, dict) else None
    facts = columns.get(name) if isinstance(columns, dict) else None
    if not isinstance(name, str) or not isinstance(facts, dict):
        raise Refused("not_geoparquet", "the Parquet file names no geometry column")
    if facts.get("encoding") != "WKB" or name not in source.schema_arrow.names:
        raise Refused(
            "not_geoparquet",
            f"the geometry is encoded as {str(facts.get('encoding'))[:20]!r}, only WKB is read",
        )
    if "crs" not in facts:
        return name, CRS84
    return name, None if facts["crs"] is None else json.dumps(facts["crs"])


def _write(source: pq.ParquetFile, geometry: str, target: Path) -> tuple[int, str | None, int]:
    names = source.schema_arrow.names
    at = names.index(geometry)
    others = [k for k in range(len(names)) if k != at]
    types = [_plain_type(source.schema_arrow.field(k).type) for k in others]
    done, stopped = 0, None
    with RowWriter(target, [names[k] for k in others], types) as rows:
        batches = source.iter_batches(batch_size=BATCH_ROWS)
        while True:
            try:
                batch = next(batches, None)
            except (pa.ArrowException, OSError) as problem:
                stopped = str(problem)
                break
            if batch is None:
                break
            fid = pa.array(np.arange(done, done + len(batch)), pa.int64())
            wkb = batch.column(at).cast(pa.large_binary()).to_numpy(zero_copy_only=False)
            columns = [_plain(batch.column(k), kind) for k, kind in zip(others, types, strict=True)]
            rows.write(fid, judge(wkb), columns)
            done += len(batch)
    return rows.heights, stopped, done


def _plain_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return pa.string() if pa.types.is_nested(kind) or pa.types.is_null(kind) else kind


def _plain(column: pa.Array, kind: pa.DataType) -> pa.Array:
    """Answer a column without dictionaries; what is nested becomes its JSON text."""
    if pa.types.is_nested(column.type):
        texts = [None if v is None else json.dumps(v, default=str) for v in column.to_pylist()]
        return pa.array(texts, pa.string())
    return column.cast(kind)
