"""The workbook that was sent, with one column more: what became of each row.

Its own parts stay byte for byte; only cells are put into one sheet, so that formats, formulas,
pictures and whatever else a program keeps in a workbook are as their author left them.
"""

import mmap
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape

from landgis.errors import Refused

BOOK = "xl/workbook.xml"
BOOK_LINKS = "xl/_rels/workbook.xml.rels"
CELL_LETTERS = 32_767
"""Longest text of a cell. Source: Excel specifications and limits."""

MOST_COLUMNS = 16_384
"""Columns of a sheet. Source: the same."""

ROW_DIGITS = 7
"""Of the last row, 1,048,576."""

REFERENCE = re.compile(r"([A-Z]{1,3})(\d+)")
SPANS = re.compile(rb'\s+spans="[^"]*"')
EXTENT = re.compile(rb'\bref="[^"]*"')
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def write(parts: Mapping[str, Path], target: Path, sheet: str, cells: Mapping[int, str]) -> None:
    """Write a workbook with a column added to one of its sheets.

    Parameters
    ----------
    parts
        Parts of the workbook as sent, by name, unpacked to files; in their order.
    target
        New file.
    cells
        Row of the sheet -> text of its new cell, the head's among them.

    Raises
    ------
    Refused
        ``workbook_not_answered``: its XML is of a form in which no cell can be put.
    """
    names = {name.lower(): name for name in parts}
    page = names.get(_part_of(parts, names, sheet).lower())
    if page is None:
        raise _refused("the sheet is not where the workbook says")
    with zipfile.ZipFile(target, "x", zipfile.ZIP_DEFLATED) as made:
        for name, path in parts.items():
            if name != page:
                made.write(path, name)
                continue
            with made.open(name, "w") as out:
                for piece in _with_cells(path, cells):
                    out.write(piece)


def _part_of(parts: Mapping[str, Path], names: Mapping[str, str], sheet: str) -> str:
    """Answer the part that holds a sheet: the workbook names it, its links say where."""
    link = next(
        (
            a
            for tag, a in _elements(parts[names[BOOK]])
            if tag == "sheet" and a.get("name") == sheet
        ),
        {},
    )
    wanted = next((value for name, value in link.items() if name.split(":")[-1] == "id"), None)
    for tag, attributes in _elements(parts[names[BOOK_LINKS]]):
        if tag == "Relationship" and attributes.get("Id") == wanted:
            place = attributes.get("Target", "")
            return place[1:] if place.startswith("/") else f"xl/{place}"
    raise _refused("the sheet is not where the workbook says")


def _elements(path: Path) -> list[tuple[str, dict[str, str]]]:
    found: list[tuple[str, dict[str, str]]] = []
    parser = _parser()
    parser.StartElementHandler = lambda name, a: found.append((name.split(":")[-1], a))
    _parse(parser, path)
    return found


def _parser() -> Any:
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.XmlDeclHandler = _refuse_encoding
    return parser


def _refuse_doctype(*_: object) -> None:
    raise _refused("it has a document type")


def _refuse_encoding(_version: str, encoding: str | None, _alone: int) -> None:
    if encoding is not None and encoding.lower() not in {"utf-8", "utf8", "us-ascii"}:
        raise _refused(f"it is written in {encoding}")


def _parse(parser: Any, path: Path) -> None:
    try:
        with path.open("rb") as file:
            parser.ParseFile(file)
    except expat.ExpatError as problem:
        raise _refused(str(problem)) from problem


@dataclass
class _Places:
    """Where in the bytes of a sheet its rows begin and end."""

    rows: dict[int, tuple[int, int, str, str | None]] = field(default_factory=dict)
    """Row -> begin, place of its end tag, prefix of its elements, style of its last cell."""

    extent: int | None = None
    columns: int = 0


class _Finder:
    """Follows a sheet's XML; byte places are the parser's own."""

    def __init__(self, parser: Any) -> None:
        self._parser = parser
        self.found = _Places()
        self._row = self._column = 0
        self._begin = 0
        self._style: str | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take an opening tag."""
        tag = name.rsplit(":", maxsplit=1)[-1]
        if tag == "dimension":
            self.found.extent = self._parser.CurrentByteIndex
        elif tag == "row":
            stated = attributes.get("r", str(self._row + 1))
            if not (stated.isdecimal() and len(stated) <= ROW_DIGITS):
                raise _refused(f"it numbers a row {stated[:20]!r}")
            self._row = int(stated)
            self._column, self._style = 0, None
            self._begin = self._parser.CurrentByteIndex
        elif tag == "c":
            match = REFERENCE.fullmatch(attributes.get("r", ""))
            self._column = _number(match[1]) if match else self._column + 1
            self._style = attributes.get("s")
            self.found.columns = max(self.found.columns, self._column)

    def end(self, name: str) -> None:
        """Take a closing tag."""
        prefix, _, tag = name.rpartition(":")
        at = self._parser.CurrentByteIndex
        if tag == "row" and at != self._begin:  # the same place: <row/>, which has no cells
            self.found.rows[self._row] = (
                self._begin,
                at,
                f"{prefix}:" if prefix else "",
                self._style,
            )


def _with_cells(path: Path, cells: Mapping[int, str]) -> list[bytes]:
    """Answer the bytes of a sheet with the new cells put before the ends of their rows."""
    parser = _parser()
    finder = _Finder(parser)
    parser.StartElementHandler, parser.EndElementHandler = finder.start, finder.end
    _parse(parser, path)
    places = finder.found
    if places.columns >= MOST_COLUMNS:
        raise _refused("no column is left beside its table")
    letters = _letters(places.columns + 1)
    head = min(cells, default=0)
    pieces, at = [], 0
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as xml:
        if places.extent is not None:
            end = xml.find(b">", places.extent)
            last = max([*places.rows, 1])
            extent = f'ref="A1:{letters}{last}"'.encode()
            pieces += [xml[: places.extent], EXTENT.sub(extent, xml[places.extent : end])]
            at = end
        for row, (begin, close, prefix, style) in places.rows.items():
            if row not in cells:
                continue
            end = xml.find(b">", begin)
            # Which columns a row spans is only a hint, and it would be wrong now.
            pieces += [xml[at:begin], SPANS.sub(b"", xml[begin:end]), xml[end:close]]
            pieces.append(
                _cell(f"{letters}{row}", cells[row], prefix, style if row == head else None)
            )
            at = close
        pieces.append(xml[at:])
    return pieces


def _cell(place: str, text: str, prefix: str, style: str | None) -> bytes:
    shown = UNPRINTABLE.sub("\ufffd", text.encode("utf-8", "replace").decode())
    if len(shown) > CELL_LETTERS:
        shown = shown[: CELL_LETTERS - 1] + "…"
    styled = f' s="{int(style)}"' if style and style.isdecimal() else ""
    return (
        f'<{prefix}c r="{place}"{styled} t="inlineStr"><{prefix}is><{prefix}t xml:space="preserve">'
        f"{escape(shown)}</{prefix}t></{prefix}is></{prefix}c>"
    ).encode()


def _letters(column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _number(letters: str) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column


def _refused(why: str) -> Refused:
    return Refused(
        "workbook_not_answered",
        f"No column can be put into the workbook ({why}); save it anew from Excel as .xlsx, or "
        "ask for the results as JSON",
    )
