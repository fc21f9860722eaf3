"""Parcels that name their vertices by point numbers, joined with a list of the points."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from landgis.errors import Refused
from landgis.ingest.decimals import Mark, number
from landgis.ingest.delimited import SAMPLE_LINES, Line, Table, open_delimited
from landgis.ingest.headings import parcel_named
from landgis.ingest.layer_files import LAYER_KINDS
from landgis.ingest.vertex_columns import (
    HEAD_LINES,
    ORDER,
    PARCEL,
    Columns,
    find_columns,
    plain_names,
)

POINT_LISTS = frozenset(
    {"points", "cacdiem", "cacdinh", "danhsachdiem", "danhsachdinh", "diemranh", "ranhgioi"}
    | {"vertices", "boundary", "dinhranh", "sohieucacdinh"}
)
"""Names of a column that lists all the points around a parcel: 1-2-3-4-1."""

BETWEEN_POINTS = re.compile(r"[\s,;\-–—>/]+")
FEWEST_POINTS = 3


class References(NamedTuple):
    """A table whose lines name points."""

    header: Line
    point: int
    """Column of the points' names."""

    lists: bool
    """A line has all the points of its parcel."""


class Points(NamedTuple):
    """Coordinates by the name of a point."""

    places: Mapping[str, tuple[float, float]]
    doubtful: frozenset[str]
    """Names that stand for two places."""

    names: tuple[str, str]
    how: str


def find_references(sample: Sequence[Line], table: Table) -> References | None:
    """Answer which column names points, in a table of parcels without coordinates."""
    for line in [one for one in sample if not one.is_blank][:HEAD_LINES]:
        names = plain_names(line, table)
        if not any(name in words for name in names for words in PARCEL):
            continue
        for words, lists in ((POINT_LISTS, True), (ORDER, False)):
            found = [k for k, name in enumerate(names) if name in words]
            if found:
                rows = [one for one in sample if one.number > line.number]
                is_list = lists or _lists(rows, found[-1])
                return References(line, found[-1], is_list)
    return None


def _lists(rows: Sequence[Line], column: int) -> bool:
    cells = [row.cells[column] for row in rows if column < len(row.cells)]
    long = [cell for cell in cells if len(_points_in(cell)) >= FEWEST_POINTS]
    return bool(cells) and len(long) > len(cells) / 2


def _points_in(cell: str) -> list[str]:
    return [name for name in BETWEEN_POINTS.split(cell.strip()) if name]


def is_points(sample: Sequence[Line], table: Table) -> Columns | None:
    """Answer the columns of a list of points: names and coordinates, and nothing of parcels."""
    try:
        columns = find_columns(sample, table)
    except Refused:
        return None
    if columns is None or columns.order is None or columns.header is None or columns.key:
        return None
    headings = any(parcel_named(" ".join(map(table.text, line.cells))) for line in sample)
    return None if headings else columns


def joined(path: Path, table: Table, references: References) -> Table:
    """Answer the table with the coordinates of its points, from a list in the same archive.

    Raises
    ------
    Refused
        ``points_missing``: no table there is a list of points.
    """
    points = next((p for other in _others(path) if (p := _points(other)) is not None), None)
    if points is None:
        raise Refused(
            "points_missing",
            "its lines name points by number, and no table gives their coordinates; pack this "
            "table and the list of points (point;X;Y) together in one .zip",
        )

    def lines() -> Iterator[Line]:
        for line in table.lines():
            if line.number == references.header.number:
                yield line._replace(cells=[*line.cells, *points.names])
            elif line.is_blank or line.number < references.header.number:
                yield line
            else:
                yield from _with_places(line, references, points, table)

    notes = [*table.notes, ("points_joined", points.how)]
    return table._replace(lines=lines, notes=notes)


def _with_places(
    line: Line, references: References, points: Points, table: Table
) -> Iterator[Line]:
    at, width = references.point, len(references.header.cells)
    cells = [*line.cells, *([""] * (width - len(line.cells)))][:width]
    names = _points_in(cells[at]) if references.lists else [cells[at].strip()]
    for name in names or [""]:
        yield line._replace(
            cells=[*cells[:at], name, *cells[at + 1 :], *_place(name, points, table.mark)]
        )


def _place(name: str, points: Points, mark: Mark) -> tuple[str, str]:
    if name in points.doubtful:
        return f"two places of point {name}", ""
    place = points.places.get(name)
    if place is None:
        return f"no point {name}", ""
    x, y = (repr(value).replace(".", mark) for value in place)
    return x, y


def _others(path: Path) -> list[Path]:
    """Answer the other text tables of the same archive: each lies in a folder beside this one's."""
    found = path.parent.parent.glob("layer-*/layer.*")
    return sorted(
        other for other in found if other != path and LAYER_KINDS.get(other.suffix) == "table"
    )


def _points(path: Path) -> Points | None:
    try:
        table = open_delimited(path)
    except Refused:
        return None
    columns = is_points(list(islice(table.lines(), SAMPLE_LINES)), table)
    if columns is None or columns.order is None:
        return None
    places: dict[str, tuple[float, float]] = {}
    doubtful: set[str] = set()
    last = max(columns.first, columns.second, columns.order)
    for line in table.lines():
        if len(line.cells) <= last:
            continue
        x, y = (number(line.cells[k], table.mark) for k in (columns.first, columns.second))
        name = line.cells[columns.order].strip()
        if x is None or y is None or not name:
            continue
        if places.setdefault(name, (x, y)) != (x, y):
            doubtful.add(name)
    how = f"{len(places)} points of another table of the archive, {columns.how}"
    names = (columns.names[columns.first], columns.names[columns.second])
    return Points(places, frozenset(doubtful), names, how)
