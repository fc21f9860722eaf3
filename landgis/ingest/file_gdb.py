"""The layers of a File Geodatabase: its rows counted in its own index before GDAL reads them.

Layout of .gdbtablx files: as found by Even Rouault, "Reverse-engineered specification of the
FileGDB format" (dump_gdbtable), 2013-2023.
"""

import json
import struct
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from landgis.errors import Refused
from landgis.ingest.gdal_reader import GDAL_PROBLEMS, load_gdal, read_table
from landgis.ingest.geodatabase_folder import CATALOG
from landgis.ingest.records import NO_GEOMETRY, RECORD_TYPE

DRIVER = "OpenFileGDB"
COMPRESSED = (".cdf", ".gdbtable.cdf")

INDEX_HEAD = struct.Struct("<4i")
"""Version, blocks that are there, rows ever given, bytes of an offset."""

BLOCK_ROWS = 1024
VERSION = 3
OFFSET_BYTES = (4, 5, 6)

AREAL = ("polygon", "surface", "tin", "unknown", "geometry", "patch")
"""In GDAL's names of geometry types that hold areas, or may."""


class _Index(NamedTuple):
    """Which rows a table has."""

    fids: NDArray[np.int64]
    is_whole: bool
    """False: it is shorter than it says."""


def list_layers(path: Path) -> dict[str, Any]:
    """Answer ``{tables, others}``: layers that may hold polygons; the rest with their type.

    Raises
    ------
    Refused
        ``not_a_geodatabase``, ``geodatabase_compressed``, ``reader_failed``.
    """
    tables: list[str] = []
    others: list[str] = []
    for name, kind in _layers(path):
        if kind is not None and any(word in kind.lower() for word in AREAL):
            tables.append(name)
        else:
            others.append(f"{name} ({(kind or 'a table').lower()})")
    return {"tables": tables, "others": others}


def read_file_gdb(path: Path, folder: Path, layer: str | None) -> list[dict[str, Any]]:
    """Write rows and record counts of every layer that may hold polygons into ``folder``.

    Raises
    ------
    Refused
        ``no_polygon_layer``, ``no_such_layer``, and the codes of ``list_layers``.
    """
    found = list_layers(path)
    names = found["tables"]
    if layer is not None:
        if layer not in names:
            listed = ", ".join(names) or "none"
            raise Refused(
                "no_such_layer", f"no layer {layer!r} of polygons in it; there are: {listed}"
            )
        names = [layer]
    if not names:
        listed = ", ".join(found["others"]) or "nothing"
        raise Refused("no_polygon_layer", f"no layer of polygons in it, only {listed}")
    numbers = _table_numbers(path)
    return [_read(path, folder, name, numbers, at) for at, name in enumerate(names, 1)]


def _layers(path: Path) -> list[tuple[str, str | None]]:
    if not (path / CATALOG).is_file():
        packed = any(file.suffix == ".cdf" for file in path.iterdir())
        code = "geodatabase_compressed" if packed else "not_a_geodatabase"
        why = (
            "it is compressed; in ArcGIS use Uncompress File Geodatabase Data"
            if packed
            else (f"it has no {CATALOG}; send the whole .gdb folder in a .zip")
        )
        raise Refused(code, why)
    pyogrio = load_gdal(DRIVER)
    try:
        listed = pyogrio.list_layers(path)
    except GDAL_PROBLEMS as problem:
        raise Refused("reader_failed", f"GDAL cannot read it: {problem}") from problem
    return [(str(name), None if kind is None else str(kind)) for name, kind in listed]


def _table_numbers(path: Path) -> dict[str, int]:
    """Answer the number of each layer's files; the catalog is the table of all tables."""
    pyogrio = load_gdal(DRIVER)
    try:
        _, fids, _, (names,) = pyogrio.raw.read(
            path,
            layer="GDB_SystemCatalog",
            columns=["Name"],
            read_geometry=False,
            return_fids=True,
            LIST_ALL_TABLES="YES",
        )
    except (*GDAL_PROBLEMS, ValueError) as problem:
        raise Refused("reader_failed", f"GDAL cannot read its catalog: {problem}") from problem
    return dict(zip(names.tolist(), fids.tolist(), strict=True))


def _read(path: Path, folder: Path, name: str, numbers: dict[str, int], at: int) -> dict[str, Any]:
    files = f"layer-{at}"
    pyogrio = load_gdal(DRIVER)
    info = pyogrio.read_info(path, layer=name)
    facts = read_table(path, DRIVER, folder / f"{files}.arrow", layer=name)
    index = _index(path / f"a{numbers.get(name, 0):08x}.gdbtablx")
    notes = []
    if index is None:
        given = _given(folder / f"{files}.arrow")
        index = _Index(given, is_whole=True)
        notes.append(("rows_not_counted", f"rows of {name} are counted by GDAL alone"))
    elif not index.is_whole:
        notes.append(("index_cut_off", f"the index of {name} is cut off; what it lost is lost"))
    records = np.zeros(len(index.fids), dtype=RECORD_TYPE)
    records["fid"] = index.fids
    records["state"] = NO_GEOMETRY  # allowed: a rule finds rows without one
    np.save(folder / f"{files}.npy", records, allow_pickle=False)
    (folder / f"{files}.json").write_text(json.dumps(notes), "utf-8")
    return {"files": files, "name": name, "crs": info["crs"], **facts}


def _given(rows: Path) -> NDArray[np.int64]:
    from landgis.ingest.row_table import open_rows

    table, _ = open_rows(rows)
    return np.array(table.column("fid").to_pylist(), dtype=np.int64)


def _index(path: Path) -> _Index | None:
    """Answer the rows that a table's index points to; None for an index of another version."""
    try:
        raw = path.read_bytes()
    except OSError:
        return None
    if len(raw) < INDEX_HEAD.size:
        return None
    version, blocks, rows, size = INDEX_HEAD.unpack_from(raw)
    if version != VERSION or size not in OFFSET_BYTES or blocks < 0 or rows < 0:
        return None
    length = blocks * BLOCK_ROWS * size
    body = np.frombuffer(raw[INDEX_HEAD.size : INDEX_HEAD.size + length], dtype=np.uint8)
    whole = len(body) == length
    offsets = body[: len(body) // size * size].reshape(-1, size)
    present = np.flatnonzero(offsets.any(axis=1))
    blocks_at = _blocks(raw[INDEX_HEAD.size + length :], blocks)
    fids = blocks_at[present // BLOCK_ROWS] * BLOCK_ROWS + present % BLOCK_ROWS + 1
    lost = np.arange(len(offsets), max(rows, len(offsets)) if not whole else len(offsets)) + 1
    return _Index(np.concatenate([fids, lost]), whole)


def _blocks(trailer: bytes, blocks: int) -> NDArray[np.int64]:
    """Answer which thousand rows each block is about: empty ones are left out of the file."""
    if len(trailer) < INDEX_HEAD.size:
        return np.arange(max(blocks, 1))
    words, total, *_ = INDEX_HEAD.unpack_from(trailer)
    if words <= 0 or total < blocks:
        return np.arange(max(blocks, 1))
    bits = np.unpackbits(
        np.frombuffer(trailer[INDEX_HEAD.size :], dtype=np.uint8), bitorder="little"
    )
    there = np.flatnonzero(bits[:total])
    return there if len(there) == blocks else np.arange(max(blocks, 1))
