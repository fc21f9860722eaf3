"""Ground that two parcels claim: one of them gives it up, along the other's boundary."""

from collections.abc import Iterator, Sequence
from typing import Any

import shapely

from landgis.cadastre.fixes.site import Site
from landgis.cadastre.fixes.strips import noded, polygonal, settled, tidy
from landgis.errors import Refused

KIND = "cut_overlap"

PAIR = 2


def changes(site: Site) -> Iterator[dict[int, Any]]:
    """Yield the ways to cut one parcel back to the other's boundary.

    The other one keeps its ground; it and the neighbours get vertices where boundaries crossed. Of
    the ways the one is taken that moves a boundary least, and of equal ones that of the larger
    parcel, which notices it least.

    Raises
    ------
    Refused
        ``parcel_missing``; ``nothing_to_fix``; ``strip_vanishes``; ``parcel_vanishes``.
    """
    if len(site.own) < PAIR:
        raise Refused(
            "parcel_missing",
            "One of the two parcels that overlap is not among the rows; cut the row by hand",
        )
    pair = site.own[:PAIR]
    for i in pair:
        if not shapely.is_valid(site.geoms[i]):
            raise Refused("neighbour_invalid", f"Parcel {site.names[i]} is invalid; fix it first")
    shared = polygonal(shapely.intersection(site.geoms[pair[0]], site.geoms[pair[1]]))
    if shared is None:
        raise Refused("nothing_to_fix", "The two parcels do not overlap any more")
    strip, parcels = noded(site, shared)
    ways = 0
    for i in sorted(set(pair) - site.fixed, key=lambda i: -float(shapely.area(site.geoms[i]))):
        (other,) = set(pair) - {i}
        left = shapely.difference(parcels[i], parcels[other])
        made = tidy(parcels[i], left, parcels, site.node_m)
        if made is None:
            continue
        ways += 1
        others = [geom for k, geom in parcels.items() if k != i]
        yield settled(site, strip, {i: _without_scraps(made, others, site.node_m)})
    if not ways:
        raise Refused("parcel_vanishes", "Nothing would be left of the parcel that is to give way")


def _without_scraps(made: Any, others: Sequence[Any], node_m: float) -> Any:
    """Answer a parcel that was cut without the parts cut off that others have as well."""
    parts = sorted(shapely.get_parts(made), key=lambda part: -part.area)
    if len(parts) == 1:
        return made
    theirs = shapely.union_all(others)
    kept = parts[:1]
    for part in parts[1:]:
        bare = shapely.difference(part, theirs)
        if 2 * bare.area > node_m * part.length:
            kept.append(part)
    return kept[0] if len(kept) == 1 else shapely.MultiPolygon(kept)
