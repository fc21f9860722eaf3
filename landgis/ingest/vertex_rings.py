"""The vertices of a parcel as a polygon, and what can be told of them on the way."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import hypot

import shapely

from landgis.ingest.vertex_list import RING_POINTS, Block, Vertex

EDGE_AGREES_M = 0.02
"""Written lengths are rounded to the centimetre, and so are coordinates."""

LISTED = 5
ORDER_DIGITS = 9
"""Longer numbers name points."""


@dataclass
class Told:
    """What the rings of a list say of themselves."""

    closed: int = 0
    """Rings whose last vertex was not the first again."""

    sorted: int = 0
    """Rings whose lines stood in another order than their numbers."""

    edges: int = 0
    edges_apart: list[str] = field(default_factory=list)
    """Edges whose written length differs from the coordinates, with the line."""


def polygon(block: Block, told: Told, *, restarts: bool) -> bytes | None:
    """Answer the parcel as WKB, vertices bit for bit; None and its ``problem`` when it is none.

    A ring inside an earlier one is a hole of it, any other a further part.
    """
    outers: list[tuple[shapely.Geometry, list[list[tuple[float, float]]]]] = []
    for vertices in block.rings:
        ring = _in_order(vertices, block, told) if restarts else vertices
        if block.problem is not None:
            return None
        _check_edges(ring, told)
        points = [(v.x, v.y) for v in ring]
        if points[0] != points[-1]:
            told.closed += 1
            points.append(points[0])
        if len(set(points)) < RING_POINTS - 1:
            where = f"lines {vertices[0].line} to {vertices[-1].line}"
            block.problem = (
                "damaged_geometry",
                f"{len(set(points))} vertices make no area ({where})",
            )
            return None
        around = next((o for o in outers if _holds(o[0], points[0])), None)
        if around is not None:
            around[1].append(points)
        else:
            outers.append((shapely.Polygon(points), [points]))
    parts = [shapely.Polygon(lines[0], lines[1:]) for _, lines in outers]
    made = parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
    wkb: bytes = shapely.to_wkb(made)
    return wkb


def _holds(outer: shapely.Geometry, point: tuple[float, float]) -> bool:
    return bool(shapely.is_valid(outer)) and bool(shapely.contains_xy(outer, *point))


def _in_order(vertices: Sequence[Vertex], block: Block, told: Told) -> Sequence[Vertex]:
    """Answer the vertices by their numbers; a number that is missing is a vertex that is."""
    if not all(v.order.isdecimal() and len(v.order) <= ORDER_DIGITS for v in vertices):
        return vertices
    numbers = [int(v.order) for v in vertices]
    returns = len(numbers) >= RING_POINTS and numbers[-1] == numbers[0]
    last, numbers = (vertices[-1:], numbers[:-1]) if returns else ([], numbers)
    ordered = sorted(set(numbers))
    missing = [f"{a + 1}" for a, b in pairwise(ordered) if b > a + 1]
    if missing:
        listed = ", ".join(missing[:LISTED])
        where = f"lines {vertices[0].line} to {vertices[-1].line}"
        block.problem = ("vertex_missing", f"number {listed} ({where})")
        return vertices
    if numbers == sorted(numbers):
        return vertices
    told.sorted += 1
    pairs = sorted(zip(numbers, vertices, strict=False), key=lambda pair: pair[0])
    return [*(vertex for _, vertex in pairs), *last]


def _check_edges(ring: Sequence[Vertex], told: Told) -> None:
    """Compare written lengths with the coordinates, of the edge after each vertex or before it."""
    if not any(v.edge for v in ring):
        return
    closed = ring if (ring[0].x, ring[0].y) == (ring[-1].x, ring[-1].y) else [*ring, ring[0]]
    lengths = [hypot(b.x - a.x, b.y - a.y) for a, b in pairwise(closed)]
    after = [(v, length) for v, length in zip(ring, lengths, strict=False) if v.edge]
    before = [(v, length) for v, length in zip(ring[1:], lengths, strict=False) if v.edge]
    apart = min((_apart(after), _apart(before)), key=len)
    told.edges += len(after)
    told.edges_apart += apart


def _apart(pairs: Sequence[tuple[Vertex, float]]) -> list[str]:
    return [
        f"line {v.line}: {v.edge:g} m written, {length:.3f} m"
        for v, length in pairs
        if v.edge is not None and abs(v.edge - length) > EDGE_AGREES_M
    ]
