"""A needle: the boundary runs out to a point and back on nearly the same line."""

from typing import Any

import numpy as np
import shapely

from landgis.cadastre.edits.nodes import Point
from landgis.cadastre.fixes.rings import LEAST, Ring, pairs, rings_of, with_rings
from landgis.cadastre.fixes.site import Site
from landgis.cadastre.rules.geometry.needles import cut
from landgis.errors import Refused

KIND = "cut_spike"

Turn = tuple[Point, Point, Point]
"""A vertex between the one before and the one after it."""


def changes(site: Site) -> dict[int, Any]:
    """Answer the parcels without the needle at the finding's place.

    Its tip goes, and then whatever of its foot is a needle's tip still. A neighbour that follows
    the needle edge for edge loses it too, so that what was shared stays shared. A boundary that is
    invalid loses every line on which it runs out and back over itself.

    Raises
    ------
    Refused
        ``nothing_to_fix``: the boundary makes no needle there; ``place_missing``,
        ``parcel_vanishes``.
    """
    subject = site.geoms[site.subject]
    if not shapely.is_valid(subject):
        return {site.subject: _without_lines(subject, site.node_m)}
    x, y = site.where()
    corners = [point for ring in rings_of(subject) for point in pairs(ring)]
    tip = min(corners, key=lambda p: float(np.hypot(p[0] - x, p[1] - y)))
    after: dict[int, Any] = {}
    for i in sorted({site.subject, *site.having([tip])}):
        geom, gone = _without(site.geoms[i], tip, site)
        if gone:
            after[i] = geom
    if site.subject not in after:
        raise Refused("nothing_to_fix", "The boundary makes no needle at this place")
    return after


def _without_lines(geom: Any, node_m: float) -> Any:
    found = cut(geom, (1.0, 1.0), node_m)
    if found.rest is None:
        raise Refused(
            "parcel_vanishes", "A ring of this boundary encloses nothing; draw the boundary anew"
        )
    if not found.lines:
        raise Refused("nothing_to_fix", "The boundary nowhere runs out and back over itself")
    return found.rest


def _without(geom: Any, tip: Point, site: Site) -> tuple[Any, bool]:
    gone: list[Point] = []

    def change(ring: Ring) -> Ring:
        points = pairs(ring)
        if tip not in points:
            return ring
        cut = _cut(points, points.index(tip), site)
        if len(cut) < len(points):
            gone.append(tip)
        return np.array(cut).reshape(-1, 2) if len(cut) < len(points) else ring

    return with_rings(geom, change), bool(gone)


def _cut(points: list[Point], at: int, site: Site) -> list[Point]:
    """Answer a ring without the needle whose tip is at an index."""
    points = list(points)
    while len(points) >= LEAST and _is_needle(points[at - 1], points[at], _next(points, at), site):
        del points[at]
        if not points:
            break
        # The feet of a needle that goes out and back on one line are one point twice.
        before, here = (at - 1) % len(points), at % len(points)
        if _apart(points[before], points[here]) <= site.node_m:
            del points[here]
        at = before if before < len(points) else len(points) - 1
    return points


def _next(points: list[Point], at: int) -> Point:
    return points[(at + 1) % len(points)]


def _apart(one: Point, other: Point) -> float:
    return float(np.hypot(one[0] - other[0], one[1] - other[1]))


def _is_needle(before: Point, tip: Point, after: Point, site: Site) -> bool:
    """Answer whether two edges leave a vertex at a sharper angle than a needle's."""
    one, other = np.subtract(before, tip), np.subtract(after, tip)
    lengths = float(np.hypot(*one) * np.hypot(*other))
    if lengths == 0.0:
        return True
    cosine = float((one * other).sum()) / lengths
    return bool(cosine >= np.cos(np.radians(site.spike_deg)))
