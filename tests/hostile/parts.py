"""Bytes of shapefiles and zip files, sound or not, from a few numbers; landgis is not asked."""

import struct
import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from itertools import pairwise
from pathlib import Path

Ring = Sequence[tuple[float, float]]

EAST, NORTH = 568_000.0, 1_246_000.0
"""A place in Tây Ninh, in UTM zone 48 N."""

PRJ = (
    'PROJCS["WGS_1984_UTM_Zone_48N",GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",'
    'SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],'
    'UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],'
    'PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],'
    'PARAMETER["Central_Meridian",105.0],PARAMETER["Scale_Factor",0.9996],'
    'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)
PARCELS = 5
"""Rows of the layers made here, unless a case says otherwise."""

Field = tuple[bytes, str, int]


def square(number: int, size: float = 10.0) -> Ring:
    """The ring of the ``number``-th parcel, all 20 m apart, clockwise as shapefiles want it."""
    x, y = EAST + 20.0 * number, NORTH
    return [(x, y), (x, y + size), (x + size, y + size), (x + size, y), (x, y)]


def ring(number: int, *points: tuple[float, float]) -> Ring:
    """A ring through points given in metres from the ``number``-th parcel's corner."""
    return [(EAST + 20.0 * number + x, NORTH + y) for x, y in points]


def polygon(*rings: Ring, shape_type: int = 5, tail: bytes = b"") -> bytes:
    """Content of a polygon record; ``tail`` is what comes after the points (Z, M)."""
    points = [point for one in rings for point in one]
    xs, ys = [p[0] for p in points] or [0.0], [p[1] for p in points] or [0.0]
    starts, at = [], 0
    for one in rings:
        starts.append(at)
        at += len(one)
    return (
        struct.pack("<i4d", shape_type, min(xs), min(ys), max(xs), max(ys))
        + struct.pack(f"<2i{len(starts)}i", len(starts), len(points), *starts)
        + struct.pack(f"<{2 * len(points)}d", *(value for point in points for value in point))
        + tail
    )


def polygons(count: int = PARCELS) -> list[bytes]:
    """Contents of ``count`` sound parcels."""
    return [polygon(square(number)) for number in range(count)]


NULL = struct.pack("<i", 0)


def shp(contents: Sequence[bytes], shape_type: int = 5) -> tuple[bytes, bytes]:
    """A .shp of these record contents and its .shx."""
    body, index, at = bytearray(), bytearray(), 100
    for number, content in enumerate(contents, start=1):
        body += struct.pack(">2i", number, len(content) // 2) + content
        index += struct.pack(">2i", at // 2, len(content) // 2)
        at += 8 + len(content)
    return header(at, shape_type) + body, header(100 + len(index), shape_type) + index


def header(size: int, shape_type: int = 5) -> bytes:
    """The first 100 bytes of a .shp or .shx of ``size`` bytes."""
    box = (EAST, NORTH, EAST + 1000, NORTH + 1000, 0, 0, 0, 0)
    return struct.pack(">i20xi", 9994, size // 2) + struct.pack("<2i8d", 1000, shape_type, *box)


def dbf(
    rows: Sequence[Sequence[bytes]],
    fields: Sequence[Field] = ((b"KEY", "C", 12),),
    *,
    language: int = 0,
    deleted: Sequence[int] = (),
    version: int = 3,
) -> bytes:
    """An attribute table; ``deleted`` counts rows from 1."""
    width = 1 + sum(size for _, _, size in fields)
    begin = 32 + 32 * len(fields) + 1
    head = struct.pack("<4BIHH17xB2x", version, 126, 11, 23, len(rows), begin, width, language)
    described = b"".join(
        struct.pack("<11sc4xBB14x", name, kind.encode(), size % 256, size // 256)
        for name, kind, size in fields
    )
    stored = b"".join(
        (b"*" if number in deleted else b" ")
        + b"".join(
            value[:size].ljust(size) for value, (_, _, size) in zip(row, fields, strict=True)
        )
        for number, row in enumerate(rows, start=1)
    )
    return head + described + b"\r" + stored + b"\x1a"


def keys(count: int = PARCELS) -> list[list[bytes]]:
    """Rows of a table with the one field KEY."""
    return [[f"K{number + 1}".encode()] for number in range(count)]


def layer(
    contents: Sequence[bytes] | None = None,
    *,
    shape_type: int = 5,
    table: bytes | None = None,
    **others: bytes | None,
) -> dict[str, bytes]:
    """The parts of a shapefile by suffix; ``others`` replaces parts, None leaves one out."""
    contents = polygons() if contents is None else contents
    main, index = shp(contents, shape_type)
    parts: dict[str, bytes | None] = {
        "shp": main,
        "shx": index,
        "dbf": dbf(keys(len(contents))) if table is None else table,
        "prj": PRJ.encode(),
        **others,
    }
    return {suffix: part for suffix, part in parts.items() if part is not None}


def loose(folder: Path, parts: Mapping[str, bytes], stem: str = "parcels") -> Path:
    """Write the parts beside each other and answer the .shp."""
    for suffix, part in parts.items():
        (folder / f"{stem}.{suffix}").write_bytes(part)
    return folder / f"{stem}.shp"


def members(parts: Mapping[str, bytes], stem: str = "parcels") -> dict[str, bytes]:
    """The parts by the name they have in an archive."""
    return {f"{stem}.{suffix}": part for suffix, part in parts.items()}


def packed(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytearray:
    """A zip file of these members, to be spoilt by whoever asked for it."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return bytearray(made.getvalue())


def written(folder: Path, content: bytes | bytearray, name: str = "parcels.zip") -> Path:
    """Write a file and answer its path."""
    path = folder / name
    path.write_bytes(content)
    return path


def directory(archive: bytes | bytearray) -> list[int]:
    """Where the entries of a zip file's central directory begin."""
    with zipfile.ZipFile(BytesIO(archive)) as known:
        at = known.start_dir
        lengths = [
            46 + len(i.orig_filename.encode("utf-8")) + len(i.extra) + len(i.comment)
            for i in known.infolist()
        ]
    starts = [at]
    for length in lengths:
        starts.append(starts[-1] + length)
    return [start for start, _ in pairwise(starts)]
