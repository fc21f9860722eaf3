"""Shapefiles whose records are damaged, strange or only look so: one odd row among good ones."""

import math
import struct
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.hostile.case import Case
from tests.hostile.parts import (
    EAST,
    NORTH,
    NULL,
    Ring,
    layer,
    loose,
    polygon,
    polygons,
    ring,
    square,
)

ODD = 3
"""The row that is odd, of five."""

Maker = Callable[[Path], Path]


def odd(content: bytes, shape_type: int = 5) -> Maker:
    """Five parcels, the third with this content."""
    contents = polygons()
    contents[ODD - 1] = content
    return lambda folder: loose(folder, layer(contents, shape_type=shape_type))


def every(contents: Sequence[bytes], shape_type: int = 5) -> Maker:
    """A layer of these contents."""
    return lambda folder: loose(folder, layer(contents, shape_type=shape_type))


def box(*points: tuple[float, float]) -> bytes:
    """The odd row's polygon through these points, in metres from its corner."""
    return polygon(ring(ODD - 1, *points))


def changed(at: int, kind: str, value: float, content: bytes | None = None) -> bytes:
    """The odd row's square with one number overwritten."""
    made = bytearray(polygon(square(ODD - 1)) if content is None else content)
    struct.pack_into(kind, made, at, value)
    return bytes(made)


def with_parts(starts: Sequence[int], count: int | None = None) -> bytes:
    """Two rings of the odd row under part starts that may be wrong."""
    points = [*square(ODD - 1), *ring(ODD - 1, (2, 2), (4, 2), (4, 4), (2, 4), (2, 2))]
    return (
        struct.pack("<i4d", 5, EAST, NORTH, EAST + 100, NORTH + 100)
        + struct.pack(f"<2i{len(starts)}i", count or len(starts), len(points), *starts)
        + struct.pack(f"<{2 * len(points)}d", *(v for p in points for v in p))
    )


def deep(shape_type: int, *, measures: bool) -> list[bytes]:
    """Five squares with heights, measures or both after the points."""
    some = struct.pack("<2d5d", 1.0, 2.0, 1.0, 1.2, 1.4, 1.6, 2.0)
    tail = (some if shape_type == 15 else b"") + (some if measures else b"")
    return [polygon(square(k), shape_type=shape_type, tail=tail) for k in range(5)]


def star(rays: int) -> bytes:
    """A star of so many rays, valid, with long thin teeth."""
    points = [
        (
            5 + (8 if k % 2 else 3) * math.cos(-math.pi * k / rays),
            5 + (8 if k % 2 else 3) * math.sin(-math.pi * k / rays),
        )
        for k in range(2 * rays)
    ]
    return box(*points, points[0])


def comb_of_holes(count: int) -> bytes:
    """A parcel of 10 m with so many tiny holes in rows."""
    side = math.ceil(math.sqrt(count))
    step = 9.0 / side
    corners = [(0.5 + step * (k % side), 0.5 + step * (k // side)) for k in range(count)]
    holes: list[Ring] = []
    for x, y in corners:
        d = step / 2
        holes.append(ring(ODD - 1, (x, y), (x + d, y), (x + d, y + d), (x, y + d), (x, y)))
    return polygon(square(ODD - 1), *holes)


HOLE = ring(ODD - 1, (2, 2), (4, 2), (4, 4), (2, 4), (2, 2))
HOLE_OUTSIDE = ring(ODD - 1, (12, 2), (14, 2), (14, 4), (12, 4), (12, 2))
ISLAND = ring(ODD - 1, (2.5, 2.5), (2.5, 3), (3, 3), (3, 2.5), (2.5, 2.5))
SECOND = ring(ODD - 1, (12, 2), (12, 4), (14, 4), (14, 2), (12, 2))
BOW_TIE = box((0, 0), (10, 10), (10, 0), (0, 10), (0, 0))
SPIKE = box((0, 0), (0, 10), (0, 15), (0, 10), (10, 10), (10, 0), (0, 0))

POINT = struct.pack("<i2d", 1, EAST, NORTH)
LINE = b"\x03" + polygon(square(ODD - 1))[1:]
MULTIPATCH = b"\x1f" + polygon(square(ODD - 1))[1:] + bytes(60)
NO_SUCH_TYPE = b"\x63" + polygon(square(ODD - 1))[1:]
SECOND_X = 64
"""Where the second vertex of a one-part polygon lies in its content."""

PARTS, POINTS, START = 36, 40, 44

NAN, INF = float("nan"), float("inf")


def row(code: str) -> dict[str, list[int]]:
    """The odd row under this rule or code."""
    return {code: [ODD]}


SOUND = [
    Case("square", every(polygons()), "the good layer", rows=5),
    Case("no rows", every([]), "an import of nothing", rows=0),
    Case("one row", every(polygons(1)), "a single parcel", rows=1),
    Case("hole", odd(polygon(square(2), HOLE)), "a yard", rows=5),
    Case("hole first", odd(polygon(HOLE, square(2))), "the order of rings is free", rows=5),
    Case("two parts", odd(polygon(square(2), SECOND)), "a multipart parcel", rows=5),
    Case("island in a hole", odd(polygon(square(2), HOLE, ISLAND)), "three rings", rows=5),
    Case("turned around", odd(polygon(square(2)[::-1])), "counter-clockwise, as many write",
         rows=5),
    Case("repeated vertices", odd(box((0, 0), (0, 10), (0, 10), (10, 10), (10, 0), (0, 0))),
         "harmless", rows=5),
    Case("negative zero", odd(polygon([(-0.0, 0.0), (-0.0, 1.0), (1.0, 1.0), (-0.0, 0.0)])),
         "a number like any other", rows=5),
    Case("star", odd(star(2400)), "4,800 teeth, valid", rows=5),
    Case("padding", odd(polygon(square(2)) + bytes(40)), "the content ends with spare bytes",
         rows=5),
    Case("heights", every(deep(15, measures=False), 15), "PolygonZ without M", rows=5,
         notes=["heights_left_out"]),
    Case("heights and measures", every(deep(15, measures=True), 15), "PolygonZ", rows=5,
         notes=["heights_left_out"]),
    Case("measures", every(deep(25, measures=True), 25), "PolygonM", rows=5,
         notes=["heights_left_out"]),
    Case("measures missing", every(deep(25, measures=False), 25), "M may be left out", rows=5),
    Case("heights among flat", odd(deep(15, measures=True)[2]), "the row's type is not the "
         "file's, its ring is sound", rows=5, notes=["heights_left_out"]),
    Case("box of NaN", odd(changed(4, "<d", NAN)), "the record's own box is not needed", rows=5),
]  # fmt: skip

FINDINGS = [
    Case("null shape", odd(NULL), "a row without a shape", rows=5, held=row("geometry.empty")),
    Case("all null", every([NULL] * 5), "a table in a shapefile's clothes", rows=5,
         held={"geometry.empty": [1, 2, 3, 4, 5]}),
    Case("no points", odd(polygon()), "0 parts, 0 points", rows=5, held=row("geometry.empty")),
    Case("bow tie", odd(BOW_TIE), "crosses itself", rows=5, held=row("geometry.bow_tie")),
    Case("spike", odd(SPIKE), "runs out and back", rows=5, held=row("topology.dangle")),
    Case("hole outside", odd(polygon(square(2), HOLE_OUTSIDE)), "in a shapefile a ring outside "
         "the others is a part of its own, whichever way it turns", rows=5),
    Case("flat ring", odd(box((0, 0), (5, 5), (9, 9), (0, 0))), "no area", rows=5,
         held=row("geometry.few_vertices")),
    Case("ring of one place", odd(box((1, 1), (1, 1), (1, 1), (1, 1))), "no extent", rows=5,
         held=row("geometry.few_vertices")),
    Case("too many vertices", odd(star(6000)), "12,001 of at most 10,000", rows=5,
         held=row("geometry.too_many_vertices")),
    Case("holes by the thousand", odd(comb_of_holes(2500)), "12,505 vertices", rows=5,
         held=row("geometry.too_many_vertices")),
    Case("twin", odd(polygon(square(1))), "one boundary under two keys is a stack: a warning",
         rows=5),
    Case("far away", odd(box((0, 0), (0, 1e308), (10, 10), (0, 0))), "a finite number nowhere on earth",
         rows=5, held=row("geometry.outside_jurisdiction")),
    Case("a vertex slipped", odd(changed(SECOND_X, "<d", 9e6)), "8,000 km to the east: the sides "
         "cross, too", rows=5,
         held=row("geometry.outside_jurisdiction") | row("topology.dangle")),
]  # fmt: skip

LOST = [
    *(
        Case(f"coordinate {value}", odd(changed(SECOND_X + 8 * at, "<d", value)),
             "no number, no parcel", rows=5, lost=row("coordinate_not_finite"))
        for at, value in enumerate((NAN, INF, -INF))
    ),
    Case("NaN at the start", odd(box((NAN, 0), (0, 10), (10, 10), (NAN, 0))), "NaN is not equal "
         "to itself, and no number", rows=5, lost=row("coordinate_not_finite")),
    Case("unclosed", odd(box((0, 0), (0, 10), (10, 10), (10, 0))), "which side is missing?",
         rows=5, lost=row("ring_unclosed")),
    Case("two points", odd(box((0, 0), (10, 10))), "no ring", rows=5,
         lost=row("damaged_geometry")),
    Case("there and back", odd(box((0, 0), (10, 10), (0, 0))), "a ring without an area", rows=5,
         held=row("geometry.few_vertices")),
    Case("one point", odd(box((0, 0))), "no ring", rows=5, lost=row("damaged_geometry")),
    *(
        Case(f"{name} {what}", odd(changed(at, "<i", value)), "GDAL gives a silent NULL", rows=5,
             lost=row("damaged_geometry"))
        for name, at in (("parts", PARTS), ("points", POINTS))
        for what, value in (("negative", -1), ("millions", 50_000_000), ("most", 2**31 - 1))
    ),
    Case("no parts", odd(changed(PARTS, "<i", 0)), "5 points in no part", rows=5,
         lost=row("damaged_geometry")),
    Case("part beyond", odd(with_parts((0, 99))), "begins behind the last point", rows=5,
         lost=row("damaged_geometry")),
    Case("part negative", odd(with_parts((0, -5))), "begins before the first", rows=5,
         lost=row("damaged_geometry")),
    Case("parts descend", odd(with_parts((5, 0))), "the second begins before the first", rows=5,
         lost=row("damaged_geometry")),
    Case("part empty", odd(with_parts((0, 5, 5))), "a part without points beside two rings",
         rows=5, lost=row("damaged_geometry")),
    Case("first part late", odd(with_parts((1, 5))), "a point that belongs to no part", rows=5,
         lost=row("ring_unclosed")),
    Case("record too short", odd(polygon(square(2))[:-16]), "its last point is not there", rows=5,
         lost=row("damaged_geometry")),
    Case("record of a type only", odd(struct.pack("<i", 5)), "4 bytes of polygon", rows=5,
         lost=row("damaged_geometry")),
    Case("point among polygons", odd(POINT), "mixed types are forbidden, and met", rows=5,
         lost=row("not_a_polygon")),
    Case("line among polygons", odd(LINE), "mixed types", rows=5, lost=row("not_a_polygon")),
    Case("multipatch among polygons", odd(MULTIPATCH), "mixed types", rows=5,
         lost=row("not_a_polygon")),
    Case("unknown type", odd(NO_SUCH_TYPE), "type 99", rows=5, lost=row("damaged_geometry")),
]  # fmt: skip


def huge() -> bytes:
    """A ring of a million vertices."""
    points = [(100 * math.cos(-k / 1e5), 100 * math.sin(-k / 1e5)) for k in range(628_000)]
    return box(*points, points[0])


LONG = [
    Case("a million vertices", odd(huge()), "10 MB in one row", rows=5,
         held={"geometry.too_many_vertices": [ODD]}, processor=60),
    Case("five stars", every([star(4500)] * 5), "of 9,000 teeth, in one place: a stack", rows=5,
         processor=60),
]  # fmt: skip
"""Only in ``scripts/prove corpus``."""

CASES = [*SOUND, *FINDINGS, *LOST]
