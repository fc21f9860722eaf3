"""The records of a shapefile, counted and checked by us before any reader is believed."""

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from landgis.errors import Refused
from landgis.ingest.dbase import DbfFacts, dbf_table, inspect_dbf

FILE_CODE = 9994
HEADER_BYTES = 100
RECORD_HEADER_BYTES = 8
TYPE_BYTES = 4
"""Content of a null shape, the shortest there is."""

POLYGON_TYPES = frozenset({5, 15, 25})
"""Polygon, PolygonZ, PolygonM (ESRI Shapefile Technical Description, July 1998)."""

SHAPE_NAMES = {
    0: "null shape", 1: "point", 3: "line", 5: "polygon", 8: "multipoint",
    11: "point", 13: "line", 15: "polygon", 18: "multipoint",
    21: "point", 23: "line", 25: "polygon", 28: "multipoint", 31: "multipatch",
}  # fmt: skip

PARTS_AT = 36
POINTS_AT = 40
POLYGON_FIXED_BYTES = 44
"""Inside a polygon record: type and box, then the number of parts, then of points."""


class Walk(NamedTuple):
    """Records of a .shp in file order, each found from the end of the one before."""

    offsets: NDArray[np.int64]
    lengths: NDArray[np.int64]
    end: int
    """First byte that is no part of a record."""

    wanted: int | None
    """Content bytes that the record at ``end`` would need; None when nothing follows."""


@dataclass(frozen=True)
class ShapefileFacts:
    """What the three files of a shapefile state, and what is really there."""

    shape_type: int
    records: int
    """Records of the layer, the same in .shp, .dbf and the index in use."""

    shx_records: int | None
    """Entries in the .shx as sent, None without one."""

    shx_usable: bool
    """False: the .shx must be written anew from ``offsets`` and ``lengths``."""

    offsets: NDArray[np.int64]
    """``(records,)`` first byte of each record's header."""

    lengths: NDArray[np.int64]
    """``(records,)`` bytes of content after the header."""

    shapes: NDArray[np.int32]
    """``(records,)`` shape type that each record states."""

    is_null: NDArray[np.bool_]
    """``(records,)`` null shapes and polygons without a point."""

    dbf: DbfFacts

    @property
    def is_polygonal(self) -> bool:
        """Answer whether the layer is declared to hold polygons."""
        return self.shape_type in POLYGON_TYPES


def shape_type_of(shp: Path, name: str | None = None) -> int:
    """Answer the shape type in the header of ``shp``.

    Raises
    ------
    Refused
        ``not_a_shapefile`` unless the file begins with code 9994 and a known shape type.
    """
    return _header(shp, name or shp.name)[0]


def inspect(
    shp: Path, shx: Path | None, dbf: Path | None, *, name: str | None = None
) -> ShapefileFacts:
    """Answer how many records the shapefile has and where they lie.

    The index is believed when each of its entries meets a record header of the same length;
    else the records are walked one by one. ``name`` is how messages call the .shp.

    Raises
    ------
    Refused
        ``not_a_shapefile``, ``missing_dbf``, ``bad_dbf``, ``truncated_shp``, ``damaged_shp``,
        ``missing_shx`` (only where the records cannot be walked), ``record_counts_differ``.
    """
    called = name or shp.name
    shape_type, stated_bytes = _header(shp, called)
    if dbf is None:
        raise Refused(
            "missing_dbf",
            f"{called}: the attribute table (.dbf) is missing; send the .shp, .shx and .dbf "
            "together, best as one .zip",
            file=called,
        )
    table = inspect_dbf(dbf, f"{called[:-4]}.dbf")
    with shp.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        index = None if shx is None else _index(shx, len(data))
        offsets, lengths, usable = _locate(data, index, table, stated_bytes, called)
        shapes, is_null = _shapes(data, offsets, lengths)
    return ShapefileFacts(
        shape_type=shape_type,
        records=len(offsets),
        shx_records=None if shx is None else max(shx.stat().st_size - HEADER_BYTES, 0) // 8,
        shx_usable=usable,
        offsets=offsets,
        lengths=lengths,
        shapes=shapes,
        is_null=is_null,
        dbf=table,
    )


def dbf_records(dbf: Path, facts: ShapefileFacts) -> NDArray[np.void]:
    """Answer the raw .dbf records, deletion byte first, as ``(records,)`` opaque values."""
    return dbf_table(dbf, facts.dbf)


def write_shx(shp: Path, facts: ShapefileFacts, shx: Path) -> None:
    """Write the index of ``shp`` to ``shx`` from the records that were found."""
    entries = np.empty((facts.records, 2), dtype=">u4")
    entries[:, 0] = facts.offsets // 2
    entries[:, 1] = facts.lengths // 2
    with shp.open("rb") as file:
        head = bytearray(file.read(HEADER_BYTES))
    struct.pack_into(">I", head, 24, (HEADER_BYTES + entries.nbytes) // 2)
    shx.write_bytes(bytes(head) + entries.tobytes())


def _header(shp: Path, called: str) -> tuple[int, int]:
    """Shape type, and the length in bytes that the file states for itself."""
    with shp.open("rb") as file:
        head = file.read(HEADER_BYTES)
    if len(head) < HEADER_BYTES or struct.unpack_from(">i", head)[0] != FILE_CODE:
        raise Refused(
            "not_a_shapefile",
            f"{called}: this is not a shapefile (it begins with {head[:12]!r}); export the "
            "layer again as ESRI Shapefile",
            file=called,
        )
    shape_type = struct.unpack_from("<i", head, 32)[0]
    if shape_type not in SHAPE_NAMES:
        raise Refused(
            "not_a_shapefile",
            f"{called}: the header states the unknown shape type {shape_type}; export the "
            "layer again as ESRI Shapefile",
            file=called,
        )
    return shape_type, 2 * struct.unpack_from(">I", head, 24)[0]


def _index(shx: Path, shp_bytes: int) -> Walk | None:
    """Read the entries of a .shx; None unless they are disjoint pieces of the .shp."""
    raw = shx.read_bytes()[HEADER_BYTES:]
    entries = np.frombuffer(raw[: len(raw) // 8 * 8], dtype=">u4").reshape(-1, 2)
    offsets = entries[:, 0].astype(np.int64) * 2
    lengths = entries[:, 1].astype(np.int64) * 2
    order = np.argsort(offsets)
    ends = (offsets + RECORD_HEADER_BYTES + lengths)[order]
    starts = np.append(offsets[order], shp_bytes)
    if len(offsets) and (starts[0] < HEADER_BYTES or (lengths < TYPE_BYTES).any()):
        return None
    if (ends > starts[1:]).any():
        return None
    return Walk(offsets, lengths, shp_bytes, None)


def _locate(
    data: mmap.mmap, index: Walk | None, table: DbfFacts, stated_bytes: int, called: str
) -> tuple[NDArray[np.int64], NDArray[np.int64], bool]:
    """Offsets, lengths, and whether the .shx as sent says the same."""
    indexed = index is not None and len(index.offsets) == table.records
    if index is not None and indexed and _meets_headers(data, index):
        return index.offsets, index.lengths, True
    walk = _walked(data)
    count = len(walk.offsets)
    if count > table.records and _end_of(walk, table.records) == stated_bytes:
        # What follows the stated end is rubbish that happens to look like records.
        count = table.records
    if count == table.records:
        return walk.offsets[:count], walk.lengths[:count], False
    if index is not None and indexed:
        # Broken record headers under a sound index: the rows concerned fail one by one.
        return index.offsets, index.lengths, True
    raise _refusal(walk, index, table, (stated_bytes, len(data)), called)


def _meets_headers(data: mmap.mmap, index: Walk) -> bool:
    return bool(
        (_gather(data, index.offsets + 4, ">u4").astype(np.int64) * 2 == index.lengths).all()
    )


def _end_of(walk: Walk, count: int) -> int:
    if count == 0:
        return HEADER_BYTES
    return int(walk.offsets[count - 1] + RECORD_HEADER_BYTES + walk.lengths[count - 1])


def _walked(data: mmap.mmap) -> Walk:
    offsets: list[int] = []
    lengths: list[int] = []
    at, size = HEADER_BYTES, len(data)
    wanted: int | None = None
    unpack = struct.Struct(">I").unpack_from
    while at + RECORD_HEADER_BYTES <= size:
        length = 2 * unpack(data, at + 4)[0]
        if length < TYPE_BYTES or at + RECORD_HEADER_BYTES + length > size:
            wanted = length
            break
        offsets.append(at)
        lengths.append(length)
        at += RECORD_HEADER_BYTES + length
    return Walk(np.array(offsets, dtype=np.int64), np.array(lengths, dtype=np.int64), at, wanted)


def _refusal(
    walk: Walk, index: Walk | None, table: DbfFacts, sizes: tuple[int, int], called: str
) -> Refused:
    stated_bytes, size = sizes
    found = len(walk.offsets)
    facts = {"file": called, "shp_records": found, "dbf_records": table.records}
    if found < table.records and size < stated_bytes:
        return Refused(
            "truncated_shp",
            f"{called}: the file is cut off: it states {stated_bytes} bytes and has {size}; "
            f"{found} of {table.records} records are whole; copy or send it again",
            **facts,
        )
    if walk.wanted is not None and found < table.records:
        return Refused(
            "damaged_shp" if index is not None else "missing_shx",
            f"{called}: after {found} of {table.records} records, at byte {walk.end}, no record "
            f"follows (a length of {walk.wanted} bytes is stated) and "
            + ("the .shx does not help" if index is not None else "there is no .shx to go by")
            + "; export the layer again, or send its .shx",
            **facts,
        )
    in_index = "none" if index is None else str(len(index.offsets))
    return Refused(
        "record_counts_differ",
        f"{called}: the .shp has {found} records, the .shx {in_index}, the .dbf {table.records} "
        f"(it states {table.stated_records}, has {table.stored_records}); the files do not "
        "belong together or are cut off; export the layer again",
        **facts,
    )


def _shapes(
    data: mmap.mmap, offsets: NDArray[np.int64], lengths: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    content = offsets + RECORD_HEADER_BYTES
    shapes = _gather(data, content, "<i4").astype(np.int32)
    is_null = shapes == 0
    polygons = np.isin(shapes, list(POLYGON_TYPES)) & (lengths >= POLYGON_FIXED_BYTES)
    points = _gather(data, content[polygons] + POINTS_AT, "<i4")
    is_null[np.flatnonzero(polygons)[points == 0]] = True
    return shapes, is_null


def _gather(data: mmap.mmap, places: NDArray[np.int64], kind: str) -> NDArray[Any]:
    """Read the four-byte numbers at ``places``."""
    file = np.frombuffer(data, dtype=np.uint8)
    numbers: NDArray[Any] = file[places[:, None] + np.arange(4)].view(kind)[:, 0]
    return numbers
