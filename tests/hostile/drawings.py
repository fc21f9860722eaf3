"""CAD drawings that are odd, cut off or not what their name says."""

import struct
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

from tests.hostile.case import Case
from tests.hostile.parts import square, written

Maker = Callable[[Path], Path]
Pairs = Sequence[tuple[int, object]]

CRS = ("--crs", "EPSG:32648")


def outline(number: int, *, flag: int = 1, level: str = "RANH") -> Pairs:
    """A light polyline around the ``number``-th parcel; flag 1 closes it."""
    points = square(number)[:-1]
    vertices = [pair for x, y in points for pair in ((10, x), (20, y))]
    return [(0, "LWPOLYLINE"), (8, level), (90, len(points)), (70, flag), *vertices]


def lines(number: int) -> Pairs:
    """The four sides of a parcel as lines of their own."""
    ring = square(number)
    return [
        pair
        for (x, y), (u, v) in pairwise(ring)
        for pair in ((0, "LINE"), (8, "RANH"), (10, x), (20, y), (11, u), (21, v))
    ]


def label(number: int, text: str = "") -> Pairs:
    x, y = square(number)[0]
    return [(0, "TEXT"), (8, "SO_THUA"), (10, x + 5), (20, y + 5), (40, 1), (1, text or number)]


def drawing(*entities: Pairs, end: Pairs = ((0, "ENDSEC"), (0, "EOF"))) -> bytes:
    """The text of a DXF with nothing but entities, as simple tools write it."""
    pairs = [(0, "SECTION"), (2, "ENTITIES"), *(pair for one in entities for pair in one), *end]
    return "".join(f"{code}\n{value}\n" for code, value in pairs).encode()


def dxf(content: bytes) -> Maker:
    return lambda folder: written(folder, content, "parcels.dxf")


FIVE = [outline(k) for k in range(5)]
LABELS = [label(k) for k in range(5)]
GOOD = drawing(*FIVE, *LABELS)
DEAD_END = [(0, "LINE"), (8, "RANH"), (10, 0), (20, 0), (11, 1), (21, 1)]


def header(kind: int, level: int, words: int) -> bytes:
    return struct.pack("<BBH", level, kind, words)


V7 = b"\x08\x09\xfe\x02" + bytes(1532)
"""The first element of a design file: type 9, 766 words."""

CASES = [
    Case("dxf", dxf(GOOD), "five closed lines with labels", rows=5, options=CRS),
    Case("dxf without a CRS", dxf(GOOD), "a drawing declares none", refused="crs_missing"),
    Case("dxf of bare lines", dxf(drawing(*[lines(k) for k in range(5)], *LABELS)), "joined to "
         "areas", rows=5, options=CRS),
    Case("dxf of unclosed outlines", dxf(drawing(*FIVE[:4], outline(4, flag=0), *LABELS)), "an "
         "open outline bounds nothing: said", rows=4, notes=["dangling_lines"], options=CRS),
    Case("dxf with dead ends", dxf(drawing(*FIVE, DEAD_END, *LABELS)), "a line that ends "
         "nowhere: said", rows=5, notes=["dangling_lines"], options=CRS),
    Case("dxf with DOS line ends", dxf(GOOD.replace(b"\n", b"\r\n")), "as AutoCAD", rows=5,
         options=CRS),
    Case("dxf with a BOM", dxf(b"\xef\xbb\xbf" + GOOD), "as Windows writes", rows=5,
         options=CRS),
    Case("dxf with a comment", dxf(b"999\nmade by a survey office\n" + GOOD), "group 999", rows=5,
         options=CRS),
    Case("dxf with controls in a label", dxf(drawing(*FIVE, label(0, "\x01\x1b[0m%%c"))), "text",
         rows=5, options=CRS),
    Case("dxf with a block of itself", dxf(drawing(*FIVE, [(0, "INSERT"), (8, "0"), (2, "LOOP"),
         (10, 0), (20, 0)])), "a block that is not there: said", rows=5,
         notes=["entities_not_read"], options=CRS),
    Case("dxf cut behind three outlines", dxf(drawing(*FIVE[:3], end=())), "no end mark, so that "
         "the last may have had more vertices: said", rows=2,
         notes=["drawing_cut_off", "entities_not_read"], options=CRS),
    Case("dxf cut at half", dxf(GOOD[: len(GOOD) // 2]), "said; what is whole is read",
         rows=3, notes=["drawing_cut_off", "entities_not_read"], options=CRS),
    Case("dxf of no entities", dxf(drawing()), "nothing drawn", refused="no_polygon_layer",
         options=CRS),
    Case("dxf of texts", dxf(drawing(*LABELS)), "no boundary", refused="no_polygon_layer",
         options=CRS),
    Case("dxf of NaN", dxf(drawing(*FIVE[:4], [(0, "LWPOLYLINE"), (8, "RANH"), (90, 3), (70, 1),
         *[(code, "nan") for code in (10, 20) * 3]])), "a vertex that is no number: said",
         rows=4, options=CRS),
    Case("dxf of vertices by the billion", dxf(drawing(*FIVE, [(0, "LWPOLYLINE"), (8, "RANH"),
         (90, 2**31 - 1), (70, 1), (10, 1), (20, 1)])), "one vertex is there", rows=5,
         options=CRS),
    Case("dxf of rubbish", dxf(b"0\nSECTION\n" + bytes(range(256)) * 20), "after the first line",
         refused="reader_failed", options=CRS),
    Case("binary dxf", dxf(b"AutoCAD Binary DXF\r\n\x1a\0" + bytes(300)), "refused by name",
         refused="binary_dxf"),
    Case("DWG as .dxf", dxf(b"AC1032" + bytes(300)), "refused by name", refused="dwg"),
    Case("VRT as .dxf", dxf(b"<OGRVRTDataSource/>"), "would have other files read",
         refused="bad_dxf"),
    Case("DWG", lambda f: written(f, b"AC1032" + bytes(300), "parcels.dwg"), "refused by name",
         refused="dwg"),
    Case("dgn of rubbish", lambda f: written(f, b"rubbish" * 99, "parcels.dgn"), "no drawing",
         refused="bad_dgn"),
    Case("dgn of a header", lambda f: written(f, V7 + b"\xff\xff", "parcels.dgn"), "nothing drawn",
         refused="no_polygon_layer", options=CRS),
    Case("dgn of lying elements", lambda f: written(f, V7 + header(6, 1, 65_535), "parcels.dgn"),
         "131 kB of a shape are nowhere", refused="no_polygon_layer", options=CRS),
    Case("dgn V8 of a header", lambda f: written(f, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
         + bytes(600), "parcels.dgn"), "a compound file without a drawing", refused="dgn_v8"),
]  # fmt: skip
