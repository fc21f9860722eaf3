"""A surveyed area that is not that of the boundary: one was changed without the other."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from landgis.cadastre.area_accuracy import sigma_m2
from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.parcels import Column, ParcelSet
from landgis.cadastre.rules.attribute.area_error import surveyed_area
from landgis.cadastre.rules.context import RuleContext
from landgis.cadastre.rules.placed import Measure, on_row
from landgis.cadastre.rules.shared_cause import of_one_cause, untested, with_rows

RULE = Rule(
    code="attribute.area_rounding",
    severity="warning",
    title={
        "vi": "Diện tích đo đạc không phải của ranh giới",
        "en": "Surveyed area is not that of the boundary",
    },
    remedy={
        "vi": "Tính lại diện tích từ ranh giới, hoặc tìm xem cái nào đã sửa sau.",
        "en": "Compute the area from the boundary again, or find which of them was changed later.",
    },
    place="area",
)

RULES = (RULE,)

WRITTEN_SIGMA_PER_STEP = 12**-0.5
"""Standard error of a number rounded to a step, in steps (uniform distribution)."""

WRITTEN_SIGMAS = 5.0
"""Standard errors of the vertices as written: more is no rounding (own choice)."""

FEWEST, MOST_SHARE = 20, 0.5
"""From so many rows on, when more than this share differ, it has one cause (own choice)."""

MOST_EACH = 10_000
"""Rows that are told one by one."""


class AreaRounding:
    """The surveyed areas of a layer that comes in blocks."""

    def __init__(self) -> None:
        self._tested = 0
        self._untested: Finding | None = None
        self._wrong = np.empty((0, 4))
        """Row, stated area, drawn area, limit of those that differ."""

    def look_at(self, parcels: ParcelSet, context: RuleContext) -> None:
        """Take note of the areas of a block."""
        stated = surveyed_area(parcels, context)
        self._untested = _untested(stated, context)
        if self._untested is not None:
            return
        drawn = context.area_m2
        off = np.abs(stated - drawn)
        limit = _limit(off, parcels, context)
        wrong = np.flatnonzero(off > limit)
        wrong = wrong[parcels.is_sound[wrong]]
        self._tested += int(np.isfinite(off).sum())
        found = np.c_[parcels.row[wrong], stated[wrong], drawn[wrong], limit[wrong]]
        self._wrong = np.concatenate([self._wrong, found])

    def rows(self) -> NDArray[np.int64]:
        """Answer the rows that the findings are placed at."""
        return self._wrong[: 1 if self._is_one_cause else MOST_EACH, 0].astype(np.int64)

    def findings(self, parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
        """Find parcels whose surveyed area differs from the drawn one by more than rounding does.

        ``parcels`` are those of the layer that ``rows`` answers, or more.
        """
        if not self._tested and self._untested is not None:
            yield self._untested
        at = {row: i for i, row in enumerate(parcels.row.tolist())}
        if self._is_one_cause:
            yield self._together(parcels, at[int(self._wrong[0, 0])], context)
            return
        for row, *areas in self._wrong[:MOST_EACH].tolist():
            yield _one(parcels, at[int(row)], areas, context)

    @property
    def _is_one_cause(self) -> bool:
        count = len(self._wrong)
        return count > MOST_EACH or (count >= FEWEST and count > MOST_SHARE * self._tested)

    def _together(self, parcels: ParcelSet, first: int, context: RuleContext) -> Finding:
        rows, stated, drawn, _ = self._wrong.T
        ratio = float(np.median(stated / drawn))
        said = {
            "vi": f"diện tích đo đạc khác ranh giới, trung vị tỷ số {ratio:.5f}: tính trên mặt "
            "phẳng khác, hoặc trước khi ranh giới thay đổi",
            "en": f"surveyed areas differ from the boundaries, median ratio {ratio:.5f}: they were "
            "computed in another plane, or before the boundaries changed",
        }
        one = of_one_cause(RULE, parcels, np.array([first]), context, said, key="all")
        return with_rows(one, rows.astype(np.int64).tolist())


def check(parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    """Find the same in parcels that are a whole layer."""
    areas = AreaRounding()
    areas.look_at(parcels, context)
    yield from areas.findings(parcels, context)


def _untested(stated: NDArray[np.float64], context: RuleContext) -> Finding | None:
    if context.metres != (1.0, 1.0):
        return untested(
            RULE,
            "tọa độ không phải là mét, diện tích được tính trên mặt phẳng khác",
            "the coordinates are no metres, so the areas were computed in another plane",
        )
    if not np.isfinite(stated).any():
        return untested(
            RULE, "nguồn dữ liệu không ghi diện tích đo đạc", "the source states no surveyed areas"
        )
    return None


def _one(parcels: ParcelSet, i: int, areas: Sequence[float], context: RuleContext) -> Finding:
    row, (stated, drawn, limit) = parcels.row[i], areas
    message = {
        "vi": f"Dòng {row}: diện tích đo đạc ghi {stated:g} m², ranh giới có {drawn:.1f} m².",
        "en": f"Row {row}: surveyed area {stated:g} m², the boundary has {drawn:.1f} m².",
    }
    measure = Measure(round(abs(stated - drawn), 2), round(limit, 2), "m2")
    found = on_row(RULE, parcels, i, context, message, measure=measure)
    basis = context.jurisdiction.limits["area_rounding_m2"].basis
    return replace(found, shape=parcels.geom[i], basis=dict(basis) if basis else None)


def _limit(
    off: NDArray[np.float64], parcels: ParcelSet, context: RuleContext
) -> NDArray[np.float64]:
    """Answer what rounding explains: of the area as written, and of the vertices as written."""
    limits = context.jurisdiction.limits
    half = limits["area_rounding_m2"].value
    if not _has_decimals(context.stated["survey_area_m2"]):
        half = max(half, 0.5)  # whole square metres
    vertex_m = limits["node_m"].value * WRITTEN_SIGMA_PER_STEP
    allowed, asked = np.full(len(off), half), np.flatnonzero(off > half)
    sigma = sigma_m2(parcels.geom[asked], vertex_m, context.metres)
    allowed[asked] += WRITTEN_SIGMAS * sigma
    return allowed


def _has_decimals(texts: Column) -> bool:
    return any(text and not text.isdigit() for text in set(texts.tolist()))
