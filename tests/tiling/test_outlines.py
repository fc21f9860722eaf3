"""The picture of a block: one shape for many parcels, whatever state they are in."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from landgis.cadastre.blocks import BlockLand
from landgis.tiling.outlines import PIXEL_M, ZOOMS, dominant_use, outline_of, picture
from landgis.tiling.snapping import snap_zooms
from tests.builders import column

WEST, SOUTH = 11_814_000.0, 1_266_000.0
"""A place in Tây Ninh in Web Mercator."""

FINE = 1e-6


def lot(x: float, y: float, wide: float = 50.0, high: float = 50.0) -> Any:
    return shapely.box(WEST + x, SOUTH + y, WEST + x + wide, SOUTH + y + high)


def lots(columns: int, rows: int) -> list[Any]:
    return [lot(50.0 * c, 50.0 * r) for c in range(columns) for r in range(rows)]


def land(geoms: Sequence[Any], uses: Sequence[str | None] | None = None) -> BlockLand:
    areas = [g.area for g in geoms]
    return BlockLand(areas, uses or [None] * len(geoms), column(geoms))


def is_clockwise(outline: Any) -> bool:
    rings = [p.exterior for p in shapely.get_parts(outline)]
    holes = [r for p in shapely.get_parts(outline) for r in p.interiors]
    return not shapely.is_ccw(column(rings)).any() and bool(shapely.is_ccw(column(holes)).all())


def test_block_without_parcels_has_no_picture() -> None:
    assert picture(land([])) is None


def test_lots_side_by_side_become_one_ring_with_their_corners() -> None:
    drawn = picture(land(lots(4, 3), ["ODT"] * 12))
    assert drawn is not None
    assert (drawn.parcels, drawn.area_m2, drawn.use) == (12, 12 * 2500.0, "ODT")
    assert shapely.get_num_coordinates(drawn.outline_3857) == 5
    assert drawn.outline_3857.symmetric_difference(lot(0, 0, 200, 150)).area < FINE
    assert is_clockwise(drawn.outline_3857)
    assert drawn.label_3857.distance(lot(0, 0, 200, 150).centroid) < FINE
    assert drawn.extent_3857.tolist() == list(lot(0, 0, 200, 150).bounds)
    assert drawn.snap_zoom == ZOOMS[0]


def test_street_does_not_part_a_block_and_a_field_between_does() -> None:
    def two(apart_m: float) -> Any:
        return outline_of(column([lot(0, 0, 200, 200), lot(200 + apart_m, 0, 200, 200)]))

    assert two(1.9 * PIXEL_M).geom_type == "Polygon"
    assert two(2.2 * PIXEL_M).geom_type == "MultiPolygon"


def test_small_hole_is_closed_and_a_large_one_stays_open() -> None:
    def holed(side_m: float) -> Any:
        hole = lot(300, 300, side_m, side_m)
        return outline_of(column([lot(0, 0, 800, 800).difference(hole)]))

    assert not shapely.get_parts(holed(4.5 * PIXEL_M))[0].interiors
    open_still = holed(8 * PIXEL_M)
    assert len(open_still.interiors) == 1
    assert is_clockwise(open_still)


def test_lane_that_sticks_out_is_left_off_but_a_lane_alone_is_drawn() -> None:
    square, lane = lot(0, 0, 300, 300), lot(300, 100, 200, 5)
    assert outline_of(column([square, lane])).symmetric_difference(square).area < FINE
    alone = outline_of(column([lane]))
    assert alone.bounds == lane.bounds
    assert alone.is_valid


def test_speck_beside_a_block_goes_and_a_speck_alone_is_drawn() -> None:
    square, speck = lot(0, 0, 300, 300), lot(500, 0, 10, 10)
    assert outline_of(column([square, speck])).symmetric_difference(square).area < FINE
    assert outline_of(column([speck])).bounds == speck.bounds


@pytest.mark.parametrize(
    "beside",
    [
        pytest.param(lambda: lot(0, 0), id="the same ground twice"),
        pytest.param(lambda: lot(25, 25), id="overlap"),
        pytest.param(lambda: lot(-50, -13, 50, 39), id="vertex that a neighbour lacks"),
        pytest.param(lambda: shapely.MultiPolygon([lot(200, 0), lot(200, 50)]), id="two parts"),
    ],
)
def test_parcels_that_are_no_clean_coverage_leave_no_hole(beside: Any) -> None:
    parcels = [*lots(4, 4), beside()]
    drawn = outline_of(column(parcels))
    assert drawn.is_valid
    missing = shapely.union_all(parcels).difference(drawn.buffer(PIXEL_M))
    assert missing.area < FINE


def test_use_of_most_area_decides_and_not_that_of_most_parcels() -> None:
    many_small = [lot(10.0 * i, 0, 10, 10) for i in range(5)]
    assert dominant_use(land([*many_small, lot(0, 50)], [*["ODT"] * 5, "CLN"])) == "CLN"


def test_equal_uses_go_by_code_and_the_unknown_comes_last() -> None:
    assert dominant_use(land(lots(1, 3), ["ODT", None, "CLN"])) == "CLN"
    assert dominant_use(land(lots(1, 2), [None, "ODT"])) == "ODT"
    assert dominant_use(land(lots(1, 3), [None, None, "ODT"])) is None


def test_label_of_a_bent_block_lies_inside_it() -> None:
    bent = lot(0, 0, 900, 900).difference(lot(100, 100, 900, 900))
    drawn = picture(land([bent]))
    assert drawn is not None
    assert drawn.outline_3857.contains(drawn.label_3857)


@st.composite
def towns(draw: st.DrawFn) -> list[Any]:
    """Lots of a bent grid, some of them lacking, some doubled, some shifted onto others."""
    across = draw(st.lists(st.floats(3, 90), min_size=2, max_size=6))
    up = draw(st.lists(st.floats(3, 90), min_size=2, max_size=6))
    xs, ys = np.cumsum([0.0, *across]), np.cumsum([0.0, *up])
    bend = np.random.default_rng(draw(st.integers(0, 9))).normal(0, 2, (len(xs), len(ys), 2))
    nodes = [[(WEST + x + bend[i, j, 0], SOUTH + y + bend[i, j, 1]) for j, y in enumerate(ys)]
             for i, x in enumerate(xs)]  # fmt: skip
    cells = [
        shapely.Polygon([nodes[i][j], nodes[i + 1][j], nodes[i + 1][j + 1], nodes[i][j + 1]])
        for i in range(len(across))
        for j in range(len(up))
    ]
    sound = [cell for cell in cells if cell.is_valid and cell.area > 0]
    kept = draw(st.lists(st.sampled_from(sound or [lot(0, 0)]), min_size=1, max_size=30))
    moved = [shapely.transform(g, lambda xy: xy + 7.0) for g in kept[: draw(st.integers(0, 2))]]
    return [*kept, *moved]


@settings(max_examples=150, deadline=None)
@given(towns())
def test_outline_of_anything_is_one_that_a_tile_may_hold(parcels: list[Any]) -> None:
    drawn = outline_of(column(parcels))
    assert drawn.is_valid
    assert not drawn.is_empty
    assert is_clockwise(drawn)
    low, high = drawn.bounds[:2], drawn.bounds[2:]
    west, south, east, north = shapely.total_bounds(column(parcels))
    assert low[0] >= west and low[1] >= south and high[0] <= east and high[1] <= north  # noqa: PT018
    assert outline_of(column(parcels)).wkb == drawn.wkb
    added = drawn.difference(shapely.union_all(parcels).buffer(1.6 * PIXEL_M, join_style="mitre"))
    assert all(p.area < 26 * PIXEL_M**2 for p in shapely.get_parts(added))
    lowest = int(snap_zooms(column([drawn]), ZOOMS)[0])
    assert picture(land(parcels)).snap_zoom == lowest  # type: ignore[union-attr]
