"""The table of a shapefile, byte for byte as we say: names, widths, encoding."""

import codecs
from collections.abc import Callable, Sequence
from pathlib import Path
from struct import pack
from types import TracebackType
from typing import Any, NamedTuple, Self

from landgis.cadastre.exports import FileField
from landgis.documents.exported.table import Rows
from landgis.errors import Refused

NAME_BYTES = 10
MOST_BYTES = 254
"""Of a name and of a text. Source: dBASE III file structure, character fields."""

NUMBER, DECIMALS, INTEGER = 24, 11, 18
"""Widths; the decimals that are declared are no limit, numbers are written as short as exact."""

HEAD, DESCRIPTOR = 32, 32
END_OF_FIELDS, END_OF_FILE, LIVE = b"\r", b"\x1a", b" "
MOST_RECORDS_BYTES = 2**31 - 1
"""What programs take: offsets of 32 bits with a sign."""


class DbfField(NamedTuple):
    """A field as the file has it."""

    name: bytes
    kind: bytes
    width: int
    decimals: int
    text: Callable[[Any], bytes]
    """Answers a value as bytes of at most ``width``, unpadded."""


class DbfWriter:
    """Writes records one after the other; their number is put into the head at the end."""

    def __init__(self, path: Path, fields: Sequence[FileField], day: tuple[int, int, int]) -> None:
        self._fields = [_field(f, n) for f, n in zip(fields, short_names(fields), strict=True)]
        self._day = day
        self._records = 0
        self._width = 1 + sum(field.width for field in self._fields)
        self._file = path.open("wb")
        self._file.write(self._head())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if problem is None:
            self._file.write(END_OF_FILE)
            self._file.seek(0)
            self._file.write(self._head())
        self._file.close()

    def write(self, rows: Rows) -> None:
        """Write some records.

        Raises
        ------
        Refused
            ``text_too_long``, ``not_in_encoding``, ``shapefile_full``.
        """
        cells = [
            [field.text(value) for value in column]
            for field, column in zip(self._fields, rows.columns, strict=True)
        ]
        for column, field in zip(cells, self._fields, strict=True):
            pad = bytes.ljust if field.kind == b"C" else bytes.rjust
            column[:] = [pad(cell, field.width) for cell in column]
        self._records += len(rows.wkb)
        if self._records * self._width > MOST_RECORDS_BYTES:
            raise Refused(
                "shapefile_full",
                f"{self._records} parcels take more than the 2 GB of a shapefile; export unit by "
                "unit (--unit CODE) or as .gpkg",
            )
        self._file.write(b"".join(LIVE + b"".join(record) for record in zip(*cells, strict=True)))

    def _head(self) -> bytes:
        size = HEAD + DESCRIPTOR * len(self._fields) + 1
        year, month, day = self._day
        head = pack("<4BIHH20x", 3, year - 1900, month, day, self._records, size, self._width)
        fields = (pack("<11sc4xBB14x", f.name, f.kind, f.width, f.decimals) for f in self._fields)
        return head + b"".join(fields) + END_OF_FIELDS


def short_names(fields: Sequence[FileField]) -> list[str]:
    """Answer the names as a .dbf holds them, cut to ten bytes; what is alike then gets a number.

    Examples
    --------
    >>> short_names([FileField("register_area_m2", "number"), FileField("register_area", "text")])
    ['register_a', 'register_1']
    """
    taken: list[str] = []
    for field in fields:
        name, number = cut(field.name, NAME_BYTES, field.encoding), 0
        while name.upper() in {other.upper() for other in taken}:
            number += 1
            ending = f"_{number}"
            name = cut(field.name, NAME_BYTES - len(ending), field.encoding) + ending
        taken.append(name)
    return taken


def cut(text: str, most: int, encoding: str) -> str:
    """Answer the beginning of a text that fits into some bytes, no letter parted."""
    while len(text.encode(encoding, "replace")) > most:
        text = text[:-1]
    return text


def _field(field: FileField, name: str) -> DbfField:
    coded = name.encode(field.encoding, "replace")
    if field.kind == "number":
        return DbfField(coded, b"N", NUMBER, DECIMALS, _number)
    if field.kind == "integer":
        return DbfField(coded, b"N", INTEGER, 0, _number)
    width = min(field.width, MOST_BYTES)
    return DbfField(coded, b"C", width, 0, _texts(field, width))


def _number(value: Any) -> bytes:
    return b"" if value is None else repr(value).encode()


def _texts(field: FileField, width: int) -> Callable[[Any], bytes]:
    encode = codecs.getencoder(field.encoding)

    def text(value: Any) -> bytes:
        if value is None:
            return b""
        try:
            # What could not be read at its arrival cannot be written either.
            errors = "replace" if "\ufffd" in str(value) else "strict"
            coded, _ = encode(str(value), errors)
        except UnicodeEncodeError as problem:
            letter = problem.object[problem.start]
            raise Refused(
                "not_in_encoding",
                f"{field.name}: {value!r} has {letter!r}, which {field.encoding} cannot write; "
                "export as .gpkg, which holds every letter",
                field=field.name,
            ) from problem
        if len(coded) > width:
            raise Refused(
                "text_too_long",
                f"{field.name}: {value!r} takes {len(coded)} bytes, a shapefile holds {width}; "
                "export as .gpkg, which holds texts of any length",
                field=field.name,
            )
        return coded

    return text
