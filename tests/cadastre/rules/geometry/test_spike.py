"""Needles with hardly any ground inside; land that ends in a point is none."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from landgis.cadastre.rules.geometry import spike
from tests.builders import EAST, EPSG, NORTH, context, parcel_set, ring, square

NEEDLE = ring((0, 0), (0, 10), (5, 10), (5.025, 30), (5.05, 10), (10, 10), (10, 0))
SHARP_LAND = ring((0, 0), (200, 1.5), (200, -1.5), (0, -30))


def test_needle_is_found_at_its_tip() -> None:
    parcels = parcel_set([square(20, 0), NEEDLE])
    (found,) = spike.check(parcels, context(parcels))
    assert (found.rule.code, found.rows, found.rule.severity) == (
        "geometry.spike", (2,), "warning",
    )  # fmt: skip
    assert found.place_xy == (EAST + 5.025, NORTH + 30)
    assert found.place_epsg == EPSG
    assert found.measured == pytest.approx(0.1432, abs=1e-4)
    assert (found.limit, found.unit) == (1.0, "deg")
    assert found.message["en"] == "Row 2: a needle of 0.143°, 20.00 m long and 0.050 m wide."
    assert found.message["vi"] == "Dòng 2: ranh giới có gai 0.143°, dài 20.00 m, rộng 0.050 m."
    assert found.shape is not None
    assert shapely.get_coordinates(found.shape).tolist() == [
        [EAST + 5, NORTH + 10], [EAST + 5.025, NORTH + 30], [EAST + 5.05, NORTH + 10],
    ]  # fmt: skip


def test_needle_with_its_tip_twice_and_needle_into_the_parcel_are_found() -> None:
    twice = ring((0, 0), (0, 10), (5, 10), (5.025, 30), (5.025, 30), (5.05, 10), (10, 10), (10, 0))
    inwards = ring((0, 0), (0, 10), (5, 10), (5.02, 2), (5.05, 10), (10, 10), (10, 0))
    parcels = parcel_set([twice, inwards])
    found = list(spike.check(parcels, context(parcels)))
    assert [f.rows for f in found] == [(1,), (2,)]


@pytest.mark.parametrize(
    "geom",
    [
        square(0, 0),
        SHARP_LAND,  # 0.9 degrees, and 3 m wide
        ring((0, 0), (20, 0.05), (20, -0.05)),  # nothing but a needle: a sliver
        ring((0, 0), (0, 10), (5, 10), (5.002, 10.4), (5.004, 10), (10, 10), (10, 0)),  # short
        ring((0, 0), (10, 10), (0, 10), (10, 0)),  # not valid: other rules speak of it
        None,
        shapely.Polygon(),
    ],
)
def test_other_corners_are_no_needles(geom: shapely.Geometry) -> None:
    parcels = parcel_set([geom])
    assert list(spike.check(parcels, context(parcels))) == []


@settings(deadline=None)
@given(
    st.floats(0, 360),
    st.floats(3, 40),
    st.floats(0.002, 0.012),
    st.integers(0, 8),
    st.booleans(),
)
def test_planted_needle_is_found_wherever_it_points(
    turn: float,
    length: float,
    half_angle: float,
    start: int,
    backwards: bool,
) -> None:
    half_width = min(length * np.tan(half_angle / 2), 0.09)
    xy = np.array([(-10, -20), (-10, 0), (-half_width, 0), (0, length), (half_width, 0), (10, 0),
                   (10, -20)])  # fmt: skip
    angle = np.radians(turn)
    turned = xy @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    points = np.roll(turned, start, axis=0)[:: -1 if backwards else 1] + np.array((EAST, NORTH))
    parcels = parcel_set([shapely.Polygon(points)])
    (found,) = spike.check(parcels, context(parcels))
    assert found.place_xy is not None
    assert np.allclose(found.place_xy, turned[3] + np.array((EAST, NORTH)))
