"""Split one parcel by a drawn line: the outline keeps every vertex, the children share the cut."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.edits.nodes import NODE_TOLERANCE_M, Edges, Points, insert_nodes
from landgis.cadastre.edits.trace import Outline, Way
from landgis.errors import Refused

SMALLEST_CHILD_M2 = 0.01
"""A smaller child is a slip of the hand. No legal minimum: that is the jurisdiction's."""

KEPT_M2 = 1e-6
"""A cut keeps the area of the outline to this."""

ROUNDING_M = 1e-8
"""What the rounding of new nodes may move a boundary: far above 1e-10 m, far below a node."""


@dataclass(frozen=True)
class Cut:
    """A parcel divided."""

    children: tuple[Any, ...]
    """Polygon or MultiPolygon, north to south, then west to east (by a point on each)."""

    nodes: Points
    """``(m, 2)`` points of the outline where the cut begins or ends, along the line."""

    edges: tuple[shapely.LineString, ...]
    """The boundaries between the children, along the line."""


def split(outline: Any, line: Points, shared: Points | None = None) -> Cut:
    """Answer the parcels that ``line`` divides ``outline`` into.

    A point of the line within NODE_TOLERANCE_M of a vertex of the outline is that vertex, bit for
    bit; else within it of an edge it lies on that edge. What of the line runs beyond the outline,
    along it or into a hole is clipped. Nodes go into the outline first, then it is cut, so every
    vertex of the outline is a vertex of a child and nothing moves by more than rounding. Parts of
    a multipart parcel that the line does not divide stay with the largest child.

    Parameters
    ----------
    outline
        Valid Polygon or MultiPolygon in the survey plane.
    line
        ``(k, 2)`` points in the same plane, as drawn; bends inside are kept bit for bit.
    shared
        ``(n, 2)`` vertices of the neighbours. One that the line meets on the outline becomes the
        node, bit for bit, so that it is shared though it was no vertex of the outline yet; unless
        it lies so far off (less than 1 mm still) that the outline would change its area by it.

    Raises
    ------
    Refused
        ``line_too_short``, ``line_not_finite``, ``line_crosses_itself``, ``line_ends_inside``,
        ``line_misses``, ``line_does_not_divide``, ``child_too_small`` (area below 0.01 m²),
        ``cut_not_clean`` (boundaries so near to each other that no exact cut exists).
    """
    drawn = _drawn(line)
    if shared is not None:
        outline = _with_shared(outline, _within(drawn, shared))
    parts = [Outline(part) for part in shapely.get_parts(outline)]
    traced = [part.ways_inside(drawn) for part in parts]
    if not any(traced):
        raise Refused("line_misses", "The line does not pass through the inside of the parcel")
    pieces: list[Any] = []
    uncut: list[Any] = []
    kept: list[Way] = []
    for part, ways in zip(parts, traced, strict=True):
        faces, dividing = _divided(part, ways)
        (pieces if dividing else uncut).extend(faces)
        kept += dividing
    if not kept:
        raise Refused(
            "line_does_not_divide",
            "The line leaves the parcel in one piece; draw it from boundary to boundary",
        )
    ends = dict.fromkeys(end for way in kept for end in (way[0], way[-1]))
    return Cut(
        children=_ordered(_with_uncut(_large_enough(pieces), uncut)),
        nodes=np.array(list(ends)),
        edges=tuple(shapely.LineString(way) for way in kept),
    )


def _drawn(line: Points) -> Points:
    points = np.asarray(line, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 2:  # noqa: PLR2004
        raise ValueError(f"a line is (k, 2) coordinates, not {points.shape}")
    if not np.isfinite(points).all():
        raise Refused("line_not_finite", "A coordinate of the line is no number")
    steps = np.hypot(*np.diff(points, axis=0).T) > 0
    points = points[np.concatenate([[True], steps])] if len(points) else points
    if len(points) < 2 or shapely.LineString(points).length <= NODE_TOLERANCE_M:  # noqa: PLR2004
        raise Refused("line_too_short", "A line needs two points at least 1 mm apart")
    return points


def _within(drawn: Points, shared: Points) -> Points:
    near = shapely.dwithin(shapely.points(shared), shapely.LineString(drawn), NODE_TOLERANCE_M)
    return np.asarray(shared[near])


def _with_shared(outline: Any, shared: Points) -> Any:
    for point in shared:
        noded = insert_nodes(outline, point)
        if abs(noded.area - outline.area) <= KEPT_M2:
            outline = noded
    return outline


def _divided(part: Outline, ways: list[Way]) -> tuple[list[Any], list[Way]]:
    """Answer the faces that the ways cut a polygon into, and the ways that lie between faces."""
    if not ways:
        return [part.polygon], []
    if not shapely.MultiLineString(ways).is_simple:
        raise Refused("line_crosses_itself", "The line crosses or touches itself; draw it simpler")
    noded = part.noded({end for way in ways for end in (way[0], way[-1])})
    inner = [shapely.LineString(pair) for way in ways for pair in pairwise(way)]
    faces = shapely.get_parts(shapely.polygonize([*Edges.of(noded).lines(), *inner]))
    faces = faces[shapely.contains(noded, shapely.point_on_surface(faces))]
    sides = {
        frozenset(side) for face in faces for side in zip(*map(_pairs, Edges.of(face)), strict=True)
    }
    dividing = [way for way in ways if frozenset(way[:2]) in sides]
    if len(dividing) < len(ways):  # a way that ends in a hole leaves no node behind
        return _divided(part, dividing)
    ends = {end for way in ways for end in (way[0], way[-1])}
    _prove(part.polygon, faces, is_apart=all(map(part.is_apart, ends)))
    return list(faces), dividing


def _pairs(points: Points) -> list[tuple[float, ...]]:
    return [tuple(p) for p in points.tolist()]


def _prove(polygon: Any, faces: NDArray[Any], *, is_apart: bool) -> None:
    """Refuse when the faces are not exactly the polygon: no cut is better than a wrong one."""
    difference = abs(shapely.area(faces).sum() - polygon.area)
    is_exact = shapely.is_valid(faces).all() and difference <= ROUNDING_M * polygon.length
    if not (is_exact and is_apart):
        raise Refused(
            "cut_not_clean",
            "Boundaries less than 1 mm apart lie where the line cuts; move the line a little",
        )


def _large_enough(pieces: list[Any]) -> list[Any]:
    smallest = min(pieces, key=lambda piece: float(piece.area))
    if smallest.area < SMALLEST_CHILD_M2:
        raise Refused(
            "child_too_small",
            f"The line cuts off {smallest.area:.4f} m²; draw it to leave {SMALLEST_CHILD_M2} m²",
            area_m2=float(smallest.area),
            place=[smallest.centroid.x, smallest.centroid.y],
        )
    return pieces


def _with_uncut(pieces: list[Any], uncut: list[Any]) -> list[Any]:
    if not uncut:
        return pieces
    largest = int(np.argmax(shapely.area(pieces)))
    return [
        shapely.MultiPolygon([piece, *uncut]) if i == largest else piece
        for i, piece in enumerate(pieces)
    ]


def _ordered(children: list[Any]) -> tuple[Any, ...]:
    places = shapely.get_coordinates(shapely.point_on_surface(children))
    order = np.lexsort((places[:, 0], -places[:, 1]))
    return tuple(children[i] for i in order)
