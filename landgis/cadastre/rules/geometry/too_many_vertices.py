"""A boundary of very many vertices would stall every tile it is drawn in."""

from collections.abc import Iterator

import numpy as np
import shapely

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules.context import RuleContext
from landgis.cadastre.rules.placed import Measure, on_row

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

RULES = (RULE,)


def check(parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    """Find parcels with more than MAX_VERTICES vertices."""
    counts = shapely.get_num_coordinates(parcels.geom)
    for i in np.flatnonzero(counts > MAX_VERTICES):
        row, count = parcels.row[i], int(counts[i])
        message = {"vi": f"Dòng {row} có {count} đỉnh.", "en": f"Row {row} has {count} vertices."}
        measure = Measure(float(count), float(MAX_VERTICES), "vertices")
        yield on_row(RULE, parcels, int(i), context, message, measure=measure)
