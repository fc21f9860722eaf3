"""How a picture lies on the tile grid: its zooms, its pixels, and a tile's part of them."""

import math
from typing import NamedTuple

from landgis.cadastre.rasters import Grid
from landgis.tiling.grid import HALF_WORLD_M, MAX_ZOOM, Box

TILE_PX = 256
"""Side of a tile of an image. Blocks of the files are as large: a tile is one of them."""

SMALLEST_PX = 128
"""At the lowest zoom a picture is at least half this long; below, nobody would see it."""

LOST_SHARE = 0.25
"""In zooms: a picture may be drawn 2 ** 0.25 = 1.19 times coarser than its source, else finer."""


class Part(NamedTuple):
    """Which pixels of a picture a tile shows, and where in the tile."""

    column: int
    row: int
    width: int
    height: int
    """In pixels of the largest zoom."""

    left: int
    top: int
    shown_width: int
    shown_height: int
    """In pixels of the tile."""


def pixel_m(zoom: int) -> float:
    """Answer the side of a pixel in Web Mercator metres."""
    return float(2 * HALF_WORLD_M / TILE_PX / 2**zoom)


def covering(box: Box, resolution: float) -> Grid:
    """Answer the grid of a picture of an extent whose pixels have a side, both in EPSG:3857.

    Its corner and its size are multiples of a tile, and of what its smallest overview halves to
    one pixel, so that every zoom is exactly half the one above.
    """
    fitting = math.ceil(math.log2(pixel_m(0) / resolution) - LOST_SHARE)
    zoom = min(max(fitting, 0), MAX_ZOOM)
    size = pixel_m(zoom)
    longest = max(box.east - box.west, box.north - box.south) / size
    levels = min(max(math.ceil(math.log2(longest / SMALLEST_PX)), 0), zoom)
    unit = max(TILE_PX, 2**levels)
    world, step = TILE_PX * 2**zoom, size * unit
    column = max(math.floor((box.west + HALF_WORLD_M) / step) * unit, 0)
    row = max(math.floor((HALF_WORLD_M - box.north) / step) * unit, 0)
    right = min(math.ceil((box.east + HALF_WORLD_M) / step) * unit, world)
    bottom = min(math.ceil((HALF_WORLD_M - box.south) / step) * unit, world)
    return Grid(zoom, levels, column, row, max(right - column, unit), max(bottom - row, unit))


def transform(grid: Grid) -> list[float]:
    """Answer the affine from pixels of a picture to EPSG:3857: a, b, c, d, e, f."""
    size = pixel_m(grid.maxzoom)
    west, north = grid.column * size - HALF_WORLD_M, HALF_WORLD_M - grid.row * size
    return [size, 0.0, west, 0.0, -size, north]


def part(grid: Grid, z: int, x: int, y: int) -> Part | None:
    """Answer what a tile shows of a picture; None: nothing. ``z`` is one of the picture's."""
    scale = 2 ** (grid.maxzoom - z)
    side = TILE_PX * scale
    left, top = x * side - grid.column, y * side - grid.row
    column, row = max(left, 0), max(top, 0)
    right, bottom = min(left + side, grid.width), min(top + side, grid.height)
    if column >= right or row >= bottom:
        return None
    return Part(
        column,
        row,
        right - column,
        bottom - row,
        (column - left) // scale,
        (row - top) // scale,
        (right - column) // scale,
        (bottom - row) // scale,
    )
