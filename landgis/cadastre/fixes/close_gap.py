"""A strip between two parcels that nobody has: one of them gets it, so that they meet."""

from collections.abc import Iterator
from typing import Any

import shapely

from landgis.cadastre.fixes.site import Site
from landgis.cadastre.fixes.strips import noded, polygonal, settled, tidy
from landgis.errors import Refused

KIND = "close_gap"


def changes(site: Site) -> Iterator[dict[int, Any]]:
    """Yield the ways to give the strip to a parcel that has an edge along it.

    The others keep their ground; they get vertices where the strip's corners lie on their edges.
    Of the ways the one is taken that moves a boundary least, and of equal ones that of the
    parcel with the longer edge along the strip.

    Raises
    ------
    Refused
        ``shape_missing``; ``strip_vanishes``; ``nothing_to_fix``: no parcel has an edge along it.
    """
    if site.shape is None or site.shape.area <= 0:
        raise Refused("shape_missing", "This finding tells no strip; draw the boundary by hand")
    around = [site.geoms[i] for i in site.touching(site.shape)]
    # Fixes before this one, or an edit, may have taken a part of what was found.
    bare = polygonal(shapely.difference(site.shape, shapely.union_all(around)))
    if bare is None or 2 * bare.area <= site.node_m * bare.length / 2:
        raise Refused("nothing_to_fix", "Nothing lies open there any more")
    strip, parcels = noded(site, bare)
    along = {
        i: shapely.length(shapely.intersection(geom.boundary, strip.boundary))
        for i, geom in parcels.items()
        if i in site.own and i not in site.fixed
    }
    takers = sorted((i for i in along if along[i] > site.node_m), key=lambda i: -along[i])
    if not takers:
        raise Refused("nothing_to_fix", "No parcel of this finding has an edge along the strip")
    for i in takers:
        made = tidy(parcels[i], shapely.union(parcels[i], strip), parcels, site.node_m)
        yield settled(site, strip, {i: made})
