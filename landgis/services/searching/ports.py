"""What search needs from the store, as a protocol."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from landgis.cadastre.register import Place
from landgis.cadastre.search.found import AddressAsked, FoundParcel, FoundPlace, NamesAsked


class Searched(Protocol):
    """The live register, as search asks it."""

    def named(
        self, readings: Sequence[NamesAsked], *, withheld: bool, limit: int
    ) -> list[list[FoundParcel]]: ...
    def by_fids(self, fids: Sequence[int], *, withheld: bool) -> list[FoundParcel]: ...
    def at(
        self, place: Place, mercator: Place, *, withheld: bool, limit: int
    ) -> list[FoundParcel]: ...
    def by_id(self, parcel_id: UUID, *, withheld: bool) -> list[FoundParcel]: ...
    def by_national_id(self, national_id: str, *, withheld: bool) -> list[FoundParcel]: ...
    def sheets(
        self, sheets: Sequence[str], units: Sequence[str] | None, *, withheld: bool, limit: int
    ) -> list[FoundPlace]: ...
    def known_words(self, words: Sequence[str], begun: str | None) -> list[str]: ...
    def addresses(self, asked: AddressAsked, limit: int) -> list[FoundPlace]: ...
