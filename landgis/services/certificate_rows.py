"""The rows of a list of certificates, as far as they can be read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from landgis.cadastre.certificates import LONGEST_SERIAL, Certificate, serial_key
from landgis.errors import Refused
from landgis.services.csv_rows import csv_rows

COLUMNS = ("serial", "parcel", "book_no", "issued_on", "ended_on")
LONGEST = 200
"""Characters of a cell."""


@dataclass(frozen=True)
class Row:
    """A row that says something."""

    number: int
    """Counted from 1 below the heading."""

    serial: str
    parcel: str
    """UUID, tile id, or unit/sheet/number."""

    book_no: str | None
    issued_on: date | None
    ended_on: date | None

    def of(self, parcel_id: UUID) -> Certificate:
        """Answer the certificate, its parcel found."""
        return Certificate(self.serial, parcel_id, self.book_no, self.issued_on, self.ended_on)


class NotNoted(NamedTuple):
    """A row that is not kept, and why."""

    row: int
    code: str
    why: str


def rows_of(content: bytes) -> list[Row | NotNoted]:
    """Answer the rows of a table with the columns ``COLUMNS``; serial and parcel must be there.

    Raises
    ------
    Refused
        ``bad_body``, ``unknown_column``, ``no_rows``.
    """
    listed = list(csv_rows(content, "serial"))
    if not listed:
        raise Refused("no_rows", "There is no certificate in this table")
    unknown = sorted({name for row in listed for name in row}.difference(COLUMNS))
    if unknown:
        raise Refused(
            "unknown_column", f"{unknown[0][:80]!r} is no column; there are {', '.join(COLUMNS)}"
        )
    return [_row(number, cells) for number, cells in enumerate(listed, start=1)]


def _row(number: int, cells: Mapping[str, str]) -> Row | NotNoted:
    said = {name: cell.strip() for name, cell in cells.items() if cell.strip()}
    for name, cell in said.items():
        if len(cell) > LONGEST or not cell.isprintable():
            why = f"{name} must be a text of {LONGEST} characters at most"
            return NotNoted(number, "bad_row", why)
    serial, parcel = said.get("serial", ""), said.get("parcel", "")
    if serial_key(serial) is None:
        why = f"{serial!r} is no serial: {LONGEST_SERIAL} letters and digits at most"
        return NotNoted(number, "bad_serial", why)
    if not parcel:
        return NotNoted(number, "bad_row", "parcel is missing: UUID, fid, or unit/sheet/number")
    days = {}
    for name in ("issued_on", "ended_on"):
        try:
            days[name] = date.fromisoformat(said[name]) if name in said else None
        except ValueError:
            return NotNoted(number, "bad_row", f"{name} is no day like 2025-07-01: {said[name]!r}")
    return Row(number, serial, parcel, said.get("book_no"), days["issued_on"], days["ended_on"])
