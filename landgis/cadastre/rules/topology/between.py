"""Words and numbers that all findings between two parcels share."""

from collections.abc import Mapping, Sequence

import numpy as np
import shapely

from landgis.cadastre.findings import Finding, Rule, Text
from landgis.cadastre.limits import Limits
from landgis.cadastre.rules.at_register import WITHHELD
from landgis.cadastre.topology import Who
from landgis.cadastre.topology.gaps import Gap
from landgis.cadastre.topology.nodes import Miss
from landgis.cadastre.topology.overlaps import Overlap

Metres = tuple[float, float]
"""Metres in one unit of the survey plane, eastwards and northwards."""


def tolerance(one: Who, other: Who, limits: Limits) -> tuple[float, Mapping[str, str] | None]:
    """Answer how far two boundaries may lie apart, in metres, and who says so.

    Both maps have their error; together it is the root of the sum of squares (Circular
    25/2014/TT-BTNMT on matching the edges of sheets).
    """
    together = float(np.hypot(one.accuracy_m, other.accuracy_m))
    if np.isfinite(together):
        return together, limits.scales_basis
    own = limits["overlap_m"]
    return own.value, own.basis


def deviations(
    overlaps: Sequence[Overlap], gaps: Sequence[Gap], misses: Sequence[Miss], limits: Limits
) -> list[tuple[float, float]]:
    """Answer how far boundaries lie apart wherever they do, with the tolerance of each; metres."""
    measured = [(o.one, o.other, o.width_m) for o in overlaps]
    measured += [(g.one, g.other, g.width_m) for g in gaps]
    measured += [(m.lacking, m.having, m.distance_m) for m in misses]
    return [(apart, tolerance(one, other, limits)[0]) for one, other, apart in measured]


def named(who: Who) -> Text:
    """Answer a parcel as messages call it."""
    if _is_hidden(who):
        return {"vi": "một thửa khác trong sổ", "en": "another parcel of the register"}
    if who.parcel is not None:
        name = who.key or who.parcel
        return {"vi": f"thửa {name} trong sổ", "en": f"parcel {name} of the register"}
    return {"vi": f"dòng {who.row}", "en": f"row {who.row}"}


def finding(
    rule: Rule,
    parcels: tuple[Who, Who],
    message: Text,
    shape: shapely.Geometry,
    metres: Metres,
    epsg: int,
    measure: tuple[float, float, Mapping[str, str] | None],
    holds: tuple[int, ...] | None = None,
) -> Finding:
    """Answer what is wrong between two parcels.

    Parameters
    ----------
    shape
        Point, line or area that is wrong, in metres; its place is a point on it.
    measure
        What was measured, its limit and who says so; metres.
    """
    there = shapely.transform(shape, lambda xy: xy / metres)
    on = there if there.geom_type == "Point" else shapely.point_on_surface(there)
    measured, limit, basis = measure
    is_hidden = any(map(_is_hidden, parcels))  # its outline is not told either
    return Finding(
        rule=rule,
        outcome="fail",
        message=message,
        rows=tuple(who.row for who in parcels if who.row > 0),
        place_xy=(float(on.x), float(on.y)),
        place_epsg=epsg,
        shape=None if is_hidden or there.geom_type == "Point" else there,
        measured=round(measured, 4),
        limit=round(limit, 4),
        unit="m",
        keys=tuple(sorted(who.key for who in parcels if who.key)),
        parcels=tuple(who.parcel for who in parcels if who.parcel and not _is_hidden(who)),
        basis=None if basis is None else dict(basis),
        holds=holds,
    )


def _is_hidden(who: Who) -> bool:
    return who.parcel is not None and who.key == WITHHELD
