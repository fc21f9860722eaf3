"""Reading one question: every word is taken at most once, by what is surest of it."""

import re
from collections.abc import Iterator

from landgis.cadastre.search.folding import Token, distance
from landgis.cadastre.search.names import Called, UnitNames
from landgis.cadastre.search.question import Question
from landgis.cadastre.search.vocabulary import OTHER_RANKS, PROVINCE, Phrase, Vocabulary

MOST_PARCELS = 4
"""Parcels that one question may name."""

_VALUE = re.compile(r"\d{1,12}[a-z]{0,2}|[a-z]{1,3}\d{1,6}")
_SLIP_FROM = 3


class Reading:
    """One question while it is read: every word is taken at most once."""

    def __init__(
        self, vocabulary: Vocabulary, names: UnitNames, text: str, left: list[Token]
    ) -> None:
        self._words = vocabulary
        self._names = names
        self._left: list[Token | None] = list(left)
        self._all = list(left)
        self._longest = vocabulary.longest
        self._unit_at = (0, 0)
        """Where the words of the unit's name begin, and how many they are."""

        self._found = Question(text)

    def question(self) -> Question:
        """Answer what the words name."""
        self._province()
        self._unit()
        self._code()
        self._parcels()
        self._found.old |= self._drop("old")
        self._drop("noise")
        self._pair()
        self._drop("code")
        self._kinds()
        self._spoken()
        if self._found.units:
            self._longer_unit()
        else:
            self._unit_with_slips()
        self._found.rest = [token for token in self._left if token]
        return self._found

    def _take(self, start: int, length: int) -> None:
        self._left[start : start + length] = [None] * length

    def _span(self, start: int, length: int) -> list[Token] | None:
        span = self._left[start : start + length]
        whole = [token for token in span if token]
        return whole if len(whole) == length else None

    def _phrase_at(self, start: int, phrases: frozenset[Phrase], *, strict: bool) -> int:
        """Answer how many words of the longest phrase stand here; 0: none does."""
        for length in range(min(self._longest, len(self._left) - start), 0, -1):
            span = self._span(start, length)
            if span and tuple(t.folded for t in span) in phrases and self._meant(span, strict):
                return length
        return 0

    def _meant(self, span: list[Token], strict: bool) -> bool:  # noqa: FBT001
        return not (strict or len(span) == 1) or all(t.toned not in self._words.never for t in span)

    def _kind_at(self, start: int) -> tuple[str | None, int]:
        for length in (2, 1):
            span = self._span(start, length) if start >= 0 else None
            kind = self._words.kinds.get(tuple(t.folded for t in span)) if span else None
            if kind:
                return kind, length
        return None, 0

    def _province(self) -> None:
        """Take the name of what holds all units, and its kind before or after it."""
        for start in range(len(self._left)):
            length = self._phrase_at(start, self._words.provinces, strict=False)
            if not length:
                continue
            kind, before, after = self._kind_around(start, length)
            if kind == PROVINCE:
                self._take(start - before, before + length + after)
            else:
                self._take(start, length)

    def _unit(self) -> None:
        """Take the units that are called by their full names; one with its kind goes first."""
        spans = sorted(
            self._named_spans(), key=lambda s: (s[3] in {None, *OTHER_RANKS}, -s[1], s[0])
        )
        for start, length, called, kind, before, after in spans:
            if self._span(start, length) is None:
                continue
            first, whole = start - before, before + length + after
            if not self._found.units:
                self._found.unit_text = " ".join(t.text for t in self._span(first, whole) or ())
                self._found.units, self._found.kind = called, kind
                self._unit_at = (start, length)
                self._take(first, whole)
            elif kind in OTHER_RANKS:
                self._take(first, whole)

    def _named_spans(self) -> Iterator[tuple[int, int, list[Called], str | None, int, int]]:
        spoken = sum(token is not None for token in self._left)
        for start in range(len(self._left)):
            for length in range(self._names.longest, 0, -1):
                span = self._span(start, length)
                called = self._names.called(span) if span else []
                if not called:
                    continue
                kind, before, after = self._kind_around(start, length)
                if length == 1 and spoken > 1 and kind is None:
                    continue
                if span and span[0].folded.isdigit():
                    called = [c for c in called if c.unit.kind == kind]
                if called:
                    yield start, length, called, kind, before, after
                    break

    def _kind_around(self, start: int, length: int) -> tuple[str | None, int, int]:
        """Answer the kind that stands before or after a name, and its words on either side."""
        for before in (2, 1):
            kind, words = self._kind_at(start - before)
            if kind and words == before:
                return kind, before, 0
        kind, after = self._kind_at(start + length)
        return (None, 0, 0) if self._name_at(start + length + after) else (kind, 0, after)

    def _name_at(self, start: int) -> bool:
        spans = (self._span(start, length) for length in range(1, self._names.longest + 1))
        return any(span is not None and self._names.called(span) for span in spans)

    def _code(self) -> None:
        """Take the code of a unit."""
        for start, token in enumerate(self._left):
            if self._found.units or token is None:
                continue
            before = self._span(start - 1, 1) if start else None
            led = before is not None and any(
                before[0].folded == phrase[-1]
                for name in ("sheet", "number")
                for phrase in self._words.phrases[name]
            )
            coded = [] if led else self._names.coded(token.folded)
            if coded:
                self._found.units = [Called(unit, 1.0) for unit in coded]
                self._found.unit_text = token.text
                self._take(start, 1)

    def _parcels(self) -> None:
        said: dict[str, list[str]] = {"sheet": [], "number": []}
        for start in range(len(self._left)):
            for name, values in said.items():
                self._said(start, name, values)
        for name, other in (("sheet", "number"), ("number", "sheet")):
            if said[name] and not said[other]:
                self._missing(other, said[other])
        count = min(max(len(said["sheet"]), len(said["number"])), MOST_PARCELS)
        for i in range(count):
            sheet, number = (said[n][i] if i < len(said[n]) else None for n in ("sheet", "number"))
            self._found.parcels.append((sheet, number))

    def _said(self, start: int, name: str, values: list[str]) -> None:
        length = self._phrase_at(start, self._words.phrases[name], strict=False)
        if not length:
            return
        at = start + length
        while skip := self._phrase_at(at, self._words.phrases["filler"], strict=True):
            at += skip
        if skip := self._phrase_at(at, self._words.phrases["old"], strict=True):
            at += skip
            self._found.old = True
        value = self._value_at(at)
        if value:
            values.append(value)
            self._take(start, at + 1 - start)

    def _value_at(self, start: int) -> str | None:
        span = self._span(start, 1)
        return span[0].folded if span and _VALUE.fullmatch(span[0].folded) else None

    def _missing(self, name: str, values: list[str]) -> None:
        """Take what follows the one number at once, or a mistyped word with its number."""
        for start, token in enumerate(self._left):
            value = self._value_at(start)
            if values or value is None or token is None:
                continue
            before = self._left[start - 1] if start else None
            if start and before is None:
                values.append(value)
                self._take(start, 1)
            elif before and self._nearly(before, name):
                values.append(value)
                self._take(start - 1, 2)

    def _nearly(self, token: Token, name: str) -> bool:
        single = (p[0] for p in self._words.phrases[name] if len(p) == 1)
        return any(
            min(len(word), len(token.folded)) >= _SLIP_FROM and distance(token.folded, word, 1) <= 1
            for word in single
        )

    def _drop(self, name: str) -> bool:
        found = False
        for start in range(len(self._left)):
            length = self._phrase_at(start, self._words.phrases[name], strict=True)
            self._take(start, length)
            found |= length > 0
        return found

    def _pair(self) -> None:
        left = [token for token in self._left if token]
        values = [t.folded for t in left if _VALUE.fullmatch(t.folded)]
        if not self._found.parcels and len(left) == len(values) == 2:  # noqa: PLR2004
            self._found.pair = (values[0], values[1])
            self._take(0, len(self._left))

    def _kinds(self) -> None:
        """Take words for kinds of units that stand before no name."""
        for start in range(len(self._left)):
            kind, length = self._kind_at(start)
            if kind and (self._found.units or self._found.parcels):
                self._take(start, length)

    def _spoken(self) -> None:
        start, length = self._unit_at
        named = range(start, start + length) if self._found.kind is None else range(0)
        self._found.spoken = [
            token for i, token in enumerate(self._all) if self._left[i] or i in named
        ]

    def _longer_unit(self) -> None:
        """Take a unit whose name was cut short by a slip in its other word."""
        start, length = self._unit_at
        for first, extra in ((start, start + length), (start - 1, start - 1)):
            if not (length and self._span(extra, 1) and extra >= 0):
                continue
            span = self._all[first : first + length + 1]
            called = self._names.slipped(span)
            if called:
                self._found.units = called
                self._found.unit_text = " ".join(token.text for token in span)
                self._take(extra, 1)
                return

    def _unit_with_slips(self) -> None:
        left = [token for token in self._left if token]
        kind = self._words.kinds.get((left[0].folded,)) if left else None
        named = left[1:] if kind else left
        for length in range(min(len(named), self._names.longest + 1), 0, -1):
            for start in range(len(named) - length + 1):
                called = self._guessed(named[start : start + length])
                if called:
                    self._found.units, self._found.kind = called, kind
                    self._found.unit_text = " ".join(t.text for t in named[start : start + length])
                    taken = [*left[: len(left) - len(named)], *named[start : start + length]]
                    self._left = [t for t in left if not any(t is one for one in taken)]
                    return
        if named and not self._found.parcels and not self._only_words(named):
            self._found.units, self._found.kind = self._names.begun(named), kind
            self._found.unit_text = " ".join(t.text for t in named)

    def _guessed(self, span: list[Token]) -> list[Called]:
        """Answer the units of a mistyped name; words for streets are part of none."""
        street = any(token.toned in self._words.address_before for token in span)
        return [] if street else self._names.slipped(span)

    def _only_words(self, span: list[Token]) -> bool:
        """Answer whether a text holds nothing but words for sheets and parcels."""
        known = {p for name in ("sheet", "number") for p in self._words.phrases[name]}
        return all((token.folded,) in known for token in span)
