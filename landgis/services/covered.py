"""Which ground the rows of a file lie on, as boxes to look for neighbours in."""

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis import geodesy
from landgis.cadastre.parcels import Column

Boxes = NDArray[np.float64]

TILE_PARCELS = 8
"""A tile is as many usual parcels wide."""

MOST_TILES = 256
"""A parcel that lies in more of them is a box of its own."""

LONGEST = 16
"""Tiles side by side that make one box: few boxes, and none so long that it bends elsewhere."""

BEND = 0.01
"""Of the length of a box: as far as a straight line of one plane may bend in another."""

FARTHEST_M = 10.0
"""Parcels no farther apart are compared: 3 m of accuracy (1:10,000), stretched by Mercator."""


class Covered:
    """Tiles that rows lie in, gathered block by block."""

    def __init__(self) -> None:
        self._side: float | None = None
        self._tiles = np.empty((0, 2), dtype=np.int64)
        self._large: list[Boxes] = []
        self._low, self._high = np.full(2, np.inf), np.full(2, -np.inf)

    def add(self, geoms: Column) -> None:
        """Take note of some geometries of the survey plane."""
        bounds = shapely.bounds(geoms)
        bounds = bounds[np.isfinite(bounds).all(axis=1)]
        if not len(bounds):
            return
        low, high = bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)
        self._low, self._high = np.minimum(self._low, low), np.maximum(self._high, high)
        if self._side is None:
            widths = (bounds[:, 2:] - bounds[:, :2]).max(axis=1)
            self._side = float(np.median(widths)) * TILE_PARCELS or 1.0
        first_last = np.floor(bounds / self._side).astype(np.int64)
        wide, high = (first_last[:, 2:] - first_last[:, :2] + 1).T
        is_large = wide * high > MOST_TILES
        self._large.append(bounds[is_large])
        (west, south), (wide, high) = (
            first_last[~is_large, :2].T,
            (wide[~is_large], high[~is_large]),
        )
        count = wide * high
        of = np.repeat(np.arange(len(count)), count)
        nth = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
        met = np.column_stack([south[of] + nth // wide[of], west[of] + nth % wide[of]])
        self._tiles = np.unique(np.concatenate([self._tiles, met]), axis=0)

    @property
    def extent(self) -> tuple[float, float, float, float] | None:
        """Answer west, south, east, north of all geometries in their plane; None for none."""
        (west, south), (east, north) = self._low.tolist(), self._high.tolist()
        return (west, south, east, north) if west <= east else None

    def boxes_3857(self, epsg: int) -> Boxes:
        """Answer ``(n, 4)`` boxes in Web Mercator that hold everything near the geometries.

        Parameters
        ----------
        epsg
            Survey plane of the geometries.
        """
        boxes = np.concatenate([np.empty((0, 4)), self._runs(), *self._large])
        west, south, east, north = boxes.T
        xs, ys = np.concatenate([west, west, east, east]), np.concatenate([south, north] * 2)
        x, y = geodesy.transform_xy(xs, ys, epsg, geodesy.WEB_MERCATOR)
        x, y = x.reshape(4, -1), y.reshape(4, -1)
        low, high = np.array([x.min(0), y.min(0)]), np.array([x.max(0), y.max(0)])
        margin = FARTHEST_M + BEND * (high - low).max(axis=0)
        around = np.vstack([low - margin, high + margin]).T
        found: Boxes = around[np.isfinite(around).all(axis=1)]
        return found

    def _runs(self) -> Boxes:
        """Answer the tiles, those side by side as one box."""
        line, column = self._tiles.T
        starts = np.ones(len(line), dtype=bool)
        starts[1:] = (np.diff(line) != 0) | (np.diff(column) != 1)
        first = np.maximum.accumulate(np.where(starts, np.arange(len(line)), 0))
        starts |= (np.arange(len(line)) - first) % LONGEST == 0
        at = np.flatnonzero(starts)
        last = np.append(at, len(line))[1:] - 1
        corners = [column[at], line[at], column[last] + 1, line[at] + 1]
        return np.column_stack(corners) * (self._side or 0.0)
