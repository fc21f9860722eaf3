"""One layer through GDAL, one driver allowed; runs only inside the reading process."""

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa

from landgis.errors import Refused
from landgis.ingest.row_table import RowWriter, judge

BATCH_ROWS = 16_384
"""Few enough that a batch of big polygons stays small in memory."""

SKIPPED_DRIVERS = (
    "MEM", "PCIDSK", "PDS4", "VICAR", "PDF", "MBTiles", "EEDA", "OGCAPI", "GDALG",
    "ESRI Shapefile", "MapInfo File", "LVBAG", "S57", "DGN", "OGR_VRT", "CSV", "GML", "GPX",
    "LIBKML", "KML", "GeoJSON", "GeoJSONSeq", "ESRIJSON", "TopoJSON", "OGR_GMT", "GPKG", "SQLite",
    "WAsP", "OpenFileGDB", "DXF", "FlatGeobuf", "GeoRSS", "VFK", "PGDUMP", "OSM", "GPSBabel",
    "OGR_PDS", "WFS", "OAPIF", "EDIGEO", "Idrisi", "ODS", "XLSX", "Elasticsearch", "Carto",
    "AmigoCloud", "SXF", "Selafin", "JML", "PLSCENES", "CSW", "VDV", "MVT", "NGW", "MapML",
    "GTFS", "PMTiles", "JSONFG", "MiraMonVector", "ADBC", "AVCBin", "AVCE00", "AIVector", "HTTP",
)  # fmt: skip
"""Vector drivers of GDAL 3.12; drivers of a newer GDAL are found and skipped at run time."""

SKIP_VARIABLE = "GDAL_SKIP"
FID_AT = 0
"""pyogrio puts the feature number first."""

GDAL_PROBLEMS = (RuntimeError, OSError, pa.ArrowException)
"""What pyogrio and pyarrow raise for files that GDAL cannot read."""

GEOMETRY_EXTENSIONS = (b"geoarrow.wkb", b"ogc.wkb")


def skip_list(allowed: str) -> str:
    """Answer the value of GDAL_SKIP that leaves the driver ``allowed`` alone."""
    return ",".join(driver for driver in SKIPPED_DRIVERS if driver != allowed)


def load_gdal(allowed: str) -> ModuleType:
    """Answer pyogrio with no driver but ``allowed``; start this process anew if it has others.

    Drivers are registered once, at import; which ones, the environment decides.
    """
    pyogrio = importlib.import_module("pyogrio")
    others = set(pyogrio.list_drivers()) - {allowed}
    if not others:
        return pyogrio
    already = set(os.environ.get(SKIP_VARIABLE, "").split(",")) - {""}
    if others <= already:
        raise Refused(
            "reader_failed", f"GDAL keeps the drivers {sorted(others)}; they must not be available"
        )
    os.environ[SKIP_VARIABLE] = ",".join(sorted(already | others))
    if os.name == "nt":  # there exec ends this process before the new one has done anything
        raise SystemExit(subprocess.call(sys.orig_argv))  # noqa: S603 - as below
    os.execv(sys.executable, sys.orig_argv)  # noqa: S606 - this very command line again
    raise AssertionError


def read_table(path: Path, driver: str, target: Path, **options: Any) -> dict[str, Any]:
    """Write the rows of one layer to ``target`` and answer ``{heights, stopped}``.

    Parameters
    ----------
    path
        A file whose first bytes were checked by the caller.
    driver
        The only GDAL driver that may open it.
    target
        New file for ``RowWriter``; ``fid`` is GDAL's feature number.
    **options
        ``layer``, ``encoding``, ``batch_size`` as pyogrio takes them.

    Raises
    ------
    Refused
        ``reader_failed`` when GDAL cannot open the file. When it stops midway, ``stopped`` is
        its message and the rows so far are in the file.
    """
    pyogrio = load_gdal(driver)
    stopped: list[str] = []
    with ExitStack() as stack:
        try:
            _, reader = stack.enter_context(
                pyogrio.open_arrow(
                    path,
                    use_pyarrow=True,
                    return_fids=True,
                    datetime_as_string=True,
                    **{"batch_size": BATCH_ROWS, **options},
                )
            )
        except (*GDAL_PROBLEMS, IndexError) as problem:  # the last: GDAL finds no layer at all
            raise Refused("reader_failed", f"GDAL cannot read it: {problem}") from problem
        wkb_at, others = _places(reader.schema)
        fields = [reader.schema.field(k) for k in others]
        rows = stack.enter_context(
            RowWriter(target, [field.name for field in fields], [field.type for field in fields])
        )
        for batch in _batches(reader, stopped):
            wkb = batch.column(wkb_at).to_numpy(zero_copy_only=False)
            columns = [_valid(batch.column(k)) for k in others]
            rows.write(batch.column(FID_AT), judge(wkb), columns)
    return {"heights": rows.heights, "stopped": stopped[0] if stopped else None}


def _batches(reader: pa.RecordBatchReader, stopped: list[str]) -> Iterator[pa.RecordBatch]:
    """Give batches to the end, or to the first that GDAL cannot read, whose reason is kept."""
    while True:
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            return
        except GDAL_PROBLEMS as problem:
            stopped.append(str(problem))
            return
        yield batch


def _places(schema: pa.Schema) -> tuple[int, list[int]]:
    """Find the geometry and the attributes by position: attributes may bear any name."""
    geometry = [
        k
        for k, field in enumerate(schema)
        if (field.metadata or {}).get(b"ARROW:extension:name") in GEOMETRY_EXTENSIONS
    ]
    if not geometry:
        raise Refused("reader_failed", "GDAL finds no geometry in the layer")
    return geometry[0], [k for k in range(len(schema)) if k not in {FID_AT, geometry[0]}]


def _valid(column: pa.Array) -> pa.Array:
    """Text that is not UTF-8, which GeoPackages may hold, with U+FFFD for what is broken."""
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return column
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        raw = column.cast(pa.large_binary(), safe=False).to_pylist()
        text = [None if one is None else one.decode("utf-8", "replace") for one in raw]
        return pa.array(text, column.type)
    return column
