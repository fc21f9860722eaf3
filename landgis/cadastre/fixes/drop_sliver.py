"""A parcel too narrow to be ground of its own: joined to the neighbour with the longest edge."""

from typing import Any

import shapely

from landgis.cadastre.fixes.site import Site
from landgis.cadastre.fixes.strips import noded, settled, tidy
from landgis.errors import Refused

KIND = "drop_sliver"


def changes(site: Site) -> dict[int, Any]:
    """Answer the neighbour with the sliver's ground, and None for the sliver.

    A parcel that goes is a decision: this is proposed to people and never done unasked.

    Raises
    ------
    Refused
        ``nothing_to_fix``: no parcel has an edge along it; ``strip_vanishes``.
    """
    sliver = site.subject
    strip, parcels = noded(site, site.geoms[sliver])
    along = {
        i: shapely.length(shapely.intersection(geom.boundary, strip.boundary))
        for i, geom in parcels.items()
        if i != sliver and shapely.is_valid(geom)
    }
    if not along or max(along.values()) <= site.node_m:
        raise Refused("nothing_to_fix", "No parcel has an edge along this sliver; it stands alone")
    taker = max(along, key=lambda i: (along[i], -i))
    made = tidy(parcels[taker], shapely.union(parcels[taker], strip), parcels, site.node_m)
    return settled(site, strip, {taker: made, sliver: None})
