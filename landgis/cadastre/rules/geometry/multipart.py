"""A parcel in several pieces: allowed in some cadastres, an unmarked split in others."""

from collections.abc import Iterator

import numpy as np
import shapely

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules.context import RuleContext
from landgis.cadastre.rules.placed import Measure, on_row

RULE = Rule(
    code="geometry.multipart",
    severity="info",
    title={"vi": "Thửa đất gồm nhiều phần", "en": "Parcel in several parts"},
    remedy={
        "vi": "Hỏi lại: nếu mỗi phần là một thửa riêng thì tách ra và đánh số cho từng thửa.",
        "en": "Ask: if each part is a parcel of its own, divide it and number the parts.",
    },
)

RULES = (RULE,)


def check(parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    """Find parcels whose geometry has more than one polygon; the place is in the smallest."""
    counts = shapely.get_num_geometries(parcels.geom)
    for i in np.flatnonzero((counts > 1) & parcels.is_sound).tolist():
        row, count = parcels.row[i], int(counts[i])
        message = {
            "vi": f"Dòng {row} gồm {count} phần rời nhau.",
            "en": f"Row {row} consists of {count} separate parts.",
        }
        parts = shapely.get_parts(parcels.geom[i])
        inside = shapely.point_on_surface(parts[int(shapely.area(parts).argmin())])
        measure = Measure(float(count), 1.0, "parts")
        place = (float(inside.x), float(inside.y))
        yield on_row(RULE, parcels, i, context, message, place=place, measure=measure)
