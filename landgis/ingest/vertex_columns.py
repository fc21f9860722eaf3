"""What the columns of a table are to a list of vertices: coordinates, order, edge, parcel."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from landgis.errors import Refused
from landgis.ingest.decimals import DEGREES, Mark, number
from landgis.ingest.delimited import Line, Table, column_names
from landgis.ingest.profile import plain_name

HEAD_LINES = 60
"""How far down a table its column names are looked for: tables begin with titles and stamps."""

MOST = 0.9
"""Share of the lines that must hold coordinates where no header names them (own choice)."""

UNITS = re.compile(r"[\[(]\s*(?:m|met|mét|m2|độ|deg)\s*[\])]", re.IGNORECASE)

FIRST = frozenset({"x", "toadox", "tdx", "xcoord", "coordx", "vn2000x", "xvn2000", "toax"})
SECOND = frozenset({"y", "toadoy", "tdy", "ycoord", "coordy", "vn2000y", "yvn2000", "toay"})
"""Names that do not say which is north: in Vietnam X is, in GIS Y. The place decides."""

NORTH = frozenset(
    {"n", "north", "northing", "bac", "xbac", "bacx", "vido", "lat", "latitude", "vidob", "b"}
)
EAST = frozenset(
    {"e", "east", "easting", "dong", "ydong", "dongy", "kinhdo", "lon", "lng", "long"}
    | {"longitude", "kinhdol", "pointx", "xutm", "l"}
)
POINT_Y = frozenset({"pointy", "yutm"})
ORDER = frozenset(
    {"stt", "tt", "thutu", "thutudinh", "sttdinh", "sttdiem", "sohieudiem", "diem", "dinh"}
    | {"tendiem", "order", "seq", "sequence", "vertex", "vertexno", "vertexindex", "point"}
    | {"pointno", "pointid", "no", "sohieudinh", "mocgioi", "moc", "sohieumoc", "sh", "sohieu"}
    | {"sothutu", "sothutudinh", "pointnumber", "sohieumocgioi", "dinhthua", "diemso", "sodiem"}
    | {"pt", "ptno", "ten"}
)
EDGE = frozenset(
    {"canh", "chieudai", "chieudaicanh", "s", "kc", "khoangcach", "length", "dai", "dodai"}
    | {"edge", "edgelength", "distance", "dist", "canhthua", "sm", "cd"}
)
CODE = frozenset({"code", "macode", "madiem", "ghichu", "mota", "description", "desc", "ma"})
PARCEL = (
    frozenset({"unitcode", "unit", "maxa", "xaid", "madvhc", "madvhcxa", "maxacu"}),
    frozenset(
        {"soto", "to", "toso", "tobando", "sotobando", "sohieutobando", "sohieuto", "shbando"}
        | {"sodoto", "sotobd", "tobd", "sheet", "sheetno", "mapsheet"}
    ),
    frozenset(
        {"sothua", "thua", "thuaso", "thuadat", "sothuadat", "sohieuthua", "sothututhua"}
        | {"sohieuthuadat", "sttthua", "shthua", "number", "parcelno", "parcelnumber", "tenthua"}
    ),
    frozenset({"mathua", "thuaid", "idthua", "parcel", "parcelid", "parcelkey", "key"})
    | {"madinhdanh"},
)
"""Names of what tells one parcel from another: unit, sheet, number, one name for all."""


@dataclass
class Columns:
    """Positions of a table's columns by what they are."""

    names: list[str]
    first: int
    second: int
    how: str
    """In words, for the people who sign it."""

    header: Line | None = None
    order: int | None = None
    edge: int | None = None
    key: list[int] = field(default_factory=list)
    code: int | None = None
    names_points: bool = False
    """The order column names points that parcels share."""

    @property
    def others(self) -> list[int]:
        """Answer the columns that say something else of the parcel."""
        taken = {self.first, self.second, self.order, self.edge, *self.key}
        return [k for k in range(len(self.names)) if k not in taken]


def is_header(names: Sequence[str]) -> bool:
    """Answer whether plain names hold a pair of coordinates."""
    return _pair(names) is not None


def plain_names(line: Line, table: Table) -> list[str]:
    """Answer the cells of a line as names to compare: without units of measure and accents."""
    return [plain_name(UNITS.sub("", table.text(cell))) for cell in line.cells]


def find_columns(sample: Sequence[Line], table: Table) -> Columns | None:
    """Answer the columns of a list of vertices, None when the lines hold no coordinates.

    Raises
    ------
    Refused
        ``columns_unclear``: more than two columns could be the coordinates.
        ``cells_and_header_differ``: most lines have more cells than the header.
    """
    for line in [one for one in sample if not one.is_blank][:HEAD_LINES]:
        names = plain_names(line, table)
        pair = _pair(names)
        if pair is not None:
            return _by_header(line, names, pair, sample, table)
    return _by_values(sample, table.mark)


def _pair(names: Sequence[str]) -> tuple[int, int, str] | None:
    """Find first and second coordinate; where names say which is east, east comes first."""
    for firsts, seconds, said in (
        (EAST, NORTH, "east, north by their names"),
        (EAST, POINT_Y, "east, north by their names"),
        (FIRST, SECOND, "as written: the place of the parcels tells which is north"),
    ):
        first = [k for k, name in enumerate(names) if name in firsts]
        second = [k for k, name in enumerate(names) if name in seconds]
        if len(first) == 1 and len(second) == 1:
            return first[0], second[0], said
    return None


def _by_header(
    line: Line,
    names: list[str],
    pair: tuple[int, int, str],
    sample: Sequence[Line],
    table: Table,
) -> Columns:
    first, second, said = pair
    shown = column_names(table.text(cell).strip() for cell in line.cells)
    _require_width(line, sample, table.mark)
    key = [k for k, name in enumerate(names) if any(name in words for words in PARCEL)]
    how = f"coordinates are {shown[first]!r} and {shown[second]!r} (line {line.number}), {said}"
    taken = {first, second, *key}
    return Columns(
        names=shown,
        first=first,
        second=second,
        how=how,
        header=line,
        order=_named(names, ORDER, taken),
        edge=_named(names, EDGE, taken),
        key=key,
        code=_named(names, CODE, taken),
    )


def _named(names: Sequence[str], words: frozenset[str], taken: set[int]) -> int | None:
    return next((k for k, name in enumerate(names) if name in words and k not in taken), None)


def _require_width(header: Line, sample: Sequence[Line], mark: Mark) -> None:
    """Refuse tables whose decimal commas also part the cells: nobody can tell them apart."""
    wide = [
        line
        for line in sample
        if line.number > header.number
        and len(line.cells) > len(header.cells)
        and all(number(cell, mark) is not None for cell in line.cells[len(header.cells) :])
    ]
    rows = sum(line.number > header.number and not line.is_blank for line in sample)
    if rows and len(wide) > rows / 2:
        raise Refused(
            "cells_and_header_differ",
            f"line {wide[0].number} has {len(wide[0].cells)} cells, the header "
            f"{len(header.cells)}; if the comma is the decimal mark, save the table with "
            "semicolons or tabs between the cells",
        )


def _by_values(sample: Sequence[Line], mark: Mark) -> Columns | None:
    """Find the coordinates of a table without header by what the numbers look like."""
    rows = [line for line in sample if not line.is_blank]
    widths = [len(line.cells) for line in rows]
    width = max(set(widths), key=widths.count, default=0)
    values = [
        [number(cell, mark) for cell in line.cells] for line in rows if len(line.cells) == width
    ]
    metric = [k for k in range(width) if _share(values, k, _is_metric)]
    degrees = [k for k in range(width) if _share(values, k, _is_degree)]
    pair = metric or degrees
    if len(pair) < 2:  # noqa: PLR2004 - two coordinates
        return None
    if len(pair) > 2:  # noqa: PLR2004
        listed = ", ".join(str(k + 1) for k in pair)
        raise Refused(
            "columns_unclear",
            f"columns {listed} could all be coordinates; begin the table with a line of names, "
            "such as SO_TO;SO_THUA;STT;X;Y",
        )
    first, second = pair
    order = next(
        (k for k in range(width) if k not in pair and _counts([v[k] for v in values])), None
    )
    edge = _edge_after(values, second, width)
    names = [f"column_{k + 1}" for k in range(width)]
    key = [k for k in range(first) if k not in (order, edge)]
    how = (
        f"no line names the columns; {first + 1} and {second + 1} hold "
        f"{'metres' if metric else 'degrees'}: the place of the parcels tells which is north"
    )
    return Columns(names, first, second, how, order=order, edge=edge, key=key)


def _share(
    values: Sequence[list[float | None]], column: int, fits: Callable[[float], bool]
) -> bool:
    found = [row[column] for row in values]
    return bool(found) and sum(fits(v) for v in found if v is not None) >= MOST * len(found)


def _is_metric(value: float) -> bool:
    return 10_000 <= abs(value) < 10_000_000  # noqa: PLR2004 - of a plane in metres


def _is_degree(value: float) -> bool:
    return abs(value) <= DEGREES and value != int(value) and len(repr(value)) > 6  # noqa: PLR2004


def _counts(values: Sequence[float | None]) -> bool:
    """Answer whether a column mostly counts up by one."""
    steps = [b - a for a, b in pairwise(values) if a is not None and b is not None]
    return bool(steps) and sum(step == 1 for step in steps) >= len(steps) / 2


def _edge_after(values: Sequence[list[float | None]], second: int, width: int) -> int | None:
    """Take a column of small positive numbers after the coordinates for lengths of edges."""
    for k in range(second + 1, width):
        found = [row[k] for row in values if row[k] is not None]
        if found and all(v is not None and 0 < v < 10_000 for v in found):  # noqa: PLR2004
            return k
    return None
