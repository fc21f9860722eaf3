"""Search by the identifiers that a parcel bears."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from uuid import UUID

import numpy as np

from landgis.cadastre.identifier import geohash
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.search import wording
from landgis.cadastre.search.found import Answer, FoundParcel, Result
from landgis.services.searching.asker import Asker
from landgis.services.searching.parcels import ParcelSearch
from landgis.services.searching.points import PointSearch, Spot
from landgis.services.searching.ports import Searched

BORNE, NAMED_PLACE = 1.0, 0.8
"""Scores: the parcel bears the identifier; it only lies where the identifier says."""

_UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_CHARACTER = f"[{geohash.ALPHABET}]"
_IDENTIFIER = re.compile(rf"\b{_CHARACTER}{{4}}([\s-]?){_CHARACTER}{{4}}\1{_CHARACTER}{{4}}\b")


class IdentifierSearch:
    """Finds parcels by UUID and by national identifier."""

    def __init__(
        self,
        store: Searched,
        jurisdiction: Jurisdiction,
        parcels: ParcelSearch,
        points: PointSearch,
    ) -> None:
        self._store = store
        self._has_identifiers = jurisdiction.identifier is not None
        self._parcels = parcels
        self._points = points

    def results(self, answer: Answer, asker: Asker) -> list[Result]:
        """Answer the parcels whose identifiers a question holds; none where it holds none."""
        text = answer.query.lower()
        results: list[Result] = []
        for match in _UUID.finditer(text):
            results += self._found(self._store.by_id(UUID(match[0]), withheld=asker.withheld))
        if results or not (self._has_identifiers and asker.sees("national_id")):
            return results
        for identifier in _identifiers(text):
            borne = self._store.by_national_id(identifier, withheld=asker.withheld)
            results += self._found(borne) or self._at(identifier, answer, asker)
        return results

    def _found(self, parcels: Sequence[FoundParcel]) -> list[Result]:
        return [self._parcels.result(parcel, BORNE) for parcel in parcels]

    def _at(self, identifier: str, answer: Answer, asker: Asker) -> list[Result]:
        """Answer what lies where an identifier says that nobody bears."""
        (lon,), (lat,) = geohash.decode(np.array([identifier], dtype=object))
        spot = Spot(float(lon), float(lat))
        if not self._points.inside(spot):
            return []
        answer.assumed.append(wording.identifier_place(identifier))
        found = self._points.at(spot, NAMED_PLACE, asker)
        return [replace(result, score=NAMED_PLACE) for result in found]


def _identifiers(text: str) -> Iterator[str]:
    for match in _IDENTIFIER.finditer(text):
        joined = re.sub(r"[\s-]", "", match[0])
        if any(c.isdigit() for c in joined) and any(c.isalpha() for c in joined):
            yield joined
