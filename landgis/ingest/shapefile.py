"""The records of a shapefile, counted and checked by us before any reader is believed."""

import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from landgis.errors import Refused
from landgis.ingest.dbase import DbfFacts, dbf_table, inspect_dbf
from landgis.ingest.shp_records import (
    FILE_CODE,
    HEADER_BYTES,
    NOWHERE,
    RECORD_HEADER_BYTES,
    Located,
    Stated,
    gather,
    locate,
    read_index,
    walked,
)

POLYGON_Z = 15
POLYGON_TYPES = frozenset({5, POLYGON_Z, 25})
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


@dataclass(frozen=True)
class ShapefileFacts:
    """What the three files of a shapefile state, and what is really there."""

    shape_type: int
    records: int
    """Records of the layer, lost ones included."""

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

    lost: Mapping[int, str]
    """Position of a record whose shape or attributes are gone -> why; offset -1 without shape."""

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
    return _header(shp, name or shp.name).shape_type


def inspect(
    shp: Path, shx: Path | None, dbf: Path | None, *, name: str | None = None
) -> ShapefileFacts:
    """Answer how many records the shapefile has and where they lie.

    The index is believed when each of its entries meets a record header of the same length;
    else the records are walked one by one. From files that are cut off or damaged the whole
    records are saved and the others named in ``lost``. ``name`` is how messages call the .shp.

    Raises
    ------
    Refused
        ``not_a_shapefile``, ``missing_dbf``, ``bad_dbf``, ``truncated_shp``, ``damaged_shp``,
        ``missing_shx`` (only where the records cannot be walked), ``record_counts_differ``.
    """
    called = name or shp.name
    stated = _header(shp, called)
    if dbf is None:
        raise Refused(
            "missing_dbf",
            f"{called}: the attribute table (.dbf) is missing; send the .shp, .shx and .dbf "
            "together, best as one .zip",
            file=called,
        )
    dbf_name = f"{called[:-4]}.dbf"
    table = inspect_dbf(dbf, dbf_name)
    with shp.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if table.stored_records > table.stated_records:
            # A writer that was interrupted leaves the old count: there are as many as shapes.
            table = inspect_dbf(dbf, dbf_name, records=_shapes_or_stated(data, table))
        index = None if shx is None else read_index(shx, len(data))
        located = locate(data, index, table, stated, called)
        shapes, is_null = _shapes(data, located)
    return ShapefileFacts(
        shape_type=stated.shape_type,
        records=len(located.offsets),
        shx_records=None if shx is None else max(shx.stat().st_size - HEADER_BYTES, 0) // 8,
        shx_usable=located.shx_usable,
        offsets=located.offsets,
        lengths=located.lengths,
        lost=located.lost,
        shapes=shapes,
        is_null=is_null,
        dbf=table,
    )


def dbf_records(dbf: Path, facts: ShapefileFacts) -> NDArray[np.void]:
    """Answer the raw .dbf records, deletion byte first, as ``(records,)`` opaque values."""
    return dbf_table(dbf, facts.dbf)


def contents_of(shp: Path, facts: ShapefileFacts, rows: NDArray[np.int64]) -> list[bytes | None]:
    """Answer the bytes of these rows' shapes after the record header; None for a lost shape."""
    found: list[bytes | None] = []
    with shp.open("rb") as file:
        for k in (rows - 1).tolist():
            file.seek(int(facts.offsets[k]) + RECORD_HEADER_BYTES)
            is_lost = facts.lost.get(k, "").startswith("shape_")
            found.append(None if is_lost else file.read(int(facts.lengths[k])))
    return found


def _header(shp: Path, called: str) -> Stated:
    with shp.open("rb") as file:
        head = file.read(HEADER_BYTES)
    if len(head) < HEADER_BYTES or head[:4] != FILE_CODE:
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
    return Stated(shape_type, 2 * struct.unpack_from(">I", head, 24)[0])


def _shapes_or_stated(data: mmap.mmap, table: DbfFacts) -> int:
    shapes = len(walked(data).offsets)
    return shapes if shapes == table.stored_records else table.stated_records


def _shapes(data: mmap.mmap, located: Located) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    there = np.flatnonzero(located.offsets != NOWHERE)
    content = located.offsets[there] + RECORD_HEADER_BYTES
    shapes = np.zeros(len(located.offsets), dtype=np.int32)
    is_null = np.zeros(len(located.offsets), dtype=bool)
    kinds = gather(data, content, "<i4").astype(np.int32)
    shapes[there] = kinds
    is_null[there[kinds == 0]] = True
    polygons = np.isin(kinds, list(POLYGON_TYPES)) & (located.lengths[there] >= POLYGON_FIXED_BYTES)
    points = gather(data, content[polygons] + POINTS_AT, "<i4")
    is_null[there[polygons][points == 0]] = True
    return shapes, is_null
