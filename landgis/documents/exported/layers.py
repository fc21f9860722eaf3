"""GeoPackage and FlatGeobuf, written by GDAL from a stream."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from landgis.documents.exported.table import Rows, Table, arrow
from landgis.errors import Refused

POLYGON, MULTI = b"\1\3\0\0\0", b"\1\6\0\0\0\1\0\0\0"
"""How little-endian WKB of a polygon begins, and of several polygons of which there is one."""


def write_geopackage(path: Path, tables: Sequence[Table], about: Mapping[str, Any]) -> None:
    """Write a layer for each table; what the file is about stands in its metadata."""
    for at, table in enumerate(tables):
        options = {"FID": "row_id"} | ({} if at else {"IDENTIFIER": "landgis"})
        _write(path, table, "GPKG", append=bool(at), layer_options=options,
               layer_metadata={"landgis": json.dumps(dict(about))})  # fmt: skip


def write_flatgeobuf(path: Path, tables: Sequence[Table], _about: Mapping[str, Any]) -> None:
    """Write the one table in the order given.

    Without an index: GDAL sorts in memory what it indexes.
    """
    (table,) = tables
    _write(path, table, "FlatGeobuf", layer_options={"SPATIAL_INDEX": "NO"})


def _write(path: Path, table: Table, driver: str, **options: Any) -> None:
    even = replace(table, rows=_even(table)) if table.is_multi else table
    kind = "MultiPolygon" if table.is_multi else "Polygon"
    written_by_gdal(path, even, kind, driver=driver, layer=table.name, **options)


def written_by_gdal(path: Path, table: Table, kind: str, **options: Any) -> None:
    """Have GDAL write a layer; what goes wrong while rows are made is raised as it is.

    Raises
    ------
    Refused
        ``not_written``: GDAL could not.
    """
    import pyogrio

    schema, batches = arrow(table)
    problems: list[BaseException] = []

    def noting() -> Iterator[pa.RecordBatch]:
        try:
            yield from batches
        except BaseException as problem:  # GDAL would tell of it in words of its own
            problems.append(problem)
            raise

    try:
        pyogrio.write_arrow(
            pa.RecordBatchReader.from_batches(schema, noting()),
            path,
            geometry_name=schema.names[-1],
            geometry_type=kind,
            crs=f"EPSG:{table.epsg}",
            **options,
        )
    except (RuntimeError, ValueError) as problem:
        if problems:
            raise problems[0] from None
        why = " ".join(str(problem).split())
        raise Refused("not_written", f"{path.name} cannot be written: {why}") from problem


def _even(table: Table) -> Iterator[Rows]:
    """Give every geometry the one type that the layer has."""
    for rows in table.rows:
        wkb = [MULTI + one if one[:5] == POLYGON else one for one in rows.wkb]
        yield rows._replace(wkb=wkb)
