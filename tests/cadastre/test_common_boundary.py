"""How much boundary two parcels have in common."""

import math

import pytest
import shapely

from landgis.cadastre.common_boundary import common_boundary

ONE = shapely.box(0, 0, 10, 10)


@pytest.mark.parametrize(
    ("other", "length"),
    [
        (shapely.box(10, 0, 20, 10), 10.0),
        (shapely.box(10, 5, 20, 15), 5.0),
        (shapely.box(10, -5, 20, 15), 10.0),
        (shapely.box(10, 10, 20, 20), 0.0),
        (shapely.box(11, 0, 20, 10), 0.0),
        (shapely.box(2, 2, 8, 8), 0.0),
        (shapely.box(5, 5, 15, 15), 0.0),
        (ONE, 40.0),
        (shapely.box(-5, -5, 15, 15).difference(ONE), 40.0),
        (shapely.box(10.0009, 0, 20, 10), 10.0),
        (shapely.box(10.0011, 0, 20, 10), 0.0),
        (shapely.Polygon([(10, 0), (20, 0), (20, 10), (10, 10), (10, 6), (10, 3)]), 10.0),
        (shapely.MultiPolygon([shapely.box(10, 0, 12, 3), shapely.box(10, 6, 12, 10)]), 7.0),
        (shapely.Polygon([(10, 0), (20, 0), (12, 10)]), 0.0),
    ],
)
def test_length(other: shapely.Geometry, length: float) -> None:
    assert common_boundary(ONE, other) == pytest.approx(length, abs=0.006)
    assert common_boundary(other, ONE) == pytest.approx(length, abs=0.006)


def test_slanted_boundary_far_from_the_origin() -> None:
    a, b = (568_000.123, 1_246_000.456), (568_031.789, 1_246_017.321)
    one = shapely.Polygon([a, b, (568_000.0, 1_246_040.0)])
    middle = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
    other = shapely.Polygon([a, (568_040.0, 1_246_000.0), b, middle])
    assert common_boundary(one, other) == pytest.approx(math.dist(a, b), abs=1e-6)
