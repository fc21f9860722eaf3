"""An import as a value: the batch, its counts that always add up, and the rows it holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

Status = Literal[
    "queued",
    "reading",
    "validating",
    "staged",
    "publishing",
    "published",
    "refused",
    "failed",
    "cancelled",
]

RowState = Literal["accepted", "quarantined", "unreadable"]


@dataclass(frozen=True)
class Counts:
    """Rows of a source by fate: ``read == accepted + quarantined + unreadable``, always."""

    accepted: int = 0
    quarantined: int = 0
    unreadable: int = 0

    @property
    def read(self) -> int:
        """Rows that the source holds."""
        return self.accepted + self.quarantined + self.unreadable

    def as_dict(self) -> dict[str, int]:
        """Answer the counts as reports and the API show them."""
        return {
            "read": self.read,
            "accepted": self.accepted,
            "quarantined": self.quarantined,
            "unreadable": self.unreadable,
        }


@dataclass(frozen=True)
class RowFate:
    """What became of one row of the source."""

    row: int
    state: RowState
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class RawColumns:
    """Rows as found in the source, column by column; may hold personal data."""

    rows: NDArray[np.int64]
    columns: Mapping[str, NDArray[Any]]
    """Decoded text or numbers by name, in file order."""

    records: NDArray[np.void] | None
    """Raw DBF records; None for formats that have none."""


@dataclass(frozen=True)
class RawRows:
    """Rows as found in the source, whatever became of them; may hold personal data."""

    rows: Sequence[int]
    attributes: Sequence[dict[str, Any]]
    records: Sequence[bytes | None]
    """Raw DBF records; None for formats that have none."""


@dataclass(frozen=True)
class Batch:
    """One file handed in, from upload to publication."""

    batch_id: UUID
    file_name: str
    sha256: str
    bytes: int
    options: dict[str, Any]
    status: Status
    created_by: str
    created_at: datetime
    counts: Counts = field(default_factory=Counts)
    progress: dict[str, Any] = field(default_factory=dict)
    evidence: dict[str, Any] = field(default_factory=dict)
    by_rule: list[dict[str, Any]] = field(default_factory=list)
    survey_epsg: int | None = None
    identity_fields: tuple[str, ...] = ()
    base_revision: int = 0
    published_revision: int | None = None
    error: dict[str, Any] | None = None
    timings: dict[str, float] = field(default_factory=dict)
