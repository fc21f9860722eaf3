"""A ring that does not end where it began: the closing edge is drawn."""

from typing import Any

import shapely

from landgis.cadastre.parcels import Column
from landgis.errors import Refused

KIND = "close_ring"


def closed(wkb: bytes) -> Any:
    """Answer the polygon of a record whose rings are open: an edge from the last to the first.

    Every vertex stays. Rings that are closed stay as they are.

    Raises
    ------
    Refused
        ``ring_too_short``: no three vertices, nothing is enclosed.
    """
    found: Column = shapely.from_wkb([wkb], on_invalid="fix")
    geom = found[0]
    if geom is None or shapely.is_empty(geom) or geom.geom_type not in ("Polygon", "MultiPolygon"):
        raise Refused(
            "ring_too_short",
            "The boundary has too few vertices to enclose anything; draw it anew",
        )
    return geom
