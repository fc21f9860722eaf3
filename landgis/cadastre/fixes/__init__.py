"""Fixes: what can be proposed for a finding, proved before it is shown.

Each kind is a file that answers the parcels it would change, or several ways to do it. Here the
way is chosen that moves a boundary least, after it was proved that nothing else breaks.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import shapely

from landgis.cadastre.fixes import (
    close_gap,
    close_ring,
    cut_overlap,
    cut_spike,
    drop_sliver,
    drop_vertices,
    insert_node,
    rebuild_structure,
    snap_vertex,
)
from landgis.cadastre.fixes.fix import Fix, FixedParcel, Name
from landgis.cadastre.fixes.proof import beyond_tolerance, moved_m, prove, widest_m
from landgis.cadastre.fixes.site import Site
from landgis.cadastre.fixes.tolerance import tolerance
from landgis.errors import Refused

FIXES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "geometry.duplicate_vertex": (drop_vertices.KIND,),
        "geometry.spike": (cut_spike.KIND,),
        "geometry.bow_tie": (rebuild_structure.KIND,),
        "geometry.self_crossing": (rebuild_structure.KIND,),
        "geometry.ring_touches": (rebuild_structure.KIND,),
        "geometry.unclosed": (close_ring.KIND,),
        "topology.dangle": (cut_spike.KIND,),
        "topology.missing_node": (insert_node.KIND,),
        "topology.near_miss": (snap_vertex.KIND,),
        "topology.gap": (close_gap.KIND,),
        "topology.overlap": (cut_overlap.KIND,),
        "topology.hairline_overlap": (cut_overlap.KIND,),
        "topology.register_overlap": (cut_overlap.KIND,),
        "topology.sliver": (drop_sliver.KIND,),
    }
)
"""Rule -> kinds of fixes that can be proposed for its findings, the gentlest first."""

ONLY_PROPOSED = frozenset({drop_sliver.KIND})
"""Kinds that take a parcel away: never done on rows, only shown and drafted."""

BY_WIDTH = frozenset({cut_spike.KIND, drop_sliver.KIND, rebuild_structure.KIND})
"""Kinds whose measure is ground: a needle may be long, a sliver too; a crossing is no move."""

_CHANGES: Mapping[str, Callable[[Site], Any]] = MappingProxyType(
    {
        drop_vertices.KIND: drop_vertices.changes,
        cut_spike.KIND: cut_spike.changes,
        rebuild_structure.KIND: rebuild_structure.changes,
        insert_node.KIND: insert_node.changes,
        snap_vertex.KIND: snap_vertex.changes,
        close_gap.KIND: close_gap.changes,
        cut_overlap.KIND: cut_overlap.changes,
        drop_sliver.KIND: drop_sliver.changes,
    }
)

STEP_M = 1e-6
"""Ways that differ by less move a boundary as far as each other."""


def propose(kind: str, site: Site, area_m2: Callable[[Any], float]) -> Fix:
    """Answer the fix of one kind for the finding of a site.

    Parameters
    ----------
    area_m2
        Answers the area of a geometry of the site in the survey plane, not rounded.

    Raises
    ------
    Refused
        With the reason and what to do instead: see the kinds and ``proof``; ``fix_fails``.
    """
    try:
        moved, after = _least(kind, site)
    except shapely.errors.GEOSException as problem:
        raise Refused(
            "fix_fails", f"This could not be worked out ({problem}); draw the boundary by hand"
        ) from problem
    return Fix(kind, site.finding_id, moved, _changed(site, after, area_m2))


def _least(kind: str, site: Site) -> tuple[float, dict[int, Any]]:
    """Answer the way that moves a boundary least, and how far."""
    ways: list[tuple[float, dict[int, Any]]] = []
    refusals: list[Refused] = []
    made: Iterable[dict[int, Any]] | dict[int, Any] = _CHANGES[kind](site)
    for after in [made] if isinstance(made, dict) else made:
        try:
            ways.append((_proved(kind, site, after), after))
        except Refused as refusal:
            refusals.append(refusal)
    if not ways:
        raise refusals[0]
    return min(ways, key=lambda way: round(way[0] / STEP_M))


def _proved(kind: str, site: Site, after: dict[int, Any]) -> float:
    """Answer how far a fix moves a boundary, if it may do so and breaks nothing."""
    if live := site.fixed.intersection(after):
        raise Refused(
            "parcel_registered",
            f"Parcel {site.names[min(live)]} is in the register; its boundary is changed by a "
            "draft on the map",
        )
    kept = {i: geom for i, geom in after.items() if geom is not None}
    moved = max((moved_m(site.geoms[i], geom) for i, geom in kept.items()), default=0.0)
    if kind not in BY_WIDTH and moved > site.tolerance_m + STEP_M:
        raise beyond_tolerance(moved, site.tolerance_m, site.why)
    lost_m = site.node_m
    if kind == cut_spike.KIND:
        wide = max(widest_m(site.geoms[i], geom) for i, geom in kept.items())
        if wide > site.tolerance_m:
            raise beyond_tolerance(wide, site.tolerance_m, site.why)
        lost_m = site.tolerance_m
    prove(site, after, lost_m=lost_m)
    return moved


def _changed(
    site: Site, after: Mapping[int, Any], area_m2: Callable[[Any], float]
) -> tuple[FixedParcel, ...]:
    first = [i for i in site.own if i in after]
    rest = sorted(set(after) - set(first))
    return tuple(
        FixedParcel(
            name=site.names[i],
            before=site.geoms[i],
            after=after[i],
            area_before_m2=area_m2(site.geoms[i]),
            area_after_m2=0.0 if after[i] is None else area_m2(after[i]),
        )
        for i in first + rest
    )


__all__ = [
    "FIXES",
    "ONLY_PROPOSED",
    "Fix",
    "FixedParcel",
    "Name",
    "Site",
    "close_ring",
    "propose",
    "tolerance",
]
