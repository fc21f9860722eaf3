"""Lists of vertices, a line each, as the parcels they go around."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from landgis.ingest.decimals import number
from landgis.ingest.delimited import Line, Table
from landgis.ingest.headings import declared_zone, facts, parcel_named
from landgis.ingest.vertex_columns import Columns, is_header, plain_names

RING_POINTS = 4
"""A closed ring has at least three vertices and the first again."""

SHEET_NAMES = frozenset({"MA_XA", "SO_TO"})
"""What a heading says holds until another one says otherwise; the rest is about one parcel."""


class Vertex(NamedTuple):
    """One line of a list."""

    line: int
    order: str
    x: float
    y: float
    edge: float | None


@dataclass(eq=False)
class Block:
    """The lines of one parcel, or a single line that belongs to none."""

    line: int
    key: tuple[str, ...] = ()
    facts: dict[str, str] = field(default_factory=dict)
    rings: list[list[Vertex]] = field(default_factory=list)
    """A list that returns to its start begins another ring."""

    values: dict[int, dict[str, None]] = field(default_factory=dict)
    """Column -> the different values of its cells."""

    problem: tuple[str, str] | None = None
    """Code and sentence, when the parcel cannot be read."""

    by_order: dict[str, Vertex] = field(default_factory=dict)
    """Of the last ring."""

    @property
    def is_closed(self) -> bool:
        """Answer whether the last vertex is the first of its ring again."""
        if not self.rings or len(self.rings[-1]) < RING_POINTS:
            return False
        first, last = self.rings[-1][0], self.rings[-1][-1]
        return (first.x, first.y) == (last.x, last.y)

    def add(self, vertex: Vertex) -> None:
        """Go on with the last ring, or begin one."""
        if not self.rings or self.is_closed:
            self.rings.append([])
            self.by_order = {}
        self.rings[-1].append(vertex)
        if vertex.order:
            self.by_order.setdefault(vertex.order, vertex)


@dataclass
class Found:
    """Everything that was in a list of vertices."""

    blocks: list[Block] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    """What the lines are -> how many."""

    titles: list[int] = field(default_factory=list)
    """Lines of text that say nothing of a parcel."""

    zones: dict[tuple[float, bool] | int, int] = field(default_factory=dict)
    """Coordinate systems that titles name -> the line."""


class VertexReader:
    """Goes through the lines of a list once."""

    def __init__(self, table: Table, columns: Columns, *, restarts: bool) -> None:
        self._table = table
        self._columns = columns
        self._restarts = restarts
        self._kept = (*columns.key, *columns.others)
        self._repeated: tuple[Block | None, list[str]] = (None, [])
        self._found = Found()
        self._latest: dict[tuple[str, ...], Block] = {}
        self._block: Block | None = None
        self._sheet: dict[str, str] = {}
        self._heading: dict[str, str] = {}

    def read(self) -> Found:
        """Answer what every line is."""
        header = self._columns.header
        begun = header is None
        for line in self._table.lines():
            if line.broken is not None:
                self._stray(line, line.broken)
            elif line.is_blank:
                self._found.kinds["blank"] += 1
                self._end_unless_keyed()
            elif header is not None and line.number == header.number:
                self._found.kinds["header"] += 1
                begun = True
            elif begun:
                self._take(line)
            else:
                self._words(line, is_title=True)
        self._drop_heading(None)
        return self._found

    def _take(self, line: Line) -> None:
        cells, columns = line.cells, self._columns
        x, y = (self._number(cells, at) for at in (columns.first, columns.second))
        if x is not None and y is not None:
            self._vertex(line, x, y)
        elif is_header(plain_names(line, self._table)):
            self._found.kinds["header"] += 1
            self._end_unless_keyed()
        elif self._is_edge(cells):
            self._found.kinds["edge"] += 1
        elif self._is_bad_vertex(cells, x, y):
            self._bad_vertex(line)
        else:
            self._words(line, is_title=self._reads_as_words(line))

    def _number(self, cells: Sequence[str], at: int | None) -> float | None:
        return None if at is None or at >= len(cells) else number(cells[at], self._table.mark)

    def _cell(self, cells: Sequence[str], at: int | None) -> str:
        return "" if at is None or at >= len(cells) else cells[at].strip()

    def _is_edge(self, cells: Sequence[str]) -> bool:
        """Answer whether only the length of an edge stands there, between its two vertices."""
        filled = [k for k, cell in enumerate(cells) if cell.strip()]
        return filled == [self._columns.edge] and self._number(cells, filled[0]) is not None

    def _is_bad_vertex(self, cells: Sequence[str], x: float | None, y: float | None) -> bool:
        """Answer whether a line was meant as a vertex: one coordinate, or a parcel and a number."""
        if (x is None) != (y is None):
            return True
        keys = [self._cell(cells, k) for k in self._columns.key]
        others = sum(bool(cell.strip()) for cell in cells) > sum(map(bool, keys))
        if keys and all(keys) and others:
            return True
        return bool(self._number(cells, self._columns.order)) and bool(
            self._cell(cells, self._columns.first) or self._cell(cells, self._columns.second)
        )

    def _vertex(self, line: Line, x: float, y: float) -> None:
        cells, columns = line.cells, self._columns
        order = self._cell(cells, columns.order)
        vertex = Vertex(line.number, order, x, y, self._number(cells, columns.edge))
        block = self._block_of(line, vertex)
        block.add(vertex)
        self._found.kinds["vertex"] += 1
        self._keep_values(block, cells)

    def _keep_values(self, block: Block, cells: Sequence[str]) -> None:
        """Keep what a line says of its parcel, mostly what the line before said."""
        said = [cells[k] for k in self._kept if k < len(cells)]
        if self._repeated == (block, said):
            return
        self._repeated = (block, said)
        for k in self._kept:
            if value := self._cell(cells, k):
                block.values.setdefault(k, {})[value] = None

    def _block_of(self, line: Line, vertex: Vertex) -> Block:
        """Answer the parcel that a vertex goes on with, or a new one."""
        key = tuple(self._cell(line.cells, k) for k in self._columns.key)
        current = self._block
        if current is not None and key and not all(key):  # left blank below a parcel's first line
            key = tuple(a or b for a, b in zip(key, current.key, strict=True))
        if current is None or current.key != key:
            known = self._latest.get(key) if key and self._restarts else None
            current = known if known is not None and vertex.order not in known.by_order else None
        elif not self._goes_on(current, vertex):
            current = None
        if current is None:
            current = Block(line.number, key, self._sheet | self._heading)
            self._heading = {}
            self._found.blocks.append(current)
            self._latest[key] = current
        self._block = current
        return current

    def _goes_on(self, block: Block, vertex: Vertex) -> bool:
        """Answer whether a vertex is the same parcel's: a number that comes again is not."""
        if block.is_closed:
            return bool(block.key)
        same = block.by_order.get(vertex.order)
        return same is None or (same.x, same.y) == (vertex.x, vertex.y) or not self._restarts

    def _bad_vertex(self, line: Line) -> None:
        columns = self._columns
        wrong = [
            f"{columns.names[at]} is {self._table.text(self._cell(line.cells, at))[:40]!r}"
            for at in (columns.first, columns.second)
            if self._number(line.cells, at) is None
        ]
        nan = float("nan")
        order = self._cell(line.cells, columns.order)
        block = self._block_of(line, Vertex(line.number, order, nan, nan, None))
        self._keep_values(block, line.cells)
        self._found.kinds["bad vertex"] += 1
        if block.problem is None:
            block.problem = ("vertex_unreadable", f"line {line.number}: {' and '.join(wrong)}")

    def _words(self, line: Line, *, is_title: bool) -> None:
        text = " ".join(self._table.text(cell).strip() for cell in line.cells)
        named = parcel_named(text)
        said = facts(text, " ".join(line.cells), self._table.mark)
        zone = declared_zone(text)
        if zone is not None:
            self._found.zones.setdefault(zone, line.number)
        if named or (said and not self._columns.key):
            self._found.kinds["heading"] += 1
            self._head(line, named, said)
        elif is_title or said:
            self._found.kinds["title"] += 1
            self._found.titles.append(line.number)
        else:
            self._stray(line, "it is no vertex, no heading and no text")

    def _head(self, line: Line, named: Mapping[str, str], said: Mapping[str, str]) -> None:
        """Begin the parcel that a heading names, or add to the one at hand."""
        if not named:
            (self._heading if self._block is None else self._block.facts).update(said)
            return
        if "SO_THUA" in named:
            self._drop_heading(line)
        self._block = None
        self._sheet |= {k: v for k, v in named.items() if k in SHEET_NAMES}
        self._heading |= {**named, **said}

    def _drop_heading(self, line: Line | None) -> None:
        """Name the parcel that a heading announced and no vertex followed."""
        if "SO_THUA" in self._heading and self._block is None and not self._columns.key:
            where = "the end" if line is None else f"line {line.number}"
            why = f"no vertices before {where}"
            at = 0 if line is None else line.number
            self._found.blocks.append(
                Block(at, facts=self._sheet | self._heading, problem=("damaged_geometry", why))
            )
            self._heading = {}

    def _stray(self, line: Line, why: str) -> None:
        self._found.kinds["not understood"] += 1
        self._found.blocks.append(
            Block(line.number, problem=("line_not_understood", f"line {line.number}: {why}"))
        )

    def _reads_as_words(self, line: Line) -> bool:
        first = next(cell.strip() for cell in line.cells if cell.strip())
        if all(number(cell, self._table.mark) is None for cell in line.cells):
            return True
        return any(c.isalpha() for c in first) and len(line.cells) != len(self._columns.names)

    def _end_unless_keyed(self) -> None:
        if not self._columns.key and self._block is not None:
            self._block = None
