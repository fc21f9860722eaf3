"""GeoParquet 1.1: columns with WKB, the plane as PROJJSON."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from landgis import geodesy
from landgis.documents.exported.table import GEOMETRY, Table, arrow


def write(path: Path, tables: Sequence[Table], about: Mapping[str, Any]) -> None:
    """Write the one table, a group of rows for each block."""
    (table,) = tables
    types = ["Polygon", "MultiPolygon"] if table.is_multi else ["Polygon"]
    column = {
        "encoding": "WKB",
        "geometry_types": types,
        "crs": json.loads(geodesy.projjson(table.epsg)),
    }
    geo = {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}
    schema, batches = arrow(table)
    said = {"geo": json.dumps(geo), "landgis": json.dumps(dict(about))}
    with pq.ParquetWriter(path, schema.with_metadata(said), compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)
