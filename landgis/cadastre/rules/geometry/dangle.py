"""A boundary that runs out and back over itself: a line in the air, with no ground beside it."""

from collections.abc import Iterator

import numpy as np
import shapely

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules.context import RuleContext
from landgis.cadastre.rules.geometry.needles import broken, cut
from landgis.cadastre.rules.placed import Measure, on_row

RULE = Rule(
    code="topology.dangle",
    severity="error",
    title={"vi": "Đoạn ranh giới thừa", "en": "Dangling boundary"},
    remedy={
        "vi": "Xóa đoạn đi ra rồi quay lại trên chính nó; diện tích thửa đất không đổi.",
        "en": "Delete the piece that runs out and back over itself; no area is lost.",
    },
    place="line",
    fixes=("cut_spike",),
)

RULES = (RULE,)


def check(parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    """Find boundaries that run out and back at most ``node_m`` beside themselves.

    Only those that make a parcel invalid; a needle with ground inside is ``geometry.spike``.
    """
    limit = context.jurisdiction.limits["node_m"].value
    for i in broken(parcels).tolist():
        if not np.isfinite(shapely.get_coordinates(parcels.geom[i])).all():
            continue
        found = cut(parcels.geom[i], context.metres, limit)
        if found.flat is not None or not found.lines:
            continue
        lines = shapely.line_merge(shapely.union_all(found.lines))
        longest, length = _longest(lines, context.metres)
        row = parcels.row[i]
        message = {
            "vi": f"Dòng {row}: ranh giới đi ra {length:.3f} m rồi quay lại trên chính nó.",
            "en": f"Row {row}: the boundary runs out {length:.3f} m and back over itself.",
        }
        place = _end(longest, found.rest)
        measure = Measure(length, 0.0, "m")
        yield on_row(RULE, parcels, i, context, message, place=place, measure=measure, shape=lines)


def _longest(
    lines: shapely.Geometry, metres: tuple[float, float]
) -> tuple[shapely.Geometry, float]:
    parts = shapely.get_parts(lines)
    lengths = shapely.length(shapely.transform(parts, lambda xy: xy * metres))
    return parts[int(lengths.argmax())], float(lengths.max())


def _end(line: shapely.Geometry, rest: shapely.Geometry) -> tuple[float, float]:
    """Answer the end of a line that is farther from the rest of the boundary."""
    first, last = shapely.get_point(line, 0), shapely.get_point(line, -1)
    apart = shapely.distance([first, last], shapely.boundary(rest))
    tip = (first, last)[int(apart.argmax())]
    return float(tip.x), float(tip.y)
