"""A parcel so thin that it is a leftover between two boundaries, not land."""

from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules.context import RuleContext
from landgis.cadastre.rules.placed import Measure, on_row

RULE = Rule(
    code="topology.sliver",
    severity="warning",
    title={"vi": "Thửa đất hẹp bất thường", "en": "Sliver"},
    remedy={
        "vi": "Nếu là phần dư giữa hai ranh giới, nhập vào thửa liền kề.",
        "en": "If it is a leftover between two boundaries, join it to a neighbour.",
    },
    place="area",
    fixes=("drop_sliver",),
)

RULES = (RULE,)


def check(parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    """Find parcels whose mean width (area / half of the perimeter) is below ``sliver_m``."""
    limit = context.jurisdiction.limits["sliver_m"]
    width = _widths(parcels, context, limit.value)
    thin = np.flatnonzero(width < limit.value)
    for i in thin[parcels.is_sound[thin]].tolist():
        row, wide = parcels.row[i], float(width[i])
        message = {
            "vi": f"Dòng {row} rộng trung bình {wide:.3f} m.",
            "en": f"Row {row} is {wide:.3f} m wide on average.",
        }
        measure = Measure(round(wide, 4), limit.value, "m")
        shape = parcels.geom[i]
        yield on_row(RULE, parcels, i, context, message, measure=measure, shape=shape)


def _widths(parcels: ParcelSet, context: RuleContext, limit: float) -> NDArray[np.float64]:
    """Answer the mean widths of parcels, exact where they are near the limit; NaN without area."""
    shortest = shapely.length(parcels.geom) * min(context.metres)
    width = 2 * context.area_m2 / np.where(shortest > 0, shortest, np.nan)
    longest = max(context.metres) / min(context.metres)
    near = np.flatnonzero((width < limit * longest) & (context.area_m2 > 0))
    flat = shapely.transform(parcels.geom[near], lambda xy: xy * context.metres)
    width[near] = 2 * context.area_m2[near] / shapely.length(flat)
    width[context.area_m2 <= 0] = np.nan
    return np.asarray(width)
