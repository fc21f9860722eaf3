"""The grid is exact: neighbours share their edge, children fill their parent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landgis.geodesy import LONLAT, WEB_MERCATOR, transform_xy
from landgis.tiling.grid import HALF_WORLD_M, buffered, is_tile, tile_at, tile_box

TILES = st.integers(0, 22).flatmap(
    lambda z: st.tuples(st.just(z), st.integers(0, 2**z - 1), st.integers(0, 2**z - 1))
)


@given(TILES)
def test_neighbours_share_their_edge_to_the_bit(tile: tuple[int, int, int]) -> None:
    z, x, y = tile
    box = tile_box(z, x, y)
    assert tile_box(z, x + 1, y).west == box.east
    assert tile_box(z, x, y + 1).north == box.south


def test_whole_world_is_one_tile() -> None:
    box = tile_box(0, 0, 0)
    assert (box.west, box.north) == (-HALF_WORLD_M, HALF_WORLD_M)
    assert (box.east, box.south) == pytest.approx((HALF_WORLD_M, -HALF_WORLD_M))


@given(st.floats(-179.9, 179.9), st.floats(-85, 85), st.integers(0, 17))
def test_place_lies_in_its_tile(lon: float, lat: float, z: int) -> None:
    import numpy as np

    (x,), (y,) = transform_xy(np.array([lon]), np.array([lat]), LONLAT, WEB_MERCATOR)
    box = buffered(tile_box(z, *tile_at(lon, lat, z)), 1)
    assert box.west <= x <= box.east
    assert box.south <= y <= box.north


@pytest.mark.parametrize(
    ("z", "x", "y", "known"),
    [
        (0, 0, 0, True),
        (0, 1, 0, False),
        (3, 7, 7, True),
        (3, 8, 0, False),
        (-1, 0, 0, False),
        (23, 0, 0, False),
        (5, -1, 0, False),
        (5, 0, 32, False),
    ],
)
def test_only_tiles_of_the_grid_are_tiles(z: int, x: int, y: int, known: bool) -> None:
    assert is_tile(z, x, y) is known
