"""By how much a file lies off, and which known mistake does that.

Two measures, because what there is to compare with differs: outlines of units, good to some tens
of metres, where parcels fill a unit; parcels that the register already has, good to millimetres.
"""

from math import hypot
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.rules.dataset.shift import Shift
from landgis.geodesy import LONLAT, VN2000_MERIDIANS, plane, transform, transform_xy
from landgis.geodesy.wrong_ways import WRONG_WAYS, displacement_m

Floats = NDArray[np.float64]

REACH_M = 300.0
"""How far a vertex is looked for: beyond the 225 m of a missing datum shift (own choice)."""

SAME_VERTEX_M = 0.05
"""Vertices this near after the shift are one vertex surveyed twice (own choice)."""

CONFIDENT = 0.5
"""A shift that fits less than this share of the vertices is no common shift (own choice)."""

FEWEST_PAIRS = 10
"""Fewer parcels prove no shift of a whole file (own choice)."""

SPREAD_OF_A_SHIFT = 1 / 3
"""A single parcel may differ from the shift of the whole by this part of it (own choice)."""

NEARLY_AS_MANY = 0.8
MERIDIAN_OF = "meridian_of_"

VERTICES = 400
"""Vertices of the file that are compared (own choice)."""

FILLED = (0.9, 1.1)
"""Parcels whose areas sum to this part of a unit fill it: roads and water are parcels too."""

OUTLINE_FITS_M = 60.0
"""A boundary this near follows the outline: three times the 21 m that ours are good to."""

BOUNDARY_POINTS = 1_000
STEPS = 30
STILL_M = 0.5
"""The fit ends after so many rounds, or when a round moves less than this (own choice)."""

UNITS_COMPARED = 3
MOST_PARCELS = 30_000
"""Of one unit: more are not joined only for a hint (own choice)."""


def shift_of_pairs(found: Floats, known: Floats) -> Shift | None:
    """Answer the shift between points ``(n, 2)`` and where each of them is known to be, in metres.

    The median of the differences; its confidence says whether they have it in common: parcels
    that were changed since are to be the minority. Points that are not finite are left out; None
    for too few.
    """
    apart = found - known
    apart = apart[np.isfinite(apart).all(axis=1)]
    compared = len(apart)
    if compared < FEWEST_PAIRS:
        return None
    shift = np.median(apart, axis=0)
    # Of a resurvey every parcel differs a little: what they share is to be the larger part.
    reach = max(SAME_VERTEX_M, hypot(*shift) * SPREAD_OF_A_SHIFT)
    alike = apart[np.hypot(*(apart - shift).T) <= reach]
    confidence = len(alike) / compared
    if confidence >= CONFIDENT:
        shift = np.median(alike, axis=0)
        apart = alike
    spread = float(np.median(np.hypot(*(apart - shift).T)))
    return Shift(float(shift[0]), float(shift[1]), spread, compared, confidence)


def shift_between(points: Floats, known: Floats) -> Shift | None:
    """Answer the shift that brings most points onto known vertices; None: there is no common one.

    ``points`` ``(n, 2)`` and ``known`` ``(m, 2)`` are vertices in one metric plane. Neighbouring
    vertices lie nearer than a missing datum shift moves them, so the nearest one proves nothing:
    every pair within reach votes for its difference, and only a true shift gets many equal votes.
    """
    points = points[np.linspace(0, len(points) - 1, min(len(points), VERTICES)).astype(np.int64)]
    tree = shapely.STRtree(shapely.points(known))
    query = shapely.points(points)
    file, there = tree.query(query, predicate="dwithin", distance=REACH_M)
    if not len(file):
        return None
    votes = points[file] - known[there]
    shift = _refined(votes, _most_voted(votes))
    moved = shapely.points(points - shift)
    matched, _ = tree.query(moved, predicate="dwithin", distance=SAME_VERTEX_M)
    confidence = len(np.unique(matched)) / len(points)
    if confidence < CONFIDENT:
        return None
    own = np.hypot(*(votes - shift).T)
    spread = float(np.median(own[own <= SAME_VERTEX_M]))
    return Shift(float(shift[0]), float(shift[1]), spread, len(points), confidence)


def causes_of(
    shift: Shift, epsg: int, place: tuple[float, float], within_m: float
) -> list[tuple[str, float]]:
    """Answer the known mistakes that shift a file so, and by how many metres each differs.

    The nearest first; none when nothing is off. ``place`` is longitude and latitude, ``within_m``
    how well the shift is known. A mistaken meridian is ``meridian_of_<EPSG>``: the file was made
    in that grid.
    """
    if epsg not in VN2000_MERIDIANS or shift.length_m <= within_m:
        return []
    known = {cause: displacement_m(cause, epsg, *place) for cause in WRONG_WAYS}
    known |= {
        f"{MERIDIAN_OF}{other}": _meridian_shift(other, epsg, place)
        for other in VN2000_MERIDIANS
        if other != epsg
    }
    apart = {
        cause: hypot(shift.east_m - east, shift.north_m - north)
        for cause, (east, north) in known.items()
    }
    fitting = [(cause, metres) for cause, metres in apart.items() if metres <= within_m]
    return sorted(fitting, key=lambda found: found[1])


def shift_in_outline(parcels: NDArray[Any], outline: shapely.Geometry) -> Shift | None:
    """Answer the shift that lays the outer boundary of parcels onto a unit's outline.

    Both in one metric plane. None where the parcels do not fill the unit: then their boundary is
    not the unit's. The confidence is the share of it that then follows the outline.
    """
    filled = float(shapely.area(parcels).sum()) / outline.area
    if not FILLED[0] <= filled <= FILLED[1]:
        return None
    try:
        whole = shapely.coverage_union_all(parcels[shapely.is_valid(parcels)])
    except shapely.errors.GEOSException:
        return None
    points = _along(shapely.get_rings(shapely.get_parts(whole)))
    line = outline.boundary
    shift = np.zeros(2)
    for _ in range(STEPS):
        move = _step(points - shift, line)
        shift = shift + move
        if hypot(*move) < STILL_M:
            break
    left = shapely.distance(shapely.points(points - shift), line)
    confidence = float((left <= OUTLINE_FITS_M).mean())
    if confidence < CONFIDENT:
        return None
    east, north = shift.tolist()
    return Shift(east, north, float(np.median(left)), len(points), confidence)


def shift_off_outlines(
    geoms: NDArray[Any], unit_codes: NDArray[Any], epsg: int, jurisdiction: Jurisdiction
) -> tuple[Shift, str] | None:
    """Answer by how much parcels that fill a unit lie off its outline, and which unit that is.

    ``geoms`` are in the plane of ``epsg``. The largest units of the file are tried; None where
    none is filled.
    """
    metric = jurisdiction.storage_epsg if plane(epsg).is_geographic else epsg
    if metric is None or not jurisdiction.outlines:
        return None
    codes, counts = np.unique(
        [code for code in unit_codes if code in jurisdiction.outlines], return_counts=True
    )
    for code in codes[np.argsort(-counts, kind="stable")][:UNITS_COMPARED]:
        here = geoms[unit_codes == code]
        if len(here) > MOST_PARCELS:
            continue
        outline = transform(jurisdiction.outlines[code], LONLAT, metric)
        shift = shift_in_outline(transform(here, epsg, metric), outline)
        if shift is not None:
            return shift, str(code)
    return None


def _along(rings: NDArray[Any]) -> Floats:
    """Answer points spread evenly over rings."""
    lengths = shapely.length(rings)
    step = lengths.sum() / BOUNDARY_POINTS
    found = [
        shapely.line_interpolate_point(ring, np.arange(0.0, length, step))
        for ring, length in zip(rings, lengths, strict=True)
    ]
    return np.asarray(shapely.get_coordinates(np.concatenate(found)), dtype=np.float64)


def _step(points: Floats, line: shapely.Geometry) -> Floats:
    """Answer the move that brings points nearer to a line, each across the line only.

    Along a straight border a shift cannot be seen, so only the part across it counts (least
    squares); far points, which are holes or gaps, weigh little.
    """
    there = shapely.get_coordinates(
        shapely.line_interpolate_point(
            line, shapely.line_locate_point(line, shapely.points(points))
        )
    )
    apart = points - there
    length = np.hypot(apart[:, 0], apart[:, 1])
    known = length > 0
    across = apart[known] / length[known, None]
    weight = 1 / (length[known] + OUTLINE_FITS_M)
    sides = (across * weight[:, None]).T @ across
    move, *_ = np.linalg.lstsq(sides, (across * (weight * length[known])[:, None]).sum(axis=0))
    return np.asarray(move, dtype=np.float64)


def _most_voted(votes: Floats) -> Floats:
    """Answer the middle of the square metre with most votes; of nearly equal ones the nearest.

    In a regular grid of plots the shift by one plot gets nearly as many votes as the true one.
    """
    cells, counts = np.unique(np.rint(votes), axis=0, return_counts=True)
    leading = cells[counts >= NEARLY_AS_MANY * counts.max()]
    return np.asarray(leading[np.hypot(*leading.T).argmin()], dtype=np.float64)


def _refined(votes: Floats, shift: Floats) -> Floats:
    """Answer the centre of the votes around a shift, drawn together step by step."""
    for reach in (1.0, 0.5, 0.2, SAME_VERTEX_M):
        near = votes[np.hypot(*(votes - shift).T) <= reach]
        if len(near):
            shift = np.median(near, axis=0)
    return shift


def _meridian_shift(made_in: int, epsg: int, place: tuple[float, float]) -> tuple[float, float]:
    """Answer where coordinates of one grid come to lie when they are read in another."""
    point = np.array([place[0]]), np.array([place[1]])
    east, north = transform_xy(*point, LONLAT, epsg)
    its_east, its_north = transform_xy(*point, LONLAT, made_in)
    return float(its_east[0] - east[0]), float(its_north[0] - north[0])
