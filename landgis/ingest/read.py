"""From layer files to RawLayers: counted here, parsed in a process that may die."""

import json
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landgis.errors import Refused
from landgis.ingest.archive import LayerFile, OpenedSource
from landgis.ingest.declared_crs import declared_code_page, declared_crs
from landgis.ingest.raw import Note, RawLayer
from landgis.ingest.reader_process import ReadTable, run_reader
from landgis.ingest.records import DELETED, EXPECTED, LOST, NO_GEOMETRY, RECORD_TYPE, join
from landgis.ingest.row_table import open_rows
from landgis.ingest.shapefile import (
    POLYGON_TYPES,
    SHAPE_NAMES,
    ShapefileFacts,
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
}

DRAWINGS = frozenset({"dxf", "dgn"})
WITH_LAYERS = DRAWINGS | {"gpkg"}
"""Files whose layers or levels only their reader knows."""

GPKG_START = b"SQLite format 3\0"


def read_layers(opened: OpenedSource, workdir: Path, *, layer: str | None = None) -> list[RawLayer]:
    """Answer every polygon layer of ``opened`` with all its records accounted for.

    Parameters
    ----------
    opened
        What ``open_source`` found; its copies in ``workdir`` are read and may be completed.
    workdir
        The same folder; the layers hold memory maps of files in it.
    layer
        Read only this one: the name of a layer, or of a file in the archive. Of a drawing: its
        levels that hold the boundaries, with commas between.

    Returns
    -------
    list[RawLayer]
        ``rows`` and ``unreadable`` together are the records that we counted ourselves.

    Raises
    ------
    Refused
        ``no_polygon_layer``, ``no_such_layer``, ``reader_failed``, ``not_a_geopackage``, and the
        codes of ``shapefile.inspect``, ``read_geopackage``, ``read_geojson`` and ``read_drawing``.
    """
    sent = opened.source.name
    members = _chosen(opened, layer)
    found: list[RawLayer] = []
    others: list[str] = []
    for member in members:
        try:
            within = layer if member.kind in WITH_LAYERS and not _is_called(member, layer) else None
            found += _read_member(member, workdir, within)
        except Refused as refusal:
            alone = len(members) == 1
            if refusal.code not in {"no_polygon_layer", "no_such_layer"} or alone:
                raise
            others.append(refusal.message)
    if not found:
        why = "; ".join(others)
        code = "no_such_layer" if layer is not None else "no_polygon_layer"
        raise Refused(code, f"{sent}: nothing to read: {why}", file=sent)
    return found


def _chosen(opened: OpenedSource, layer: str | None) -> list[LayerFile]:
    """GeoPackages and drawings stay in: only their reader knows their layers."""
    if layer is None:
        return list(opened.members)
    chosen = [
        member
        for member in opened.members
        if member.kind in WITH_LAYERS or _is_called(member, layer)
    ]
    if not chosen:
        names = ", ".join(member.name for member in opened.members)
        raise Refused(
            "no_such_layer",
            f"{opened.source.name}: there is no layer {layer!r}; there are: {names}",
            file=opened.source.name,
        )
    return chosen


def _is_called(member: LayerFile, layer: str | None) -> bool:
    return member.kind != "gpkg" and layer in {member.name, _layer_name(member)}


def _layer_name(member: LayerFile) -> str:
    return PurePosixPath(member.name).stem


def _read_member(member: LayerFile, workdir: Path, layer: str | None) -> list[RawLayer]:
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


def _read_shapefile(member: LayerFile, workdir: Path) -> RawLayer:
    shape_type = shape_type_of(member.path, member.name)
    if shape_type not in POLYGON_TYPES:
        raise _no_polygons(member.name, f"it is a layer of type {SHAPE_NAMES[shape_type]}")
    facts = inspect(member.path, member.shx, member.dbf, name=member.name)
    facts = complete(member.path, facts)
    (table,) = run_reader(
        member.path, DRIVERS[member.kind], workdir, layer=None, called=member.name
    )
    joined = join(_shapefile_records(facts), *open_rows(table.rows), table.stopped)
    every = dbf_records(facts.dbf.path, facts)
    crs_wkt, crs_notes = declared_crs(member.prj)
    cpg, cpg_notes = declared_code_page(member.cpg)
    return RawLayer(
        name=_layer_name(member),
        driver=DRIVERS[member.kind],
        rows=joined.rows,
        columns=joined.columns,
        wkb=joined.wkb,
        unreadable=joined.unreadable,
        crs_wkt=crs_wkt,
        bytes_text=True,
        cpg=cpg,
        records=every if len(joined.rows) == facts.records else every[joined.rows - 1],
        language_byte=facts.dbf.language_byte,
        has_z=table.has_z,
        notes=(*_index_notes(member, facts), *crs_notes, *cpg_notes),
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


def _other_layer(member: LayerFile, table: ReadTable) -> RawLayer | None:
    """Build a layer of any format but shapefile; None when no row is a polygon."""
    records = np.load(table.records, allow_pickle=False)
    joined = join(records, *open_rows(table.rows), table.stopped)
    if not len(joined.rows) and {row.code for row in joined.unreadable} == {"not_a_polygon"}:
        return None
    return RawLayer(
        name=table.name or _layer_name(member),
        driver=DRIVERS[member.kind],
        rows=joined.rows,
        columns=_drawing_column(member, len(joined.rows)) | joined.columns,
        wkb=joined.wkb,
        unreadable=joined.unreadable,
        crs_wkt=table.crs,
        bytes_text=member.kind in DRAWINGS,
        cpg=None,
        records=None,
        has_z=table.has_z,
        notes=_drawing_notes(member, table),
    )


def _drawing_column(member: LayerFile, rows: int) -> dict[str, NDArray[Any]]:
    """Answer the name of a drawing, which often is the number of its sheet, as a column."""
    if member.kind not in DRAWINGS:
        return {}
    name = _layer_name(member).encode("utf-8").decode("latin-1")  # texts here are bytes
    return {"drawing": np.full(rows, name, dtype=object)}


def _drawing_notes(member: LayerFile, table: ReadTable) -> tuple[Note, ...]:
    """Answer what the reader of a drawing counted and did not make rows of."""
    if member.kind not in DRAWINGS:
        return ()
    said = json.loads(table.records.with_suffix(".json").read_text("utf-8"))
    return tuple(Note(code, f"{member.name}: {message}") for code, message in said)


def _no_polygons(name: str, why: str) -> Refused:
    return Refused(
        "no_polygon_layer",
        f"{name}: there are no polygons to read: {why}; send the layer of parcels",
        file=name,
    )
