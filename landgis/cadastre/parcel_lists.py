"""What is asked of many parcels at once, and pages of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from landgis.cadastre.register import ParcelRecord

COUNT_CAP = 10_000
"""Parcels beyond this are not counted: nobody pages through them, and counting reads them all."""

NAMES = ("unit_code", "sheet", "number", "old_unit_code", "old_sheet", "old_number")
"""What a parcel is called by."""


@dataclass(frozen=True)
class ParcelsWanted:
    """Which parcels, and from where on; every condition holds for each of them."""

    names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Field of ``NAMES`` or ``status`` -> its value."""

    land_use: str | None = None
    """Code that is among the land uses."""

    least_m2: float | None = None
    most_m2: float | None = None
    places: tuple[tuple[Any, ...], ...] = ()
    """Of each group of shapes in EPSG:3857 one at least meets the parcel."""

    effective_on: date | None = None
    """The parcel holds in law on this day; one that says no day always does."""

    beside: "Beside | None" = None
    after: int = 0
    """Only greater fids: the pages are in their order."""

    upto: int | None = None
    """No greater fids: with that of ``after``, what the pages before hold."""

    limit: int = 100
    withheld: bool = False
    """Whether the asker may know of withheld land."""


class Beside(NamedTuple):
    """The parcels whose boundary comes as near to that of one as ``tolerance``."""

    parcel_id: UUID
    tolerance: float
    """In the unit of the storage plane."""


@dataclass(frozen=True)
class KnownAt:
    """A state of the register: everything up to a revision, and when that was asked for."""

    revision: int
    at: datetime | None
    """When the revision was published; None: before the first one."""


@dataclass(frozen=True)
class ParcelPage:
    """Parcels by fid."""

    records: list[ParcelRecord]
    matched: int
    """Of all pages together, ``COUNT_CAP`` at most."""

    is_capped: bool
    after: int | None
    """Fid behind which the next page begins; None: this was the last."""

    known_at: KnownAt | None = None
    """The state that was asked, None for today's."""

    effective_on: date | None = None
