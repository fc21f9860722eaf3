"""Where a drawn line runs through one polygon: its stops on the boundary, its ways inside."""

from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.edits.nodes import (
    NODE_TOLERANCE_M,
    Edges,
    Point,
    Points,
    along,
    distances,
    with_vertices,
)
from landgis.errors import Refused

TOUCH_M = 1e-9
"""A vertex this near to another edge of its own polygon touches it: a hole on the outer boundary.

Coordinates near 1,250,000 m are 2.3e-10 m apart as double-precision numbers.
"""

LONGEST_PURSUIT = 8
"""Times a line is bent to new stops; data with boundaries at least 1 mm apart need two."""

Way = list[Point]


class Outline:
    """A polygon and what a line needs to know of it: its edges, and the nodes met on them.

    Stops are coordinates, equal bit for bit when they are the same node. All distances are taken
    between differences of coordinates, which are exact at this size, so a node is off its edge by
    the rounding of its own coordinates only (about 1e-10 m).
    """

    def __init__(self, polygon: shapely.Polygon) -> None:
        self.polygon = polygon
        self.edges = Edges.of(polygon)
        self._tree = shapely.STRtree(self.edges.lines())
        self._on: dict[Point, set[int]] = {}
        self._nodes: dict[int, list[Point]] = {}
        for i, (a, b) in enumerate(
            zip(map(tuple, self.edges.a.tolist()), map(tuple, self.edges.b.tolist()), strict=True)
        ):
            self._on.setdefault(a, set()).add(i)
            self._on.setdefault(b, set()).add(i)
        self._add_touches()
        shapely.prepare(polygon)

    def ways_inside(self, line: Points) -> list[Way]:
        """Answer the pieces of ``line`` inside the polygon, each from boundary to boundary.

        Points of the line within NODE_TOLERANCE_M of a vertex are that vertex, else within it of
        an edge lie on it. Pieces along the boundary or outside are no ways inside.

        Raises
        ------
        Refused
            ``line_ends_inside``: an end of the line is neither on the boundary nor outside.
            ``line_crosses_itself``: near the boundary, the line cannot be told from itself.
        """
        stops = self._stops([self._snapped(p) for p in map(tuple, line.tolist())])
        for end in (stops[0], stops[-1]):
            if end not in self._on and shapely.contains_xy(self.polygon, *end):
                raise Refused(
                    "line_ends_inside",
                    "The line ends inside the parcel; draw it to the boundary or beyond",
                    place=list(end),
                )
        ways: list[Way] = []
        open_ = False
        for p, q in pairwise(stops):
            if not self._passes_inside(p, q):
                open_ = False
                continue
            if open_ and p not in self._on:
                ways[-1].append(q)
            else:
                ways.append([p, q])
            open_ = True
        return ways

    def noded(self, ends: set[Point]) -> shapely.Polygon:
        """Answer the polygon with ``ends`` of ways as vertices, and with its own touching ones."""
        new = {
            edge: [n for n in nodes if n in ends or len(self._on[n]) > 1]
            for edge, nodes in self._nodes.items()
        }
        return with_vertices(self.polygon, {e: n for e, n in new.items() if n})

    def is_apart(self, end: Point) -> bool:
        """Answer whether a stop is farther than the tolerance from every edge it is not on.

        Else a neighbour beyond that edge would get a node that lies on the other side of it, and
        with the node a strip of land.
        """
        near = self._tree.query(shapely.Point(end), predicate="dwithin", distance=NODE_TOLERANCE_M)
        ends = np.stack([self.edges.a[near], self.edges.b[near]])
        is_other = (distances(ends, np.array(end)) > NODE_TOLERANCE_M).all(axis=0)
        return self._on[end] >= set(near[is_other].tolist())

    def _add_touches(self) -> None:
        vertices, touched = self._tree.query(
            shapely.points(self.edges.a), predicate="dwithin", distance=TOUCH_M
        )
        for v, e in zip(vertices.tolist(), touched.tolist(), strict=True):
            x, y = self.edges.a[v].tolist()
            if e not in self._on[x, y]:
                self._on[x, y].add(e)
                self._nodes.setdefault(e, []).append((x, y))

    def _passes_inside(self, p: Point, q: Point) -> bool:
        if self._on.get(p, set()) & self._on.get(q, set()):
            return False  # both on one edge: along the boundary
        x, y = (p[0] + q[0]) / 2, (p[1] + q[1]) / 2
        return bool(shapely.contains_xy(self.polygon, x, y))

    def _snapped(self, p: Point) -> Point:
        point = np.array(p)
        near = self._tree.query(shapely.Point(p), predicate="dwithin", distance=NODE_TOLERANCE_M)
        if len(near) == 0:
            return p
        feet = self.edges.feet(near, np.broadcast_to(point, (len(near), 2)))[1]
        nearest = int(distances(feet, point).argmin())
        return self._node(int(near[nearest]), feet[nearest])

    def _node(self, edge: int, at: Points) -> Point:
        """Answer the node of ``edge`` at a point on it: an end, one met before, or a new one."""
        known = [self.edges.a[edge], self.edges.b[edge], *self._nodes.get(edge, ())]
        gaps = distances(np.array(known), at)
        if gaps.min() <= NODE_TOLERANCE_M:
            return _point(np.asarray(known[int(gaps.argmin())]))
        node = _point(at)
        self._nodes.setdefault(edge, []).append(node)
        self._on.setdefault(node, set()).add(edge)
        return node

    def _stops(self, points: list[Point]) -> list[Point]:
        """Answer the line with every node it meets as a point of its own, bent to pass there."""
        points = _unrepeated(points)
        for _ in range(LONGEST_PURSUIT):
            longer = [points[0]]
            for p, q in pairwise(points):
                longer += [*self._met(p, q), q]
            longer = _unrepeated(longer)
            if len(longer) == len(points):
                return points
            points = longer
        raise Refused(
            "line_crosses_itself",
            "The line runs to and fro among nodes less than 1 mm apart; move it a little",
        )

    def _met(self, p: Point, q: Point) -> list[Point]:
        """Answer the nodes between ``p`` and ``q`` that the segment meets, in its direction."""
        start, end = np.array(p), np.array(q)
        low, high = np.minimum(start, end), np.maximum(start, end)
        near = self._tree.query(shapely.box(*(low - NODE_TOLERANCE_M), *(high + NODE_TOLERANCE_M)))
        if len(near) == 0:
            return []
        near.sort()
        met = self._passed(near, start, end)
        for edge, share, crossing in _crossings(self.edges, near, start, end):
            if edge not in self._on.get(p, ()) and edge not in self._on.get(q, ()):
                met.setdefault(self._node(edge, crossing), share)
        return [n for n in sorted(met, key=met.__getitem__) if n not in (p, q)]

    def _passed(self, near: NDArray[np.intp], start: Points, end: Points) -> dict[Point, float]:
        """Answer vertices within the tolerance of the segment but not of its ends -> share."""
        corners = self.edges.a[near]
        share = along(start, end, corners)
        gaps = distances(start + share[:, None] * (end - start), corners)
        is_met = (
            (gaps <= NODE_TOLERANCE_M)
            & (distances(corners, start) > NODE_TOLERANCE_M)
            & (distances(corners, end) > NODE_TOLERANCE_M)
        )
        return {_point(c): float(s) for c, s in zip(corners[is_met], share[is_met], strict=True)}


def _crossings(
    edges: Edges, near: NDArray[np.intp], start: Points, end: Points
) -> list[tuple[int, float, Points]]:
    """Answer edge, share of the segment and place, wherever the segment crosses an edge."""
    a = edges.a[near]
    way, edge_way, apart = end - start, edges.b[near] - a, a - start
    turn = way[0] * edge_way[:, 1] - way[1] * edge_way[:, 0]
    crosses = turn != 0
    safe = np.where(crosses, turn, 1.0)
    on_line = (apart[:, 0] * edge_way[:, 1] - apart[:, 1] * edge_way[:, 0]) / safe
    on_edge = (apart[:, 0] * way[1] - apart[:, 1] * way[0]) / safe
    crosses &= (on_line >= 0) & (on_line <= 1) & (on_edge >= 0) & (on_edge <= 1)
    places = a + on_edge[:, None] * edge_way
    return [(int(near[i]), float(on_line[i]), places[i]) for i in np.flatnonzero(crosses)]


def _unrepeated(points: list[Point]) -> list[Point]:
    return [points[0], *(q for p, q in pairwise(points) if p != q)]


def _point(xy: Points) -> Point:
    x, y = xy.tolist()
    return x, y
