"""The WebMercatorQuad grid: z/x/y to extents, exact and pure."""

import math
from dataclasses import dataclass

from landgis.errors import UsageError

HALF_WORLD_M = math.pi * 6_378_137.0
"""Half the width of Web Mercator in its metres. Source: OGC 17-083r4, WebMercatorQuad."""

MAX_ZOOM = 22
EXTENT = 4096
"""Integer coordinates across a tile (MVT 2.1 default)."""


@dataclass(frozen=True)
class Box:
    """A rectangle in EPSG:3857 metres."""

    west: float
    south: float
    east: float
    north: float


def is_tile(z: int, x: int, y: int) -> bool:
    """Answer whether z/x/y names a tile of the grid."""
    return 0 <= z <= MAX_ZOOM and 0 <= x < 2**z and 0 <= y < 2**z


def require_tile(z: int, x: int, y: int) -> None:
    """Let pass what names a tile of the grid; ``UsageError`` ``no_such_tile``."""
    if not is_tile(z, x, y):
        raise UsageError(
            "no_such_tile", f"There is no tile {z}/{x}/{y}: z is 0 to {MAX_ZOOM}, x and y below 2^z"
        )


def tile_box(z: int, x: int, y: int) -> Box:
    """Answer the square of a tile; y counts from the north.

    >>> tile_box(0, 0, 0).east == HALF_WORLD_M
    True
    """
    size = 2 * HALF_WORLD_M / 2**z
    west, north = -HALF_WORLD_M + x * size, HALF_WORLD_M - y * size
    # The shared edge of two tiles must be the same number in both, or a label could be in neither.
    east = -HALF_WORLD_M + (x + 1) * size
    south = HALF_WORLD_M - (y + 1) * size
    return Box(west, south, east, north)


def buffered(box: Box, buffer: int) -> Box:
    """Answer a tile's square widened by ``buffer`` 1/4096ths of its side."""
    margin = (box.east - box.west) * buffer / EXTENT
    return Box(box.west - margin, box.south - margin, box.east + margin, box.north + margin)


def tile_at(lon: float, lat: float, z: int) -> tuple[int, int]:
    """Answer x, y of the tile that holds a place.

    >>> tile_at(106.1, 11.31, 14)
    (13020, 7673)
    """
    n = 2**z
    x = int((lon + 180.0) / 360.0 * n)
    y = int((1.0 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2.0 * n)
    return min(x, n - 1), min(y, n - 1)
