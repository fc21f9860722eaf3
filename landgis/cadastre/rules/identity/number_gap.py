"""A parcel number far above all others of its sheet: a slip of the pen, or another sheet's."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules.context import RuleContext
from landgis.cadastre.rules.placed import keys_of, middle
from landgis.cadastre.rules.shared_cause import untested

RULE = Rule(
    code="identity.number_gap",
    severity="warning",
    title={"vi": "Số thửa cách xa các số khác của tờ", "en": "Parcel number far above the others"},
    remedy={
        "vi": "Kiểm tra số tờ, số thửa; số mới nối tiếp số lớn nhất của tờ bản đồ.",
        "en": "Check sheet and number; new numbers continue from the sheet's largest one.",
    },
)

RULES = (RULE,)

FEWEST = 20
"""A sheet with fewer numbers shows no run of them (own choice)."""

FILLED = 0.5
"""Share of the numbers up to the largest that must be there: parts of sheets have gaps anyway."""

MOST_SHARE = 0.05
"""When a greater share of the numbers lies beyond the gap, it is no slip (own choice)."""

ROWS_KEPT = 5
MOST_SPANS = 250_000
"""Beyond these the sheets of a layer are no sheets; memory stays bounded."""

LONGEST = 9
"""Digits of a number; longer ones are no parcel numbers."""

Sheet = tuple[str, str]


@dataclass(slots=True)
class _Span:
    """The numbers of one sheet within one span of ``number_gap`` numbers."""

    low: int
    high: int
    count: int = 0
    rows: list[int] = field(default_factory=list)
    """The first ones."""


@dataclass(frozen=True)
class _Jump:
    """Numbers beyond a gap."""

    sheet: Sheet
    below: int
    above: int
    count: int
    rows: tuple[int, ...]


class NumberGap:
    """The numbers of a layer that comes in blocks, sheet by sheet."""

    rule = RULE

    def __init__(self) -> None:
        self._spans: dict[Sheet, dict[int, _Span]] = {}
        self._limit = self._count = 0

    def look_at(self, parcels: ParcelSet, context: RuleContext) -> None:
        """Take note of the numbers of a block."""
        if self._count > MOST_SPANS:
            self._spans.clear()
            return
        self._limit = int(context.jurisdiction.limits["number_gap"].value)
        named = zip(parcels.unit_code, parcels.sheet, parcels.number, parcels.row, strict=True)
        for unit, sheet, text, row in named:
            if sheet is None or text is None or not text.isdecimal() or len(text) > LONGEST:
                continue
            number = int(text)
            spans = self._spans.setdefault((unit or "", sheet), {})
            span = spans.get(number // self._limit)
            if span is None:
                span = spans[number // self._limit] = _Span(number, number)
                self._count += 1
            span.low, span.high = min(span.low, number), max(span.high, number)
            span.count += 1
            if len(span.rows) < ROWS_KEPT:
                span.rows.append(int(row))

    def rows(self) -> NDArray[np.int64]:
        """Answer the rows that the findings speak of."""
        return np.array([row for jump in self._jumps() for row in jump.rows], dtype=np.int64)

    def findings(self, parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
        """Find the sheets whose last numbers lie beyond a gap.

        ``parcels`` are those of the layer that ``rows`` answers, or more.
        """
        if not self._spans:
            yield untested(
                RULE,
                "nguồn dữ liệu không có tờ bản đồ mà số thửa là một dãy số",
                "the source has no sheets whose parcels are numbered in a run",
            )
        for jump in self._jumps():
            at = np.flatnonzero(np.isin(parcels.row, jump.rows))
            where = middle(parcels, int(at[0])) if len(at) else None
            yield Finding(
                rule=RULE,
                outcome="fail",
                message=_words(jump),
                rows=jump.rows,
                place_xy=where,
                place_epsg=parcels.survey_epsg if where else None,
                measured=float(jump.above - jump.below),
                limit=float(self._limit),
                unit="numbers",
                keys=keys_of(parcels, at.tolist(), context),
            )

    def _jumps(self) -> Iterator[_Jump]:
        for sheet, spans in self._spans.items():
            ordered = [spans[number] for number in sorted(spans)]
            seen = np.cumsum([span.count for span in ordered])
            for i, (below, above) in enumerate(pairwise(ordered)):
                if above.low - below.high <= self._limit:
                    continue
                count, rest = int(seen[i]), int(seen[-1] - seen[i])
                is_run = count >= max(FEWEST, FILLED * below.high)
                if is_run and rest <= max(1, MOST_SHARE * count):
                    rows = [row for span in ordered[i + 1 :] for row in span.rows]
                    kept = tuple(sorted(rows)[:ROWS_KEPT])
                    yield _Jump(sheet, below.high, above.low, rest, kept)
                break


def check(parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    """Find the same in parcels that are a whole layer."""
    numbers = NumberGap()
    numbers.look_at(parcels, context)
    yield from numbers.findings(parcels, context)


def _words(jump: _Jump) -> dict[str, str]:
    unit, sheet = jump.sheet
    vi, en = (f" của {unit}", f" of {unit}") if unit else ("", "")
    listed = ", ".join(map(str, jump.rows))
    return {
        "vi": f"Tờ {sheet}{vi}: số thửa đến {jump.below}, rồi đến {jump.above} ({jump.count} thửa, "
        f"dòng {listed}).",
        "en": f"Sheet {sheet}{en}: numbers up to {jump.below}, then {jump.above} ({jump.count} "
        f"parcels, rows {listed}).",
    }
