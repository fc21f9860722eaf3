"""Boxes to look for neighbours in: nothing near a row is left out, little else is in them."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from landgis import geodesy
from landgis.services.covered import Covered
from tests.builders import EAST, EPSG, NORTH, column, square

PLACES = st.lists(
    st.tuples(st.floats(-20_000, 20_000), st.floats(-20_000, 20_000), st.floats(0.5, 3_000)),
    min_size=1,
    max_size=40,
)


@given(PLACES, st.integers(1, 3))
def test_everything_within_the_reach_meets_a_box(
    places: list[tuple[float, float, float]], blocks: int
) -> None:
    geoms = column([square(*place) for place in places])
    covered = Covered()
    for part in np.array_split(np.arange(len(geoms)), blocks):
        covered.add(geoms[part])
    boxes = shapely.box(*covered.boxes_3857(EPSG).T)
    around = shapely.buffer(geoms, 3.0)
    mercator = geodesy.transform(around, EPSG, geodesy.WEB_MERCATOR)
    assert shapely.covers(shapely.union_all(boxes).buffer(1e-6), mercator).all()
    west, south, east, north = shapely.total_bounds(geoms)
    assert covered.extent == (west, south, east, north)


def test_a_commune_in_two_corners_does_not_ask_for_what_lies_between() -> None:
    covered = Covered()
    geoms = [square(10.0 * i, 10.0 * j) for i in range(20) for j in range(20)]
    geoms += [square(50_000 + 10.0 * i, 50_000) for i in range(20)]
    covered.add(column(geoms))
    boxes = covered.boxes_3857(EPSG)
    assert len(boxes) < 20
    middle = geodesy.transform(square(25_000, 25_000), EPSG, geodesy.WEB_MERCATOR)
    assert not shapely.intersects(shapely.box(*boxes.T), middle).any()


def test_long_road_is_a_box_of_its_own() -> None:
    covered = Covered()
    covered.add(column([square(10.0 * i, 0) for i in range(100)]))
    covered.add(column([shapely.box(EAST - 30_000, NORTH, EAST + 30_000, NORTH + 5)]))
    assert len(covered.boxes_3857(EPSG)) < 10


@pytest.mark.parametrize("geoms", [[], [None], [shapely.Polygon()]])
def test_nothing_has_no_boxes(geoms: list[object]) -> None:
    covered = Covered()
    covered.add(column(geoms))
    assert covered.boxes_3857(EPSG).shape == (0, 4)
    assert covered.extent is None
