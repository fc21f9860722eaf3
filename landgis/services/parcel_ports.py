"""What lists of parcels need from the store: today's register, and the states it has been in."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from landgis.cadastre.parcel_lists import KnownAt, ParcelsWanted
from landgis.cadastre.register import ParcelRecord


class ParcelLists(Protocol):
    """Live parcels, page by page."""

    def page(self, wanted: ParcelsWanted) -> list[ParcelRecord]: ...
    def count(self, wanted: ParcelsWanted, cap: int) -> int: ...


class PastStates(Protocol):
    """Parcels as the register knew them at a revision."""

    def at(self, moment: datetime) -> KnownAt: ...
    def numbered(self, revision: int) -> KnownAt: ...
    def page(
        self, revision: int, wanted: ParcelsWanted, storage_epsg: int, *, is_present: bool
    ) -> list[ParcelRecord]: ...
    def count(self, revision: int, wanted: ParcelsWanted, cap: int) -> int: ...
    def one(
        self, parcel_id: UUID, revision: int, storage_epsg: int, *, withheld: bool
    ) -> ParcelRecord | None: ...
