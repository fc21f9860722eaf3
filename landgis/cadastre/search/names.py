"""Units by what people call them: present and old, with or without accents, with slips."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from landgis.cadastre.search.folding import Token, distance, toned, words
from landgis.cadastre.search.vocabulary import Phrase, Vocabulary
from landgis.cadastre.units import Succession, Unit

EXACT, FOLDED, SLIP, BEGUN = 1.0, 0.98, 0.8, 0.7
"""How well a name fits: letter by letter, without accents, with a slip, begun only."""

ONE_SLIP_FROM, TWO_SLIPS_FROM = 5, 9
"""Letters of a name from which one slip, and two, leave it recognisable. Own choice."""

BEGUN_FROM, MOST_BEGUN = 3, 10


@dataclass(frozen=True)
class UnitName:
    """A unit of today, or one that became part of others."""

    code: str
    name: str
    name_en: str
    kind: str | None
    base: str
    """The name without its kind, folded, words parted by a space."""

    base_toned: str
    became: tuple[Succession, ...] = ()
    """What became of an old unit; empty for one of today."""

    @property
    def old(self) -> bool:
        """Answer whether the unit is no more."""
        return bool(self.became)


@dataclass(frozen=True)
class Called:
    """A unit that a question names, and how well the name fits."""

    unit: UnitName
    fit: float


class UnitNames:
    """The units of a jurisdiction on a day, to be found by name and code."""

    def __init__(
        self,
        units: Iterable[Unit],
        successions: Iterable[Succession],
        vocabulary: Vocabulary,
        on: date,
    ) -> None:
        self._kinds = vocabulary.kinds
        self.present = {unit.code: self._of_today(unit) for unit in units if unit.holds(on)}
        self.old = tuple(self._of_before(list(successions)))
        self._by_base: dict[str, list[UnitName]] = defaultdict(list)
        self._near: dict[str, set[str]] = defaultdict(set)
        for unit in (*self.present.values(), *self.old):
            self._by_base[unit.base].append(unit)
        for base in filter(_slips, self._by_base):
            for short in _shortened(base.replace(" ", "")):
                self._near[short].add(base)
        self.longest = max((base.count(" ") + 1 for base in self._by_base), default=0)

    def predecessors(self, code: str) -> list[UnitName]:
        """Answer the old units of which a unit of today holds all or a part."""
        return [old for old in self.old if any(s.new_code == code for s in old.became)]

    def coded(self, code: str) -> list[UnitName]:
        """Answer the unit of today with a code, else the old ones."""
        if code in self.present:
            return [self.present[code]]
        return [old for old in self.old if old.code == code]

    def called(self, span: Sequence[Token]) -> list[Called]:
        """Answer the units of exactly this name; those that fit by their accents, if any does."""
        found = self._by_base.get(" ".join(token.folded for token in span), [])
        spoken = "" if all(t.plain for t in span) else toned(" ".join(t.text for t in span))
        exact = [Called(unit, EXACT) for unit in found if unit.base_toned == spoken]
        return exact or [Called(unit, FOLDED) for unit in found]

    def slipped(self, span: Sequence[Token]) -> list[Called]:
        """Answer the units whose names are nearest to a mistyped one, spaces forgotten or not."""
        typed = "".join(token.folded for token in span)
        most = _slips(typed)
        if not most:
            return []
        near: dict[str, int] = {}
        for short in _shortened(typed):
            for base in self._near.get(short, ()):
                joined = base.replace(" ", "")
                near[base] = distance(typed, joined, min(most, _slips(joined)))
        best = min(near.values(), default=most + 1)
        if best > most:
            return []
        bases = sorted(base for base, far in near.items() if far == best)
        return [Called(unit, SLIP) for base in bases for unit in self._by_base[base]]

    def begun(self, span: Sequence[Token]) -> list[Called]:
        """Answer the units of today whose names begin so, a few of them."""
        typed = " ".join(token.folded for token in span)
        if len(typed) < BEGUN_FROM:
            return []
        found = [u for u in self.present.values() if u.base.startswith(typed)]
        return [Called(unit, BEGUN) for unit in found[:MOST_BEGUN]]

    def _of_today(self, unit: Unit) -> UnitName:
        _, base = self._parted(unit.name)
        return UnitName(unit.code, unit.name, unit.name_en, unit.kind, *_both(base))

    def _of_before(self, successions: list[Succession]) -> Iterator[UnitName]:
        grouped: Mapping[tuple[str, str, str], list[Succession]] = defaultdict(list)
        for one in successions:
            grouped[one.old_code, one.old_name, one.old_parent_code].append(one)
        for (code, name, _), became in grouped.items():
            kind, base = self._parted(name)
            yield UnitName(code, name, name, kind, *_both(base), tuple(became))

    def _parted(self, name: str) -> tuple[str | None, str]:
        """Answer the kind that a name begins with, and the rest of it."""
        spoken = name.split()
        for length in (2, 1):
            kind = self._kinds.get(_phrase(spoken[:length]))
            if kind and len(spoken) > length:
                return kind, " ".join(spoken[length:])
        return None, name


def _phrase(spoken: Sequence[str]) -> Phrase:
    return tuple(words(" ".join(spoken)))


def _both(base: str) -> tuple[str, str]:
    return " ".join(words(base)), toned(base)


def _slips(name: str) -> int:
    if any(letter.isdigit() for letter in name):
        return 0
    return (len(name) >= ONE_SLIP_FROM) + (len(name) >= TWO_SLIPS_FROM)


def _shortened(name: str) -> set[str]:
    """Answer a name without any of its letters, as many as it may have slips: names that are
    near to each other share one of these.
    """
    found = {name}
    for count in range(1, _slips(name) + 1):
        for gone in combinations(range(len(name)), count):
            found.add("".join(name[i] for i in range(len(name)) if i not in gone))
    return found
