"""A lake that fills a sheet: one ring of thousands of vertices, with islands."""

import numpy as np

from make_register.places import SIDE_M
from make_register.shapes import Floats, Shapes

LEGAL_VERTICES = (5_000, 9_500)
TOO_MANY_VERTICES = 12_000
"""Above the 10,000 that a parcel may have."""

TOO_MANY_SHARE = 0.15
RADIUS_M = 160.0
ISLANDS = 6


def make_lake(corner: tuple[int, int], chance: np.random.Generator) -> Shapes:
    """Answer the lake and its islands; a few have more vertices than a parcel may have."""
    too_many = chance.random() < TOO_MANY_SHARE
    count = TOO_MANY_VERTICES if too_many else int(chance.integers(*LEGAL_VERTICES))
    middle = np.array(corner) + SIDE_M / 2
    shore = _round(middle, RADIUS_M, 0.03, count, chance)
    islands = [
        _round(middle + _around(i) * RADIUS_M / 2, 18.0, 0.05, int(chance.integers(12, 60)), chance)
        for i in range(ISLANDS)
    ]
    rings = [shore, *(island[::-1] for island in islands), *islands]
    row = [0] * (1 + ISLANDS) + list(range(1, 1 + ISLANDS))
    sizes = np.array([len(ring) for ring in rings])
    return Shapes(1 + ISLANDS, np.vstack(rings), sizes, np.array(row))


def _around(i: int) -> Floats:
    angle = 2 * np.pi * i / ISLANDS
    return np.array([np.cos(angle), np.sin(angle)])


def _round(
    middle: Floats, radius_m: float, rough: float, count: int, chance: np.random.Generator
) -> Floats:
    """Answer a clockwise ring that every ray from the middle meets once."""
    angle = -2 * np.pi * np.arange(count) / count
    waves = np.arange(2, 12)
    phase = chance.uniform(0, 2 * np.pi, len(waves))
    swell = (np.sin(np.outer(angle, waves) + phase) / waves).sum(axis=1)
    # The finest noise is smaller than the distance of two vertices: no needle, no crossing.
    noise = chance.uniform(-0.3, 0.3, count) * 2 * np.pi * radius_m / count
    radius = radius_m * (1 + rough * swell) + noise
    ring = middle + radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return np.vstack([ring, ring[:1]])
