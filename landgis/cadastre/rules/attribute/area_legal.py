"""The area on legal papers against the surveyed one: told, never mended."""

from collections.abc import Iterator

import numpy as np

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules.attribute.area_error import (
    allowed_m2,
    of_scale,
    surveyed_area,
    without_scale,
)
from landgis.cadastre.rules.context import RuleContext
from landgis.cadastre.rules.shared_cause import untested

RULE = Rule(
    code="attribute.area_legal",
    severity="warning",
    title={
        "vi": "Diện tích pháp lý khác diện tích đo đạc",
        "en": "Register area differs from the surveyed area",
    },
    remedy={
        "vi": "Cả hai số liệu được giữ nguyên; đính chính giấy tờ theo thủ tục nếu cần.",
        "en": "Both are kept as they are; papers are corrected by their own procedure.",
    },
    place="area",
)

RULES = (RULE,)


def check(parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    """Find parcels whose two stated areas differ by more than the scale explains."""
    scale = context.map_scale
    if scale is None:
        yield without_scale(RULE)
        return
    surveyed, legal = surveyed_area(parcels, context), parcels.register_area_m2
    both = np.isfinite(surveyed) & np.isfinite(legal)
    if not both.any():
        yield untested(
            RULE,
            "nguồn dữ liệu không ghi cả diện tích pháp lý và diện tích đo đạc",
            "the source does not state both a register area and a surveyed area",
        )
        return
    off = np.abs(legal - surveyed)
    limit = allowed_m2(off, parcels, context, scale)
    for i in np.flatnonzero(off > limit):
        if not parcels.is_sound[i]:
            continue
        row, paper, ground = parcels.row[i], legal[i], surveyed[i]
        message = {
            "vi": f"Dòng {row}: diện tích pháp lý {paper:.1f} m², đo đạc {ground:.1f} m², lệch "
            f"{off[i]:.1f} m²; tỷ lệ 1:{scale.denominator} cho phép {limit[i]:.1f} m².",
            "en": f"Row {row}: register area {paper:.1f} m², surveyed {ground:.1f} m², "
            f"{off[i]:.1f} m² off; 1:{scale.denominator} allows {limit[i]:.1f} m².",
        }
        yield of_scale(RULE, parcels, int(i), context, message, (off[i], limit[i]))
