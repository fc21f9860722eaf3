"""Search by the words of addresses and of places."""

from collections.abc import Iterator, Sequence
from string import ascii_lowercase

from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.search import wording
from landgis.cadastre.search.folding import Token, distance, words
from landgis.cadastre.search.found import AddressAsked, FoundParcel, FoundPlace, Result
from landgis.cadastre.search.names import SLIP, Called, UnitNames
from landgis.cadastre.search.question import Question
from landgis.services.searching.asker import Asker
from landgis.services.searching.ports import Searched

WHOLE, PART, OTHER_ORDER, SLIPPED = 0.95, 0.85, 0.5, 0.75
"""Scores: all words of the address; some, in order; some, in another order; one mistyped."""

Ways = tuple[tuple[str, ...], ...]
"""Of each word the ways to write it."""

MOST_WORDS, MOST_FOUND, MOST_SLIPS = 12, 25, 3
"""Words that are read, addresses that are listed, words that may be mistyped."""

BEGUN_FROM, SLIP_FROM = 2, 3
"""Letters of a word from which its beginning counts, and from which it may be mistyped."""


class AddressSearch:
    """Finds places and the parcels at them."""

    def __init__(self, store: Searched, jurisdiction: Jurisdiction, names: UnitNames) -> None:
        self._store = store
        self._words = jurisdiction.vocabulary
        self._names = names

    def results(self, question: Question, asker: Asker) -> list[Result]:
        """Answer the addresses that have the words which nothing else took."""
        if not asker.sees("address", "unit_code"):
            return []
        sure = [called for called in question.units if called.fit > SLIP]
        results = self._found(question.rest, _codes(sure), asker) if sure else []
        # A unit that is fully named is not taken for a mistyped address.
        loose = not sure or bool(question.rest)
        return results or self._found(question.spoken, None, asker, loose=loose)

    def _found(
        self,
        tokens: Sequence[Token],
        units: tuple[str, ...] | None,
        asker: Asker,
        *,
        loose: bool = True,
    ) -> list[Result]:
        asked = self._asked(tokens)
        if not any(word.isalpha() and len(word) >= BEGUN_FROM for word in asked):
            return []
        for ways, score in self._tries(asked, loose=loose):
            found = self._store.addresses(AddressAsked(ways, units), MOST_FOUND)
            if found:
                return self._results(found, asked, score, asker)
        return []

    def _tries(self, asked: list[str], *, loose: bool) -> Iterator[tuple[Ways, float]]:
        """Answer the words as typed, then with the last one begun, then with one letter wrong."""
        begun = asked[-1] if asked[-1].isalpha() and len(asked[-1]) >= BEGUN_FROM else None
        known = self._store.known_words(asked, begun)
        missing = [word for word in asked if word not in known]
        if not missing:
            yield tuple((word,) for word in asked), WHOLE
        longer = tuple(word for word in known if begun and word.startswith(begun))
        if longer and loose and not (set(missing) - {begun}):
            yield (*((word,) for word in asked[:-1]), longer), PART
        if loose and missing and all(map(_may_slip, missing)):
            near = {word: _near(word) for word in missing[:MOST_SLIPS]}
            meant = set(self._store.known_words([w for ways in near.values() for w in ways], None))
            ways = tuple(tuple(meant & set(near.get(word, (word,)))) for word in asked)
            ways = tuple(one or (word,) for one, word in zip(ways, asked, strict=True))
            yield ways, SLIPPED

    def _asked(self, tokens: Sequence[Token]) -> list[str]:
        expanded = (self._words.address_expand.get(t.folded, (t.folded,)) for t in tokens)
        left = [word for phrase in expanded for word in phrase]
        return [word for word in left if word not in self._words.address_drop][:MOST_WORDS]

    def _results(
        self, found: Sequence[FoundPlace], asked: list[str], most: float, asker: Asker
    ) -> list[Result]:
        alone = [place.fid for place in found if place.parcels == 1 and place.counted]
        parcels = self._store.by_fids(alone, withheld=asker.withheld) if alone else []
        known = {parcel.fid: parcel for parcel in parcels}
        return [self._result(place, known.get(place.fid), asked, most) for place in found]

    def _result(
        self, place: FoundPlace, parcel: FoundParcel | None, asked: list[str], most: float
    ) -> Result:
        unit = self._names.present.get(place.unit_code or "")
        bare = [word for word in words(place.name) if word not in self._words.address_drop]
        title = wording.place_title(place, unit)
        return Result(
            kind="parcel" if parcel else "place",
            key=f"parcel {parcel.parcel_id}" if parcel else f"place {place.unit_code}/{place.name}",
            title=wording.parcel_title(parcel, unit) if parcel else title,
            score=min(most, _score(asked, bare)),
            detail=title if parcel else wording.parcels_here(place),
            parcel=parcel,
            unit=unit,
            bbox=place.bbox,
            point=parcel.point if parcel else None,
        )


def _may_slip(word: str) -> bool:
    return word.isalpha() and SLIP_FROM <= len(word) <= 10  # noqa: PLR2004 - syllables are short


def _near(word: str) -> tuple[str, ...]:
    """Answer the words that differ in one letter: too many, missing, wrong, or exchanged."""
    cuts = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    found = {a + b[1:] for a, b in cuts if b}
    found |= {a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1}
    found |= {a + c + b[1:] for a, b in cuts if b for c in ascii_lowercase}
    found |= {a + c + b for a, b in cuts for c in ascii_lowercase}
    return tuple(sorted(found | {word}))


def _score(asked: list[str], address: list[str]) -> float:
    if asked == address:
        return WHOLE
    left = iter(address)
    in_order = all(any(_alike(word, other) for other in left) for word in asked)
    return PART if in_order else OTHER_ORDER


def _alike(word: str, other: str) -> bool:
    return word == other or (
        word.isalpha() and (other.startswith(word) or distance(word, other, 1) <= 1)
    )


def _codes(units: Sequence[Called]) -> tuple[str, ...]:
    codes = [called.unit.code for called in units if not called.unit.old]
    codes += [one.new_code for called in units for one in called.unit.became]
    return tuple(dict.fromkeys(codes))
