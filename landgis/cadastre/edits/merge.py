"""Merge parcels that share boundaries: what lay between them goes, all else stays."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.edits.nodes import NODE_TOLERANCE_M, Point, Points, insert_nodes, vertices
from landgis.errors import Refused

GAP_M = 0.5
"""A strip between parcels narrower than this is no land of its own but a gap in the data.

Source: Circular 25/2014/TT-BTNMT: a shared bund or ditch less than 0.5 m wide is no object of the
map, its centre line is the boundary.
"""


def merge(outlines: Sequence[Any], neighbours: Sequence[Any] = ()) -> Any:
    """Answer the one parcel that ``outlines`` make together.

    Nodes of each go into the boundaries of the others first; vertices of two outlines within
    NODE_TOLERANCE_M of each other become the one that comes first in the sequence. Every vertex of
    the answer is then a vertex of an outline, bit for bit, where the outlines do not overlap. Holes
    that none of them had and that are no wider than the tolerance are closed.

    Parameters
    ----------
    outlines
        Valid Polygons or MultiPolygons in one survey plane, two or more.
    neighbours
        Other live parcels near them, same plane: a hole that they fill is their land, no gap.

    Raises
    ------
    Refused
        ``too_few``: fewer than two outlines. ``not_adjacent``: ``data["indexes"]`` touch the
        others nowhere along a line. ``gap_between``: a strip up to 0.5 m wide, no land of
        anybody, lies between (``data["indexes"]`` and ``distance_m``, or ``place`` and
        ``area_m2`` of a closed one).
    """
    if len(outlines) < 2:  # noqa: PLR2004
        raise Refused("too_few", f"A merge needs two parcels or more, not {len(outlines)}")
    noded = _noded(_welded(outlines))
    _refuse_apart(noded)
    united = shapely.union_all(noded)
    own = set(_keys(_holes(noded)))
    return _without_hair(united, own, shapely.union_all(neighbours))


def _welded(outlines: Sequence[Any]) -> list[Any]:
    """Answer the outlines with one vertex where two of different outlines are one node.

    Vertices that are equal already stay: only one without a partner takes one without a partner.
    """
    welded: list[Any] = []
    known: set[Point] = set()
    for outline in outlines:
        own = _points(outline)
        apart, free = np.array([*own - known]), np.array([*known - own])
        moves = _nearest(apart, free) if len(apart) and len(free) else {}
        welded.append(_moved(outline, moves) if moves else outline)
        known |= _points(welded[-1])
    return welded


def _points(geom: Any) -> set[Point]:
    return {(x, y) for x, y in vertices(geom).tolist()}


def _nearest(apart: Points, free: Points) -> dict[Point, Point]:
    tree = shapely.STRtree(shapely.points(free))
    mine, theirs = tree.query_nearest(
        shapely.points(apart), max_distance=NODE_TOLERANCE_M, all_matches=False
    )
    pairs = zip(apart[mine].tolist(), free[theirs].tolist(), strict=True)
    return {(x, y): (u, v) for (x, y), (u, v) in pairs}


def _moved(outline: Any, moves: dict[Point, Point]) -> Any:
    def onto(coordinates: Points) -> Points:
        return np.array([moves.get((x, y), (x, y)) for x, y in coordinates.tolist()])

    return shapely.remove_repeated_points(shapely.transform(outline, onto), 0)


def _noded(outlines: list[Any]) -> list[Any]:
    corners = [vertices(outline) for outline in outlines]
    return [
        insert_nodes(outline, np.concatenate([*corners[:i], *corners[i + 1 :]]))
        for i, outline in enumerate(outlines)
    ]


def _refuse_apart(outlines: list[Any]) -> None:
    together = _largest_group(outlines)
    apart = [i for i in range(len(outlines)) if i not in together]
    if not apart:
        return
    rest = shapely.union_all([outlines[i] for i in sorted(together)])
    distance = min(float(shapely.distance(outlines[i], rest)) for i in apart)
    if 0 < distance <= GAP_M:
        raise Refused(
            "gap_between",
            f"A gap of {distance:.3f} m lies between the parcels; move the boundary first",
            indexes=apart,
            distance_m=distance,
        )
    raise Refused(
        "not_adjacent",
        "Parcels that are merged must share a boundary line, not a corner or nothing",
        indexes=apart,
    )


def _largest_group(outlines: list[Any]) -> set[int]:
    """Answer the largest set of outlines that hang together along lines; of equals, the first."""
    geoms = np.array(outlines, dtype=object)
    one, other = shapely.STRtree(geoms).query(geoms, predicate="intersects")
    shared = shapely.length(shapely.intersection(geoms[one], geoms[other]))
    is_line = (one != other) & (shared > NODE_TOLERANCE_M)
    touching: dict[int, list[int]] = {}
    for i, j in zip(one[is_line].tolist(), other[is_line].tolist(), strict=True):
        touching.setdefault(i, []).append(j)
    groups: list[set[int]] = []
    for first in range(len(outlines)):
        if any(first in group for group in groups):
            continue
        group, waiting = {first}, [first]
        while waiting:
            for i in touching.get(waiting.pop(), []):
                if i not in group:
                    group.add(i)
                    waiting.append(i)
        groups.append(group)
    return max(groups, key=len)


def _without_hair(united: Any, own: set[bytes], land: Any) -> Any:
    """Answer the union without the hairline holes that only the merge made."""
    polygons = []
    for part in shapely.get_parts(united):
        holes = _holes(part)
        new = np.array([key not in own for key in _keys(holes)], dtype=bool)
        hair = new & _no_wider(holes, NODE_TOLERANCE_M)
        narrow = holes[new & ~hair & _no_wider(holes, GAP_M)]
        for gap in narrow[~_no_wider(shapely.difference(narrow, land), NODE_TOLERANCE_M)]:
            place = shapely.point_on_surface(gap)
            raise Refused(
                "gap_between",
                f"A gap of {gap.area:.3f} m² lies between the parcels; move the boundary first",
                area_m2=float(gap.area),
                place=[place.x, place.y],
            )
        kept = [hole.exterior for hole in holes[~hair]]
        polygons.append(shapely.Polygon(part.exterior, kept) if hair.any() else part)
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def _no_wider(holes: NDArray[Any], width_m: float) -> NDArray[np.bool_]:
    return np.asarray(shapely.is_empty(shapely.buffer(holes, -width_m / 2)), dtype=bool)


def _holes(geoms: Any) -> NDArray[Any]:
    """Answer every hole of Polygons or MultiPolygons as a polygon of its own."""
    rings = [ring for part in shapely.get_parts(geoms) for ring in part.interiors]
    return np.array([shapely.Polygon(ring) for ring in rings], dtype=object)


def _keys(holes: NDArray[Any]) -> list[bytes]:
    return [shapely.to_wkb(hole) for hole in shapely.normalize(holes)]
