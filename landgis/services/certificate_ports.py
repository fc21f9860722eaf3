"""What certificates need of the world."""

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from landgis.cadastre.certificates import Certificate, Noted


class Certificates(Protocol):
    """Keeps certificates."""

    def note(self, said: Sequence[Certificate], by: str) -> "Counter[Noted]":
        """Keep what is new in a list of certificates, with one audit entry."""
        ...

    def of_serial(self, key: str) -> list[Certificate]:
        """Answer what is known of a serial; a row for each parcel."""
        ...

    def count_question(self, asker: bytes, window_s: int) -> tuple[int, int]:
        """Count a question; how many that makes in its window, and seconds until that is over."""
        ...
