"""Defects between parcels, of known size: overlaps, gaps, nodes, slivers, stacks."""

from collections.abc import Callable
from math import hypot
from typing import NamedTuple

import shapely

from proofs.coverage import Ground
from proofs.plots import XY, Edge, Planting, Plot, mean_width, with_points

NODE_M = 0.001
OVERLAP, HAIRLINE = "topology.overlap", "topology.hairline_overlap"
GAP = "topology.gap"
MISSING_NODE, NEAR_MISS = "topology.missing_node", "topology.near_miss"
SLIVER = "topology.sliver"
EDGE_MATCH = "topology.edge_match"
NODES = frozenset({MISSING_NODE, NEAR_MISS, EDGE_MATCH})
"""What a strip between two parcels may rightly bring with it, too."""

BETWEEN = NODES | {OVERLAP, HAIRLINE, GAP}
"""What neighbours say of a boundary that leaves its place."""

NEW_ROW = frozenset({"geometry.area_small", "attribute.use_in_unit"})
"""What a row that is added to a sheet may rightly bring with it."""

SIZE_SHARE, SIZE_M = 0.02, 0.0005
"""Stated error of a measured width: 2 % and half a millimetre."""

Plant = Callable[[Plot], Planting | None]


ACCURACY_M = {500: (0.07, 0.07), 1000: (0.15, 0.225), 2000: (0.30, 0.45)}
"""Map scale -> error of a boundary point, and on farmland: Circular 25/2014/TT-BTNMT, art. 7."""

FARMED = {"LUC", "HNK", "CLN", "NTS"}
UNSCALED_M = 0.05


def tolerance(plot: Plot, other: int | None = None) -> float:
    """Answer how wide an overlap with another parcel must be to be more than drawing.

    √(m1² + m2²) of the parcels' points at the map's scale; 5 cm where no scale is known.
    """
    scale = plot.ground.coverage.scale
    if scale is None:
        return UNSCALED_M
    return hypot(
        *(accuracy(plot.ground, i, scale) for i in (plot.i, plot.i if other is None else other))
    )


def accuracy(ground: Ground, i: int, scale: int) -> float:
    """Answer how far a boundary point of a parcel may be off at a map scale."""
    uses = {use.code for use in ground.columns["land_uses"][i]}
    return ACCURACY_M[scale][bool(uses) and uses <= FARMED]


def error_of(width: float) -> float:
    """Answer how far a measured width may be off."""
    return SIZE_SHARE * width + SIZE_M


class Pushed(NamedTuple):
    """A parcel with an edge pushed out of it, or into it."""

    edge: Edge
    geom: shapely.Polygon
    points: list[XY]
    """Of the survey plane, where the edge lies now."""

    strip: shapely.Polygon
    """Between before and after, in metres."""


def pushed(
    plot: Plot, out: float, slope: float = 0.2, *, to_other_sheet: bool = False
) -> Pushed | None:
    """Push a chance edge of a parcel; None where that does not fit or touches a third one.

    ``slope`` is the share of the edge that slopes at each end.
    """
    edges = plot.edges(shortest=max(4.0, 8 * abs(out)))
    if to_other_sheet:
        sheet = plot.ground.sheet
        edges = [edge for edge in edges if sheet(edge.other) != sheet(plot.i)]
    if not edges:
        return None
    edge = plot.ground.chance.choice(edges)
    points = [edge.at(slope * edge.length, out), edge.at((1 - slope) * edge.length, out)]
    geom = with_points(plot.geom, edge.p, edge.q, points)
    strip = plot.metric(shapely.Polygon([edge.p, *points, edge.q]))
    ground = plot.metric(plot.shape(edge.other) if out > 0 else plot.geom)
    top = shapely.LineString(list(strip.exterior.coords)[1:3])
    others = [plot.metric(plot.shape(int(j))) for j in plot.neighbours if j != edge.other]
    if not (geom.is_valid and strip.is_valid and ground.buffer(-0.9 * abs(out)).covers(top)):
        return None
    if any(top.distance(other) < max(2 * abs(out), 0.3) for other in others):
        return None
    return Pushed(edge, geom, points, strip)


def pair(plot: Plot, edge: Edge) -> frozenset[int]:
    """Answer the rows on both sides of an edge."""
    return frozenset({plot.row, plot.ground.row(edge.other)})


def _overlap(kind: str, rule: str | None, low: float, high: float) -> Plant:
    """Answer what plants an overlap of a mean width between two bounds.

    Bounds of an overlap are shares of the tolerance, of a hairline metres and a share, else metres.
    """

    def plant(plot: Plot) -> Planting | None:
        usual = tolerance(plot)
        least = low * usual if rule == OVERLAP else low
        most = high * usual if rule else high
        made = pushed(plot, plot.ground.chance.uniform(least, most) * 1.25)
        if made is None:
            return None
        width, limit = mean_width(made.strip), tolerance(plot, made.edge.other)
        most = high * limit if rule else high
        if not max(least, low * limit if rule == OVERLAP else low) <= width <= most:
            return None
        plot.set(made.geom)
        also = NODES if rule else NODES | {HAIRLINE}
        found = frozenset({rule} if rule else ())
        rows, error = pair(plot, made.edge), error_of(width)
        return Planting(kind, rows, found, made.strip, plot.around, also, width, error)

    return plant


def contained(plot: Plot) -> Planting | None:
    """Plant a small parcel wholly inside another."""
    half = plot.ground.chance.uniform(2, 4) * max(tolerance(plot), 0.2)
    middle = plot.metric(plot.geom).representative_point()
    box = shapely.box(middle.x - half, middle.y - half, middle.x + half, middle.y + half)
    if not plot.metric(plot.geom).buffer(-0.5).covers(box):
        return None
    there = shapely.transform(box, lambda xy: xy / plot.metres)
    rows = frozenset({plot.row, plot.ground.add(plot.i, there)})
    width = mean_width(box)
    found = frozenset({OVERLAP})
    return Planting(
        "overlap, one inside", rows, found, box, plot.around | rows, NEW_ROW, width, error_of(width)
    )


def _gap(kind: str, low: float, high: float, *, rule: str | None) -> Plant:
    """Answer what plants a strip that no parcel covers; bounds in metres or shares of the limit."""

    def plant(plot: Plot) -> Planting | None:
        limit = plot.ground.coverage.jurisdiction.limits["gap_m"].value
        times = limit if high > NODE_M else 1.0
        width = plot.ground.chance.uniform(low * times, high * times)
        slope = 0.2 if width < limit else 0.01  # a wide one ends steeply, not in narrow wedges
        made = pushed(plot, -width, slope)
        if made is None:
            return None
        plot.set(made.geom)
        found = frozenset({rule} if rule else ())
        rows, error = pair(plot, made.edge), error_of(width)
        return Planting(kind, rows, found, made.strip, plot.around, NODES, width, error)

    return plant


def missing_node(plot: Plot) -> Planting | None:
    """Plant a vertex on the neighbour's edge, at most half a millimetre beside it."""
    edge = plot.edge(shortest=4.0)
    if edge is None:
        return None
    chance = plot.ground.chance
    point = edge.at(edge.length * chance.uniform(0.3, 0.7), chance.choice((0, 1)) * 0.0004)
    return _vertex(plot, edge, point, "missing node", MISSING_NODE)


def near_miss(plot: Plot) -> Planting | None:
    """Plant a vertex beside the neighbour's edge, as if drawn by free hand."""
    edge = plot.edge(shortest=6.0)
    if edge is None:
        return None
    chance = plot.ground.chance
    size = chance.uniform(NODE_M * 2, tolerance(plot, edge.other) * 0.9)
    point = edge.at(edge.length * chance.uniform(0.4, 0.6), chance.choice((-1, 1)) * size)
    return _vertex(plot, edge, point, "near miss", NEAR_MISS, size)


def _vertex(
    plot: Plot,
    edge: Edge,
    point: tuple[float, float],
    kind: str,
    rule: str,
    size: float | None = None,
) -> Planting | None:
    geom = with_points(plot.geom, edge.p, edge.q, [point])
    if not geom.is_valid:
        return None
    plot.set(geom)
    spot, also = (
        plot.metric(shapely.Point(point)),
        frozenset({HAIRLINE, GAP, EDGE_MATCH} if size else ()),
    )
    error = error_of(size or 0.0)
    found = frozenset({rule})
    return Planting(kind, pair(plot, edge), found, spot, plot.around, also, size, error)


def sliver(plot: Plot) -> Planting | None:
    """Plant a parcel too thin to stand on, cut off along an edge."""
    limit = plot.ground.coverage.jurisdiction.limits["sliver_m"].value
    made = pushed(plot, -plot.ground.chance.uniform(0.1, 1.0) * limit)
    if made is None or (width := mean_width(made.strip)) >= 0.95 * limit:
        return None
    plot.set(made.geom)
    cut = shapely.Polygon([made.edge.p, *made.points, made.edge.q])
    rows, found = frozenset({plot.ground.add(plot.i, cut)}), frozenset({SLIVER})
    around, error = plot.around | rows, error_of(width)
    return Planting("sliver", rows, found, made.strip, around, NEW_ROW, width, error)


def unmatched(plot: Plot) -> Planting | None:
    """Plant a strip between parcels of two sheets: claimed twice, or by nobody."""
    out = plot.ground.chance.choice((-1, 1)) * plot.ground.chance.uniform(0.01, 0.18)
    made = pushed(plot, out, to_other_sheet=True)
    if made is None:
        return None
    plot.set(made.geom)
    size = mean_width(made.strip) if out > 0 else -out
    rows, found, also = pair(plot, made.edge), frozenset({EDGE_MATCH}), BETWEEN
    return Planting(
        "sheets do not match", rows, found, made.strip, plot.around, also, size, error_of(size)
    )


def stack(plot: Plot) -> Planting:
    """Plant a second parcel on the same polygon."""
    rows = frozenset({plot.row, plot.ground.add(plot.i, plot.geom)})
    spot = plot.metric(plot.geom.envelope)
    found = frozenset({"topology.stack"})
    return Planting("stack", rows, found, spot, plot.around | rows, NEW_ROW)


def repeated(plot: Plot) -> Planting:
    """Plant the same row twice."""
    number = plot.ground.columns["number"][plot.i]
    rows = frozenset({plot.row, plot.ground.add(plot.i, plot.geom, number=number)})
    found = frozenset({"topology.same_geometry"})
    spot, also = plot.metric(plot.geom.envelope), NEW_ROW
    return Planting("repeated row", rows, found, spot, plot.around | rows, also)


KINDS: dict[str, Plant] = {
    "overlap": _overlap("overlap", OVERLAP, 1.05, 20.0),
    "overlap, one inside": contained,
    "hairline overlap": _overlap("hairline overlap", HAIRLINE, 1.2 * NODE_M, 0.95),
    "overlap < 1 mm": _overlap("overlap < 1 mm", None, 0.0001, 0.9 * NODE_M),
    "gap": _gap("gap", 0.02, 0.95, rule=GAP),
    "gap wider than the limit": _gap("gap wider than the limit", 1.3, 2.0, rule=None),
    "gap < 1 mm": _gap("gap < 1 mm", 0.0001, 0.9 * NODE_M, rule=None),
    "missing node": missing_node,
    "near miss": near_miss,
    "sliver": sliver,
    "sheets do not match": unmatched,
    "stack": stack,
    "repeated row": repeated,
}
"""Kind of defect -> what plants it in a plot, None where it does not fit."""
