"""A parcel without a geometry cannot be drawn, measured or checked."""

from collections.abc import Iterator

import numpy as np
import shapely

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules.context import RuleContext, identity_keys

RULE = Rule(
    code="geometry.empty",
    severity="error",
    title={"vi": "Thửa đất không có hình học", "en": "Parcel without a geometry"},
    remedy={
        "vi": "Vẽ lại ranh giới thửa đất trong tệp gốc rồi nhập lại.",
        "en": "Draw the parcel's boundary in the source file and import it again.",
    },
)


def check(parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    """Find parcels whose geometry is null or empty."""
    bad = shapely.is_missing(parcels.geom) | shapely.is_empty(parcels.geom)
    keys = identity_keys(parcels.take(bad), context.identity_fields)
    for i, key in zip(np.flatnonzero(bad), keys, strict=True):
        row = int(parcels.row[i])
        yield Finding(
            rule=RULE,
            outcome="fail",
            message={
                "vi": f"Dòng {row} không có hình học.",
                "en": f"Row {row} has no geometry.",
            },
            rows=(row,),
            keys=(key,) if key else (),
        )
