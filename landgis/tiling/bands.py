"""Simplified pictures of parcels for the zooms that cannot show every vertex.

A boundary between two parcels is one line for both: the rings are cut into arcs at the vertices
where neighbours part, and an arc becomes the same simpler line whichever ring it is met in. What
becomes of a parcel follows from itself and from the parcels that have a vertex in common with it,
from nothing else: so a few can be drawn anew as if all had been.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.register import Bands
from landgis.tiling.grid import HALF_WORLD_M
from landgis.tiling.snapping import Geometries, oriented, snap_zooms

TOLERANCE_PX = 0.5
"""How far a line may move on the screen (own choice: half a pixel is not seen)."""

TILE_PX = 512
ZOOMS_13, ZOOMS_15 = (13,), (14, 15)

CORNERS = 3
"""A ring of fewer has no area."""

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]


def draw(parcels: Geometries, neighbours: Geometries) -> Bands:
    """Answer the pictures of parcels.

    Parameters
    ----------
    parcels
        Valid polygons and multipolygons in EPSG:3857, metres.
    neighbours
        Every other parcel that has a vertex in common with one of them; more do no harm.
    """
    if not len(parcels):
        none = np.empty(0, dtype=np.int16)
        return Bands(parcels, none, parcels, none)
    rings = _rings(np.concatenate([parcels, neighbours]))
    is_node = _nodes(rings)
    targets = rings.first_of(len(parcels))
    arcs = _arcs(targets, is_node[: len(targets.vertex)])
    geom_13, geom_15 = (
        _picture(parcels, targets, arcs, _tolerance_m(zooms[-1])) for zooms in (ZOOMS_13, ZOOMS_15)
    )
    return Bands(geom_13, snap_zooms(geom_13, ZOOMS_13), geom_15, snap_zooms(geom_15, ZOOMS_15))


@dataclass(frozen=True)
class _Rings:
    """The rings of polygons, one after the other, without their closing vertices."""

    xy: NDArray[np.float64]
    vertex: Numbers
    """``(n,)`` number of the place of each vertex; smaller is further west, then further south."""

    begin: Numbers
    """``(rings + 1,)`` first vertex of each ring, and the end."""

    polygon: Numbers
    """``(polygons + 1,)`` first ring of each polygon, and the end."""

    owner: Numbers
    """``(polygons,)`` the parcel of each polygon."""

    @property
    def size(self) -> Numbers:
        """Answer how many vertices each ring has."""
        return np.diff(self.begin)

    def of_ring(self) -> Numbers:
        """Answer the ring of each vertex."""
        return np.repeat(np.arange(len(self.begin) - 1), self.size)

    def parcel_of_ring(self) -> Numbers:
        """Answer the parcel of each ring."""
        return np.repeat(self.owner, np.diff(self.polygon))

    def first_of(self, parcels: int) -> "_Rings":
        """Answer the rings of the first parcels."""
        polygons = int(np.searchsorted(self.owner, parcels))
        rings = int(self.polygon[polygons])
        vertices = int(self.begin[rings])
        return _Rings(
            self.xy[:vertices],
            self.vertex[:vertices],
            self.begin[: rings + 1],
            self.polygon[: polygons + 1],
            self.owner[:polygons],
        )


class _Arcs(NamedTuple):
    """Rings turned so that each begins at a node, and their arcs, each in its one direction."""

    turned: Numbers
    """``(n,)`` the vertices in the order of the turned rings."""

    is_node: Flags
    """In that order."""

    place: Numbers
    """Vertices of the arcs that have any between their ends, as positions in ``turned``."""

    begin: Numbers
    """``(arcs + 1,)`` first of each arc in ``place``, and the end."""


def _rings(geometries: Geometries) -> _Rings:
    polygons, owner = shapely.get_parts(geometries, return_index=True)
    _, coordinates, (ring_ends, polygon_ends) = shapely.to_ragged_array(polygons)
    size = np.diff(ring_ends) - 1
    begin = np.concatenate([[0], np.cumsum(size)])
    xy = np.delete(coordinates[:, :2], ring_ends[1:] - 1, axis=0)
    _, vertex = np.unique(xy.copy().view(np.complex128).ravel(), return_inverse=True)
    return _Rings(xy, vertex, begin, np.asarray(polygon_ends, dtype=np.int64), owner)


def _nodes(rings: _Rings) -> Flags:
    """Answer which vertices end an arc: where rings that meet do not go on to the same vertices.

    A ring that has none gets two that follow from its shape: its westernmost vertex, and the one
    farthest from that.
    """
    many = int(rings.vertex.max(initial=0)) + 1
    at = np.arange(len(rings.vertex))
    before, after = at - 1, at + 1
    before[rings.begin[:-1]] = rings.begin[1:] - 1
    after[rings.begin[1:] - 1] = rings.begin[:-1]
    ends = np.sort([rings.vertex[before], rings.vertex[after]], axis=0)
    goes = ends[0] * many + ends[1]
    known = np.empty(many, dtype=np.int64)
    known[rings.vertex] = goes
    parts = np.zeros(many, dtype=bool)
    parts[rings.vertex[goes != known[rings.vertex]]] = True
    is_node: Flags = parts[rings.vertex]
    alone = ~np.logical_or.reduceat(is_node, rings.begin[:-1])
    is_node[_own_nodes(rings, alone)] = True
    return is_node


def _own_nodes(rings: _Rings, alone: Flags) -> Numbers:
    places = np.flatnonzero(np.repeat(alone, rings.size))
    if not len(places):
        return places
    size = rings.size[alone]
    begin = np.concatenate([[0], np.cumsum(size)[:-1]])
    vertex, xy = rings.vertex[places], rings.xy[places]
    west = vertex == np.repeat(np.minimum.reduceat(vertex, begin), size)
    away = np.square(xy - np.repeat(xy[west], size, axis=0)).sum(axis=1)
    far = away == np.repeat(np.maximum.reduceat(away, begin), size)
    # Of several that are equally far the easternmost: the order of a ring must not matter.
    east = np.maximum.reduceat(np.where(far, vertex, -1), begin)
    chosen: Numbers = places[west | (vertex == np.repeat(east, size))]
    return chosen


def _arcs(rings: _Rings, is_node: Flags) -> _Arcs:
    of_ring, size = rings.of_ring(), rings.size
    at = np.arange(len(is_node))
    shift = np.minimum.reduceat(np.where(is_node, at, len(at)), rings.begin[:-1])
    local = at - rings.begin[of_ring] + (shift - rings.begin[:-1])[of_ring]
    turned = rings.begin[of_ring] + local % size[of_ring]
    is_node = is_node[turned]
    start = np.flatnonzero(is_node)
    # The next arc's start is this one's end; the last arc of a ring ends where the ring begins.
    stop = np.append(start[1:], len(at))
    long = stop - start > 1
    start, stop = start[long], stop[long]
    ring_stop = rings.begin[1:][of_ring[start]]
    end = np.where(stop == ring_stop, rings.begin[:-1][of_ring[start]], stop)
    length = stop - start + 1
    begin = np.concatenate([[0], np.cumsum(length)])
    step = np.arange(begin[-1]) - np.repeat(begin[:-1], length)
    vertex = rings.vertex[turned]
    first, last = vertex[start], vertex[end]
    closed = first == last
    backwards = np.where(closed, vertex[start + 1] > vertex[stop - 1], first > last)
    step = np.where(np.repeat(backwards, length), np.repeat(length - 1, length) - step, step)
    place = np.repeat(start, length) + step
    is_end = step == np.repeat(length - 1, length)
    place[is_end] = end[np.repeat(np.arange(len(start)), length)[is_end]]
    return _Arcs(turned, is_node, place, begin)


def _picture(parcels: Geometries, rings: _Rings, arcs: _Arcs, tolerance_m: float) -> Geometries:
    """Answer the parcels with the vertices that a tolerance needs.

    A parcel that would collapse or be invalid keeps all of its own.
    """
    xy = rings.xy[arcs.turned]
    kept = arcs.is_node.copy()
    for places in _bends(xy[arcs.place], arcs.begin, tolerance_m):
        kept[arcs.place[places]] = True
    corners = np.add.reduceat(kept, rings.begin[:-1], dtype=np.int64)
    collapsed = np.zeros(len(parcels), dtype=bool)
    collapsed[rings.parcel_of_ring()[corners < CORNERS]] = True
    kept |= np.repeat(collapsed[rings.parcel_of_ring()], rings.size)
    drawn = _polygons(xy, kept, rings)
    drawn = np.where(collapsed | ~shapely.is_valid(drawn), parcels, drawn)
    return oriented(drawn)


def _bends(xy: NDArray[np.float64], begin: Numbers, tolerance_m: float) -> Iterator[Numbers]:
    """Answer, in several parts, the vertices that Douglas and Peucker keep of lines.

    All lines are cut at once, where they lie farthest from the straight between their ends, until
    nothing lies farther than the tolerance.
    """
    size = np.diff(begin)
    at = np.arange(len(xy))
    inner = np.ones(len(xy), dtype=bool)
    inner[begin[:-1]] = inner[begin[1:] - 1] = False
    at, low = at[inner], np.repeat(begin[:-1], size)[inner]
    high = np.repeat(begin[1:] - 1, size)[inner]
    while len(at):
        heads = np.flatnonzero(np.concatenate([[True], low[1:] != low[:-1]]))
        run = np.diff(np.append(heads, len(at)))
        off = _off_straight(xy[at], xy[low], xy[high])
        most = np.maximum.reduceat(off, heads)
        bent = np.repeat(most > tolerance_m**2, run)
        here = np.flatnonzero(bent & (off == np.repeat(most, run)))
        group = np.repeat(np.arange(len(heads)), run)
        cut = np.empty(len(heads), dtype=np.int64)
        cut[group[here][::-1]] = at[here][::-1]
        at, low, high, middle = at[bent], low[bent], high[bent], cut[group[bent]]
        yield np.unique(middle)
        high = np.where(at < middle, middle, high)
        low = np.where(at > middle, middle, low)
        rest = at != middle
        at, low, high = at[rest], low[rest], high[rest]


def _off_straight(
    point: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Answer the squared distance of points from straight lines of an end each."""
    along, out = high - low, point - low
    length = np.square(along[:, 0]) + np.square(along[:, 1])
    dot = along[:, 0] * out[:, 0] + along[:, 1] * out[:, 1]
    share = np.clip(np.divide(dot, length, out=np.zeros_like(dot), where=length > 0), 0, 1)
    x, y = out[:, 0] - share * along[:, 0], out[:, 1] - share * along[:, 1]
    off: NDArray[np.float64] = np.square(x) + np.square(y)
    return off


def _polygons(xy: NDArray[np.float64], kept: Flags, rings: _Rings) -> Geometries:
    corners = np.add.reduceat(kept, rings.begin[:-1], dtype=np.int64)
    open_end = np.cumsum(corners)
    first = xy[kept][open_end - corners]
    closed = np.insert(xy[kept], open_end, first, axis=0)
    ring_ends = np.concatenate([[0], np.cumsum(corners + 1)])
    kind = shapely.GeometryType.POLYGON
    polygons = shapely.from_ragged_array(kind, closed, (ring_ends, rings.polygon))
    parts = np.bincount(rings.owner)
    several = np.flatnonzero(parts > 1)
    drawn: Geometries = np.empty(len(parts), dtype=object)
    drawn[rings.owner] = polygons
    of_several = parts[rings.owner] > 1
    if len(several):
        number = np.searchsorted(several, rings.owner[of_several])
        drawn[several] = shapely.multipolygons(polygons[of_several], indices=number)
    return drawn


def _tolerance_m(z: int) -> float:
    return float(TOLERANCE_PX * 2 * HALF_WORLD_M / (TILE_PX * 2**z))
