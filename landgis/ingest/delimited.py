"""Text tables (CSV, TXT) as numbered lines of cells, whatever wrote them.

Text that is not UTF-16 stays Latin-1 of the file's bytes, so that the encoding of each column is
decided where every other format's is.
"""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from landgis.errors import Refused
from landgis.ingest import encodings
from landgis.ingest.decimals import Mark, decimal_mark, number
from landgis.ingest.tcvn3 import CODEC as TCVN3
from landgis.ingest.viscii import CODEC as VISCII
from landgis.ingest.vni import CODEC as VNI

SEPARATORS = (";", "\t", "|", ",")
BLANKS = "blanks"
"""Runs of blanks separate cells."""

BYTES_LIMIT = 512 * 1024**2
LINE_LIMIT = 32 * 1024**2
"""Longest line; the largest parcel of 10,000 vertices has 1 MB of WKT."""

QUOTED_LINES = 100
"""A quoted cell that does not end within so many lines was never meant to begin."""

SAMPLE_LINES = 2000
PEEK_BYTES = 64 * 1024
LEGACY = (TCVN3, VNI, VISCII, "cp1258", "cp1252")
"""Encodings that column names which are not UTF-8 are tried in."""

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_RUN = re.compile(r"[ \t]+")
_WKT = re.compile(r"(?is)\s*(?:SRID=\d+;)?\s*(?:MULTI)?POLYGON[^A-Z]*\(.*\)\s*")


class Line(NamedTuple):
    """One record of a table."""

    number: int
    """Line of the file that it begins at, counted from 1."""

    cells: list[str]
    broken: str | None = None
    """Why it cannot be taken apart; then ``cells`` holds the line as it is."""

    doubts: Mapping[int, str] = MappingProxyType({})
    """Cells whose text is not what their author saw -> why."""

    @property
    def is_blank(self) -> bool:
        """Answer whether no cell says anything."""
        return not any(cell and not cell.isspace() for cell in self.cells)


class Table(NamedTuple):
    """A table that can be gone through more than once."""

    lines: Callable[[], Iterator[Line]]
    text: Callable[[str], str]
    """A cell as people read it."""

    mark: Mark
    is_bytes: bool
    """Cells are Latin-1 of bytes, still to be decoded."""

    notes: list[tuple[str, str]]
    """What was found out about the file, as code and sentence."""

    separator: str = ","
    sheet: str | None = None


def column_names(names: Iterable[str]) -> list[str]:
    """Answer names of columns that are all there and all different: the second gets ``_2``."""
    distinct: dict[str, None] = {}
    for at, name in enumerate(names, 1):
        free, count = name, 1
        while not free or free in distinct:
            count += bool(free)
            free = f"{name}_{count}" if name else f"column_{at}"
        distinct[free] = None
    return list(distinct)


def open_delimited(path: Path) -> Table:
    """Answer the table in a text file, its separator and decimal mark told from the lines.

    Raises
    ------
    Refused
        ``table_too_large``, ``not_a_table``.
    """
    size = path.stat().st_size
    if size > BYTES_LIMIT:
        raise Refused(
            "table_too_large", f"{size} bytes, the limit is {BYTES_LIMIT}; send it in parts"
        )
    with path.open("rb") as file:
        head = file.read(PEEK_BYTES)
    is_utf16 = head.startswith(_UTF16)
    if not is_utf16 and b"\0" in head:
        raise Refused("not_a_table", "it is no text (it has NUL bytes); export the table again")
    sample = [line for _, line in islice(_physical(path, is_utf16=is_utf16), SAMPLE_LINES)]
    separator, mark = _dialect(sample)
    codec = "utf-8" if is_utf16 or _is_utf8(path) else _legacy(sample)
    shown = {"\t": "tab", BLANKS: "blanks"}.get(separator, separator)
    notes = [
        (
            "table_form",
            f"cells are separated by {shown}, decimals by {mark}; column names read as {codec}",
        )
    ]

    def lines() -> Iterator[Line]:
        return _records(_physical(path, is_utf16=is_utf16), separator)

    def text(cell: str) -> str:
        return cell if cell.isascii() else cell.encode("latin-1").decode(codec, "replace")

    return Table(lines, text, mark, is_bytes=True, notes=notes, separator=separator)


def _physical(path: Path, *, is_utf16: bool) -> Iterator[tuple[int, str]]:
    """Give the lines with their numbers; ends of lines of any system."""
    with path.open("rb") as raw:
        if raw.read(3) != codecs.BOM_UTF8:
            raw.seek(0)
        encoding = "utf-16" if is_utf16 else "latin-1"
        with io.TextIOWrapper(raw, encoding=encoding, errors="replace", newline=None) as text:
            at = 0
            while line := text.readline(LINE_LIMIT):
                at += 1
                if len(line) == LINE_LIMIT:
                    raise Refused(
                        "not_a_table", f"line {at} is longer than {LINE_LIMIT} characters"
                    )
                line = line.rstrip("\n")
                yield at, line.encode("utf-8", "replace").decode("latin-1") if is_utf16 else line


def _records(lines: Iterator[tuple[int, str]], separator: str) -> Iterator[Line]:
    """Take lines apart; a quoted cell may go over several, one that never ends takes none along."""
    waiting: list[tuple[int, str]] = []
    while True:
        at, text = waiting.pop(0) if waiting else next(lines, (0, ""))
        if not at:
            return
        if '"' not in text or separator == BLANKS:
            yield Line(at, _split(text, separator))
            continue
        more = _rest_of_quoted(text, waiting, lines)
        if more is None:
            yield Line(at, [text], "a quotation mark opens a cell that never ends")
            continue
        whole = "\n".join((text, *more))
        try:
            yield Line(at, _unquoted(whole, separator))
        except csv.Error as problem:
            yield Line(at, [whole], str(problem))


def _rest_of_quoted(
    text: str, waiting: list[tuple[int, str]], lines: Iterator[tuple[int, str]]
) -> list[str] | None:
    """Answer the further lines that a record goes over; None when its quotes never close."""
    quotes, taken = text.count('"'), 0
    while quotes % 2:
        if taken == QUOTED_LINES:
            return None
        if taken == len(waiting):
            following = next(lines, None)
            if following is None:
                return None
            waiting.append(following)
        quotes += waiting[taken][1].count('"')
        taken += 1
    rest = [line for _, line in waiting[:taken]]
    del waiting[:taken]
    return rest


def _unquoted(text: str, separator: str) -> list[str]:
    csv.field_size_limit(LINE_LIMIT * QUOTED_LINES)
    return next(csv.reader(io.StringIO(text, newline=""), delimiter=separator), [])


def _split(text: str, separator: str) -> list[str]:
    if separator == BLANKS:
        stripped = text.strip(" \t")
        return _RUN.split(stripped) if stripped else []
    return text.split(separator) if text else []


def _dialect(sample: list[str]) -> tuple[str, Mark]:
    """Choose the separator under which lines are most alike and most cells are numbers.

    A polygon written as text has blanks and commas in itself: it is to stay in one cell.
    """
    lines = [line for line in sample if line.strip()]
    best, found = 0.0, (",", ".")
    for separator in (*SEPARATORS, BLANKS):
        parted = [line.cells for line in _records(enumerate(lines, 1).__iter__(), separator)]
        widths = Counter(len(cells) for cells in parted if len(cells) > 1)
        if not widths:
            continue
        mark = decimal_mark(cell for cells in parted for cell in cells)
        alike = widths.most_common(1)[0][1] / len(parted)
        told = _numbers(parted, mark) / sum(map(len, parted))
        whole = sum(any(map(_WKT.fullmatch, cells)) for cells in parted) / len(parted)
        if (score := alike + told + whole) > best:
            best, found = score, (separator, mark)
    return found[0], "," if found[1] == "," else "."


def _numbers(parted: Iterable[list[str]], mark: Mark) -> int:
    return sum(number(cell, mark) is not None for cells in parted for cell in cells)


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while chunk := file.read(1024 * 1024):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _legacy(sample: list[str]) -> str:
    return encodings.detect([line for line in sample if not line.isascii()], LEGACY).chosen
