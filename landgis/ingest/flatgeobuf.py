"""A FlatGeobuf file, its features counted by us before GDAL reads them."""

import mmap
import struct
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from landgis.errors import Refused
from landgis.ingest.gdal_reader import read_table
from landgis.ingest.records import NO_GEOMETRY, RECORD_TYPE

START = b"fgb\x03fgb"
"""Version 3, the only one there is; the eighth byte is a patch number."""

PREFIX_BYTES = 8
MOST_HEADER_BYTES = 1024 * 1024
NODE_BYTES = 40
POLYGON_KINDS = frozenset({0, 3, 6})
"""Unknown (each feature says it), Polygon, MultiPolygon (FlatGeobuf header.fbs)."""

GEOMETRY_TYPE, FEATURES_COUNT, NODE_SIZE, CRS = 2, 8, 9, 10
"""Fields of the header table, by their place in header.fbs."""

CRS_ORG, CRS_CODE, CRS_WKT = 0, 1, 4
DEFAULT_NODE_SIZE = 16


class _Table(NamedTuple):
    """A FlatBuffers table: offsets are read, never trusted to stay inside."""

    data: bytes
    at: int

    def place(self, field: int) -> int | None:
        """Answer where a field's value lies, None when the writer left it out."""
        (back,) = struct.unpack_from("<i", self.data, self.at)
        start = self.at - back
        (size,) = struct.unpack_from("<H", self.data, start)
        if 4 + 2 * field + 2 > size:
            return None
        (offset,) = struct.unpack_from("<H", self.data, start + 4 + 2 * field)
        return self.at + offset if offset else None

    def number(self, field: int, kind: str, default: int) -> int:
        place = self.place(field)
        return default if place is None else int(struct.unpack_from(kind, self.data, place)[0])

    def table(self, field: int) -> "_Table | None":
        place = self.place(field)
        if place is None:
            return None
        (offset,) = struct.unpack_from("<I", self.data, place)
        return _Table(self.data, place + offset)

    def text(self, field: int) -> str | None:
        found = self.table(field)
        if found is None:
            return None
        (size,) = struct.unpack_from("<I", self.data, found.at)
        return self.data[found.at + 4 : found.at + 4 + size].decode("utf-8", "replace") or None


def read_flatgeobuf(path: Path, folder: Path, files: str) -> dict[str, Any]:
    """Write the features of ``path`` into ``folder``; a feature that is cut off counts as lost.

    Raises
    ------
    Refused
        ``bad_flatgeobuf``, ``no_polygon_layer``, ``reader_failed``.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            header, begin = _header(data)
            stated = header.number(FEATURES_COUNT, "<Q", 0)
            begin += _index_bytes(stated, header.number(NODE_SIZE, "<H", DEFAULT_NODE_SIZE))
            kind = header.number(GEOMETRY_TYPE, "<B", 0)
            crs = _crs(header.table(CRS))
        except (struct.error, IndexError) as problem:
            raise _bad("its header is damaged") from problem
        if kind not in POLYGON_KINDS:
            raise Refused("no_polygon_layer", "the FlatGeobuf file has no polygons")
        found = _walk(data, begin)
    # What the header states beyond the features there are has been cut off, or never was: no
    # file can hold more features than it once had bytes for, so a wild number is a lie.
    count = stated if found <= stated <= found + path.stat().st_size else found
    records = np.zeros(count, dtype=RECORD_TYPE)
    records["fid"] = np.arange(count)
    records["state"] = NO_GEOMETRY  # allowed: features without a geometry are no loss
    np.save(folder / f"{files}.npy", records, allow_pickle=False)
    # GDAL drops the batch in which it stops: one row a batch saves what is whole.
    slowly = {"batch_size": 1} if found < count else {}
    read = read_table(path, "FlatGeobuf", folder / f"{files}.arrow", **slowly)
    return {"files": files, "crs": crs, **read}


def _header(data: mmap.mmap) -> tuple[_Table, int]:
    if data[: len(START)] != START:
        raise _bad(f"it begins with {data[:8]!r}")
    (size,) = struct.unpack_from("<I", data, PREFIX_BYTES)
    if size > MOST_HEADER_BYTES:
        raise _bad(f"it states a header of {size} bytes")
    begin = PREFIX_BYTES + 4
    header = data[begin : begin + size]
    (root,) = struct.unpack_from("<I", header, 0)
    return _Table(header, root), begin + size


def _index_bytes(features: int, node_size: int) -> int:
    """Answer the size of the packed R-tree between header and features."""
    if node_size < 2 or features == 0:  # noqa: PLR2004 - a tree needs two children a node
        return 0
    nodes = level = features
    while level > 1:
        level = -(-level // node_size)
        nodes += level
    return nodes * NODE_BYTES


def _walk(data: mmap.mmap, at: int) -> int:
    """Count the whole features from byte ``at`` on; each begins with its length."""
    count, size = 0, len(data)
    unpack = struct.Struct("<I").unpack_from
    while at + 4 <= size:
        (length,) = unpack(data, at)
        at += 4 + length
        if at > size:
            break
        count += 1
    return count


def _crs(table: _Table | None) -> str | None:
    if table is None:
        return None
    code = table.number(CRS_CODE, "<i", 0)
    if code > 0:
        return f"{table.text(CRS_ORG) or 'EPSG'}:{code}"
    return table.text(CRS_WKT)


def _bad(why: str) -> Refused:
    return Refused("bad_flatgeobuf", f"this is not a sound FlatGeobuf file: {why}; export it again")
