"""An area that the boundary cannot have, however its points may err at the map's scale."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from landgis.cadastre.area_accuracy import sigma_m2
from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.landuse import farmland
from landgis.cadastre.limits import MapScale
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules.attribute.stated import numbers
from landgis.cadastre.rules.context import RuleContext
from landgis.cadastre.rules.placed import Measure, on_row
from landgis.cadastre.rules.shared_cause import untested

RULE = Rule(
    code="attribute.area_error",
    severity="warning",
    title={
        "vi": "Diện tích khác ranh giới quá sai số của tỷ lệ",
        "en": "Area off the boundary by more than the scale allows",
    },
    remedy={
        "vi": "Đối chiếu diện tích và ranh giới với hồ sơ đo đạc; cả hai được giữ nguyên.",
        "en": "Compare area and boundary with the survey; both are kept as they are.",
    },
    place="area",
)

RULES = (RULE,)

Floats = NDArray[np.float64]


def check(parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    """Find parcels whose surveyed area, else register area, differs from the drawn one."""
    scale = context.map_scale
    if scale is None:
        yield without_scale(RULE)
        return
    stated = surveyed_area(parcels, context)
    stated = np.where(np.isfinite(stated), stated, parcels.register_area_m2)
    if not np.isfinite(stated).any():
        yield untested(RULE, "nguồn dữ liệu không ghi diện tích", "the source states no areas")
        return
    off = np.abs(stated - context.area_m2)
    limit = allowed_m2(off, parcels, context, scale)
    for i in np.flatnonzero(off > limit):
        if not parcels.is_sound[i]:
            continue
        row, said, drawn = parcels.row[i], stated[i], context.area_m2[i]
        message = {
            "vi": f"Dòng {row}: ghi {said:.1f} m², ranh giới có {drawn:.1f} m², lệch {off[i]:.1f} "
            f"m²; tỷ lệ 1:{scale.denominator} cho phép {limit[i]:.1f} m².",
            "en": f"Row {row}: {said:.1f} m² stated, {drawn:.1f} m² drawn, {off[i]:.1f} m² off; "
            f"1:{scale.denominator} allows {limit[i]:.1f} m².",
        }
        yield of_scale(RULE, parcels, int(i), context, message, (off[i], limit[i]))


def surveyed_area(parcels: ParcelSet, context: RuleContext) -> Floats:
    """Answer ``(n,)`` areas that the source states as surveyed, NaN for none."""
    texts = context.stated.get("survey_area_m2")
    areas = np.full(len(parcels), np.nan) if texts is None else numbers(texts)
    return np.where(areas > 0, areas, np.nan)


def allowed_m2(off: Floats, parcels: ParcelSet, context: RuleContext, scale: MapScale) -> Floats:
    """Answer ``(n,)`` how far an area may be off at a map scale, square metres.

    So many standard errors as the jurisdiction says, and the half of the last digit. As standard
    error of a point counts the largest error that the scale permits it: in favour of the row.
    Where ``off`` is less than that half nothing more is asked.
    """
    limits = context.jurisdiction.limits
    half = limits["area_rounding_m2"].value
    allowed, asked = np.full(len(off), half), np.flatnonzero(off > half)
    some = parcels.take(asked)
    farmed = farmland(some, context.jurisdiction.land_uses)
    point_m = np.where(farmed, scale.farmland_m, scale.point_m)
    sigma = sigma_m2(some.geom, point_m, context.metres)
    allowed[asked] += limits["area_sigmas"].value * sigma
    return allowed


def of_scale(
    rule: Rule,
    parcels: ParcelSet,
    i: int,
    context: RuleContext,
    message: dict[str, str],
    off_and_limit: tuple[float, float],
) -> Finding:
    """Answer a finding on an area whose limit follows from the map scale."""
    off, limit = (round(float(value), 2) for value in off_and_limit)
    found = on_row(rule, parcels, i, context, message, measure=Measure(off, limit, "m2"))
    basis = context.jurisdiction.limits.scales_basis
    return replace(found, shape=parcels.geom[i], basis=dict(basis) if basis else None)


def without_scale(rule: Rule) -> Finding:
    """Answer that nothing follows from a scale that nobody has said."""
    return untested(
        rule,
        "chưa biết tỷ lệ bản đồ đo đạc (--map-scale)",
        "the scale of the survey is not known (--map-scale)",
    )
