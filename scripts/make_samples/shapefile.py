"""Writes a legacy shapefile byte for byte: TCVN3 text, no .cpg, a .prj without an EPSG code."""

import struct
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import shapely

from landgis.ingest.tcvn3 import CODEC

MADE_ON = date(2026, 11, 23)
"""Date written into the files, fixed so that the same data give the same bytes."""

VN2000_105_30_PRJ = (
    'PROJCS["VN-2000_TM-3_105-30",GEOGCS["GCS_VN_2000",DATUM["D_Vietnam_2000",'
    'SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],'
    'UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],'
    'PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],'
    'PARAMETER["Central_Meridian",105.5],PARAMETER["Scale_Factor",0.9999],'
    'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)

_POLYGON = 5
_NULL = 0
_FILE_CODE = 9994
_VERSION = 1000
_HEADER_BYTES = 100


class Field(NamedTuple):
    """One DBF field; ``decimals`` is None for text."""

    name: str
    width: int
    decimals: int | None = None


def write_shapefile_zip(
    target: Path,
    stem: str,
    geoms: Sequence[shapely.Geometry | None],
    fields: Sequence[Field],
    rows: Sequence[Mapping[str, Any]],
) -> None:
    """Write a zip with .shp, .shx, .dbf and .prj; equal input gives equal bytes."""
    shapes = [_shape(geom) for geom in geoms]
    parts = {
        "shp": _shp(geoms, shapes),
        "shx": _shx(geoms, shapes),
        "dbf": _dbf(fields, rows),
        "prj": VN2000_105_30_PRJ.encode(),
    }
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for suffix, content in parts.items():
            stamp = (MADE_ON.year, MADE_ON.month, MADE_ON.day, 0, 0, 0)
            member = zipfile.ZipInfo(f"{stem}.{suffix}", stamp)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 3
            member.external_attr = 0o644 << 16
            archive.writestr(member, content)


def _shape(geom: shapely.Geometry | None) -> bytes:
    if geom is None:
        return struct.pack("<i", _NULL)
    # Outer rings run clockwise, holes the other way; a bow-tie has no direction and stays as it is.
    turned = geom if not geom.is_valid else shapely.orient_polygons(geom, exterior_cw=True)
    rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(turned)]
    starts = np.cumsum([0, *(len(ring) for ring in rings[:-1])])
    head = struct.pack("<i4d2i", _POLYGON, *geom.bounds, len(rings), sum(map(len, rings)))
    return head + starts.astype("<i4").tobytes() + np.vstack(rings).astype("<f8").tobytes()


def _header(geoms: Sequence[shapely.Geometry | None], content_bytes: int) -> bytes:
    bounds = shapely.total_bounds([geom for geom in geoms if geom is not None])
    length = (_HEADER_BYTES + content_bytes) // 2
    front = struct.pack(">7i", _FILE_CODE, 0, 0, 0, 0, 0, length)
    return front + struct.pack("<2i8d", _VERSION, _POLYGON, *bounds, 0, 0, 0, 0)


def _shp(geoms: Sequence[shapely.Geometry | None], shapes: Sequence[bytes]) -> bytes:
    records = b"".join(
        struct.pack(">2i", number, len(shape) // 2) + shape
        for number, shape in enumerate(shapes, start=1)
    )
    return _header(geoms, len(records)) + records


def _shx(geoms: Sequence[shapely.Geometry | None], shapes: Sequence[bytes]) -> bytes:
    entries, offset = [], _HEADER_BYTES // 2
    for shape in shapes:
        entries.append(struct.pack(">2i", offset, len(shape) // 2))
        offset += 4 + len(shape) // 2
    return _header(geoms, 8 * len(shapes)) + b"".join(entries)


def _dbf(fields: Sequence[Field], rows: Sequence[Mapping[str, Any]]) -> bytes:
    record_bytes = 1 + sum(field.width for field in fields)
    head = struct.pack(
        "<4BIHH20x",
        *(0x03, MADE_ON.year - 1900, MADE_ON.month, MADE_ON.day),
        *(len(rows), 33 + 32 * len(fields), record_bytes),
    )
    descriptors = b"".join(
        struct.pack(
            "<11sc4x2B14x",
            field.name.encode("ascii"),
            b"C" if field.decimals is None else b"N",
            field.width,
            field.decimals or 0,
        )
        for field in fields
    )
    records = b"".join(
        b" " + b"".join(_cell(field, row[field.name]) for field in fields) for row in rows
    )
    return head + descriptors + b"\r" + records + b"\x1a"


def _cell(field: Field, value: Any) -> bytes:
    if field.decimals is None:
        cell = str(value).encode(CODEC).ljust(field.width)
    else:
        cell = f"{value:.{field.decimals}f}".encode().rjust(field.width)
    if len(cell) > field.width:
        message = f"{field.name}: {value!r} is wider than {field.width} bytes"
        raise ValueError(message)
    return cell
