"""Boundaries without the lines on which they run out and back over themselves."""

from collections import deque
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.parcels import ParcelSet

Points = NDArray[np.float64]

LEAST_CORNERS = 3
"""Vertices of a ring that encloses something."""

NARROW = 0.1
"""Largest width of a needle in its length: out and back, whatever the coordinates are rounded to;
what is wider is a corner."""


class Flat(NamedTuple):
    """A ring that encloses nothing."""

    corners: int
    """Distinct vertices that are left when it does not run back over itself: 1 or 2."""

    place: tuple[float, float]


class Cut(NamedTuple):
    """A boundary without its needles."""

    rest: Any
    """Polygon or MultiPolygon, as it was where there are none; None when a ring is flat."""

    lines: list[shapely.LineString]
    """What was cut off, from each tip to where it ends or to the next vertex."""

    flat: Flat | None


def broken(parcels: ParcelSet) -> NDArray[np.int64]:
    """Answer the indices of parcels whose boundary is not valid and not too long to be looked at.

    What is null or empty has no boundary.
    """
    present = shapely.get_num_coordinates(parcels.geom) > 0
    return np.flatnonzero(present & ~parcels.is_sound & ~parcels.is_too_large)


def cut(geom: Any, metres: tuple[float, float], node_m: float) -> Cut:
    """Cut off where a boundary runs out and back at most ``node_m`` metres beside itself.

    ``metres`` in one unit of the plane, eastwards and northwards.
    """
    polygons: list[shapely.Polygon] = []
    lines: list[shapely.LineString] = []
    for part in shapely.get_parts(geom):
        rings = []
        for ring in shapely.get_rings(part):
            with np.errstate(over="ignore", invalid="ignore"):  # numbers of no place on earth
                kept, off = _cut_ring(shapely.get_coordinates(ring)[:-1], metres, node_m)
            if len(kept) < LEAST_CORNERS:
                x, y = kept[0].tolist()
                return Cut(None, lines, Flat(len(np.unique(kept, axis=0)), (x, y)))
            rings.append(kept)
            lines += [shapely.LineString(line) for line in off]
        if rings:
            polygons.append(shapely.Polygon(rings[0], rings[1:]))
    if not lines:
        return Cut(geom, [], None)
    return Cut(polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons), lines, None)


def _cut_ring(
    ring: Points, metres: tuple[float, float], node_m: float
) -> tuple[Points, list[Points]]:
    """Answer what is left of a ring's vertices and what was cut off, each with its tip first."""
    moves = (ring != np.roll(ring, 1, axis=0)).any(axis=1)
    ring = ring[moves] if moves.any() else ring[:1]
    if len(ring) < LEAST_CORNERS:
        return ring, []
    at = (ring - ring[0]) * metres
    if not _turns_back(np.roll(at, 1, axis=0), at, np.roll(at, -1, axis=0), node_m).any():
        return ring, []
    kept: deque[int] = deque()
    tips: list[tuple[int, int]] = []
    for i in range(len(ring)):
        kept.append(i)
        _settle(kept, at, node_m, tips)
    quiet = 0
    while len(kept) >= LEAST_CORNERS and quiet < 2:  # the two corners across the start  # noqa: PLR2004
        kept.rotate(-1)
        quiet = 0 if _settle(kept, at, node_m, tips) else quiet + 1
    return ring[list(kept)], [ring[[tip, base]] for tip, base in tips]


def _settle(kept: deque[int], at: Points, node_m: float, tips: list[tuple[int, int]]) -> bool:
    """Take the last corner but one away as long as it is a tip; answer whether it was."""
    before = len(tips)
    while len(kept) >= LEAST_CORNERS:
        a, tip, b = kept[-3], kept[-2], kept[-1]
        if not _turns_back(at[a], at[tip], at[b], node_m):
            break
        nearer = min((a, b), key=lambda end: float(np.hypot(*(at[end] - at[tip]))))
        tips.append((tip, nearer))
        del kept[-2]
        if (at[a] == at[b]).all():
            del kept[-1]
    return len(tips) > before


def _turns_back(before: Points, corner: Points, after: Points, node_m: float) -> Any:
    """Answer at which corners a line comes back beside the way it went."""
    back, on = before - corner, after - corner
    lengths = np.hypot(back[..., 0], back[..., 1]), np.hypot(on[..., 0], on[..., 1])
    cross = np.abs(back[..., 0] * on[..., 1] - back[..., 1] * on[..., 0])
    # The width where the shorter side ends, each compared without a division.
    longer, shorter = np.maximum(*lengths), np.minimum(*lengths)
    is_narrow = cross <= longer * np.minimum(node_m, NARROW * shorter)
    return is_narrow & ((back * on).sum(axis=-1) > 0)
