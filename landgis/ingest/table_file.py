"""Tables as parcels: lists of vertices, or polygons as text in a column."""

import json
from collections.abc import Mapping, Sequence
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from landgis.errors import Refused
from landgis.ingest.decimals import Mark, number
from landgis.ingest.delimited import SAMPLE_LINES, Line, Table, open_delimited
from landgis.ingest.point_references import find_references, is_points, joined
from landgis.ingest.records import EXPECTED, NO_GEOMETRY, RECORD_TYPE
from landgis.ingest.row_table import Judged, RowWriter, judge
from landgis.ingest.table_zone import zone_code
from landgis.ingest.vertex_columns import Columns, find_columns
from landgis.ingest.vertex_list import Block, Found, VertexReader
from landgis.ingest.vertex_rings import ORDER_DIGITS, Told, polygon
from landgis.ingest.wkt_table import WktColumns, find_wkt, read_wkt
from landgis.ingest.workbook import open_sheet

JOINER = "|"
"""Between the values that one parcel's lines give to one column, as in drawings."""

MOST_VALUES = 8
"""A column with more values in one parcel is about vertices, not about the parcel."""

BATCH_ROWS = 16_384

MOSTLY = 0.8
"""Share of the parcels whose vertices must be numbered from 1 (own choice)."""

LISTED = 12

Notes = list[tuple[str, str]]


def read_table_file(
    path: Path, folder: Path, files: str, driver: str, layer: str | None
) -> dict[str, Any]:
    """Write the parcels of the table at ``path`` into ``folder``, and notes beside them.

    Parameters
    ----------
    driver
        ``CSV`` for text of any separator, ``XLSX``.
    layer
        Sheet of a workbook.

    Raises
    ------
    Refused
        ``table_without_geometry``, ``survey_points_only``, ``points_missing``,
        ``columns_unclear``, ``cells_and_header_differ``, and the codes of ``open_delimited`` and
        ``open_sheet``.
    """
    table = open_delimited(path) if driver == "CSV" else open_sheet(path, layer)
    sample = list(islice(table.lines(), SAMPLE_LINES))
    wkt = find_wkt(sample, table)
    if wkt is not None:
        crs, heights, notes = _write_wkt(table, wkt, folder, files)
    else:
        table, sample, columns = _vertices(path, table, sample)
        crs, notes = _write_vertices(table, columns, sample, folder, files)
        heights = 0
    said = [*table.notes, *notes]
    (folder / f"{files}.json").write_text(json.dumps(said), "utf-8")
    return {"files": files, "crs": crs, "heights": heights, "stopped": None}


def list_tables(path: Path) -> dict[str, Any]:
    """Answer ``{tables, others}``: a list of points is no layer, parcels that refer to it are.

    Raises
    ------
    Refused
        The codes of ``open_delimited``.
    """
    table = open_delimited(path)
    sample = list(islice(table.lines(), SAMPLE_LINES))
    if find_wkt(sample, table) is None and is_points(sample, table) is not None:
        return {"tables": [], "others": ["points"]}
    return {"tables": [path.stem], "others": []}


def _vertices(path: Path, table: Table, sample: list[Line]) -> tuple[Table, list[Line], Columns]:
    """Answer a list of vertices and its columns, joined with the points that it refers to."""
    columns = find_columns(sample, table)
    if columns is not None:
        return table, sample, _with_key(columns, sample)
    references = find_references(sample, table)
    if references is None:
        raise _no_geometry(sample, table)
    table = joined(path, table, references)
    sample = list(islice(table.lines(), SAMPLE_LINES))
    columns = find_columns(sample, table)
    if columns is None:
        raise _no_geometry(sample, table)
    columns.names_points = True
    return table, sample, columns


def _write_wkt(
    table: Table, wkt: WktColumns, folder: Path, files: str
) -> tuple[str | None, int, Notes]:
    found = read_wkt(table, wkt)
    wkb = _column(found.wkb)
    judged = judge(wkb)
    for at, problem in found.problems.items():
        judged.problem[at], judged.detail[at] = problem
    columns = dict(zip(found.names, found.columns, strict=True))
    heights = _write_rows(folder / f"{files}.arrow", judged, columns)
    _save_records(folder / f"{files}.npy", len(wkb), NO_GEOMETRY)
    return found.crs, heights, [("table_columns", found.how)]


def _write_vertices(
    table: Table, columns: Columns, sample: Sequence[Line], folder: Path, files: str
) -> tuple[str | None, Notes]:
    restarts = _restarts(columns, sample, table.mark)
    found = VertexReader(table, columns, restarts=restarts).read()
    told = Told()
    wkb = [
        polygon(block, told, restarts=restarts) if block.problem is None else None
        for block in found.blocks
    ]
    _require_parcels(found, columns, told)
    values = _attributes(found, columns)
    judged = judge(_column(wkb))
    for at, block in enumerate(found.blocks):
        if block.problem is not None:
            judged.problem[at], judged.detail[at] = block.problem
    _write_rows(folder / f"{files}.arrow", judged, values)
    _save_records(folder / f"{files}.npy", len(wkb), EXPECTED)
    crs, zone_notes = zone_code(found.zones)
    return crs, [*_notes(found, columns, told, restarts=restarts), *zone_notes]


def _write_rows(path: Path, judged: Judged, columns: Mapping[str, Sequence[str | None]]) -> int:
    """Write rows numbered from 0, some at a time as every reader does; answer ``heights``."""
    arrays = [pa.array(column, pa.string()) for column in columns.values()]
    with RowWriter(path, list(columns), [pa.string()] * len(columns)) as out:
        for first in range(0, len(judged.wkb), BATCH_ROWS):
            part = slice(first, first + BATCH_ROWS)
            some = Judged(judged.wkb[part], judged.problem[part], judged.detail[part], 0)
            fid = pa.array(range(first, first + len(some.wkb)), pa.int64())
            out.write(fid, some, [array[part] for array in arrays])
    return judged.heights


def _column(values: Sequence[bytes | None]) -> Any:
    column = np.full(len(values), None, dtype=object)
    column[:] = values
    return column


def _save_records(path: Path, count: int, state: int) -> None:
    records = np.zeros(count, dtype=RECORD_TYPE)
    records["fid"] = np.arange(count)
    records["state"] = state
    np.save(path, records, allow_pickle=False)


def _with_key(columns: Columns, sample: Sequence[Line]) -> Columns:
    """Take the first column whose values come in runs for the parcel's name where none is named."""
    rows = [line for line in sample if len(line.cells) > max(columns.first, columns.second)]
    if columns.header is not None:
        rows = [line for line in rows if line.number > columns.header.number]
    for k in columns.others if not columns.key else ():
        if k == columns.code:
            continue
        values = [line.cells[k].strip() for line in rows if k < len(line.cells)]
        changes = sum(a != b for a, b in pairwise(values))
        if values and all(values) and changes + 1 == len(set(values)) <= len(values) / 3:
            columns.key = [k]
            break
    return columns


def _restarts(columns: Columns, sample: Sequence[Line], mark: Mark) -> bool:
    """Answer whether the order column counts the vertices of each parcel anew.

    Other numbers there are names of points that parcels share: their order is that of the lines.
    """
    if columns.names_points:
        return False
    groups: dict[object, list[int]] = {}
    group: object = None
    last = 0
    for line in sample:
        cells = line.cells
        at = columns.order
        text = cells[at].strip() if at is not None and at < len(cells) else ""
        is_vertex = columns.second < len(cells) and number(cells[columns.second], mark) is not None
        if not is_vertex or not text.isdecimal() or len(text) > ORDER_DIGITS:
            group = None if not columns.key else group
            continue
        key = tuple(cells[k].strip() for k in columns.key if k < len(cells))
        if columns.key:
            group = key if any(key) else group
        elif group is None or int(text) < last:
            group = line.number
        last = int(text)
        groups.setdefault(group, []).append(last)
    counted = [_counts_from_one(numbers) for numbers in groups.values()]
    return bool(counted) and sum(counted) >= MOSTLY * len(counted)


def _counts_from_one(numbers: Sequence[int]) -> bool:
    return min(numbers) <= 1 and max(numbers) <= 2 * len(numbers)


def _require_parcels(found: Found, columns: Columns, told: Told) -> None:
    """Refuse points that nothing joins to parcels: their order is how they were measured."""
    parcels = [block for block in found.blocks if block.rings]
    unnamed = not columns.key and not any("SO_THUA" in block.facts for block in parcels)
    proven = told.edges and len(told.edges_apart) < told.edges / 2
    if len(parcels) == 1 and unnamed and not parcels[0].is_closed and not proven:
        count = sum(map(len, parcels[0].rings))
        raise Refused(
            "survey_points_only",
            f"it is a list of {count} points that nothing joins to parcels; add columns that say "
            "of each line which parcel it belongs to (SO_TO;SO_THUA;STT;X;Y), or begin each "
            "parcel with a line such as 'Thửa 12, tờ 5', the vertices in the order around it",
        )
    if not parcels:
        raise Refused("no_polygon_layer", "none of its lines is a vertex of a parcel")


def _attributes(found: Found, columns: Columns) -> dict[str, list[str | None]]:
    """Answer the columns that are about parcels: key, headings, what stays the same."""
    values: dict[str, list[str | None]] = {}
    for k in (*columns.key, *columns.others):
        column = [_said(block, k) for block in found.blocks]
        if any(column):
            values[columns.names[k]] = column
    for name in dict.fromkeys(name for block in found.blocks for name in block.facts):
        if name not in values:
            values[name] = [block.facts.get(name) for block in found.blocks]
    values["lines"] = [_lines(block) for block in found.blocks]
    return values


def _said(block: Block, column: int) -> str | None:
    said = list(block.values.get(column, ()))
    return JOINER.join(said) if 0 < len(said) <= MOST_VALUES else None


def _lines(block: Block) -> str:
    lines = [vertex.line for ring in block.rings for vertex in ring] or [block.line]
    return f"{min(lines)}-{max(lines)}"


def _notes(found: Found, columns: Columns, told: Told, *, restarts: bool) -> Notes:
    named = [columns.names[k] for k in columns.key] or ["headings and blank lines"]
    order = "" if columns.order is None else f", numbered by {columns.names[columns.order]}"
    kind = " from 1" if restarts else ""
    counted = ", ".join(f"{kind}: {n}" for kind, n in found.kinds.most_common())
    notes = [
        ("table_columns", f"{columns.how}; parcels by {', '.join(named)}{order}{kind}"),
        ("table_lines", f"{sum(found.kinds.values())} lines ({counted})"),
    ]
    if told.closed:
        notes.append(("rings_closed", f"{told.closed} rings did not return to their first vertex"))
    if told.sorted:
        notes.append(("vertices_sorted", f"{told.sorted} rings were put in order by their numbers"))
    if told.edges:
        apart = "; ".join(told.edges_apart[:LISTED])
        agree = told.edges - len(told.edges_apart)
        notes.append(
            (
                "edge_lengths",
                f"{agree} of {told.edges} written edges agree with the coordinates"
                + (f" ({apart})" if apart else ""),
            )
        )
    if found.titles:
        listed = ", ".join(map(str, found.titles[:LISTED]))
        notes.append(("lines_of_text", f"{len(found.titles)} lines are text only: {listed}"))
    return notes


def _no_geometry(sample: Sequence[Line], table: Table) -> Refused:
    first = next((line for line in sample if not line.is_blank), None)
    names = [] if first is None else [table.text(cell).strip() for cell in first.cells[:LISTED]]
    return Refused(
        "table_without_geometry",
        f"no coordinates and no polygons in its columns ({', '.join(n[:30] for n in names)}); a "
        "list of vertices needs columns X and Y. If it holds attributes of parcels that are in "
        "the register, give it to: landgis attributes",
    )
