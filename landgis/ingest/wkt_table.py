"""Tables with polygons as text in a column: WKT, or WKB in hexadecimal, with or without SRID."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import shapely

from landgis.ingest.delimited import Line, Table, column_names
from landgis.ingest.profile import plain_name
from landgis.ingest.row_table import GEOS_UNCLOSED

WKT = re.compile(
    r"\s*(?:SRID=\d+;)?\s*(?:(?:MULTI|CURVE)?(?:POLYGON|POINT|LINESTRING|SURFACE)"
    r"|GEOMETRYCOLLECTION)\s*(?:Z|M|ZM)?\s*(?:\(|EMPTY\b)",
    re.IGNORECASE,
)
HEX = re.compile(r"\s*0[01][0-9a-fA-F]{16,}\s*")
NAMES = frozenset({"wkt", "geom", "geometry", "thegeom", "shape", "wktgeom", "geomwkt", "wkb"})
LINES_LOOKED_AT = 100

FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
"""First letters of what spreadsheets evaluate, as careful programs mark them with an apostrophe."""


class WktColumns(NamedTuple):
    """Where a table has its polygons."""

    geometry: int
    header: Line | None
    names: list[str]


class WktRows(NamedTuple):
    """The records of such a table."""

    names: list[str]
    columns: list[list[str | None]]
    wkb: list[bytes | None]
    problems: dict[int, tuple[str, str]]
    """Record from 0 -> code and sentence."""

    crs: str | None
    how: str


def find_wkt(sample: Sequence[Line], table: Table) -> WktColumns | None:
    """Answer the column of polygons, None when there is none."""
    rows = [line for line in sample if not line.is_blank and line.broken is None]
    for line in rows[:LINES_LOOKED_AT]:
        for k, cell in enumerate(line.cells):
            if WKT.match(cell) or HEX.fullmatch(cell):
                return _columns(k, rows[0], line, table)
    return None


def _columns(at: int, first: Line, found: Line, table: Table) -> WktColumns:
    has_header = first is not found or (
        at < len(first.cells) and plain_name(first.cells[at]) in NAMES
    )
    if not has_header:
        return WktColumns(at, None, [f"column_{k + 1}" for k in range(len(found.cells))])
    cells = [*first.cells, *([""] * (len(found.cells) - len(first.cells)))]
    names = column_names(table.text(cell).strip() for cell in cells)
    return WktColumns(at, first, names)


def read_wkt(table: Table, columns: WktColumns) -> WktRows:
    """Answer every record: its attributes, and its polygon or what is wrong with it."""
    kept = [k for k in range(len(columns.names)) if k != columns.geometry]
    values: list[list[str | None]] = [[] for _ in kept]
    wkb: list[bytes | None] = []
    problems: dict[int, tuple[str, str]] = {}
    srids: set[int] = set()
    for line in table.lines():
        if line.is_blank or (columns.header and line.number <= columns.header.number):
            continue
        problem = _misshaped(line, columns)
        text = line.cells[columns.geometry] if columns.geometry < len(line.cells) else ""
        shape = None
        if problem is None and text.strip():
            shape, srid, problem = _shape(text.strip(), line)
            srids |= {srid} if srid else set()
        if problem is not None:
            problems[len(wkb)] = problem
        wkb.append(shape)
        for column, k in zip(values, kept, strict=True):
            cell = line.cells[k].strip() if k < len(line.cells) else ""
            column.append(_unmarked(cell) or None)
    crs = f"EPSG:{next(iter(srids))}" if len(srids) == 1 else None
    how = f"polygons are in column {columns.names[columns.geometry]!r}"
    if len(srids) > 1:
        how += f"; it names several systems: {', '.join(map(str, sorted(srids)))}"
    return WktRows([columns.names[k] for k in kept], values, wkb, problems, crs, how)


def _unmarked(cell: str) -> str:
    """Answer a cell without the mark that keeps spreadsheets from taking its text for a formula."""
    return cell[1:] if cell[:1] == "'" and cell[1:].lstrip(" ").startswith(FORMULA_STARTS) else cell


def _misshaped(line: Line, columns: WktColumns) -> tuple[str, str] | None:
    if line.broken is not None:
        return "line_not_understood", f"line {line.number}: {line.broken}"
    width = len(columns.names)
    if any(cell.strip() for cell in line.cells[width:]):
        return (
            "line_not_understood",
            f"line {line.number}: {len(line.cells)} cells where the header has {width}",
        )
    return None


def _shape(text: str, line: Line) -> tuple[bytes | None, int | None, tuple[str, str] | None]:
    """Answer WKB, SRID and what is wrong with a text."""
    srid = None
    if text[:5].upper() == "SRID=":
        head, _, text = text.partition(";")
        srid = int(head[5:]) if head[5:].isdecimal() else None
    try:
        made = shapely.from_wkb(text) if HEX.fullmatch(text) else shapely.from_wkt(text)
    except (shapely.errors.ShapelyError, NotImplementedError, ValueError) as problem:
        why = (str(problem) or type(problem).__name__).splitlines()[0][:200]
        code = "ring_unclosed" if GEOS_UNCLOSED in why else "damaged_geometry"
        return None, srid, (code, f"line {line.number}: {why}")
    srid = srid or int(shapely.get_srid(made)) or None
    return shapely.to_wkb(made, output_dimension=4, flavor="iso"), srid, None
