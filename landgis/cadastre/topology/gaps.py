"""Strips between parcels that are too narrow to be land of their own."""

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.parcels import Column
from landgis.cadastre.topology.cells import Square
from landgis.cadastre.topology.ground import Ground, Who
from landgis.cadastre.topology.segments import Segments

NEARLY_PARALLEL = np.cos(np.radians(20.0))
"""Edges that face each other across a strip run in one direction, within this angle."""

SLENDER = 30.0
"""An open strip this many times longer than its mouth is wide is no corner of a street."""

EVEN = 0.7
"""Mean over largest width of a strip: a corner between two streets has a half."""

SHORT = 5.0
"""An even strip that is open is this many times as long as it is wide at least."""


class GapPart(NamedTuple):
    """What one cell sees of the strip between two parcels."""

    one: Who
    other: Who
    shape: shapely.Geometry
    open_m: float
    """Length of its edges that run along no parcel."""


class Gap(NamedTuple):
    """A strip between two parcels that no parcel covers."""

    one: Who
    other: Who
    shape: shapely.Geometry
    area_m2: float
    width_m: float
    """Of the widest circle that fits into it."""


def gap_parts(
    ground: Ground, segments: Segments, square: Square, node_m: float, gap_m: float
) -> list[GapPart]:
    """Answer what a cell sees of strips at most ``gap_m`` wide between its parcels."""
    quads, one, other = _quads(ground, segments, node_m, gap_m)
    if not len(quads):
        return []
    cell = shapely.box(*square)
    found = []
    for strip in _by_pair(one, other):
        i = strip[0]
        shape = shapely.intersection(shapely.union_all(quads[strip]), cell)
        near = ground.geom[ground.tree.query(shape, predicate="intersects")]
        # Beside parallel edges the strip may miss both parcels by the last digit of a coordinate.
        covered = shapely.union_all(near) if len(near) else shapely.Polygon()
        shape = _areal(shapely.difference(shape, covered))
        if shapely.area(shape) <= node_m**2:
            continue
        rim = shapely.difference(
            shapely.boundary(shape), shapely.buffer(shapely.boundary(covered), node_m)
        )
        rim = shapely.difference(rim, shapely.buffer(shapely.boundary(cell), node_m))
        first, second = ground.who(int(one[i])), ground.who(int(other[i]))
        found.append(GapPart(first, second, shape, float(rim.length)))
    return found


def gaps(parts: list[GapPart], node_m: float) -> list[Gap]:
    """Answer the strips that the parts of all cells make, those that are no street corners."""
    by_pair: dict[object, list[GapPart]] = {}
    for part in parts:
        by_pair.setdefault((part.one.itself, part.other.itself), []).append(part)
    found = []
    for mine in by_pair.values():
        one, other = mine[0][:2]
        shape = mine[0].shape if len(mine) == 1 else shapely.union_all([p.shape for p in mine])
        area, around = float(shape.area), float(shape.length)
        width = _widest(shape, node_m)
        if width > node_m and not _is_corner(
            around / 2, 2 * area / around, width, sum(p.open_m for p in mine)
        ):
            found.append(Gap(one, other, shape, area, width))
    return found


def _widest(shape: shapely.Geometry, node_m: float) -> float:
    """Answer the largest distance across a strip: the widest circle that fits into it."""
    circles = shapely.maximum_inscribed_circle(shapely.get_parts(shape), tolerance=node_m / 100)
    return float(2 * shapely.length(circles).max())


def _is_corner(length: float, mean: float, width: float, open_m: float) -> bool:
    """Two boundaries that part at a sharp corner are near each other, but nothing is missing."""
    if open_m <= width / 2:
        return False
    if length >= SLENDER * width:
        return False
    return mean < EVEN * width or length < SHORT * width


def _quads(
    ground: Ground, segments: Segments, node_m: float, gap_m: float
) -> tuple[Column, NDArray[np.int64], NDArray[np.int64]]:
    """Answer the ground between facing segments, and the two parcels of each."""
    s, t = segments.tree.query(segments.lines, predicate="dwithin", distance=gap_m)
    one, other = segments.of[s], segments.of[t]
    wanted = (one < other) & ((ground.row[one] > 0) | (ground.row[other] > 0))
    s, t, one, other = s[wanted], t[wanted], one[wanted], other[wanted]
    a, b, c, d = segments.a[s], segments.b[s], segments.a[t], segments.b[t]
    length = np.hypot(*(b - a).T)
    way = (b - a) / length[:, None]
    run = d - c
    across = np.column_stack([-way[:, 1], way[:, 0]])
    from_c, from_d = ((c - a) * way).sum(1), ((d - a) * way).sum(1)
    parallel = np.abs((run * way).sum(1)) >= NEARLY_PARALLEL * np.hypot(*run.T)
    low = np.maximum(np.minimum(from_c, from_d), 0)
    high = np.minimum(np.maximum(from_c, from_d), length)
    span = np.where(from_d == from_c, 1.0, from_d - from_c)
    at_low, at_high = (c + ((x - from_c) / span)[:, None] * run for x in (low, high))
    h_low, h_high = (((p - a) * across).sum(1) for p in (at_low, at_high))
    width = np.maximum(np.abs(h_low), np.abs(h_high))
    faces = parallel & (high - low > node_m) & (width > node_m) & (width <= gap_m)
    # Where facing edges meet in a point, rounding puts it on either side.
    faces &= (np.minimum(h_low, h_high) >= -node_m) | (np.maximum(h_low, h_high) <= node_m)
    s_low, s_high = (a + x[:, None] * way for x in (low, high))
    rings = np.stack([s_low, s_high, at_high, at_low, s_low], axis=1)[faces]
    quads = shapely.polygons(rings) if len(rings) else np.empty(0, dtype=object)
    return _upright(quads), one[faces], other[faces]


def _upright(quads: Column) -> Column:
    """Quads with a side of no length are triangles; what rounding crosses is laid flat."""
    broken = ~shapely.is_valid(quads)
    if broken.any():
        quads = quads.copy()
        quads[broken] = shapely.convex_hull(quads[broken])
    return quads


def _by_pair(one: NDArray[np.int64], other: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    order = np.lexsort((other, one))
    new = (np.diff(one[order]) != 0) | (np.diff(other[order]) != 0)
    return np.split(order, np.flatnonzero(new) + 1)


def _areal(shape: shapely.Geometry) -> shapely.Geometry:
    """Answer the polygons in a geometry."""
    parts = shapely.get_parts(shape)
    polygons = parts[shapely.get_type_id(parts) == 3]  # noqa: PLR2004 - Polygon
    return shapely.union_all(polygons) if len(polygons) else shapely.Polygon()
