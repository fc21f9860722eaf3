"""Fixes that were made on rows of a batch, kept so that they can be told and taken back."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from landgis.cadastre.batches import RowState
from landgis.cadastre.mends import Mend, StagedRow


class FixedRow(NamedTuple):
    """One row of a fix, as it is told afterwards."""

    row: int
    version: int
    """Of the row once it was fixed; another one now: somebody has changed it since."""

    was: RowState
    """State of the row before."""

    area_before_m2: float
    area_after_m2: float
    reasons: tuple[str, ...] = ()
    """Why it was held back before."""


@dataclass(frozen=True)
class FixRecord:
    """A fix that was made, or taken back."""

    fix_id: UUID
    finding_id: str
    rule: str
    kind: str
    by: str
    reason: str
    moved_m: float
    rows: tuple[FixedRow, ...]
    undoes: UUID | None = None
    """The fix that it takes back; None: it is one itself."""

    undone_by: UUID | None = None
    """The entry that took it back; None: it stands."""

    at: datetime | None = None
    """None until it is kept."""


@dataclass(frozen=True)
class FixWrite:
    """A fix with the mends that it consists of."""

    record: FixRecord
    mends: tuple[tuple[Mend, StagedRow], ...]
    """Each with its row as it is to be."""
