"""The rows of a batch as a table, CSV for scripts and a workbook for people, written as they come.

A table that people open in a spreadsheet must not run what a file says: a text that a spreadsheet
would take for a formula is marked as text.
"""

import csv
import io
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.mends import RULES as REGISTER_RULES
from landgis.cadastre.mends import StagedRow
from landgis.cadastre.parcels import TEXT_COLUMNS
from landgis.cadastre.rules import RULES
from landgis.documents.words import Words, language

OWN = ("row", "state", "reasons", "why", "mended", *TEXT_COLUMNS, "land_use", "register_area_m2")
"""Columns that every table has: the row, its fate, and its parcel as it is understood."""

AS_FOUND = "file:"
"""Before the name of a column as the file has it: it may be called like one of ours."""

FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
"""First letters of what spreadsheets evaluate. Source: OWASP, CSV Injection, 2024."""

BOM = "\ufeff"
"""Without it Excel reads a CSV file in the machine's own encoding."""

CELL_LETTERS = 32_767
SHEET_ROWS = 1_048_576
"""Longest text of a cell, rows of a sheet. Source: Excel specifications and limits."""

BOOK = {
    # Rows go to the disk as they come.
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


class Line(NamedTuple):
    """A row with its columns as found."""

    row: StagedRow
    attributes: Mapping[str, Any]


def as_csv(lines: Iterable[Line], jurisdiction: Jurisdiction, lang: str | None) -> Iterator[str]:
    """Answer the lines of a CSV file (RFC 4180, UTF-8 with its mark), the head first."""
    table = _Table(lines, Words(language(lang, jurisdiction)))
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    buffer.write(BOM)
    for cells in chain([table.head], table):
        writer.writerow([harmless(cell) for cell in cells])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def write_xlsx(
    path: Path, lines: Iterable[Line], jurisdiction: Jurisdiction, lang: str | None
) -> None:
    """Write a workbook to a path; more rows than a sheet holds go on in another sheet."""
    table = _Table(lines, Words(language(lang, jurisdiction)))
    with xlsxwriter.Workbook(path, BOOK) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        page: Worksheet | None = None
        at = SHEET_ROWS
        for cells in chain([()], table):
            if at == SHEET_ROWS:
                page, at = book.add_worksheet(), 1
                page.freeze_panes(1, 0)
                for i, name in enumerate(table.head):
                    page.write_string(0, i, name, bold)
            if page is not None and cells:
                for i, cell in enumerate(cells):
                    put(page, at, i, cell)
                at += 1


class _Table:
    """Rows as cells; the columns of the file are those of its first row that has any."""

    def __init__(self, lines: Iterable[Line], words: Words) -> None:
        self._words = words
        self._titles = {rule.code: rule.title for rule in (*RULES, *REGISTER_RULES)}
        before: list[Line] = []
        self._found: tuple[str, ...] = ()
        rest = iter(lines)
        for line in rest:
            before.append(line)
            if line.attributes:
                self._found = tuple(line.attributes)
                break
        self._lines = chain(before, rest)
        self.head = (*OWN, *(AS_FOUND + name for name in self._found))

    def __iter__(self) -> Iterator[Sequence[Any]]:
        for line in self._lines:
            yield (*self._own(line.row), *(line.attributes.get(name) for name in self._found))

    def _own(self, row: StagedRow) -> tuple[Any, ...]:
        facts = row.facts
        return (
            row.row,
            row.state,
            ", ".join(row.reasons),
            "; ".join(self._why(code) for code in row.reasons),
            row.version,
            *(facts[name] for name in TEXT_COLUMNS),
            "+".join(share.code for share in facts["land_uses"] or ()),
            facts["register_area_m2"],
        )

    def _why(self, code: str) -> str:
        title = self._titles.get(code)
        return self._words.named("reason", code) if title is None else self._words.pick(title)


def harmless(cell: Any) -> Any:
    """Answer a cell that no spreadsheet evaluates: a text that is no number is marked as text."""
    if not isinstance(cell, str):
        return _plain(cell)
    return "'" + cell if cell.lstrip(" ").startswith(FORMULA_STARTS) and not _number(cell) else cell


def _plain(cell: Any) -> Any:
    return None if isinstance(cell, float) and not math.isfinite(cell) else cell


def _number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def put(page: Worksheet, at: int, column: int, cell: Any) -> None:
    """Write a cell: numbers as numbers, everything else as text, nothing for nothing."""
    cell = _plain(cell)
    if cell is None or cell == "":
        return
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        page.write_number(at, column, cell)
        return
    text = str(cell).encode("utf-8", "replace").decode()
    page.write_string(
        at, column, text if len(text) <= CELL_LETTERS else text[: CELL_LETTERS - 1] + "…"
    )
