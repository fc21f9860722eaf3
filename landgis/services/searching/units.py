"""Search by names of units, of today and of before."""

from collections.abc import Iterator

from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.search import wording
from landgis.cadastre.search.found import Answer, Result
from landgis.cadastre.search.names import SLIP, Called, UnitName, UnitNames
from landgis.cadastre.search.question import Question
from landgis.cadastre.search.vocabulary import OTHER_RANKS

OLD_UNSAID, OTHER_RANK = 0.9, 0.5
"""Scores: an old unit though nobody said "old"; a district of that name asked for. Own choice."""


def same_kind(question: Question) -> list[Called]:
    """Answer the units of the kind that is said; all of them where none is of that kind."""
    alike = [called for called in question.units if called.unit.kind == question.kind]
    return alike or question.units


class UnitSearch:
    """Finds units, and says what became of the old ones."""

    def __init__(self, jurisdiction: Jurisdiction, names: UnitNames) -> None:
        self._jurisdiction = jurisdiction
        self._names = names

    def results(self, question: Question, answer: Answer) -> list[Result]:
        """Answer the units that a question names, old ones by what they became."""
        called = same_kind(question)
        old = [one for one in called if one.unit.old]
        if question.old and old:
            called = old
        if any(one.fit <= SLIP for one in called):
            answer.assumed.append(
                wording.name_guessed(question.unit_text, [one.unit for one in called])
            )
        weight = 1.0
        if question.kind in OTHER_RANKS:
            answer.assumed.append(wording.no_such_unit_kind(question.unit_text))
            weight = OTHER_RANK
        return [r for one in called for r in self._of(one, weight, said_old=question.old)]

    def _of(self, called: Called, weight: float, *, said_old: bool) -> Iterator[Result]:
        if not called.unit.old:
            yield self._result(called.unit, called.fit * weight)
            return
        score = called.fit * weight * (1.0 if said_old else OLD_UNSAID)
        for one in called.unit.became:
            new = self._names.present.get(one.new_code)
            if new:
                why = wording.succession(called.unit, one, new, self._jurisdiction.vocabulary)
                result = self._result(new, score)
                yield Result(**(vars(result) | {"why": (why,), "succession": (one,)}))

    def _result(self, unit: UnitName, score: float) -> Result:
        outline = self._jurisdiction.outlines.get(unit.code)
        inside = outline.representative_point() if outline is not None else None
        return Result(
            kind="unit",
            key=f"unit {unit.code}",
            title=wording.unit_title(unit),
            score=score,
            unit=unit,
            bbox=outline.bounds if outline is not None else None,
            point=(inside.x, inside.y) if inside is not None else None,
        )
