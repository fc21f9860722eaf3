"""Nodes of boundaries: neighbours share them bit for bit, so a cut puts them in first."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

NODE_TOLERANCE_M = 0.001
"""Points of boundaries no farther apart than this are one node. Metres in the survey plane."""

Points = NDArray[np.float64]
Point = tuple[float, float]


class Edges(NamedTuple):
    """The straight segments of a boundary, ring by ring: edge ``i`` runs from ``a[i]`` to ``b[i]``.

    The edges of one ring follow each other, so ``a`` holds every vertex of the boundary once.
    """

    a: Points
    b: Points

    @classmethod
    def of(cls, geom: Any) -> "Edges":
        """Answer the edges of a Polygon or MultiPolygon, in the order of its rings."""
        rings = _rings(geom)
        return cls(np.concatenate([r[:-1] for r in rings]), np.concatenate([r[1:] for r in rings]))

    def lines(self) -> NDArray[Any]:
        """Answer each edge as a LineString of two points."""
        return np.asarray(shapely.linestrings(np.stack([self.a, self.b], axis=1)))

    def feet(self, which: NDArray[np.intp], points: Points) -> tuple[NDArray[np.float64], Points]:
        """Answer how far along edge ``which[i]`` the foot of ``points[i]`` lies (0–1), and it."""
        start = self.a[which]
        share = along(start, self.b[which], points)
        return share, start + share[:, None] * (self.b[which] - start)


def along(start: Points, end: Points, points: Points) -> NDArray[np.float64]:
    """Answer the share (0–1) of the way from ``start`` to ``end`` nearest to each of ``points``."""
    way = end - start
    length2 = (way**2).sum(axis=-1)
    share = ((points - start) * way).sum(axis=-1) / np.where(length2 > 0, length2, 1.0)
    return np.asarray(np.clip(share, 0.0, 1.0))


def distances(these: Points, those: Points) -> NDArray[np.float64]:
    """Answer the distance of each of ``these`` points from its partner in ``those``, metres."""
    difference = these - those
    return np.hypot(difference[..., 0], difference[..., 1])


def vertices(geom: Any) -> Points:
    """Answer the vertices of a Polygon or MultiPolygon, ring by ring: ``(n, 2)``, no closing point.

    >>> vertices(shapely.box(0, 0, 1, 1)).shape
    (4, 2)
    """
    return Edges.of(geom).a


def insert_nodes(geom: Any, points: Points) -> Any:
    """Answer ``geom`` with those ``points`` as vertices that lie on its boundary.

    A point within NODE_TOLERANCE_M of the boundary and not within it of a vertex becomes a vertex
    of the nearest edge, with exactly its coordinates; everything else stays bit for bit. A point
    that would make the boundary cross itself (two boundaries less than 1 mm apart) is left out.

    Parameters
    ----------
    geom
        Polygon or MultiPolygon. It is answered itself, the same object, when nothing is to do.
    points
        ``(k, 2)`` in the plane of ``geom``; may be empty, may repeat.
    """
    points = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    points = points[_near_box(points, geom)]
    if len(points) == 0:
        return geom
    found = list(_new_vertices(Edges.of(geom), points))
    if not found:
        return geom
    made = with_vertices(geom, _by_edge(found))
    if shapely.is_valid(made) or not shapely.is_valid(geom):
        return made
    harmless = [f for f in found if shapely.is_valid(with_vertices(geom, _by_edge([f])))]
    made = with_vertices(geom, _by_edge(harmless))
    return made if harmless and shapely.is_valid(made) else geom


def with_vertices(geom: Any, new: Mapping[int, Sequence[Point]]) -> Any:
    """Answer ``geom`` with new vertices on edges, numbered as in ``Edges.of(geom)``.

    The vertices of one edge are put in their order along it, whatever order they come in.
    """
    if not new:
        return geom
    edge = np.array([e for e, points in new.items() for _ in points])
    points = np.array([point for points in new.values() for point in points])
    edges = Edges.of(geom)
    order = np.lexsort((along(edges.a[edge], edges.b[edge], points), edge))
    edge, points = edge[order], points[order]
    rings, first = [], 0
    for ring in _rings(geom):
        mine = (edge >= first) & (edge < first + len(ring) - 1)
        rings.append(np.insert(ring, edge[mine] - first + 1, points[mine], axis=0))
        first += len(ring) - 1
    return _rebuilt(geom, iter(rings))


def _rings(geom: Any) -> list[Points]:
    rings = shapely.get_rings(shapely.get_parts(geom))
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    return np.split(coordinates, np.flatnonzero(np.diff(ring)) + 1)


def _rebuilt(geom: Any, rings: Iterator[Points]) -> Any:
    polygons = []
    for part in shapely.get_parts(geom):
        shell = next(rings)
        polygons.append(shapely.Polygon(shell, [next(rings) for _ in part.interiors]))
    return polygons[0] if geom.geom_type == "Polygon" else shapely.MultiPolygon(polygons)


def _near_box(points: Points, geom: Any) -> NDArray[np.bool_]:
    west, south, east, north = shapely.bounds(geom)
    low = np.array([west, south]) - NODE_TOLERANCE_M
    high = np.array([east, north]) + NODE_TOLERANCE_M
    return np.asarray(((points >= low) & (points <= high)).all(axis=1))


def _new_vertices(edges: Edges, points: Points) -> Iterator[tuple[int, Point]]:
    """Yield the nearest edge and the point, for each point that is no vertex yet."""
    tree = shapely.STRtree(edges.lines())
    point, edge = tree.query(shapely.points(points), predicate="dwithin", distance=NODE_TOLERANCE_M)
    gaps = distances(edges.feet(edge, points[point])[1], points[point])
    ends = np.minimum(
        distances(edges.a[edge], points[point]), distances(edges.b[edge], points[point])
    )
    made: list[Point] = []
    for p in np.unique(point):
        mine = point == p
        x, y = points[p].tolist()
        known = made and distances(np.array(made), points[p]).min() <= NODE_TOLERANCE_M
        if known or ends[mine].min() <= NODE_TOLERANCE_M:
            continue
        made.append((x, y))
        yield int(edge[mine][gaps[mine].argmin()]), (x, y)


def _by_edge(found: Sequence[tuple[int, Point]]) -> dict[int, list[Point]]:
    grouped: dict[int, list[Point]] = {}
    for edge, point in found:
        grouped.setdefault(edge, []).append(point)
    return grouped
