"""What is wrong with a boundary that is not valid: where, and which kind of mistake it is."""

import re
from collections.abc import Iterator
from enum import Enum
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

Points = NDArray[np.float64]
Place = tuple[float, float]


class Kind(Enum):
    """Mistakes that are mended in different ways."""

    SELF_CROSSING = "the ring crosses itself"
    BOW_TIE = "the ring crosses itself once and becomes two loops that meet in a point"
    TOUCHES = "a ring touches itself, or another one along a line, or parts the ground inside"
    MISPLACED = "a ring lies where none may: outside, inside another, on it, across it"
    FEW_VERTICES = "a ring of fewer than three vertices"
    OTHER = "anything else"


class Fault(NamedTuple):
    """One mistake in one boundary."""

    kind: Kind
    reason: str
    """In the words of GEOS."""

    place: Place | None
    loop_m2: float | None = None
    """Area of the smaller loop of a bow-tie."""


class _Ring(NamedTuple):
    """A closed ring of a part, in metres from a place."""

    at: Points
    part: int
    is_shell: bool


CROSSES, MEETS_ITSELF = "Self-intersection", "Ring Self-intersection"

KINDS = {
    "Hole lies outside shell": Kind.MISPLACED,
    "Holes are nested": Kind.MISPLACED,
    "Nested shells": Kind.MISPLACED,
    "Duplicate Rings": Kind.MISPLACED,
    "Interior is disconnected": Kind.TOUCHES,
    "Too few points in geometry component": Kind.FEW_VERTICES,
}
"""Reason of GEOS -> kind, where it says all."""

NEAR_M = 1e-6
"""A segment so near to a place goes through it; coordinates in millions of metres are exact to
the nanometre."""

MOST_RINGS = 8
"""Rings through one place that are compared with each other."""

_REASON = re.compile(r"^(?P<what>[^\[]+?)\s*(?:\[(?P<x>\S+) (?P<y>\S+)\])?$")


def fault_of(geom: Any, metres: tuple[float, float]) -> Fault:
    """Answer the first mistake that GEOS meets in an invalid Polygon or MultiPolygon.

    ``metres`` in one unit of the plane, eastwards and northwards. The time is that of two tests
    for validity and one walk along the boundary, however often it crosses itself.
    """
    reason, place = _read(str(shapely.is_valid_reason(geom)))
    if reason not in (CROSSES, MEETS_ITSELF) or place is None:
        return Fault(KINDS.get(reason, Kind.OTHER), reason, place)
    with np.errstate(over="ignore", invalid="ignore"):
        rings = [ring for ring in _rings(geom, place, metres) if _passages(ring.at)]
        if len(rings) > 1:
            pairs = combinations(rings[:MOST_RINGS], 2)
            is_misplaced = any(_of_rings(*pair) is Kind.MISPLACED for pair in pairs)
            return Fault(Kind.MISPLACED if is_misplaced else Kind.TOUCHES, reason, place)
        if not rings:
            return Fault(Kind.SELF_CROSSING, reason, place)
        kind, loop_m2 = _of_ring(rings[0].at, reason)
    return Fault(kind, reason, place, loop_m2)


def _rings(geom: Any, place: Place, metres: tuple[float, float]) -> Iterator[_Ring]:
    for k, part in enumerate(shapely.get_parts(geom)):
        for nth, ring in enumerate(shapely.get_rings(part)):
            at = _without_repeats(shapely.get_coordinates(ring))
            yield _Ring((at - place) * metres, k, is_shell=nth == 0)


def _read(reason: str) -> tuple[str, Place | None]:
    match = _REASON.match(reason)
    if match is None:
        return reason, None
    place = (float(match["x"]), float(match["y"])) if match["x"] is not None else None
    if place is not None and not np.isfinite(place).all():
        place = None
    return match["what"], place


def _without_repeats(ring: Points) -> Points:
    """Answer a closed ring whose neighbouring vertices differ."""
    return np.asarray(ring[np.append(True, (ring[1:] != ring[:-1]).any(axis=1))])


def _passages(ring: Points) -> list[tuple[int, bool]]:
    """Answer where a closed ring comes through the origin, in its order.

    Each is the vertex there, or the vertex before it and True where an edge goes through.
    """
    start, way = ring[:-1], np.diff(ring, axis=0)
    at_vertex = np.hypot(*start.T) <= NEAR_M
    along = np.clip(-(start * way).sum(axis=1) / (way**2).sum(axis=1), 0, 1)
    through = np.hypot(*(start + along[:, None] * way).T) <= NEAR_M
    through &= ~at_vertex & ~np.roll(at_vertex, -1)
    return [(i, bool(through[i])) for i in np.flatnonzero(at_vertex | through).tolist()]


def _of_ring(ring: Points, reason: str) -> tuple[Kind, float | None]:
    """Tell what a ring does that meets itself at the origin."""
    kind = Kind.SELF_CROSSING if reason == CROSSES else Kind.TOUCHES
    passages = _passages(ring)
    if len(passages) != 2:  # noqa: PLR2004 - once in, once out
        return kind, None
    (i, _), (j, j_on_edge) = passages
    vertices, here = ring[:-1], np.zeros((1, 2))
    one = np.concatenate([here, vertices[i + 1 : j + j_on_edge]])
    other = np.concatenate([here, vertices[j + 1 :], vertices[: i + passages[0][1]]])
    if min(len(one), len(other)) < 3:  # noqa: PLR2004 - it encloses nothing
        return kind, None
    loops = shapely.polygons([shapely.linearrings(one), shapely.linearrings(other)])
    turns_once = bool(np.logical_xor(*shapely.is_ccw(shapely.get_exterior_ring(loops))))
    if not turns_once:
        return kind, None
    # Loops that turn in opposite ways meet by crossing; alone when nothing else is wrong.
    if shapely.is_valid(shapely.multipolygons(loops)):
        return Kind.BOW_TIE, float(shapely.area(loops).min())
    return Kind.SELF_CROSSING, None


def _of_rings(one: _Ring, other: _Ring) -> Kind:
    """Tell what two rings do that meet in a line or cross: at most a line may they share.

    GEOS ends these tests at the first crossing, however many there are.
    """
    loops = shapely.polygons([shapely.linearrings(ring.at) for ring in (one, other)])
    if not shapely.is_valid(loops).all() or shapely.equals(*loops):
        return Kind.MISPLACED
    if one.is_shell != other.is_shell:
        shell, hole = loops if one.is_shell else loops[::-1]
        outer, inner = (shell, hole) if one.part == other.part else (hole, shell)
        if shapely.covers(outer, inner):
            return Kind.TOUCHES
    is_apart = not shapely.relate_pattern(*loops, "T********")
    is_hole_outside = one.part == other.part and one.is_shell != other.is_shell
    return Kind.TOUCHES if is_apart and not is_hole_outside else Kind.MISPLACED
