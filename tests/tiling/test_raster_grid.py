"""Pictures on the tile grid: every zoom exactly half the one above, every pixel in one tile."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from landgis.tiling.grid import HALF_WORLD_M, Box
from landgis.tiling.raster_grid import TILE_PX, covering, part, pixel_m, transform

PLACE_X, PLACE_Y = 11_811_000.0, 1_266_000.0
"""Somewhere in Tây Ninh, EPSG:3857."""


@given(
    st.floats(-50_000, 50_000),
    st.floats(-50_000, 50_000),
    st.floats(0.5, 20_000),
    st.floats(0.5, 20_000),
    st.floats(0.02, 60),
)
@settings(max_examples=200, deadline=None)
def test_grid_holds_the_extent_at_a_resolution_that_is_fine_enough(
    x: float, y: float, width: float, height: float, resolution: float
) -> None:
    box = Box(PLACE_X + x, PLACE_Y + y, PLACE_X + x + width, PLACE_Y + y + height)
    grid = covering(box, resolution)
    size, _, west, _, _, north = transform(grid)
    assert west <= box.west
    assert north >= box.north
    assert west + grid.width * size >= box.east
    assert north - grid.height * size <= box.south
    assert size < resolution * 2**0.25 * 1.0001 or grid.maxzoom == 22
    unit = 2**grid.levels
    assert all(n % unit == 0 and n % TILE_PX == 0 for n in grid[2:])
    assert max(grid.width, grid.height) < max(width, height) / size + 2 * max(unit, TILE_PX)


@given(st.floats(0, 3_000), st.floats(0, 3_000), st.integers(40, 5_000), st.integers(40, 5_000))
@settings(max_examples=40, deadline=None)
def test_tiles_of_each_zoom_show_every_pixel_once(
    x: float, y: float, width: int, height: int
) -> None:
    box = Box(PLACE_X + x, PLACE_Y + y, PLACE_X + x + width, PLACE_Y + y + height)
    grid = covering(box, 2.0)
    for zoom in range(grid.minzoom, grid.maxzoom + 1):
        scale = 2 ** (grid.maxzoom - zoom)
        shown = np.zeros((grid.height // scale, grid.width // scale), dtype=int)
        first = grid.column // (scale * TILE_PX), grid.row // (scale * TILE_PX)
        last = (
            (grid.column + grid.width) // (scale * TILE_PX),
            (grid.row + grid.height) // (scale * TILE_PX),
        )
        for tile_x in range(first[0] - 1, last[0] + 2):
            for tile_y in range(first[1] - 1, last[1] + 2):
                found = part(grid, zoom, tile_x, tile_y)
                if found is None:
                    continue
                assert found.shown_width * scale == found.width
                assert found.left + found.shown_width <= TILE_PX
                column, row = found.column // scale, found.row // scale
                place = (grid.column + found.column) / scale
                assert place == tile_x * TILE_PX + found.left
                shown[row : row + found.shown_height, column : column + found.shown_width] += 1
        assert (shown == 1).all()


def test_pixels_are_those_of_the_web_mercator_quad() -> None:
    # Source: OGC 17-083r4, WebMercatorQuad, tile matrix 0 with tiles of 256 pixels.
    assert abs(pixel_m(0) - 156_543.033928041) < 1e-9
    assert pixel_m(3) * TILE_PX * 8 == 2 * HALF_WORLD_M
