"""What may be rounded as it is: proved with the arithmetic that the statement of a tile uses."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from landgis.tiling.grid import EXTENT, HALF_WORLD_M, tile_box
from landgis.tiling.snapping import NEVER, oriented, snap_zooms, units_a_metre
from tests.tiling.coverages import SOUTH, WEST

ZOOMS = range(13, 19)
POINTS = st.tuples(st.floats(0, 6), st.floats(0, 6))


def one(polygon: shapely.Geometry, zooms: range = ZOOMS) -> int:
    return int(snap_zooms(np.array([polygon], dtype=object), zooms)[0])


def in_tile(polygon: shapely.Geometry, z: int, x: int, y: int) -> shapely.Geometry:
    """A polygon as PostgreSQL moves and rounds it for a tile."""
    box, scale = tile_box(z, x, y), units_a_metre(z)
    right, down = -box.west * scale, box.north * scale
    return shapely.transform(polygon, lambda p: np.rint(p * [scale, -scale] + [right, down]))


def is_sound(polygon: shapely.Geometry, rounded: shapely.Geometry) -> bool:
    ways = [shapely.is_ccw(shapely.get_rings(g)).tolist() for g in (polygon, rounded)]
    # y runs down in a tile: a ring that now runs the same way has turned over.
    is_same = [not way for way in ways[0]] == ways[1]
    return bool(rounded.is_valid and is_same and rounded.area > 0)


def test_sliver_that_turns_over_goes_to_the_clipper() -> None:
    # From the demonstration: at z13 its middle vertex is rounded to the other side of the long one.
    west, north = tile_box(13, 6510, 3837).west, tile_box(13, 6510, 3837).north
    places = [(3486.07, 3588.22), (3477.89, 3590.46), (3474.68, 3591.39), (3474.53, 3590.88)]
    unit = 1 / units_a_metre(13)
    sliver = shapely.Polygon([(west + x * unit, north - y * unit) for x, y in places])
    assert one(sliver) > 13


@settings(max_examples=300, deadline=None)
@given(st.lists(POINTS, min_size=3, max_size=12), st.integers(-2, 2), st.integers(-2, 2))
def test_every_tile_from_that_zoom_on_rounds_it_soundly(
    points: list[tuple[float, float]], right: int, down: int
) -> None:
    middle = np.mean(points, axis=0)
    points = sorted(points, key=lambda p: math.atan2(p[1] - middle[1], p[0] - middle[0]))
    polygon = shapely.Polygon([(WEST + x, SOUTH + y) for x, y in points])
    if not polygon.is_valid or polygon.area == 0:
        return
    lowest = one(polygon)
    for z in ZOOMS:
        n = 2**z / (2 * HALF_WORLD_M)
        x = math.floor((WEST + HALF_WORLD_M) * n) + right
        y = math.floor((HALF_WORLD_M - SOUTH) * n) + down
        rounded = in_tile(polygon, z, x, y)
        if z >= lowest:
            assert is_sound(polygon, rounded)
            moved = shapely.transform(rounded, lambda p: p - [EXTENT, 0])
            assert in_tile(polygon, z, x + 1, y).equals_exact(moved, 0)
        elif z == min(lowest, ZOOMS[-1] + 1) - 1:
            assert not is_sound(polygon, rounded)


def test_what_vanishes_at_a_zoom_is_not_rounded_there() -> None:
    # A unit of zoom 16 is 0.149 m.
    assert one(shapely.box(WEST, SOUTH, WEST + 30, SOUTH + 30)) == 13
    assert one(shapely.box(WEST, SOUTH, WEST + 30, SOUTH + 0.2)) > 14
    assert one(shapely.box(WEST, SOUTH, WEST + 30, SOUTH + 0.001)) == NEVER


def test_lost_hole_counts() -> None:
    hole = shapely.box(WEST + 9, SOUTH + 9, WEST + 9.01, SOUTH + 9.01)
    assert one(shapely.box(WEST, SOUTH, WEST + 30, SOUTH + 30).difference(hole)) == NEVER


def test_what_rounds_up_here_and_down_there_goes_to_the_clipper() -> None:
    unit = 1 / units_a_metre(18)
    halfway = 1000.5 * unit - HALF_WORLD_M
    assert one(shapely.box(halfway, SOUTH, halfway + 30, SOUTH + 30)) == NEVER


@pytest.mark.parametrize("wkt", ["POLYGON EMPTY", "MULTIPOLYGON EMPTY"])
def test_nothing_is_answered_for_nothing(wkt: str) -> None:
    assert len(snap_zooms(np.empty(0, dtype=object))) == 0
    assert one(shapely.from_wkt(wkt)) in (NEVER, 13)


def test_rings_run_as_tiles_want_them() -> None:
    square = shapely.box(0, 0, 9, 9).difference(shapely.box(3, 3, 5, 5))
    for polygon in (square, shapely.reverse(square)):
        turned = oriented(np.array([polygon], dtype=object))[0]
        assert not turned.exterior.is_ccw
        assert turned.interiors[0].is_ccw
