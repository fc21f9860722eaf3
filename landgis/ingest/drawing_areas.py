"""Areas out of linework: closed lines as they are, open lines noded and closed to faces."""

from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

Shapes = NDArray[Any]

GRIDS_M = (1e-6, 1e-3)
"""Ends that do not meet are matched at a micrometre, which the ends of arcs are off by, then at
1 mm: drawings keep millimetres, so lines drawn to meet do so then."""

DEGREES_END = 360.0
"""A drawing whose coordinates stay below it may be in degrees, where 1 mm is no grid."""

RING_POINTS = 4
NONE: Shapes = np.empty(0, dtype=object)


class Linework(NamedTuple):
    """The drawn shapes of some levels."""

    lines: Shapes
    """Open lines."""

    closed: Shapes
    """Polygons inside closed lines, or drawn as shapes."""

    fills: Shapes
    """Polygons that are hatches."""


class Areas(NamedTuple):
    """What linework encloses, and what was left over."""

    polygons: Shapes
    dangling: int
    """Lines with an end that meets nothing."""

    bridging: int
    """Lines between two outlines that part nothing."""

    divided: int
    """Closed lines that open lines divide: their parts are areas, not they."""

    nested: int
    """Closed lines with others inside, which became their holes."""

    repeated: int
    """Hatches that fill an area already there."""

    snapped: bool
    """Lines met only after rounding to one of ``GRIDS_M``."""


class _Faces(NamedTuple):
    polygons: Shapes
    dangling: int
    bridging: int


def linework(shapes: Shapes, filled: NDArray[np.bool_]) -> Linework:
    """Sort lines and polygons into open lines, closed ones and hatches."""
    kinds = shapely.get_type_id(shapes)
    is_line = kinds == shapely.GeometryType.LINESTRING
    ring = is_line & shapely.is_closed(shapes) & (shapely.get_num_points(shapes) >= RING_POINTS)
    is_area = kinds == shapely.GeometryType.POLYGON
    closed = np.empty(int((ring | (is_area & ~filled)).sum()), dtype=object)
    closed[:] = [
        shapely.Polygon(one.coords) if one.geom_type == "LineString" else one
        for one in shapes[ring | (is_area & ~filled)]
    ]
    return Linework(shapes[is_line & ~ring], closed, shapes[is_area & filled])


def make_areas(work: Linework) -> Areas:
    """Answer the areas that ``work`` encloses.

    A closed line is an area as drawn, so overlaps stay visible, but for two readings of what
    draughtsmen mean: open lines across it divide it, and closed lines inside it are its holes.

    Raises
    ------
    shapely.errors.GEOSException
        The lines cannot be noded, because their coordinates are out of any reason.
    """
    is_divided = _divided(work.closed, work.lines)
    whole = work.closed[~is_divided]
    faces, snapped = _Faces(NONE, 0, 0), False
    if len(work.lines):
        edges = np.concatenate([work.lines, shapely.boundary(work.closed)])
        faces, snapped = _closed(edges)
    apart = faces.polygons[~_lie_in(faces.polygons, whole)]
    whole, nested = _with_holes(whole)
    outlined = np.concatenate([whole, apart])
    repeated = _lie_in(work.fills, outlined)
    return Areas(
        polygons=np.concatenate([outlined, work.fills[~repeated]]),
        dangling=faces.dangling,
        bridging=faces.bridging,
        divided=int(is_divided.sum()),
        nested=nested,
        repeated=int(repeated.sum()),
        snapped=snapped,
    )


def _divided(closed: Shapes, lines: Shapes) -> NDArray[np.bool_]:
    divided = np.zeros(len(closed), dtype=bool)
    if not len(closed) or not len(lines):
        return divided
    sound = np.flatnonzero(shapely.is_valid(closed))
    line_at, area_at = shapely.STRtree(closed[sound]).query(lines, predicate="intersects")
    inside = shapely.relate_pattern(lines[line_at], closed[sound[area_at]], "T********")
    line_at, area_at = line_at[inside], area_at[inside]
    for area in np.unique(area_at):
        across = [shapely.boundary(closed[sound[area]]), *lines[line_at[area_at == area]]]
        faces = shapely.get_parts(shapely.polygonize(_noded(across)))
        within = shapely.intersects(closed[sound[area]], shapely.point_on_surface(faces))
        divided[sound[area]] = within.sum() > 1
    return divided


def _closed(edges: Shapes) -> tuple[_Faces, bool]:
    """Node and close ``edges``; where ends do not meet, see whether they do on a grid."""
    best, snapped = _faces(_noded(edges)), False
    if np.abs(shapely.get_coordinates(edges)).max() <= DEGREES_END:
        return best, False
    for grid in GRIDS_M:
        tried = _faces(_noded(edges, grid_size=grid)) if best.dangling else best
        if len(tried.polygons) > len(best.polygons):
            best, snapped = tried, True
    return best, snapped


def _noded(edges: Any, **grid: float) -> Shapes:
    return np.asarray(shapely.get_parts(shapely.union_all(edges, **grid)), dtype=object)


def _faces(edges: Shapes) -> _Faces:
    faces, cuts, dangles, _ = shapely.polygonize_full(edges)
    return _Faces(
        np.asarray(shapely.get_parts(faces), dtype=object),
        len(shapely.get_parts(shapely.line_merge(_multi(dangles)))),
        len(shapely.get_parts(shapely.line_merge(_multi(cuts)))),
    )


def _multi(lines: Any) -> Any:
    return shapely.multilinestrings(shapely.get_parts(lines))


def _lie_in(shapes: Shapes, areas: Shapes) -> NDArray[np.bool_]:
    """Answer which ``shapes`` have their inner point in one of ``areas``."""
    found = np.zeros(len(shapes), dtype=bool)
    if len(shapes) and len(areas):
        at, _ = shapely.STRtree(areas).query(inner_points(shapes), predicate="within")
        found[at] = True
    return found


def inner_points(shapes: Shapes) -> Shapes:
    """Answer a point inside each polygon; of a ring that crosses itself, its first vertex."""
    sound = shapely.is_valid(shapes)
    points = shapely.get_point(shapely.get_exterior_ring(shapes), 0)
    points[sound] = shapely.point_on_surface(shapes[sound])
    return np.asarray(points, dtype=object)


def _with_holes(areas: Shapes) -> tuple[Shapes, int]:
    """Take out of each area the smaller ones that lie inside it."""
    sound = np.flatnonzero(shapely.is_valid(areas))
    inner, outer = shapely.STRtree(areas[sound]).query(areas[sound], predicate="covered_by")
    sizes = shapely.area(areas[sound])
    smaller = sizes[inner] < sizes[outer]
    inner, outer = sound[inner[smaller]], sound[outer[smaller]]
    cut = areas.copy()
    for area in np.unique(outer):
        rest = shapely.difference(areas[area], shapely.union_all(areas[inner[outer == area]]))
        if rest.geom_type == "Polygon" and not rest.is_empty:
            cut[area] = rest
    return cut, len(np.unique(outer))
