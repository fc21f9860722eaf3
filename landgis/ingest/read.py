"""From layer files to RawLayers: counted here, parsed in a process that may die."""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landgis.errors import Refused
from landgis.ingest.archive import OpenedSource
from landgis.ingest.declared_crs import declared_code_page, declared_crs
from landgis.ingest.layer_files import LayerFile
from landgis.ingest.layer_rows import LayerRows
from landgis.ingest.layers import DRAWINGS, chosen, within
from landgis.ingest.raw import NO_ROWS, Note, RawLayer
from landgis.ingest.reader_process import ReadTable, run_reader
from landgis.ingest.records import DELETED, EXPECTED, LOST, NO_GEOMETRY, RECORD_TYPE, join
from landgis.ingest.row_table import RowFile, give_back
from landgis.ingest.shapefile import (
    POLYGON_TYPES,
    POLYGON_Z,
    SHAPE_NAMES,
    ShapefileFacts,
    contents_of,
    dbf_records,
    inspect,
    shape_type_of,
)
from landgis.ingest.shp_copies import complete

DRIVERS = {
    "shapefile": "ESRI Shapefile",
    "gpkg": "GPKG",
    "geojson": "GeoJSON",
    "flatgeobuf": "FlatGeobuf",
    "geoparquet": "Parquet",
    "dxf": "DXF",
    "dgn": "DGN",
    "filegdb": "OpenFileGDB",
    "table": "CSV",
    "workbook": "XLSX",
}

GPKG_START = b"SQLite format 3\0"


def read_layers(opened: OpenedSource, workdir: Path, *, layer: str | None = None) -> list[RawLayer]:
    """Answer every polygon layer of ``opened`` with all its rows in memory, as ``open_layers``."""
    return [found.whole() for found in open_layers(opened, workdir, layer=layer)]


def open_layers(
    opened: OpenedSource, workdir: Path, *, layer: str | None = None
) -> list[LayerRows]:
    """Answer every polygon layer of ``opened`` with all its records accounted for.

    Parameters
    ----------
    opened
        What ``open_source`` found; its copies in ``workdir`` are read and may be completed.
    workdir
        The same folder; the layers hold memory maps of files in it.
    layer
        Read only this one: the name of a layer, of a file in the archive, or of a GeoPackage's
        table as ``file/table``. Of a drawing: its levels that hold the boundaries, with commas
        between.

    Returns
    -------
    list[LayerRows]
        ``rows`` and ``unreadable`` together are the records that we counted ourselves.

    Raises
    ------
    Refused
        ``no_polygon_layer``, ``no_such_layer``, ``reader_failed``, ``not_a_geopackage``, and the
        codes of ``shapefile.inspect``, ``read_geopackage``, ``read_geojson`` and ``read_drawing``.
    """
    sent = opened.source.name
    members = chosen(opened, layer)
    found: list[LayerRows] = []
    others: list[str] = []
    for member in members:
        try:
            found += _read_member(member, workdir, within(member, layer))
        except Refused as refusal:
            alone = len(members) == 1
            if refusal.code not in {"no_polygon_layer", "no_such_layer"} or alone:
                raise
            others.append(refusal.message)
    if not found:
        why = "; ".join(others)
        code = "no_such_layer" if layer is not None else "no_polygon_layer"
        raise Refused(code, f"{sent}: nothing to read: {why}", file=sent)
    if others and layer is None:
        note = Note("left_out", "; ".join(others))
        about = found[0].about
        found[0] = replace(found[0], about=replace(about, notes=(*about.notes, note)))
    return found


def _layer_name(member: LayerFile) -> str:
    return PurePosixPath(member.name).stem


def _read_member(member: LayerFile, workdir: Path, layer: str | None) -> list[LayerRows]:
    if member.kind == "shapefile":
        return [_read_shapefile(member, workdir)]
    if member.kind == "gpkg":
        with member.path.open("rb") as file:
            if file.read(len(GPKG_START)) != GPKG_START:
                raise Refused(
                    "not_a_geopackage",
                    f"{member.name}: this is not a GeoPackage; export the layer again",
                    file=member.name,
                )
    tables = run_reader(member.path, DRIVERS[member.kind], workdir, layer=layer, called=member.name)
    layers = [raw for table in tables if (raw := _other_layer(member, table)) is not None]
    if not layers:
        raise _no_polygons(member.name, "none of its rows is a polygon")
    return layers


def _read_shapefile(member: LayerFile, workdir: Path) -> LayerRows:
    shape_type = shape_type_of(member.path, member.name)
    if shape_type not in POLYGON_TYPES:
        raise _no_polygons(member.name, f"it is a layer of type {SHAPE_NAMES[shape_type]}")
    facts = inspect(member.path, member.shx, member.dbf, name=member.name)
    facts = complete(member.path, facts)
    (table,) = run_reader(
        member.path, DRIVERS[member.kind], workdir, layer=None, called=member.name
    )
    file = RowFile(table.rows)
    joined = join(_shapefile_records(facts), file.judged(), table.stopped)
    give_back()
    # A row with heights among flat ones: GDAL drops them unsaid.
    heights = max(table.heights, int((facts.shapes == POLYGON_Z).sum()))
    crs_wkt, crs_notes = declared_crs(member.prj)
    cpg, cpg_notes = declared_code_page(member.cpg)
    noted = (*_index_notes(member, facts), *_height_notes(member, heights))
    about = RawLayer(
        name=_layer_name(member),
        driver=DRIVERS[member.kind],
        **NO_ROWS,
        unreadable=joined.unreadable,
        crs_wkt=crs_wkt,
        bytes_text=True,
        cpg=cpg,
        records=None,
        language_byte=facts.dbf.language_byte,
        heights=heights,
        notes=(*noted, *crs_notes, *cpg_notes),
    )
    return LayerRows(
        about,
        joined.rows,
        joined.at,
        file,
        dbf_records(facts.dbf.path, facts),
        lost_at=joined.lost_at,
        shapes=partial(contents_of, member.path, facts),
    )


def _shapefile_records(facts: ShapefileFacts) -> NDArray[np.void]:
    records = np.empty(facts.records, dtype=RECORD_TYPE)
    records["fid"] = np.arange(facts.records)
    records["state"] = np.where(facts.is_null, NO_GEOMETRY, EXPECTED)
    records["state"][facts.dbf.deleted] = DELETED
    for position, why in facts.lost.items():
        records["state"][position] = LOST[why]
    return records


def _index_notes(member: LayerFile, facts: ShapefileFacts) -> tuple[Note, ...]:
    if facts.shx_usable:
        return ()
    if member.shx is None:
        return (Note("shx_missing", f"{member.name}: there was no .shx; it was made anew"),)
    return (Note("shx_wrong", f"{member.name}: the .shx did not fit the .shp; it was made anew"),)


def _height_notes(member: LayerFile, heights: int) -> tuple[Note, ...]:
    if not heights:
        return ()
    why = "heights or measures of its vertices are left out: parcels are kept in the plane"
    return (Note("heights_left_out", f"{member.name}: {why}", heights),)


def _other_layer(member: LayerFile, table: ReadTable) -> LayerRows | None:
    """Build a layer of any format but shapefile; None when no row is a polygon."""
    records = np.load(table.records, allow_pickle=False)
    file = RowFile(table.rows)
    joined = join(records, file.judged(), table.stopped)
    give_back()
    if not len(joined.rows) and {row.code for row in joined.unreadable} == {"not_a_polygon"}:
        return None
    about = RawLayer(
        name=table.name or _layer_name(member),
        driver=DRIVERS[member.kind],
        **NO_ROWS,
        unreadable=joined.unreadable,
        crs_wkt=table.crs,
        bytes_text=member.kind in DRAWINGS or member.kind == "table",
        cpg=None,
        records=None,
        heights=table.heights,
        notes=(*_height_notes(member, table.heights), *_reader_notes(member, table)),
    )
    return LayerRows(
        about,
        joined.rows,
        joined.at,
        file,
        None,
        partial(_drawing_column, member),
        lost_at=joined.lost_at,
    )


def _drawing_column(member: LayerFile, rows: int) -> dict[str, NDArray[Any]]:
    """Answer the name of a drawing, which often is the number of its sheet, as a column."""
    if member.kind not in DRAWINGS:
        return {}
    name = _layer_name(member).encode("utf-8").decode("latin-1")  # texts here are bytes
    return {"drawing": np.full(rows, name, dtype=object)}


def _reader_notes(member: LayerFile, table: ReadTable) -> tuple[Note, ...]:
    """Answer what the reader of a drawing or a table counted and did not make rows of."""
    notes = table.records.with_suffix(".json")
    said = json.loads(notes.read_text("utf-8")) if notes.is_file() else []
    return tuple(Note(code, f"{member.name}: {message}", *count) for code, message, *count in said)


def _no_polygons(name: str, why: str) -> Refused:
    return Refused(
        "no_polygon_layer",
        f"{name}: there are no polygons to read: {why}; send the layer of parcels",
        file=name,
    )
