"""The procedure landgis-1: deep, nearest the centroid, the same however a file writes the parcel."""

from typing import Any

import numpy as np
import pytest
import shapely
import shapely.affinity
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Polygon, box

from landgis.cadastre.identifier import feature_points
from tests.builders import EAST, NORTH, column
from tests.sending import parcels

MM = 0.001


def point(geom: Any) -> tuple[float, float]:
    x, y = feature_points(column([geom]))[0]
    return float(x), float(y)


def depth(geom: shapely.Geometry, place: tuple[float, float]) -> float:
    here = shapely.Point(place)
    assert geom.covers(here)
    return float(geom.boundary.distance(here))


def deepest(geom: shapely.Geometry) -> float:
    """What GEOS finds, independently: the radius of the largest circle, to 0.01 mm."""
    return float(shapely.maximum_inscribed_circle(geom, tolerance=1e-5).length)


@st.composite
def polygons(draw: st.DrawFn) -> Polygon:
    """Rings around a middle, now and then with a hole: valid, of all forms, survey coordinates."""
    n = draw(st.integers(3, 14))
    steps = draw(st.lists(st.floats(0.2, 1.0), min_size=n, max_size=n))
    radii = draw(st.lists(st.floats(4.0, 40.0), min_size=n, max_size=n))
    angles = np.cumsum(steps) / np.sum(steps) * 2 * np.pi
    ring = np.column_stack([np.cos(angles), np.sin(angles)]) * np.array(radii)[:, None]
    stretch = draw(st.sampled_from([(1.0, 1.0), (6.0, 0.7), (1.0, 3.0)]))
    ring = np.round(ring * stretch + (EAST, NORTH), 3)
    made = Polygon(ring)
    if draw(st.booleans()):
        made = made.difference(shapely.Point(EAST, NORTH).buffer(1.2, quad_segs=3))
    return made


def sound(geom: shapely.Geometry) -> bool:
    return isinstance(geom, Polygon) and geom.is_valid and deepest(geom) > 0.05


@given(polygons().filter(sound))
@settings(max_examples=30, deadline=None)
def test_point_is_as_deep_as_any_to_a_millimetre(geom: Polygon) -> None:
    found = depth(geom, point(geom))
    assert found >= deepest(geom) - MM - 2e-5


@given(polygons().filter(sound))
@settings(max_examples=25, deadline=None)
def test_no_place_as_deep_lies_nearer_the_centroid(geom: Polygon) -> None:
    place = np.array(point(geom))
    centre = np.array(geom.centroid.coords[0])
    off = np.hypot(*(place - centre))
    chance = np.random.default_rng(1)
    near = np.concatenate(
        [chance.normal(place, s, (400, 2)) for s in (MM, 0.01, 0.1, 1.0, 10.0)]
        + [np.linspace(place, centre, 400)]
    )
    near = near[np.hypot(*(near - centre).T) < off - 3e-5]
    near = near[shapely.contains_xy(geom, *near.T)]
    depths = shapely.distance(geom.boundary, shapely.points(near))
    assert not (depths > deepest(geom) - MM + 2e-5).any()


@given(polygons().filter(sound), st.integers(0, 20), st.booleans(), st.integers(2, 9))
@settings(max_examples=30, deadline=None)
def test_how_a_file_writes_the_parcel_makes_no_difference(
    geom: Polygon, turn: int, backwards: bool, cuts: int
) -> None:
    def written(ring: shapely.LinearRing) -> list[Any]:
        points = list(ring.coords)[:-1]
        points = points[turn % len(points) :] + points[: turn % len(points)]
        return points[::-1] if backwards else points

    other = Polygon(written(geom.exterior), [written(hole) for hole in geom.interiors])
    place = point(geom)
    assert point(other) == place
    finer = shapely.segmentize(other, geom.length / cuts)
    assert point(finer) == pytest.approx(place, abs=5e-5)


@given(polygons().filter(sound))
@settings(max_examples=8, deadline=None)
def test_what_lies_beside_it_makes_no_difference(geom: Polygon) -> None:
    others = [*parcels(), geom, *parcels(seed=8)]
    assert tuple(feature_points(column(others))[60]) == point(geom)


def test_long_rectangle_has_it_at_its_centroid_whatever_its_direction() -> None:
    for degrees in (0, 17, 90):
        strip = shapely.affinity.rotate(box(EAST, NORTH, EAST + 300, NORTH + 8), degrees)
        assert point(strip) == pytest.approx(strip.centroid.coords[0], abs=1e-6)


def test_triangle_has_it_a_millimetre_from_its_incentre_towards_the_centroid() -> None:
    #   incentre of 3-4-5: (1, 1), depth 1; centroid (4/3, 1): the inner triangle's side is hit
    assert point(Polygon([(0, 0), (4, 0), (0, 3)])) == pytest.approx((1.003, 0.999), abs=1e-4)


def test_hole_is_land_of_others() -> None:
    holed = box(0, 0, 30, 10).difference(box(14, 4, 16, 6))
    x, y = point(holed)
    assert depth(holed, (x, y)) == pytest.approx(5, abs=2 * MM)
    assert (x, y) == pytest.approx((9, 5), abs=2 * MM)  # not 21, which is as near the centroid


def test_of_several_parts_the_largest_counts() -> None:
    parts = shapely.MultiPolygon([box(0, 0, 10, 10), box(50, 0, 61, 10), box(90, 0, 99, 9)])
    assert point(parts) == pytest.approx((55.5, 5))


def test_of_equal_parts_and_of_equal_rooms_the_western_then_the_southern() -> None:
    assert point(shapely.MultiPolygon([box(50, 0, 60, 10), box(0, 0, 10, 10)])) == (5, 5)
    rooms = shapely.union_all([box(0, 0, 10, 30), box(30, 0, 40, 30), box(10, 14, 30, 16)])
    assert point(rooms)[0] < 10
    above = shapely.affinity.rotate(rooms, 90, origin=(20, 15))
    assert point(above)[1] < 15


def test_what_has_no_feature_point() -> None:
    with np.errstate(invalid="ignore"):
        no_number = Polygon([(0, 0), (5, 0), (np.nan, 5), (0, 0)])
    none = [
        None,
        Polygon(),
        Polygon([(0, 0), (10, 10), (10, 0), (0, 10)]),
        Polygon([(0, 0), (100, 0.004), (200, 0), (100, 0.01)]),
        no_number,
    ]
    found = feature_points(column([*none, box(0, 0, 2, 2)]))
    assert np.isnan(found[:-1]).all()
    assert found[-1].tolist() == [1, 1]
    assert feature_points(column([])).shape == (0, 2)


def test_thin_star_and_round_ring_end_soon() -> None:
    angles = np.linspace(0, 2 * np.pi, 5_000, endpoint=False)
    radii = np.where(np.arange(5_000) % 2, 50.0, 5.0)
    star = Polygon(np.column_stack([np.cos(angles), np.sin(angles)]) * radii[:, None])
    ring = shapely.Point(0, 0).buffer(50, quad_segs=30) - shapely.Point(0, 0).buffer(20)
    assert point(star) == pytest.approx((0, 0), abs=MM)
    assert depth(ring, point(ring)) == pytest.approx(deepest(ring), abs=2 * MM)
