"""Small coverages with one thing wrong, and what every fix of it must hold."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from landgis.cadastre.findings import Finding
from landgis.cadastre.fixes import Fix, Site, propose, tolerance
from landgis.cadastre.rules import check_all
from tests.builders import EAST, NORTH, context, parcel_set, vn_80

NODE_M = 0.001
SIDE = 20.0


def nodes(columns: int, lines: int, shifts: Sequence[tuple[float, float]] = ()) -> Any:
    """Corners of a net of parcels, ``(lines + 1, columns + 1, 2)``, the inner ones shifted."""
    x, y = np.meshgrid(np.arange(columns + 1.0), np.arange(lines + 1.0))
    net = np.stack([EAST + x * SIDE, NORTH + y * SIDE], axis=-1)
    inner = net[1:-1, 1:-1].reshape(-1, 2)
    for i, shift in zip(range(len(inner)), shifts, strict=False):
        inner[i] += shift
    net[1:-1, 1:-1] = inner.reshape(net[1:-1, 1:-1].shape)
    return net


def coverage(net: Any) -> list[Any]:
    """The parcels of a net, line by line; neighbours share their corners bit for bit."""
    return [
        shapely.Polygon([net[j, i], net[j, i + 1], net[j + 1, i + 1], net[j + 1, i]])
        for j in range(len(net) - 1)
        for i in range(len(net[0]) - 1)
    ]


def with_point(geom: Any, after: int, point: Sequence[float]) -> Any:
    """A polygon with one more vertex behind its vertex ``after``."""
    ring = list(geom.exterior.coords)[:-1]
    return shapely.Polygon([*ring[: after + 1], tuple(point), *ring[after + 1 :]])


def with_corner(geom: Any, corner: Sequence[float], to: Sequence[float]) -> Any:
    """A polygon whose vertex at ``corner`` is elsewhere."""
    ring = [tuple(to) if p == tuple(corner) else p for p in geom.exterior.coords[:-1]]
    return shapely.Polygon(ring)


def found(geoms: Sequence[Any], rule: str, scale: int | None = None) -> list[Finding]:
    """The findings of a rule, by all rules at once, as an import has them."""
    parcels = parcel_set(geoms)
    every = check_all(parcels, context(parcels, scale=scale), {})
    return [f for f in every if f.rule.code == rule and f.outcome == "fail"]


def site(
    geoms: Sequence[Any],
    rows: Sequence[int],
    rule: str,
    place: Any = None,
    *,
    shape: Any = None,
    scale: int | None = None,
) -> Site:
    """The ground around a finding on rows counted from 1; every other parcel is near."""
    own = [row - 1 for row in rows]
    order = [*own, *(i for i in range(len(geoms)) if i not in own)]
    known = vn_80().limits.scales[scale].point_m if scale else float("nan")
    allowed = tolerance(rule, vn_80().limits, [known] * len(own))
    return Site(
        finding_id="0123456789abcdef",
        geoms=np.array([geoms[i] for i in order], dtype=object),
        names=tuple(i + 1 for i in order),
        own=tuple(range(len(own))),
        place=place,
        shape=shape,
        tolerance_m=allowed.metres,
        why=allowed.why,
        node_m=NODE_M,
        spike_deg=vn_80().limits["spike_deg"].value,
    )


def site_of(geoms: Sequence[Any], finding: Finding, scale: int | None = None) -> Site:
    """The ground around a finding."""
    return site(
        geoms,
        finding.rows,
        finding.rule.code,
        finding.place_xy,
        shape=finding.shape,
        scale=scale,
    )


def fixed(kind: str, at: Site) -> Fix:
    return propose(kind, at, lambda geom: float(shapely.area(geom)))


def after(geoms: Sequence[Any], fix: Fix) -> list[Any]:
    """All parcels with a fix made."""
    made = list(geoms)
    for change in fix.changes:
        made[int(change.name) - 1] = change.after
    return made


def points(geom: Any) -> set[tuple[float, float]]:
    return {(x, y) for x, y in shapely.get_coordinates(geom).tolist()}


def check_harmless(geoms: Sequence[Any], fix: Fix, defect: Any, reach: float) -> list[Any]:
    """What every fix must hold; answers the parcels with the fix made.

    Parameters
    ----------
    defect
        Where the thing that is wrong lies.
    reach
        How far from it vertices may move, come or go.
    """
    made = after(geoms, fix)
    touched = {int(change.name) - 1 for change in fix.changes}
    for change in fix.changes:
        was, now = change.before, change.after
        assert was is geoms[int(change.name) - 1]
        assert shapely.is_valid(now), shapely.is_valid_reason(now)
        assert shapely.distance(was, defect) <= reach, "it did not share the defect"
        assert change.area_before_m2 == shapely.area(was)
        assert change.area_after_m2 == shapely.area(now)
        far = {p for p in points(was) if shapely.distance(shapely.Point(p), defect) > reach}
        assert far <= points(now), "a vertex away from the defect is gone or moved"
        new = points(now) - points(was)
        assert all(shapely.distance(shapely.Point(p), defect) <= reach for p in new)
    assert [made[i] for i in range(len(geoms)) if i not in touched] == [
        geoms[i] for i in range(len(geoms)) if i not in touched
    ]
    check_ground(geoms, made, reach)
    return made


def check_ground(geoms: Sequence[Any], made: Sequence[Any], reach: float) -> None:
    """No pair shares more ground than before, and no ground is lost.

    A node within a millimetre of an edge may draw the edge to it: as wide is no ground.
    """
    was, now = (shapely.make_valid(np.array(g, dtype=object)) for g in (geoms, made))
    for i in range(len(was)):
        for j in range(i):
            shared = now[i].intersection(now[j])
            more = shared.area - was[i].intersection(was[j]).area
            told = f"parcels {j + 1} and {i + 1} overlap by {more} m² more"
            assert more <= 1e-4 or 2 * more <= NODE_M * shared.length, told
    lost = shapely.union_all(was).difference(shapely.union_all(now))
    assert lost.area <= max(1e-4, reach * reach), f"{lost.area} m² belong to nobody"
