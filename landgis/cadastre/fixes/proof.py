"""What every fix must hold before it is offered, whatever made it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from landgis.cadastre.edits.nodes import Edges, Point, Points
from landgis.cadastre.fixes.site import Site
from landgis.cadastre.parcels import Column
from landgis.errors import Refused

NOISE_M2 = 1e-6
"""Ground that counts; arithmetic on coordinates in millions of metres makes about 1e-8 m²."""


def prove(site: Site, after: Mapping[int, Any], *, lost_m: float) -> None:
    """Let pass a fix that leaves valid parcels whole, takes no ground and loses none.

    Parameters
    ----------
    after
        By index, as a fix has it.
    lost_m
        Mean width of ground that may belong to nobody afterwards.

    Raises
    ------
    Refused
        ``fix_invalid``, ``fix_tears``, ``fix_overlaps``, ``fix_loses``.
    """
    was = _usable(site.geoms)
    for i, geom in after.items():
        if geom is None:
            continue
        if shapely.get_num_geometries(geom) > shapely.get_num_geometries(was[i]):
            raise Refused(
                "fix_tears",
                f"Parcel {site.names[i]} would fall into parts; draw the boundary by hand",
            )
        if not shapely.is_valid(geom):
            raise Refused(
                "fix_invalid",
                f"The boundary of parcel {site.names[i]} would still be invalid "
                f"({shapely.is_valid_reason(geom)}); draw it anew",
            )
    _check_overlaps(site, was, after)
    _check_lost(was, after, lost_m)


def _check_overlaps(site: Site, was: Column, after: Mapping[int, Any]) -> None:
    """No two parcels may share more ground than they did."""
    now = was.copy()
    for i, geom in after.items():
        now[i] = shapely.Polygon() if geom is None else geom
    mine = np.array([i for i, geom in after.items() if geom is not None], dtype=np.int64)
    nth, other = shapely.STRtree(now).query(now[mine], predicate="intersects")
    one = mine[nth]
    apart = one != other
    one, other = one[apart], other[apart]
    shared, known = (shapely.intersection(of[one], of[other]) for of in (now, was))
    for k in np.flatnonzero(shapely.area(shared) - shapely.area(known) > NOISE_M2):
        more = shapely.get_parts(shapely.difference(shared[k], known[k]))
        if max(_width(part.area, part.length) for part in more) > site.node_m:
            area = float(shapely.area(more).sum())
            raise Refused(
                "fix_overlaps",
                f"Parcel {site.names[one[k]]} would overlap parcel {site.names[other[k]]} by "
                f"{area:.4f} m²; draw the boundary by hand",
                area_m2=round(area, 4),
            )


def _check_lost(was: Column, after: Mapping[int, Any], lost_m: float) -> None:
    """No ground may be nobody's that was somebody's."""
    now = [geom for i, geom in enumerate(was) if i not in after]
    now += [geom for geom in after.values() if geom is not None]
    before = shapely.union_all([was[i] for i in after])
    lost = shapely.difference(before, shapely.union_all(now))
    for part in shapely.get_parts(lost):
        if part.area > NOISE_M2 and _width(part.area, part.length) > lost_m:
            raise Refused(
                "fix_loses",
                f"{part.area:.4f} m² would belong to no parcel any more; draw the boundary by hand",
                area_m2=round(float(part.area), 4),
            )


def widest_m(before: Any, after: Any) -> float:
    """Answer the mean width of the widest ground that a parcel gains or loses."""
    was, now = _usable([before, after])
    parts = shapely.get_parts(shapely.symmetric_difference(was, now))
    return max((_width(part.area, part.length) for part in parts), default=0.0)


def _usable(geoms: Any) -> Column:
    """Answer geometries with the invalid ones as the ground that they enclose."""
    usable: Column = np.array(geoms, dtype=object)
    broken = ~shapely.is_valid(usable)
    if broken.any():
        usable[broken] = shapely.make_valid(
            usable[broken], method="structure", keep_collapsed=False
        )
    return usable


def _width(area_m2: float, around_m: float) -> float:
    return 2 * area_m2 / around_m if around_m > 0 else 0.0


def moved_m(before: Any, after: Any) -> float:
    """Answer how far a boundary came to lie from where it was.

    Edges that are new are measured against the boundary before, edges that are gone against the
    boundary after, at their ends and at steps of a tenth.
    """
    was, now = _edges(before), _edges(after)
    gone, new = was.keys() - now.keys(), now.keys() - was.keys()
    return max(
        _farthest([now[key] for key in new], _lines(before)),
        _farthest([was[key] for key in gone], _lines(after)),
    )


def _farthest(edges: Sequence[Points], lines: Any) -> float:
    if not edges:
        return 0.0
    ends = np.array(edges)
    share = np.linspace(0.0, 1.0, 11)[:, None, None]
    samples = (ends[:, 0] + share * (ends[:, 1] - ends[:, 0])).reshape(-1, 2)
    shapely.prepare(lines)
    return float(shapely.distance(shapely.points(samples), lines).max())


def _edges(geom: Any) -> dict[frozenset[Point], Points]:
    """Answer the edges of a boundary, whichever way they run."""
    edges = Edges.of(geom)
    ends = np.stack([edges.a, edges.b], axis=1)
    return {
        frozenset(((a, b), (c, d))): e
        for e, ((a, b), (c, d)) in zip(ends, ends.tolist(), strict=True)
    }


def _lines(geom: Any) -> Any:
    rings = shapely.get_rings(shapely.get_parts(geom))
    return shapely.multilinestrings([shapely.linestrings(r.coords) for r in rings])


def beyond_tolerance(moved: float, tolerance_m: float, why: str = "") -> Refused:
    """Answer the refusal of a fix that would move a boundary farther than its map may be wrong."""
    reason = f" ({why})" if why else ""
    return Refused(
        "beyond_tolerance",
        f"The boundary would move {moved:.3f} m; {tolerance_m:.3f} m may be mended{reason}: what "
        "is farther apart is to be surveyed again or settled with the neighbours",
        measured=round(moved, 4),
        limit=tolerance_m,
        unit="m",
    )
