"""A boundary of very many vertices would stall every tile it is drawn in."""

from collections.abc import Iterator

import numpy as np
import shapely

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules.context import RuleContext, identity_keys, middle

MAX_VERTICES = 10_000
"""Largest number of vertices of one parcel; the store has the same bound as a constraint."""

RULE = Rule(
    code="geometry.too_many_vertices",
    severity="error",
    title={"vi": "Thửa đất có quá nhiều đỉnh", "en": "Parcel with too many vertices"},
    remedy={
        "vi": f"Tách thửa hoặc giảm số đỉnh của đường cong xuống dưới {MAX_VERTICES}.",
        "en": f"Divide the parcel, or densify its curves less: at most {MAX_VERTICES} vertices.",
    },
)


def check(parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    """Find parcels with more than MAX_VERTICES vertices."""
    counts = shapely.get_num_coordinates(parcels.geom)
    bad = counts > MAX_VERTICES
    keys = identity_keys(parcels.take(bad), context.identity_fields)
    for i, key in zip(np.flatnonzero(bad), keys, strict=True):
        row, count = int(parcels.row[i]), int(counts[i])
        yield Finding(
            rule=RULE,
            outcome="fail",
            message={
                "vi": f"Dòng {row} có {count} đỉnh.",
                "en": f"Row {row} has {count} vertices.",
            },
            rows=(row,),
            place_xy=middle(parcels, int(i)),
            place_epsg=parcels.survey_epsg,
            measured=float(count),
            limit=float(MAX_VERTICES),
            unit="vertices",
            keys=(key,) if key else (),
        )
