"""Our own count of the entities of a drawing, by type and level, without GDAL."""

import mmap
import struct
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, NamedTuple

from landgis.errors import Refused
from landgis.ingest.refusals import DWG_RECIPE

DXF_HEAD_BYTES = 4096
BINARY_DXF = b"AutoCAD Binary DXF"
DWG_START = b"AC1"
V7_STARTS = (b"\x08\x09\xfe\x02", b"\xc8\x09\xfe\x02")
"""Type 9 element of a design file in two and in three dimensions."""

DXF_ONE_EACH = frozenset({
    "POINT", "LINE", "LWPOLYLINE", "POLYLINE", "CIRCLE", "ELLIPSE", "ARC", "SPLINE", "HELIX",
    "TEXT", "MTEXT", "HATCH", "SOLID", "TRACE", "3DFACE",
})  # fmt: skip
"""Types of which GDAL's DXF driver makes one shape each."""

DXF_GIVEN = DXF_ONE_EACH | {
    "INSERT", "DIMENSION", "LEADER", "MULTILEADER", "ATTDEF", "MLINE", "3DSOLID", "BODY", "REGION",
    "SURFACE",
}  # fmt: skip
"""Types that it makes shapes of."""

CURVED = frozenset({"arc", "circle", "ellipse", "spline", "helix", "curve", "b-spline"})
"""Types of entities, in lower case, that no straight segment is like."""

BULGED = frozenset({"LWPOLYLINE", "VERTEX"})

TYPE, NAME, LEVEL, BULGE = 0, 2, 8, 42
"""Group codes of a DXF."""

DXF_PARTS = frozenset({"VERTEX", "SEQEND", "ATTRIB"})
DGN_TYPES = {
    2: "cell", 3: "line", 4: "line string", 6: "shape", 7: "text node", 11: "curve",
    12: "complex chain", 14: "complex shape", 15: "ellipse", 16: "arc", 17: "text", 18: "surface",
    19: "solid", 21: "B-spline pole", 22: "point string", 23: "cone", 24: "B-spline surface",
    27: "B-spline", 33: "dimension", 34: "shared cell definition", 35: "shared cell",
}  # fmt: skip
"""Displayable elements of the Intergraph Standard File Format."""

DGN_CONTAINERS = frozenset({2, 7})
"""Their parts come as entities of their own."""

ELEMENT = struct.Struct("<BBH")
END = b"\xff\xff"


class Counted(NamedTuple):
    """What lies in a drawing."""

    entities: Counter[tuple[str, str]]
    """(type, level) -> number."""

    given: frozenset[int] | None
    """DGN: the numbers of elements that GDAL must give."""

    kinds: dict[int, str]
    """DGN: type by number of element."""

    whole: bool
    """The drawing ends with its end mark."""

    missing_blocks: int = 0
    """DXF: INSERT entities of blocks that the drawing does not define."""

    bulges: Mapping[str, int] = MappingProxyType({})
    """DXF: level -> segments of polylines that are arcs."""

    def curves(self, levels: Iterable[str]) -> int:
        """Answer how many arcs and other curves lie on these levels."""
        at = frozenset(levels)
        drawn = sum(
            number
            for (kind, level), number in self.entities.items()
            if level in at and kind.lower() in CURVED
        )
        return drawn + sum(self.bulges.get(level, 0) for level in at)


def count_dxf(path: Path) -> Counted:
    """Count the entities of a DXF in text form.

    Raises
    ------
    Refused
        ``binary_dxf``, ``dwg``, ``bad_dxf``, each with what to do.
    """
    with path.open("rb") as file:
        _check_dxf(file.read(DXF_HEAD_BYTES))
        file.seek(0)
        return _count_pairs(file)


def _count_pairs(file: BinaryIO) -> Counted:
    entities: Counter[tuple[str, str]] = Counter()
    blocks: set[bytes] = set()
    inserted: Counter[bytes] = Counter()
    bulges: Counter[str] = Counter()
    section, kind, level, has_level, whole = b"", "", "", False, False
    for code, value in _pairs(file):
        if code == TYPE:
            section = b"" if value == b"ENDSEC" else section
            kind, has_level = value.decode("latin-1"), False
            whole = value == b"EOF"
        elif code == NAME and kind == "SECTION":
            section = value
        elif code == NAME and kind == "BLOCK":
            blocks.add(value.upper())
        elif code == NAME and kind == "INSERT" and section == b"ENTITIES":
            inserted[value.upper()] += 1
        elif section != b"ENTITIES":
            continue
        elif code == LEVEL and kind not in DXF_PARTS and not has_level:
            level, has_level = readable(value.decode("latin-1")), True
            entities[kind, level] += 1
        elif code == BULGE and kind in BULGED and value.strip(b"-+.0"):
            bulges[level] += 1
    missing = sum(number for name, number in inserted.items() if name not in blocks)
    return Counted(entities, None, {}, whole, missing, bulges)


def _check_dxf(head: bytes) -> None:
    if head.startswith(BINARY_DXF):
        raise Refused(
            "binary_dxf",
            "this is a binary DXF; save it as DXF in ASCII form (DXFOUT, ASCII)",
        )
    if head.startswith(DWG_START):
        raise Refused("dwg", DWG_RECIPE)
    lines = [line.strip() for line in head.removeprefix(b"\xef\xbb\xbf").splitlines()]
    while lines[:1] == [b"999"]:
        lines = lines[2:]
    if lines[:2] != [b"0", b"SECTION"]:
        raise Refused(
            "bad_dxf", f"this is not a DXF drawing: it begins with {head[:16]!r}; export it again"
        )


def _pairs(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    while code := file.readline():
        value = file.readline()
        try:
            yield int(code), value.strip()
        except ValueError:
            return


def count_dgn(path: Path) -> Counted:
    """Count the elements of a DGN of version 7.

    Raises
    ------
    Refused
        ``bad_dgn``.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data[:4] not in V7_STARTS:
            raise Refused(
                "bad_dgn", f"this is not a DGN drawing: it begins with {data[:8]!r}; save it again"
            )
        return _count_elements(data)


def _count_elements(data: mmap.mmap) -> Counted:
    entities: Counter[tuple[str, str]] = Counter()
    kinds: dict[int, str] = {}
    given: set[int] = set()
    at, number = 0, 0
    while at + ELEMENT.size <= len(data) and data[at : at + 2] != END:
        level, kind, words = ELEMENT.unpack_from(data, at)
        at += ELEMENT.size + 2 * words
        is_component, is_deleted = level & 0x80, kind & 0x80
        if (kind & 0x7F) in DGN_TYPES and not is_deleted and at <= len(data):
            kinds[number] = DGN_TYPES[kind & 0x7F]
            entities[kinds[number], str(level & 0x3F)] += 1
            if not is_component and (kind & 0x7F) not in DGN_CONTAINERS:
                given.add(number)
        number += 1
    # Some writers leave the end mark out of files that end with their last element.
    whole = at == len(data) or data[at : at + 2] == END
    return Counted(entities, frozenset(given), kinds, whole)


def readable(name: str) -> str:
    """Answer the name of a level as text, from its bytes written as Latin-1."""
    try:
        return name.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return name
