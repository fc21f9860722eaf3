"""Land that parcels enclose and that is no parcel: forgotten, or a water nobody surveyed."""

from collections.abc import Iterator

import numpy as np
import shapely

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.topology.holes import Holes

RULE = Rule(
    code="dataset.coverage_holes",
    severity="info",
    title={"vi": "Đất bị bao quanh nhưng không thuộc thửa nào", "en": "Holes in the coverage"},
    remedy={
        "vi": "Nếu thiếu thửa đất ở đó, bổ sung vào tệp.",
        "en": "If a parcel is missing there, add it to the file.",
    },
    place="area",
)

RULES = (RULE,)


def check(holes: Holes, metres: tuple[float, float], epsg: int) -> Iterator[Finding]:
    """Find, as one for the whole layer, holes too large to be gaps between two parcels."""
    if not holes.number:
        return
    total, largest = holes.area_m2, holes.largest_m2
    shapes = shapely.transform(shapely.get_parts(holes.shapes), lambda xy: xy / np.array(metres))
    at = shapely.point_on_surface(shapes[0])
    yield Finding(
        rule=RULE,
        outcome="fail",
        message={
            "vi": f"{holes.number} chỗ bị các thửa bao quanh không thuộc thửa nào, tổng "
            f"{total:.0f} m², lớn nhất {largest:.0f} m².",
            "en": f"Parcels enclose {holes.number} places that belong to none, {total:.0f} "
            f"m² together, {largest:.0f} m² the largest.",
        },
        place_xy=(float(at.x), float(at.y)),
        place_epsg=epsg,
        shape=shapes[0] if len(shapes) == 1 else shapely.multipolygons(shapely.get_parts(shapes)),
        measured=round(total, 1),
        limit=0.0,
        unit="m2",
        keys=("holes",),
    )
