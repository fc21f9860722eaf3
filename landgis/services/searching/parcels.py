"""Search by sheet and number, of today and of before."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.search import wording
from landgis.cadastre.search.folding import words
from landgis.cadastre.search.found import Answer, FoundParcel, NamesAsked, Result, Said
from landgis.cadastre.search.names import EXACT, SLIP, Called, UnitName, UnitNames
from landgis.cadastre.search.question import Question
from landgis.cadastre.search.vocabulary import OTHER_RANKS
from landgis.services.searching.asker import Asker
from landgis.services.searching.ports import Searched
from landgis.services.searching.units import same_kind

PAIR, OLD_UNIT, IN_OLD_UNIT, OLD_NUMBERS = 0.97, 0.9, 0.8, 0.6
"""Scores: two bare numbers; old numbers of an old unit though nobody said so; today's numbers
within an old unit; old numbers though nobody said so. Own choice."""

LEFT_WORDS = 0.5
MOST = 25
"""Parcels of one reading."""


@dataclass(frozen=True)
class _Reading:
    asked: NamesAsked
    score: float


class ParcelSearch:
    """Finds parcels and map sheets by their names."""

    def __init__(self, store: Searched, jurisdiction: Jurisdiction, names: UnitNames) -> None:
        self._store = store
        self._words = jurisdiction.vocabulary
        self._names = names

    def results(self, question: Question, answer: Answer, asker: Asker) -> list[Result]:
        """Answer the parcels and sheets that a question names."""
        if not asker.sees("sheet", "number", "unit_code"):
            return []
        question = replace(question, units=same_kind(question))
        results: list[Result] = []
        for sheet, number, weight in _orders(question):
            if number is None:
                results += self._sheets(sheet, question, asker, weight)
                continue
            results += self._named(sheet, number, question, asker, weight)
        self._say(question, answer, results)
        return self._with_left_words(question, answer, asker, results)

    def _named(
        self, sheet: str | None, number: str, question: Question, asker: Asker, weight: float
    ) -> Iterator[Result]:
        old = asker.sees("old_unit_code", "old_sheet", "old_number")
        readings = [
            reading
            for reading in self._readings(sheet, number, question)
            if old or not (reading.asked.old or reading.asked.within_old)
        ]
        found = self._store.named(
            [reading.asked for reading in readings], withheld=asker.withheld, limit=MOST
        )
        why = (wording.read_as(sheet, number),) if question.pair else ()
        for reading, parcels in zip(readings, found, strict=True):
            for parcel in parcels:
                result = self.result(parcel, reading.score * weight, why)
                yield self._with_old(result, reading.asked)

    def _readings(self, sheet: str | None, number: str, question: Question) -> Iterator[_Reading]:
        present = [c for c in question.units if not c.unit.old]
        old = [c for c in question.units if c.unit.old]
        asked = NamesAsked(_ways(sheet) if sheet else None, _ways(number), old=question.old)
        if question.old:
            codes = _codes(old) or self._before(present) if question.units else None
            yield _Reading(replace(asked, units=codes), 1.0)
            return
        fit = max((c.fit for c in question.units), default=EXACT)
        before = replace(asked, old=True)
        if present or not question.units:
            codes = _codes(present) if question.units else None
            yield _Reading(replace(asked, units=codes), fit)
            earlier = self._before(present) if question.units else None
            if sheet and earlier != ():
                yield _Reading(replace(before, units=earlier), OLD_NUMBERS * fit)
        if old:
            yield _Reading(replace(before, units=_codes(old)), OLD_UNIT * fit)
            yield _Reading(replace(asked, within_old=_codes(old)), IN_OLD_UNIT * fit)

    def _before(self, present: list[Called]) -> tuple[str, ...]:
        """Answer the codes of the old units that units of today were made from."""
        found = (old.code for c in present for old in self._names.predecessors(c.unit.code))
        return tuple(dict.fromkeys(found))

    def result(self, parcel: FoundParcel, score: float, why: tuple[Said, ...] = ()) -> Result:
        """Answer a parcel as a result."""
        unit = self._names.present.get(parcel.unit_code or "")
        return Result(
            kind="parcel",
            key=f"parcel {parcel.parcel_id}",
            title=wording.parcel_title(parcel, unit),
            score=score,
            why=why,
            parcel=parcel,
            unit=unit,
            bbox=parcel.bbox,
            point=parcel.point,
        )

    def _with_old(self, result: Result, asked: NamesAsked) -> Result:
        """Add what became of the parcel's old unit, where that unit was asked for."""
        parcel = result.parcel
        if parcel is None or not (asked.old or asked.within_old):
            return result
        old = self._old_unit(parcel)
        why: list[Said] = [wording.by_old_numbers(parcel, old)] if asked.old else []
        became = tuple(s for s in old.became if s.new_code == parcel.unit_code) if old else ()
        if old and result.unit:
            why += [wording.succession(old, s, result.unit, self._words) for s in became]
        return replace(result, why=(*result.why, *why), succession=became)

    def _old_unit(self, parcel: FoundParcel) -> UnitName | None:
        into = self._names.predecessors(parcel.unit_code or "")
        return next((old for old in into if old.code == parcel.old_unit_code), None)

    def _sheets(
        self, sheet: str | None, question: Question, asker: Asker, weight: float
    ) -> Iterator[Result]:
        codes = self._now(question.units) if question.units else None
        found = self._store.sheets(_ways(sheet or ""), codes, withheld=asker.withheld, limit=MOST)
        for place in found:
            unit = self._names.present.get(place.unit_code or "")
            yield Result(
                kind="place",
                key=f"sheet {place.unit_code}/{place.name}",
                title=wording.sheet_title(place, unit),
                score=weight,
                detail=wording.parcels_here(place),
                unit=unit,
                bbox=place.bbox,
            )

    def _now(self, units: list[Called]) -> tuple[str, ...]:
        codes = [c.unit.code for c in units if not c.unit.old]
        codes += [s.new_code for c in units for s in c.unit.became]
        return tuple(dict.fromkeys(codes))

    def _say(self, question: Question, answer: Answer, results: list[Result]) -> None:
        if any(called.fit <= SLIP for called in question.units):
            units = [called.unit for called in question.units]
            answer.assumed.append(wording.name_guessed(question.unit_text, units))
        if question.kind in OTHER_RANKS:
            answer.assumed.append(wording.no_such_unit_kind(question.unit_text))
        if not results:
            answer.next.append(wording.CHECK_NUMBERS)
        elif not question.units:
            sheets = any(sheet for sheet, _ in question.parcels) or question.pair
            answer.next.append(wording.ADD_UNIT if sheets else wording.ADD_SHEET)

    def _with_left_words(
        self, question: Question, answer: Answer, asker: Asker, results: list[Result]
    ) -> list[Result]:
        """Keep parcels at whose addresses the left words stand; if there are none, doubt all."""
        left = {word for token in question.rest for word in self._expanded(token.folded)}
        left -= self._words.address_drop
        if not left or not results:
            return results
        if asker.sees("address"):
            kept = [r for r in results if r.parcel and left <= set(words(r.parcel.address or ""))]
            if kept:
                return kept
        answer.assumed.append(wording.unread(" ".join(token.text for token in question.rest)))
        return [replace(result, score=result.score * LEFT_WORDS) for result in results]

    def _expanded(self, word: str) -> tuple[str, ...]:
        return self._words.address_expand.get(word, (word,))


def _orders(question: Question) -> Iterator[tuple[str | None, str | None, float]]:
    """Answer sheet and number as said; two bare numbers in both orders."""
    for sheet, number in question.parcels:
        yield sheet, number, 1.0
    if question.pair:
        first, second = question.pair
        yield first, second, PAIR
        if first != second:
            yield second, first, PAIR


def _ways(value: str) -> tuple[str, ...]:
    """Answer the ways to write a sheet or a number: capitals, and zeros in front."""
    bare = value.lstrip("0") or "0"
    return tuple(dict.fromkeys((value, bare, value.upper(), bare.upper())))


def _codes(units: list[Called]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(called.unit.code for called in units))
