"""The areas of the land uses of a parcel against its register area."""

import re
from collections.abc import Iterator
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.landuse import uses_of
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules.attribute.stated import number
from landgis.cadastre.rules.context import RuleContext
from landgis.cadastre.rules.placed import Measure, on_row
from landgis.cadastre.rules.shared_cause import untested

RULE = Rule(
    code="attribute.use_areas",
    severity="warning",
    title={
        "vi": "Tổng diện tích các mục đích khác diện tích thửa",
        "en": "Areas of the land uses do not sum to the parcel",
    },
    remedy={
        "vi": "Kiểm tra diện tích từng mục đích sử dụng trong hồ sơ gốc.",
        "en": "Check the area of each land use against the records.",
    },
)

RULES = (RULE,)

_SEPARATORS = re.compile(r"[+;&|]")


def check(parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    """Find parcels whose register area is not the sum of the areas of all their uses."""
    total, uses = _totals(parcels, context)
    register = parcels.register_area_m2
    if not (np.isfinite(total) & np.isfinite(register)).any():
        yield untested(
            RULE,
            "nguồn dữ liệu không ghi diện tích của từng mục đích",
            "the source states no areas of single uses",
        )
        return
    # Shares rounded each by itself may be off by half a step each.
    half = context.jurisdiction.limits["area_rounding_m2"].value
    limit = half * np.maximum(uses, 2)
    off = np.abs(total - register)
    for i in np.flatnonzero(off > limit + 1e-6):  # tenths are no binary fractions
        row, said, whole = parcels.row[i], total[i], register[i]
        message = {
            "vi": f"Dòng {row}: các mục đích cộng lại {said:.1f} m², thửa đất {whole:.1f} m².",
            "en": f"Row {row}: the uses sum to {said:.1f} m², the parcel has {whole:.1f} m².",
        }
        measure = Measure(round(float(off[i]), 2), round(float(limit[i]), 2), "m2")
        yield on_row(RULE, parcels, int(i), context, message, measure=measure)


def _totals(
    parcels: ParcelSet, context: RuleContext
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Answer the sum of each parcel's uses, NaN where one is not stated, and their number."""
    texts = context.stated.get("use_areas")
    if texts is not None:
        pieces = [[number(p.strip()) for p in _SEPARATORS.split(t or "")] for t in texts.tolist()]
        sums = np.array([sum(areas) for areas in pieces], dtype=np.float64)
        return sums, np.array([len(areas) for areas in pieces], dtype=np.int64)
    at = uses_of(parcels).parcel
    stated = (share.area_m2 for share in chain.from_iterable(parcels.land_uses))
    areas = np.array([np.nan if area is None else area for area in stated], dtype=np.float64)
    uses = np.bincount(at, minlength=len(parcels))
    # Normalising gives the register area to a single use: that proves nothing.
    return np.where(uses > 1, np.bincount(at, areas, len(parcels)), np.nan), uses
