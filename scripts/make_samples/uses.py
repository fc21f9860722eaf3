"""Plausible land uses: by size, by place, and like the neighbours. Invented, and said to be."""

from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from make_samples.chance import pick, share

ROAD_COMPACTNESS = 0.09
"""4πA/P² below which a parcel is long and thin like a road."""

BLOCK_M = 220.0
"""Neighbouring parcels in a block of this size share their rural use."""

TOWN_RADIUS_M = 900.0
MAIN_STREET_WIDTH_M = 22.0


class Special(NamedTuple):
    """A use that only a few parcels of the right size have."""

    code: str
    count: int
    smallest_m2: float
    largest_m2: float
    outside_town: bool


SPECIALS = (
    Special("CQP", 2, 3_000, 25_000, outside_town=True),
    Special("NTD", 2, 3_000, 15_000, outside_town=True),
    Special("DGD", 7, 2_000, 15_000, outside_town=False),
    Special("DYT", 2, 1_500, 8_000, outside_town=False),
    Special("TSC", 3, 1_000, 6_000, outside_town=False),
    Special("DKV", 5, 1_500, 20_000, outside_town=False),
    Special("TIN", 4, 150, 900, outside_town=False),
    Special("SKC", 12, 1_500, 30_000, outside_town=True),
)


def land_uses(parcels: NDArray[Any]) -> list[str]:
    """Answer the value of the land-use field of every parcel, such as ``ODT+CLN``."""
    area = shapely.area(parcels)
    compactness = 4 * np.pi * area / shapely.length(parcels) ** 2
    x, y = shapely.get_coordinates(shapely.point_on_surface(parcels)).T
    offset = np.column_stack([x - np.median(x), y - np.median(y)])
    from_centre = np.hypot(*offset.T)
    uses = [
        _ordinary(float(area[i]), float(from_centre[i]), _block(float(x[i]), float(y[i])))
        for i in range(len(parcels))
    ]
    for i in np.flatnonzero(_on_main_street(offset, area)):
        uses[i] = "TMD" if share("shop", i) < 1 / 3 else uses[i]
    for i in np.flatnonzero((compactness < ROAD_COMPACTNESS) & (area > 60.0)):
        uses[i] = "DGT"
    for special in SPECIALS:
        fits = (area >= special.smallest_m2) & (area <= special.largest_m2)
        fits &= (from_centre > TOWN_RADIUS_M) == special.outside_town
        free = [int(i) for i in np.flatnonzero(fits) if uses[i] not in _TAKEN]
        for i in sorted(free, key=lambda i: share(special.code, i))[: special.count]:
            uses[i] = special.code
    return uses


_TAKEN = {"DGT", *(special.code for special in SPECIALS)}


def _block(x: float, y: float) -> str:
    return f"{x // BLOCK_M:.0f}:{y // BLOCK_M:.0f}"


def _on_main_street(offset: NDArray[np.float64], area: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Find small parcels along a straight line through the middle of the town."""
    across = offset @ np.array([np.sin(0.6), np.cos(0.6)])
    return (np.abs(across) < MAIN_STREET_WIDTH_M) & (area > 60.0) & (area < 1_000.0)


def _ordinary(area: float, from_centre: float, block: str) -> str:
    in_town = from_centre < TOWN_RADIUS_M or share("town", block) < 0.35
    small, medium = (450.0, 1_500.0) if in_town else (150.0, 700.0)
    if area < small:
        mixed = share("garden", block) < 0.25 and area > 150.0
        return "ODT+CLN" if mixed else "ODT"
    if area < medium:
        return "ODT+CLN"
    rural = pick(("CLN", "CLN", "LUC", "LUC", "LUC", "HNK", "NTS"), "rural", block)
    return "CLN" if in_town and area < 4_000.0 else rural
