"""Whether the register is what its history says: what is compared, and what was found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from landgis.cadastre.parcels import Column, ParcelSet

SHOWN_PER_CODE = 1_000
"""Differences of one code that are kept; the others are only counted."""


class Difference(NamedTuple):
    """Something in the store that does not follow from the history."""

    code: str
    what: str
    where: str
    """The parcel, revision, sheet or entry it is about."""


class Head(NamedTuple):
    """The newest entry of the audit log: whoever keeps it elsewhere can tell a cut-off log."""

    seq: int
    sha256: bytes

    def __str__(self) -> str:
        return f"{self.seq}:{self.sha256.hex()}"


@dataclass(frozen=True)
class Size:
    """How much there is to verify."""

    parcels: int
    versions: int
    revisions: int
    entries: int
    """Of the audit log."""

    revision: int
    """The newest one; 0 for an empty register."""


@dataclass(frozen=True)
class Kept:
    """Versions of one survey plane as the store keeps them, with what it derived from them."""

    ids: Column
    revisions: NDArray[np.int64]
    """``(n,)`` revision that began each version."""

    parcels: ParcelSet
    identity_fields: tuple[str, ...] | None
    """What named them in the batch they came with; None: they came with no batch."""

    derived: Mapping[str, Column]
    """Columns named as in ``Derived``: all of them for live parcels, two for past versions."""


@dataclass
class Verdict:
    """What a verification found."""

    size: Size
    head: Head | None = None
    counts: dict[str, int] = field(default_factory=dict)
    """Code -> how many differences there are."""

    differences: list[Difference] = field(default_factory=list)
    """The first of each code."""

    def add(self, found: Difference) -> None:
        """Count a difference, and keep it if there are not too many of its code."""
        self.counts[found.code] = self.counts.get(found.code, 0) + 1
        if self.counts[found.code] <= SHOWN_PER_CODE:
            self.differences.append(found)

    @property
    def is_clean(self) -> bool:
        """Answer whether nothing was found."""
        return not self.counts
