"""Which tiles some places are drawn in."""

import numpy as np
from numpy.typing import NDArray

from landgis.tiling.grid import EXTENT, HALF_WORLD_M

Boxes = NDArray[np.float64]
"""``(n, 4)`` west, south, east, north in EPSG:3857 metres."""

MARGIN_M = 2.0
"""PostGIS compares boxes in single precision, which has steps of a metre this far from the origin.

A tile too many is drawn again for nothing; one too few would be wrong.
"""


def covering(boxes: Boxes, z: int, buffer: int) -> NDArray[np.int64]:
    """Answer ``(n, 2)`` x, y of every tile of a zoom that shows some of the boxes, each once.

    Parameters
    ----------
    buffer
        What a tile shows beyond its square, in 1/4096 of its side.

    >>> covering(np.array([[-1.0, -1.0, 1.0, 1.0]]), 1, 0).tolist()
    [[0, 0], [0, 1], [1, 0], [1, 1]]
    """
    side = 2 * HALF_WORLD_M / 2**z
    margin = side * buffer / EXTENT + MARGIN_M
    west, south, east, north = boxes.T
    x0, x1 = _index(west - margin, side, z), _index(east + margin, side, z)
    y0, y1 = _index(-north - margin, side, z), _index(-south + margin, side, z)
    wide, high = x1 - x0 + 1, y1 - y0 + 1
    of = np.repeat(np.arange(len(boxes)), wide * high)
    nth = np.arange(len(of)) - np.repeat(np.cumsum(wide * high) - wide * high, wide * high)
    x, y = x0[of] + nth // high[of], y0[of] + nth % high[of]
    together = np.unique((x << 32) | y)
    return np.column_stack([together >> 32, together & 0xFFFFFFFF])


def _index(metres: NDArray[np.float64], side: float, z: int) -> NDArray[np.int64]:
    """Answer the column, or row from the north, that a coordinate lies in."""
    at = np.floor((metres + HALF_WORLD_M) / side).astype(np.int64)
    clipped: NDArray[np.int64] = np.clip(at, 0, 2**z - 1)
    return clipped
