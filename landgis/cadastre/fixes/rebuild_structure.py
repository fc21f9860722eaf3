"""A boundary that crosses or touches itself, rebuilt: its rings told apart, no vertex moved."""

from typing import Any

import shapely

from landgis.cadastre.fixes.site import Site
from landgis.errors import Refused

KIND = "rebuild_structure"


def changes(site: Site) -> dict[int, Any]:
    """Answer the parcel as the valid polygon of the same lines.

    What the boundary encloses is kept, whichever way round it runs there. Where a boundary crosses
    itself, nobody but its surveyor knows what was meant; so only as much ground may change sides
    as a boundary of this length holds when each point is as far off as it may be.

    Raises
    ------
    Refused
        ``nothing_to_fix``; ``no_structure``: no polygon can be made of it;
        ``parts_vanish``: a part of the parcel would be lost; ``area_changes``.
    """
    geom = site.geoms[site.subject]
    if shapely.is_valid(geom):
        raise Refused("nothing_to_fix", "The boundary neither crosses nor touches itself")
    try:
        made = shapely.make_valid(geom, method="structure", keep_collapsed=False)
    except shapely.errors.GEOSException as problem:
        raise Refused(
            "no_structure", f"No polygon can be made of this boundary ({problem}); draw it anew"
        ) from problem
    if made.geom_type not in ("Polygon", "MultiPolygon") or made.is_empty:
        raise Refused("no_structure", "No polygon can be made of this boundary; draw it anew")
    _check_parts(geom, made)
    _check_area(geom, made, site.tolerance_m)
    return {site.subject: made}


def _check_parts(geom: Any, made: Any) -> None:
    """No part that encloses ground may be gone."""
    parts = shapely.get_parts(geom)
    lost = [
        part
        for part in shapely.make_valid(parts, method="structure", keep_collapsed=False)
        if part.area > 0 and not shapely.intersects(made, shapely.point_on_surface(part))
    ]
    if lost:
        area = sum(part.area for part in lost)
        raise Refused(
            "parts_vanish",
            f"{len(lost)} part(s) of the parcel with {area:.2f} m² would be gone; draw the "
            "boundary anew",
            area_m2=round(area, 4),
        )


def _check_area(geom: Any, made: Any, tolerance_m: float) -> None:
    change = abs(made.area - geom.area)
    # As much as a strip along the whole boundary, half of the tolerance wide on average.
    bound = geom.length * tolerance_m / 2
    if change > bound:
        raise Refused(
            "area_changes",
            f"Where the boundary crosses itself, {change:.2f} m² would change sides (at most "
            f"{bound:.2f} m² may); vertices are probably in a wrong order: draw the boundary anew",
            measured=round(change, 4),
            limit=round(bound, 4),
            unit="m2",
        )
