"""A parcel without a geometry cannot be drawn, measured or checked."""

from collections.abc import Iterator

import numpy as np
import shapely

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules.context import RuleContext
from landgis.cadastre.rules.placed import on_row

RULE = Rule(
    code="geometry.empty",
    severity="error",
    title={"vi": "Thửa đất không có hình học", "en": "Parcel without a geometry"},
    remedy={
        "vi": "Vẽ lại ranh giới thửa đất trong tệp gốc rồi nhập lại.",
        "en": "Draw the parcel's boundary in the source file and import it again.",
    },
)

RULES = (RULE,)


def check(parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    """Find parcels whose geometry is null or empty."""
    bad = shapely.is_missing(parcels.geom) | shapely.is_empty(parcels.geom)
    for i in np.flatnonzero(bad):
        row = parcels.row[i]
        message = {"vi": f"Dòng {row} không có hình học.", "en": f"Row {row} has no geometry."}
        yield on_row(RULE, parcels, int(i), context, message)
