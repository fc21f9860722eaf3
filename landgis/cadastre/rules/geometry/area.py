"""A parcel too small to stand on or larger than a commune: wrong units, or no parcel."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.limits import Limit
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules.context import RuleContext
from landgis.cadastre.rules.placed import Measure, on_row

SMALL = Rule(
    code="geometry.area_small",
    severity="warning",
    title={"vi": "Diện tích thửa đất quá nhỏ", "en": "Parcel too small"},
    remedy={
        "vi": "Nếu là phần dư khi vẽ thì nhập vào thửa liền kề; nếu đúng là thửa đất thì xác nhận.",
        "en": "Join it to a neighbour if drawing left it over; confirm it if it is a parcel.",
    },
)

LARGE = Rule(
    code="geometry.area_large",
    severity="warning",
    title={"vi": "Diện tích thửa đất quá lớn", "en": "Parcel too large"},
    remedy={
        "vi": "Kiểm tra đơn vị tọa độ và xem đối tượng có phải là thửa đất không.",
        "en": "Check the unit of the coordinates, and whether this is a parcel at all.",
    },
)

RULES = (SMALL, LARGE)


def check(parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    """Find parcels smaller than ``area_small_m2`` or larger than ``area_large_m2``."""
    limits = context.jurisdiction.limits
    small, large = limits["area_small_m2"], limits["area_large_m2"]
    sound, area = parcels.is_sound, context.area_m2
    yield from _told(SMALL, sound & (area < small.value), small, parcels, context)
    yield from _told(LARGE, sound & (area > large.value), large, parcels, context)


def _told(
    rule: Rule, wrong: NDArray[np.bool_], limit: Limit, parcels: ParcelSet, context: RuleContext
) -> Iterator[Finding]:
    for i in np.flatnonzero(wrong).tolist():
        row, area = parcels.row[i], float(context.area_m2[i])
        size = f"{area:.2f}" if rule is SMALL else f"{area:.0f}"
        message = {
            "vi": f"Dòng {row} rộng {size} m²; giới hạn {limit.value:g} m².",
            "en": f"Row {row} measures {size} m²; the limit is {limit.value:g} m².",
        }
        measure = Measure(round(area, 3), limit.value, "m2")
        yield on_row(rule, parcels, i, context, message, measure=measure)
