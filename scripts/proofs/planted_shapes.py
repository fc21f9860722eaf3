"""Defects of one parcel's own boundary, of known size."""

from collections.abc import Callable
from math import atan, degrees

import numpy as np
import shapely

from proofs.planted_sides import BETWEEN, MISSING_NODE, NEW_ROW, NODES
from proofs.plots import XY, Edge, Planting, Plot, least_angle, with_points

Plant = Callable[[Plot], Planting | None]
BLUNT_DEG = 3.0
"""No corner that is planted by the way is a needle."""

LARGE_M = 11_000.0
LARGE_AWAY_M = 60_000.0
ASTRAY_M = 15_000.0
OUTSIDE_M = 4_000_000.0


def _alone(
    kind: str,
    rule: str | frozenset[str],
    plot: Plot,
    spot: shapely.Geometry | None,
    also: frozenset[str] = frozenset(),
    size: tuple[float, float] | None = None,
) -> Planting:
    """Answer a planting that only its own row is named for; ``size`` with its error."""
    rules = frozenset({rule}) if isinstance(rule, str) else rule
    rows = frozenset({plot.row})
    return Planting(kind, rows, rules, spot, plot.around, also, *(size or ()))


def empty(plot: Plot) -> Planting:
    """Plant a row without a geometry, or with an empty one."""
    plot.set(plot.ground.chance.choice((None, shapely.Polygon())))
    return _alone("empty", "geometry.empty", plot, None)


def crossing(plot: Plot) -> Planting | None:
    """Plant two vertices in the wrong order: two edges cross once."""
    ring = list(plot.geom.exterior.coords)[:-1]
    at = plot.ground.chance.randrange(len(ring))
    ring = ring[at:] + ring[:at]
    if len(ring) < 4:
        return None
    ring[1], ring[2] = ring[2], ring[1]
    first, second = shapely.LineString(ring[:2]), shapely.LineString([ring[2], ring[3]])
    geom = shapely.Polygon([*ring, ring[0]], plot.geom.interiors)
    where = first.intersection(second)
    inner = shapely.LineString([*ring, ring[0]])
    noded = shapely.node(inner)
    if where.geom_type != "Point" or len(shapely.get_parts(noded)) != 2 + 2 or geom.is_valid:
        return None
    plot.set(geom)
    rules = frozenset({"geometry.bow_tie", "geometry.self_crossing"})
    return _alone("bow-tie", rules, plot, plot.metric(where), BETWEEN)


def touching(plot: Plot) -> Planting | None:
    """Plant a ring that comes back to one of its own vertices."""
    geom = plot.geom
    ring = list(geom.exterior.coords)[:-1]
    at = plot.ground.chance.randrange(len(ring))
    p, q = ring[at], ring[(at + 1) % len(ring)]
    far = [c for c in ring if c not in (p, q, ring[at - 1], ring[(at + 2) % len(ring)])]
    if not far:
        return None
    corner = plot.ground.chance.choice(far)
    pocket = shapely.Polygon([p, corner, q])
    if not (pocket.is_valid and geom.covers(pocket)):
        return None
    left = shapely.get_parts(geom.difference(pocket))
    if min(least_angle(plot.metric(part)) for part in (pocket, *left)) < BLUNT_DEG:
        return None
    cut = shapely.LineString([p, corner, q])
    if cut.intersection(geom.exterior).length > 0:
        return None  # it would run back over itself
    made = with_points(geom, p, q, [corner])
    if "Ring Self-intersection" not in shapely.is_valid_reason(made):
        return None
    plot.set(made)
    spot = plot.metric(shapely.Point(corner))
    return _alone("ring touches itself", "geometry.ring_touches", plot, spot, BETWEEN)


def misplaced(plot: Plot) -> Planting | None:
    """Plant a hole that lies outside its shell."""
    west, south, east, _north = plot.geom.bounds
    side = (east - west) / 5
    hole = shapely.box(east + side, south, east + 2 * side, south + side)
    plot.set(shapely.Polygon(plot.geom.exterior.coords, [hole.exterior.coords]))
    spot = plot.metric(shapely.union_all([plot.geom.envelope, hole]).envelope)
    return _alone("hole outside", "geometry.rings_misplaced", plot, spot, BETWEEN)


def few(plot: Plot) -> Planting:
    """Plant a ring of two points."""
    p, q = list(plot.geom.exterior.coords)[:2]
    plot.set(shapely.Polygon([p, q, p, p]))
    spot = plot.metric(shapely.LineString([p, q]))
    return _alone("two points", "geometry.few_vertices", plot, spot)


def no_number(plot: Plot) -> Planting:
    """Plant a coordinate that is no number."""
    ring = np.array(plot.geom.exterior.coords)
    ring[1, 0] = np.nan
    with np.errstate(invalid="ignore"):
        plot.set(shapely.Polygon(ring))
    also = frozenset({"geometry.outside_jurisdiction"})
    return _alone("no number", "geometry.invalid", plot, None, also)


def spike(plot: Plot) -> Planting | None:
    """Plant a needle out of an edge, or into it."""
    chance = plot.ground.chance
    edge = plot.edge(shortest=5.0)
    if edge is None:
        return None
    length, half = chance.uniform(0.7, 2.0), chance.uniform(0.0008, 0.003)
    middle = edge.length * chance.uniform(0.4, 0.6)
    tip = edge.at(middle, chance.choice((-1, 1)) * length)
    points = [edge.at(middle - half, 0), tip, edge.at(middle + half, 0)]
    geom = with_points(plot.geom, edge.p, edge.q, points)
    if not geom.is_valid or _touches(plot, edge, tip):
        return None
    plot.set(geom)
    spot = plot.metric(shapely.Point(tip))
    angle = 2 * degrees(atan(half / length))
    return _alone("spike", "geometry.spike", plot, spot, BETWEEN, (angle, 0.02 * angle + 1e-3))


def dangle(plot: Plot) -> Planting | None:
    """Plant a line out of an edge and back over itself."""
    edge, chance = plot.edge(shortest=5.0), plot.ground.chance
    if edge is None:
        return None
    length, middle = chance.uniform(0.3, 2.0), edge.length * chance.uniform(0.4, 0.6)
    foot, tip = edge.at(middle, 0), edge.at(middle, chance.choice((-1, 1)) * length)
    if _touches(plot, edge, tip):
        return None
    plot.set(with_points(plot.geom, edge.p, edge.q, [foot, tip, foot]))
    spot, size = plot.metric(shapely.Point(tip)), (length, 0.001)
    return _alone("line out and back", "topology.dangle", plot, spot, BETWEEN, size)


def _touches(plot: Plot, edge: Edge, tip: XY) -> bool:
    """Answer whether a tip reaches ground of a third parcel."""
    ground = shapely.union_all([plot.metric(plot.geom), plot.metric(plot.shape(edge.other))])
    return not ground.buffer(-0.1).covers(plot.metric(shapely.Point(tip)))


def doubled(plot: Plot) -> Planting | None:
    """Plant a vertex twice: at the same place, or less than a millimetre on."""
    edge = plot.edge(shortest=2.0)
    if edge is None:
        return None
    apart = plot.ground.chance.choice((0.0, plot.ground.chance.uniform(0.0001, 0.0009)))
    point = edge.at(apart, 0) if apart else edge.p
    geom = with_points(plot.geom, edge.p, edge.q, [point])
    if not geom.is_valid:
        return None
    plot.set(geom)
    spot, also = plot.metric(shapely.Point(point)), frozenset({MISSING_NODE})
    return _alone("vertex twice", "geometry.duplicate_vertex", plot, spot, also)


def small(plot: Plot) -> Planting | None:
    """Plant a parcel of less than a square metre, cut off at an edge."""
    edge = plot.edge(shortest=4.0)
    if edge is None:
        return None
    side = plot.ground.chance.uniform(0.5, 0.95)
    begin = edge.length / 2 - side / 2
    a, b = edge.at(begin, 0), edge.at(begin + side, 0)
    inner = [edge.at(begin, -side), edge.at(begin + side, -side)]
    geom = with_points(plot.geom, edge.p, edge.q, [a, *inner, b])
    rest = plot.metric(plot.geom).buffer(-side / 2)
    if not geom.is_valid or not rest.covers(plot.metric(shapely.LineString(inner))):
        return None
    plot.set(geom)
    plot.set(with_points(plot.shape(edge.other), edge.p, edge.q, [a, b]), edge.other)
    cut = shapely.Polygon([a, *inner, b])
    row, area = plot.ground.add(plot.i, cut), side * side
    around, also = plot.around | {row}, NEW_ROW | NODES
    rules, rows = frozenset({"geometry.area_small"}), frozenset({row})
    spot = plot.metric(cut)
    return Planting("under 1 m²", rows, rules, spot, around, also, area, 0.01 * area)


def large(plot: Plot) -> Planting | None:
    """Plant a parcel larger than a commune, far from all others."""
    if plot.ground.coverage.jurisdiction.outlines:
        return None  # it would cover the register
    mx, my = plot.metres
    west, south, _east, _north = plot.geom.bounds
    if any(geom is not None and geom.area > 1e8 / mx / my for geom in plot.ground.columns["geom"]):
        return None
    x, y = west + LARGE_AWAY_M / mx, south + LARGE_AWAY_M / my
    box = shapely.box(x, y, x + LARGE_M / mx, y + LARGE_M / my)
    row = plot.ground.add(plot.i, box)
    rules, rows = frozenset({"geometry.area_large"}), frozenset({row})
    # The metres of a degree are those of the coverage, not of a place 60 km north of it.
    area = plot.metric(box).area
    around, spot = plot.around | rows, plot.metric(box)
    return Planting("over 100 km²", rows, rules, spot, around, NEW_ROW, area, 0.02 * area)


def parts(plot: Plot) -> Planting | None:
    """Plant a parcel of two parts: two that do not touch become one, the other is gone."""
    near = plot.ground.coverage.neighbours
    beyond = {int(k) for j in plot.neighbours for k in near[j]} - {
        plot.i,
        *map(int, plot.neighbours),
    }
    fit = [k for k in sorted(beyond) if plot.ground.free[k] and _is_apart(plot, k)]
    if not fit:
        return None
    other = plot.ground.chance.choice(fit)
    plot.set(shapely.MultiPolygon([plot.geom, plot.shape(other)]))
    plot.ground.drop(other)
    spot = plot.metric(plot.geom.envelope)
    return _alone("two parts", "geometry.multipart", plot, spot)


def _is_apart(plot: Plot, k: int) -> bool:
    other = plot.shape(k)
    return other.geom_type == "Polygon" and not other.intersects(plot.geom)


def many(plot: Plot) -> Planting | None:
    """Plant a round hole of 10,400 vertices."""
    middle = plot.metric(plot.geom).representative_point()
    hole = middle.buffer(2.5, quad_segs=2600)
    if not plot.metric(plot.geom).buffer(-0.5).covers(hole):
        return None
    there = shapely.transform(hole, lambda xy: xy / plot.metres)
    geom = plot.geom.difference(there)
    if geom.geom_type != "Polygon":
        return None
    plot.set(geom)
    count = float(shapely.get_num_coordinates(geom))
    spot, size = plot.metric(geom).envelope, (count, 0.0)
    return _alone("10,400 vertices", "geometry.too_many_vertices", plot, spot, BETWEEN, size)


def outside(plot: Plot) -> Planting:
    """Plant a parcel in another country."""
    away = OUTSIDE_M / plot.metres[0]
    plot.set(shapely.transform(plot.geom, lambda xy: xy + np.array([away, 0.0])))
    return _alone(
        "elsewhere", "geometry.outside_jurisdiction", plot, plot.metric(plot.geom.envelope)
    )


def astray(plot: Plot) -> Planting | None:
    """Plant a parcel in a commune that it is not of; one in a round."""
    outlines = plot.ground.coverage.jurisdiction.outlines
    if not outlines or "astray" in plot.ground.said:
        return None
    plot.ground.said.add("astray")
    away = plot.ground.chance.choice((-1, 1)) * ASTRAY_M
    plot.set(shapely.transform(plot.geom, lambda xy: xy + np.array([away, 0.0])))
    spot = plot.metric(plot.geom.envelope)
    return _alone("in another commune", "topology.unit_border", plot, spot)


KINDS: dict[str, Plant] = {
    "empty": empty,
    "bow-tie": crossing,
    "ring touches itself": touching,
    "hole outside": misplaced,
    "two points": few,
    "no number": no_number,
    "spike": spike,
    "line out and back": dangle,
    "vertex twice": doubled,
    "under 1 m²": small,
    "over 100 km²": large,
    "two parts": parts,
    "10,400 vertices": many,
    "elsewhere": outside,
    "in another commune": astray,
}
"""Kind of defect -> what plants it in a plot, None where it does not fit."""
