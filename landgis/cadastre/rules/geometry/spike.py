"""A needle on a boundary: a vertex far out at a sharp angle, with hardly any ground inside."""

from collections.abc import Iterator

import numpy as np
import shapely

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules.context import RuleContext
from landgis.cadastre.rules.geometry.corners import Corners, Floats, Ints
from landgis.cadastre.rules.placed import Measure, on_row

RULE = Rule(
    code="geometry.spike",
    severity="warning",
    title={"vi": "Gai nhọn trên ranh giới", "en": "Needle on the boundary"},
    remedy={
        "vi": "Kiểm tra đỉnh ngoài cùng: có thể một tọa độ bị ghi sai; nếu thừa thì cắt bỏ gai.",
        "en": "Check the outermost vertex: a coordinate may be wrong; cut the needle off if it is.",
    },
    place="line",
    fixes=("cut_spike",),
)

RULES = (RULE,)


def check(parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    """Find vertices sharper than ``spike_deg`` with both sides longer than ``spike_m``.

    Land that ends in a point is no needle: the needle is narrower than ``sliver_m`` where its
    shorter side ends, and less than half of the parcel. Valid parcels only, one finding each, at
    the sharpest; see ``topology.dangle`` for the others.
    """
    limits = context.jurisdiction.limits
    sharpest, least = limits["spike_deg"], limits["spike_m"].value
    corners = Corners.of(parcels, context.metres).apart(limits["node_m"].value)
    before, angle, shorter, width = _measured(corners)
    sharp = (angle < sharpest.value) & (shorter > least) & (width < limits["sliver_m"].value)
    tips = np.flatnonzero(sharp)
    tips = tips[np.argsort(angle[tips], kind="stable")]
    owners, first = np.unique(corners.owner[tips], return_index=True)
    for i, tip in zip(owners.tolist(), tips[first].tolist(), strict=True):
        ends = corners.at[[before[tip], tip, corners.next[tip]]]
        if 2 * shapely.area(shapely.Polygon(ends)) >= shapely.area(parcels.geom[i]):
            continue
        row, degrees, reach = parcels.row[i], float(angle[tip]), float(shorter[tip])
        message = {
            "vi": f"Dòng {row}: ranh giới có gai {degrees:.3f}°, dài {reach:.2f} m, "
            f"rộng {width[tip]:.3f} m.",
            "en": f"Row {row}: a needle of {degrees:.3f}°, {reach:.2f} m long and "
            f"{width[tip]:.3f} m wide.",
        }
        yield on_row(
            RULE,
            parcels,
            i,
            context,
            message,
            place=(float(ends[1, 0]), float(ends[1, 1])),
            measure=Measure(degrees, sharpest.value, "deg"),
            shape=shapely.LineString(ends),
        )


def _measured(corners: Corners) -> tuple[Ints, Floats, Floats, Floats]:
    """Answer the vertex before each, its angle, its shorter side, its width at that one's end."""
    before = np.empty(len(corners.at), dtype=np.int64)
    before[corners.next] = np.arange(len(before))
    on, back = corners.to_next, -corners.to_next[before]
    cross = np.abs(back[:, 0] * on[:, 1] - back[:, 1] * on[:, 0])
    angle = np.degrees(np.arctan2(cross, (back * on).sum(axis=1)))
    lengths = corners.length[before], corners.length
    return before, angle, np.minimum(*lengths), cross / np.maximum(*lengths)
