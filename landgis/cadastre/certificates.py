"""Certificates: papers in people's hands, each with a serial printed on it, and their parcels."""

import unicodedata
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal
from uuid import UUID

LONGEST_SERIAL = 40
"""Characters of a serial as written; Vietnamese ones have a dozen."""

State = Literal["in_force", "ended"]
Noted = Literal["added", "changed", "unchanged"]


def serial_key(serial: str) -> str | None:
    """Answer what two ways of writing one serial have in common; None: it is no serial.

    Capitals and small letters, blanks, dots and hyphens are no difference; letters with and without
    a stroke or an accent are: ``DD 123456`` and ``ĐĐ 123456`` are two papers.
    """
    text = unicodedata.normalize("NFC", serial).upper()
    key = "".join(c for c in text if not (c.isspace() or c in ".-‐‑–"))
    is_serial = key.isalnum() and any(c.isdigit() for c in key)
    return key if is_serial and len(serial) <= LONGEST_SERIAL else None


@dataclass(frozen=True)
class Certificate:
    """One certificate of one parcel; a paper for three parcels is three of these."""

    serial: str
    """As the office writes it."""

    parcel_id: UUID
    book_no: str | None = None
    """Number in the register of certificates (số vào sổ)."""

    issued_on: date | None = None
    ended_on: date | None = None
    """First day on which it is no longer in force: withdrawn, or replaced by another."""

    @property
    def key(self) -> str:
        """Answer the serial as it is looked for."""
        return serial_key(self.serial) or ""

    def state(self, today: date) -> State:
        """Answer whether it is in force on a day."""
        return "ended" if self.ended_on is not None and self.ended_on <= today else "in_force"

    def says_the_same(self, other: "Certificate") -> bool:
        """Answer whether another row of the same paper and parcel has nothing new to say."""
        return replace(self, serial=other.serial) == other
