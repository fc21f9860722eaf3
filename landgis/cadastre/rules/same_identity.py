"""One identity on two different pieces of land: nobody can say which is meant."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules.context import RuleContext, groups_of_equal, identity_keys, middle

RULE = Rule(
    code="identity.duplicate",
    severity="error",
    title={"vi": "Trùng số hiệu thửa đất", "en": "Identity used twice"},
    remedy={
        "vi": "Kiểm tra số tờ, số thửa của các dòng này trong hồ sơ gốc; không dòng nào được nhận.",
        "en": "Check sheet and number of these rows against the records; none was accepted.",
    },
)


def check(parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    """Find identities that several rows with different geometries claim."""
    if not context.identity_fields:
        yield Finding(
            rule=RULE,
            outcome="untested",
            message={
                "vi": "Không kiểm tra: nguồn dữ liệu không có trường định danh thửa đất.",
                "en": "Not tested: the source names no identity of its parcels.",
            },
        )
        return
    identity = identity_keys(parcels, context.identity_fields)
    shape = parcels.geometry_key
    for group in groups_of_equal(identity):
        if len(set(shape[group])) > 1:
            yield _finding(parcels, group, str(identity[group[0]]))


def _finding(parcels: ParcelSet, group: NDArray[np.int64], key: str) -> Finding:
    rows = tuple(int(r) for r in parcels.row[group])
    listed = ", ".join(str(r) for r in rows)
    return Finding(
        rule=RULE,
        outcome="fail",
        message={
            "vi": f"Các dòng {listed} cùng mang số hiệu {key} nhưng khác hình học.",
            "en": f"Rows {listed} carry the same identity {key} on different geometries.",
        },
        rows=rows,
        place_xy=middle(parcels, int(group[0])),
        place_epsg=parcels.survey_epsg,
        measured=float(len(rows)),
        limit=1.0,
        unit="rows",
        keys=(key,),
    )
