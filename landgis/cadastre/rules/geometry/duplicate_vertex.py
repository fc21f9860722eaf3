"""Two vertices in one place: one of them was digitised twice."""

from collections.abc import Iterator

import numpy as np

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules.context import RuleContext
from landgis.cadastre.rules.geometry.corners import Corners
from landgis.cadastre.rules.placed import Measure, on_row

RULE = Rule(
    code="geometry.duplicate_vertex",
    severity="warning",
    title={"vi": "Đỉnh thửa trùng nhau", "en": "Vertex twice"},
    remedy={
        "vi": "Bỏ một trong hai đỉnh; ranh giới và diện tích không đổi.",
        "en": "Leave one of the two out; boundary and area stay the same.",
    },
    fixes=("drop_vertices",),
)

RULES = (RULE,)


def check(parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    """Find neighbouring vertices of a ring that are nearer than ``node_m``.

    That a ring ends where it begins is no repetition. One finding a parcel, at the first.
    """
    limit = context.jurisdiction.limits["node_m"]
    corners = Corners.of(parcels, context.metres)
    twice = np.flatnonzero(corners.length < limit.value)
    rows, first, counts = np.unique(corners.owner[twice], return_index=True, return_counts=True)
    for i, at, count in zip(rows.tolist(), twice[first].tolist(), counts.tolist(), strict=True):
        row, apart = parcels.row[i], float(corners.length[at])
        message = {
            "vi": f"Dòng {row}: {count} đỉnh cách đỉnh kề dưới {limit.value:g} m.",
            "en": f"Row {row}: {count} vertices are nearer than {limit.value:g} m to the next.",
        }
        x, y = corners.at[at].tolist()
        measure = Measure(apart, limit.value, "m")
        yield on_row(RULE, parcels, i, context, message, place=(x, y), measure=measure)
