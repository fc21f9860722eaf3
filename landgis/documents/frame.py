"""A rectangle of a plane on paper: where a coordinate comes to lie, and what is round there."""

import math
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import shapely
from numpy.typing import NDArray

Bounds = tuple[float, float, float, float]
"""West, south, east, north."""

BEYOND = 10
"""Widths of the drawing that a vertex may lie beyond it."""

LINE = 1
"""Dimension of what is no area and no point."""


@dataclass(frozen=True)
class Frame:
    """West and north edge of a drawing in a plane, and how large it is drawn."""

    west: float
    north: float
    scale: float
    """Drawing units per unit of the plane."""

    width: float
    height: float

    @classmethod
    def around(cls, bounds: Bounds, width: float, height: float, pad: float) -> Self:
        """Answer the frame in which bounds lie centred, ``pad`` drawing units from its edges."""
        west, south, east, north = bounds
        across, up = max(east - west, 1e-9), max(north - south, 1e-9)
        scale = min((width - 2 * pad) / across, (height - 2 * pad) / up)
        return cls(
            west=(west + east) / 2 - width / scale / 2,
            north=(south + north) / 2 + height / scale / 2,
            scale=scale,
            width=width,
            height=height,
        )

    @property
    def east(self) -> float:
        """Answer the east edge in the plane."""
        return self.west + self.width / self.scale

    @property
    def south(self) -> float:
        """Answer the south edge in the plane."""
        return self.north - self.height / self.scale

    def xy(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Answer ``(n, 2)`` coordinates of the plane in drawing units, y downwards."""
        return np.column_stack(
            [(points[:, 0] - self.west) * self.scale, (self.north - points[:, 1]) * self.scale]
        )

    def path(self, geom: Any, decimals: int = 1) -> str:
        """Answer a polygon or line as SVG path data, vertices that fall together drawn once.

        Coordinates that are no numbers are left out: a broken boundary is drawn as far as it goes.
        """
        drawn = []
        for part in shapely.get_parts(geom):
            drawn += [self._stroke(ring, decimals, "Z") for ring in shapely.get_rings(part)]
            if shapely.get_dimensions(part) == LINE:
                drawn += [self._stroke(line, decimals, "") for line in shapely.get_parts(part)]
        return "".join(drawn)

    def _stroke(self, line: Any, decimals: int, end: str) -> str:
        points = shapely.get_coordinates(line)
        points = self.xy(points[np.isfinite(points).all(axis=1)]).round(decimals)
        moved = np.ones(len(points), dtype=bool)
        moved[1:] = (points[1:] != points[:-1]).any(axis=1)
        # An edge that leaves the drawing by far would only make the numbers long.
        kept = points[moved].clip(-BEYOND * self.width, (1 + BEYOND) * self.width)
        return "M" + " ".join(f"{x:g},{y:g}" for x, y in kept.tolist()) + end if len(kept) else ""


def round_length(most: float) -> float:
    """Answer the largest of 1, 2, 5, 10, 20 … that is not above ``most``."""
    power = 10.0 ** math.floor(math.log10(most))
    return next(power * step for step in (5, 2, 1) if power * step <= most * (1 + 1e-9))


def together(*bounds: Bounds) -> Bounds:
    """Answer the bounds of several bounds."""
    sides = np.array(bounds)
    west, south = sides[:, :2].min(axis=0)
    east, north = sides[:, 2:].max(axis=0)
    return (float(west), float(south), float(east), float(north))


def finite_bounds(geoms: NDArray[Any]) -> Bounds | None:
    """Answer the bounds of everything that has a finite extent."""
    each = shapely.bounds(geoms)
    each = each[np.isfinite(each).all(axis=1)]
    return together(*map(tuple, each.tolist())) if len(each) else None
