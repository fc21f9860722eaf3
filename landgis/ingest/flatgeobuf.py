"""A FlatGeobuf file, its features counted by us before GDAL reads them."""

import mmap
import struct
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from landgis.errors import Refused
from landgis.ingest.gdal_reader import read_table
from landgis.ingest.records import NO_GEOMETRY, RECORD_TYPE

START = b"fgb\x03fgb"
"""Version 3, the only one there is; the eighth byte is a patch number."""

PREFIX_BYTES = 8
MOST_HEADER_BYTES = 1024 * 1024
NODE_BYTES = 40
LEAST_FEATURE_BYTES = 12
"""A FlatBuffers table with nothing in it."""

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
            node_size = header.number(NODE_SIZE, "<H", DEFAULT_NODE_SIZE)
            index = _index_bytes(stated, node_size)
            begin += index
            kind = header.number(GEOMETRY_TYPE, "<B", 0)
            crs = _crs(header.table(CRS))
        except (struct.error, IndexError) as problem:
            raise _bad("its header is damaged") from problem
        if kind not in POLYGON_KINDS:
            raise Refused("no_polygon_layer", "the FlatGeobuf file has no polygons")
        starts, end = _walk(data, begin)
        is_doubtful = len(starts) != stated or end != len(data)
        if is_doubtful and not (
            _fits(data, begin, stated, np.append(starts, end) - begin)
            if index
            # Without an index they may be cut off; with one for no features there are none.
            else end == len(data) or (len(starts) > 0 and node_size == 0)
        ):
            raise _bad(f"its features do not fit the number that it states, {stated}")
    found = len(starts)
    # What the header states beyond the features there are has been cut off, or never was: no
    # file can hold more features than it once had bytes for, so a wild number is a lie.
    count = stated if found <= stated <= found + path.stat().st_size else found
    if count != stated and not index:
        _state_count(path, header, count)
    records = np.zeros(count, dtype=RECORD_TYPE)
    records["fid"] = np.arange(count)
    records["state"] = NO_GEOMETRY  # allowed: features without a geometry are no loss
    np.save(folder / f"{files}.npy", records, allow_pickle=False)
    # GDAL drops the batch in which it stops: one row a batch saves what is whole.
    slowly = {"batch_size": 1} if found < count else {}
    read = read_table(path, "FlatGeobuf", folder / f"{files}.arrow", **slowly)
    return {"files": files, "crs": crs, **read}


def _state_count(copy: Path, header: _Table, count: int) -> None:
    """Correct our copy, of which GDAL reads as many features as its header states."""
    place = header.place(FEATURES_COUNT)
    if place is not None:
        with copy.open("r+b") as file:
            file.seek(PREFIX_BYTES + 4 + place)
            file.write(struct.pack("<Q", count))


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
    while level > 1 or nodes == features:  # above one leaf, too, there is a root
        level = -(-level // node_size)
        nodes += level
    return nodes * NODE_BYTES


def _walk(data: mmap.mmap, at: int) -> tuple[NDArray[np.int64], int]:
    """Answer where the whole features from byte ``at`` on begin, and where the last one ends."""
    starts: list[int] = []
    size = len(data)
    unpack = struct.Struct("<I").unpack_from
    while at + 4 <= size:
        end = at + 4 + unpack(data, at)[0]  # each begins with its length
        if end > size or end < at + 4 + LEAST_FEATURE_BYTES:
            break
        starts.append(at)
        at = end
    return np.array(starts, dtype=np.int64), at


def _fits(data: mmap.mmap, begin: int, indexed: int, bounds: NDArray[np.int64]) -> bool:
    """Answer whether these are features of the index, though not as many as it has.

    The last nodes of the index, which ends at ``begin``, are its ``indexed`` leaves, one a
    feature; each ends with the feature's distance. ``bounds`` is what was found.
    """
    if begin > len(data):
        return False
    leaves = begin - indexed * NODE_BYTES
    there = np.frombuffer(data[leaves:begin], dtype="<u8")[4::5].astype(np.int64)
    whole = int((there[1:] <= len(data) - begin).sum())
    return len(bounds) - 1 in {whole, whole + 1} and bool(
        (there[: len(bounds)] == bounds[: len(there)]).all()
    )


def _crs(table: _Table | None) -> str | None:
    if table is None:
        return None
    code = table.number(CRS_CODE, "<i", 0)
    if code > 0:
        return f"{table.text(CRS_ORG) or 'EPSG'}:{code}"
    return table.text(CRS_WKT)


def _bad(why: str) -> Refused:
    return Refused("bad_flatgeobuf", f"this is not a sound FlatGeobuf file: {why}; export it again")
