"""A change of the register as a value: publish, edit and undo are all this one event."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from landgis.cadastre.parcels import Column, ParcelSet

Kind = Literal["publish", "edit", "undo"]


@dataclass(frozen=True)
class Before:
    """A live parcel that a change replaces or retires, as the change's author saw it."""

    parcel_id: UUID
    revision: int
    """Revision of the version that was seen; another one now means a lost race."""


@dataclass(frozen=True)
class Descent:
    """One edge of the lineage: ``child`` came out of ``parent``."""

    parent: UUID
    child: UUID


@dataclass(frozen=True)
class ChangeSet:
    """Everything one revision does to the register.

    An id in ``before`` and in ``after_ids``: changed. Only in ``before``: retired. Only in
    ``after_ids``: created.
    """

    kind: Kind
    before: tuple[Before, ...]
    after: ParcelSet
    after_ids: Column
    """``(n,)`` canonical parcel ids (UUID) of ``after``, in the same order."""

    lineage: tuple[Descent, ...] = ()

    def units(self) -> tuple[str, ...]:
        """Answer the units the change writes into, sorted; ``""`` stands for no unit."""
        return tuple(sorted({code or "" for code in self.after.unit_code}))

    def __len__(self) -> int:
        return len({b.parcel_id for b in self.before} | set(self.after_ids))


@dataclass(frozen=True)
class Entry:
    """Who makes a change, on what ground, and what must still hold when the locks are taken."""

    author: str
    approver: str | None = None
    basis: str | None = None
    batch_id: UUID | None = None
    into_empty_units: bool = False
    """True: refuse when a unit the change writes into already holds live parcels."""
