"""A change of the register as a value: publish, edit and undo are all this one event."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from landgis.cadastre.live import NearBy
from landgis.cadastre.parcels import Column, LandUseShare, ParcelSet
from landgis.cadastre.register import Derived

Kind = Literal["publish", "edit", "undo"]


@dataclass(frozen=True)
class Before:
    """A live parcel that a change replaces or retires, as the change's author saw it."""

    parcel_id: UUID
    revision: int
    """Revision of the version that was seen; another one now means a lost race."""

    unit_code: str = ""
    """Unit it lies in, whose lock the change needs; ``""`` for none."""


@dataclass(frozen=True)
class Descent:
    """One edge of the lineage: ``child`` came out of ``parent``."""

    parent: UUID
    child: UUID


@dataclass(frozen=True)
class Part:
    """Parcels after a change that share a survey plane, with their canonical ids."""

    parcels: ParcelSet
    ids: Column
    """``(n,)`` UUID, in the order of ``parcels``."""


@dataclass(frozen=True)
class ChangeSet:
    """Everything one revision does to the register.

    An id in ``before`` and in ``after``: changed. Only in ``before``: retired. Only in ``after``:
    created, or brought back by an undo.
    """

    kind: Kind
    before: tuple[Before, ...]
    after: tuple[Part, ...]
    lineage: tuple[Descent, ...] = ()
    undoes: int | None = None
    """Revision that an ``undo`` takes back."""

    def units(self) -> tuple[str, ...]:
        """Answer the units the change writes into, sorted; ``""`` stands for no unit."""
        codes = {code or "" for part in self.after for code in part.parcels.unit_code}
        return tuple(sorted(codes | {b.unit_code for b in self.before}))

    def ids_after(self) -> list[UUID]:
        """Answer the ids of every parcel after the change, part by part."""
        return [i for part in self.after for i in part.ids]

    def __len__(self) -> int:
        return len({b.parcel_id for b in self.before} | set(self.ids_after()))

    @property
    def summary(self) -> "Summary":
        """Answer what the history says of this change in one line."""
        return Summary(self.kind, len(self), self.undoes)


class Summary(NamedTuple):
    """What the history says of a change in one line."""

    kind: Kind
    parcels: int
    undoes: int | None = None


class ParcelName(NamedTuple):
    """What people call a parcel by, in its present unit and in the one before."""

    unit_code: str | None
    sheet: str | None
    number: str | None
    old_unit_code: str | None
    old_sheet: str | None
    old_number: str | None


@dataclass(frozen=True)
class SurveyedParcel:
    """One parcel as an edit sees it: its survey geometry and what the register says of it."""

    parcel_id: UUID
    fid: int | None
    """None until it has been in the register."""

    revision: int | None
    """Revision of its live version; None for a parcel that only a draft knows."""

    survey_epsg: int
    geom: Any
    """shapely Polygon or MultiPolygon in the survey plane, vertices bit for bit as surveyed."""

    unit_code: str | None
    sheet: str | None
    number: str | None
    old_unit_code: str | None
    old_sheet: str | None
    old_number: str | None
    land_uses: tuple[LandUseShare, ...]
    register_area_m2: float | None
    address: str | None

    def as_before(self) -> Before:
        """Answer this live parcel as what a change replaces."""
        if self.revision is None:
            raise ValueError(f"parcel {self.parcel_id} is in no revision yet")
        return Before(self.parcel_id, self.revision, self.unit_code or "")


@dataclass(frozen=True)
class Neighbourhood:
    """What a change meets when it holds its locks: read again, in no race with anybody."""

    before: tuple[SurveyedParcel, ...]
    """The parcels it replaces or retires, as they are now."""

    neighbours: tuple[SurveyedParcel, ...]
    """Live parcels near what it writes, without those in ``before``."""


Check = Callable[[Neighbourhood], None]
"""Raises what speaks against a change, under its locks."""


@dataclass(frozen=True)
class Approved:
    """The draft that a change comes from, and what of it the approver was shown."""

    draft_id: UUID
    sha256: bytes
    approver_shown_as: str
    key: str | None = None
    """Idempotency key of the approval, kept so that the same request finds it done."""


@dataclass(frozen=True)
class Entry:
    """Who makes a change, and on what ground."""

    author: str
    approver: str | None = None
    basis: str | None = None
    record_no: str | None = None
    """Number of the dossier, as the office files it."""

    batch_id: UUID | None = None
    draft: Approved | None = None

    is_late: bool = False
    """True: rows of a batch that is in the register already, mended since."""

    effective_on: date | None = None
    """First day on which it is so in law; None: as if it had always been so."""


class NewParcels(NamedTuple):
    """Parcels that the register gets to know."""

    parcels: ParcelSet
    ids: NDArray[np.uint8]
    """``(n, 16)`` bytes of their canonical ids, ascending."""

    derived: Derived


@dataclass(frozen=True)
class Filling:
    """New parcels for units that hold none, too many to be in memory at once."""

    units: tuple[str, ...]
    """Units of all its parcels, sorted; ``""`` stands for no unit."""

    parcels: int
    blocks: Iterator[NewParcels]
    """With ids that ascend over all blocks."""

    base_revision: int = 0
    """Of the register that the parcels were compared with already."""

    check: Callable[[NearBy], None] | None = None
    """Asked under the locks when the register is a newer one by now; raises to refuse."""
