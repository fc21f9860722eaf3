"""Which tiles a place is drawn in: never one too few."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from landgis.tiling.covering import covering
from landgis.tiling.grid import HALF_WORLD_M, buffered, tile_box

METRES = st.floats(-HALF_WORLD_M * 1.01, HALF_WORLD_M * 1.01)


@given(
    west=METRES,
    south=METRES,
    wide=st.floats(0, 3000),
    high=st.floats(0, 3000),
    z=st.integers(5, 18),
    buffer=st.integers(0, 256),
)
@settings(max_examples=300, deadline=None)
def test_neighbours_of_what_is_named_do_not_see_the_box(
    west: float, south: float, wide: float, high: float, z: int, buffer: int
) -> None:
    box = np.array([[west, south, west + wide, south + high]])
    named = {(x, y) for x, y in covering(box, z, buffer).tolist()}
    assert named
    around = {
        (x + dx, y + dy)
        for x, y in named
        for dx in (-1, 0, 1)
        for dy in (-1, 0, 1)
        if 0 <= x + dx < 2**z and 0 <= y + dy < 2**z
    }
    for x, y in around - named:
        seen = buffered(tile_box(z, x, y), buffer)
        apart = (
            west > seen.east
            or west + wide < seen.west
            or south > seen.north
            or south + high < seen.south
        )
        assert apart, f"{z}/{x}/{y} shows the box and is not named"


def test_a_box_in_the_middle_of_a_tile_is_in_that_one_alone() -> None:
    box = tile_box(16, 52080, 30690)
    x, y = (box.west + box.east) / 2, (box.south + box.north) / 2
    assert covering(np.array([[x, y, x, y]]), 16, 64).tolist() == [[52080, 30690]]


def test_a_box_at_a_corner_is_in_all_four_and_named_once() -> None:
    box = tile_box(16, 52080, 30690)
    corner = np.array([[box.west, box.north, box.west, box.north]] * 2)
    named = covering(corner, 16, 64).tolist()
    assert named == [[52079, 30689], [52079, 30690], [52080, 30689], [52080, 30690]]


def test_no_box_is_in_no_tile() -> None:
    assert covering(np.empty((0, 4)), 16, 64).shape == (0, 2)
