"""The land of a file against the area of its unit by the statistics: it cannot be more."""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules.context import RuleContext
from landgis.cadastre.rules.shared_cause import causes, untested

RULE = Rule(
    code="dataset.unit_area",
    severity="warning",
    title={
        "vi": "Tổng diện tích lớn hơn diện tích đơn vị",
        "en": "More land than the unit has",
    },
    remedy={
        "vi": "Tìm thửa trùng, chồng lấn, hoặc thửa của đơn vị khác.",
        "en": "Look for parcels that repeat, overlap, or belong to another unit.",
    },
    place="none",
)

RULES = (RULE,)

HECTARE_M2 = 10_000.0


class UnitAreas:
    """The land of a layer that comes in blocks, unit by unit."""

    rule = RULE

    def __init__(self) -> None:
        self._totals: defaultdict[str, float] = defaultdict(float)

    def look_at(self, parcels: ParcelSet, context: RuleContext) -> None:
        """Take note of the areas of a block."""
        for code, where in causes(parcels.unit_code):
            self._totals[code] += float(np.nansum(context.area_m2[where]))

    def rows(self) -> NDArray[np.int64]:
        """Answer the rows that the findings speak of: none."""
        return np.empty(0, dtype=np.int64)

    def findings(self, _parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
        """Find the units of which there is more land than there can be.

        Less says nothing: a file may hold a part of its unit.
        """
        known = context.jurisdiction.expected.unit_areas
        share = context.jurisdiction.limits["unit_area_share"].value
        if not known.keys() & self._totals.keys():
            yield untested(
                RULE,
                "chưa nhập số liệu thống kê diện tích của đơn vị",
                "no statistics of the units' areas are entered",
            )
        for code in sorted(known.keys() & self._totals.keys()):
            unit, total = known[code], self._totals[code]
            if total <= unit.area_m2 * (1 + share):
                continue
            found, entered = total / HECTARE_M2, unit.area_m2 / HECTARE_M2
            yield Finding(
                rule=RULE,
                outcome="fail",
                message={
                    "vi": f"Đơn vị {code}: các thửa cộng lại {found:.1f} ha, thống kê "
                    f"{unit.year} là {entered:.1f} ha.",
                    "en": f"Unit {code}: the parcels sum to {found:.1f} ha, the statistics of "
                    f"{unit.year} say {entered:.1f} ha.",
                },
                measured=round(total, 1),
                limit=round(unit.area_m2 * (1 + share), 1),
                unit="m2",
                keys=(code,),
                basis={
                    "document": unit.source,
                    "article": "",
                    "date": str(unit.year),
                    "class": unit.class_,
                },
            )


def check(parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    """Find the same in parcels that are a whole layer."""
    areas = UnitAreas()
    areas.look_at(parcels, context)
    yield from areas.findings(parcels, context)
