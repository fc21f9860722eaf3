"""Ground within a coverage that no parcel covers."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.parcels import Column
from landgis.cadastre.topology.cells import Square
from landgis.cadastre.topology.ground import Ground

TOUCH_M = 1e-3
"""Length along the border of two cells from which ground on both sides is one piece of ground."""

MOST_SHAPES = 200
"""Holes whose outlines are kept, of a cell and of all: the largest; the others are counted."""

MOST_VERTICES = 2_000
"""Of ground at the border of a cell that may be part of a hole: streets have far more."""

SIDES = {"w": (-1, 0, "e"), "e": (1, 0, "w"), "s": (0, -1, "n"), "n": (0, 1, "s")}
"""Side of a cell -> column and line of the cell beside it, counted from this, and its side."""


class Contact(NamedTuple):
    """Where ground reaches the border of its cell, in metres along that side."""

    side: str
    low: float
    high: float


class AtBorder(NamedTuple):
    """Open ground that reaches the border of its cell."""

    contacts: tuple[Contact, ...]
    shape: shapely.Polygon | None
    """None: too many vertices to be a hole."""


class Uncovered(NamedTuple):
    """What is to be known of the ground of one cell that no parcel covers."""

    cell: tuple[int, int]
    shapes: Column
    """The largest holes that lie within the cell, metres."""

    areas: NDArray[np.float64]
    """Of all holes within the cell, square metres."""

    at_border: tuple[AtBorder, ...]


class Holes(NamedTuple):
    """Ground that parcels enclose and none covers."""

    number: int
    area_m2: float
    largest_m2: float
    shapes: Column
    """The largest ones, the largest first; one over several cells is a MultiPolygon."""


class HoleRule(NamedTuple):
    """What counts as a hole."""

    least_m2: float
    gap_m: float
    """Narrower ones are gaps between two parcels."""

    left_out: shapely.STRtree
    """Extents of parcels that were not compared: no hole is where these are."""

    def holds(self, shapes: Column) -> NDArray[np.bool_]:
        """Answer which pieces of ground are holes."""
        area = shapely.area(shapes)
        large = (area >= self.least_m2) & (2 * area > self.gap_m * shapely.length(shapes))
        large[self.left_out.query(shapes)[0]] = False
        return np.asarray(large)


def uncovered(
    ground: Ground, suspects: NDArray[np.int64], square: Square, rule: HoleRule
) -> Uncovered:
    """Answer what of a cell is covered by no parcel.

    Parcels without a suspect edge form a coverage, which is united fast; only the others are
    overlaid.
    """
    clean = np.ones(len(ground), dtype=bool)
    clean[suspects] = False
    parts = _polygons(_without(shapely.box(*square), ground.geom[clean]))
    others = ground.geom[suspects]
    hit, part = shapely.STRtree(parts).query(others)
    for i in np.unique(part):
        parts[i] = shapely.difference(parts[i], shapely.union_all(others[hit[part == i]]))
    parts = _polygons(parts)
    meets = shapely.intersects(parts, shapely.boundary(shapely.box(*square)))
    within = parts[~meets]
    within = within[rule.holds(within)]
    areas = shapely.area(within)
    west, south, east, north = square
    return Uncovered(
        (round(west / (east - west)), round(south / (north - south))),
        within[np.argsort(-areas)[:MOST_SHAPES]],
        areas,
        tuple(_at_border(part, square) for part in parts[meets]),
    )


def _without(cell: shapely.Geometry, coverage: Column) -> shapely.Geometry:
    """Answer a cell less the parcels of a coverage.

    A coverage that is clean to the eye of its edges may still turn out invalid when united.
    """
    try:
        return shapely.difference(cell, shapely.coverage_union_all(coverage))
    except shapely.GEOSException:
        return shapely.difference(cell, shapely.union_all(coverage))


def _polygons(shapes: shapely.Geometry | Column) -> Column:
    parts = shapely.get_parts(shapely.get_parts(shapes))
    kept: Column = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    return kept


def _at_border(part: shapely.Polygon, square: Square) -> AtBorder:
    west, south, east, north = square
    contacts = []
    for side, ends, axis in (
        ("w", ((west, south), (west, north)), 1),
        ("e", ((east, south), (east, north)), 1),
        ("s", ((west, south), (east, south)), 0),
        ("n", ((west, north), (east, north)), 0),
    ):
        met = shapely.intersection(shapely.boundary(part), shapely.LineString(ends))
        box = shapely.bounds(shapely.get_parts(met))
        for low, high in box[:, [axis, axis + 2]].tolist():
            if high - low > TOUCH_M:
                contacts.append(Contact(side, low, high))
    is_small = shapely.get_num_coordinates(part) <= MOST_VERTICES
    return AtBorder(tuple(contacts), part if is_small else None)


def holes(cells: Sequence[Uncovered], rule: HoleRule) -> Holes:
    """Answer what is enclosed by parcels, also across the borders of cells.

    Ground that reaches a cell without any parcel is open country, no hole.
    """
    across = _across(cells)
    across = across[rule.holds(across)]
    shapes = np.concatenate([across, *(cell.shapes for cell in cells)])
    areas = np.concatenate([shapely.area(across), *(cell.areas for cell in cells)])
    largest = np.argsort(-shapely.area(shapes), kind="stable")[:MOST_SHAPES]
    return Holes(len(areas), float(areas.sum()), float(areas.max(initial=0.0)), shapes[largest])


def _across(cells: Sequence[Uncovered]) -> Column:
    """Answer the enclosed ground that reaches over borders, each piece a MultiPolygon."""
    pieces = [(cell.cell, part) for cell in cells for part in cell.at_border]
    root = list(range(len(pieces)))

    def find(i: int) -> int:
        while root[i] != i:
            root[i] = root[root[i]]
            i = root[i]
        return i

    there = {cell.cell for cell in cells}
    at: dict[tuple[int, int, str], list[tuple[int, Contact]]] = {}
    is_open = [part.shape is None for _, part in pieces]
    for i, ((column, line), part) in enumerate(pieces):
        for contact in part.contacts:
            right, up, side = SIDES[contact.side]
            beyond = (column + right, line + up)
            is_open[i] |= beyond not in there
            for k, other in at.get((*beyond, side), ()):
                if min(contact.high, other.high) - max(contact.low, other.low) > TOUCH_M:
                    root[find(i)] = find(k)
            at.setdefault((column, line, contact.side), []).append((i, contact))
    opened = {find(i) for i, is_ in enumerate(is_open) if is_}
    closed: dict[int, list[shapely.Geometry]] = {}
    for i, (_, part) in enumerate(pieces):
        if find(i) not in opened:
            closed.setdefault(find(i), []).append(part.shape)
    made = np.empty(len(closed), dtype=object)
    made[:] = [shapely.multipolygons(shapes) for shapes in closed.values()]
    return made
