"""Gaps: strips too narrow to be land, and the street corners that are none."""

import pytest
import shapely

from landgis.cadastre.findings import Finding
from landgis.cadastre.rules import check_all
from tests.builders import EAST, NORTH, context, parcel_set, ring, square


def gaps(*geoms: shapely.Geometry) -> list[Finding]:
    parcels = parcel_set(list(geoms))
    found = check_all(parcels, context(parcels), {})
    return [f for f in found if f.rule.code == "topology.gap"]


def test_boundary_in_common_has_no_gap() -> None:
    assert not gaps(square(0, 0), square(10, 0))


def test_strip_between_two_parcels_is_told_with_its_shape() -> None:
    (gap,) = gaps(square(0, 0), square(10.1, 0))
    assert gap.rows == (1, 2)
    assert gap.measured == pytest.approx(0.1)
    assert gap.limit == 0.5
    assert gap.basis["class"] == "A"
    assert gap.shape.symmetric_difference(
        shapely.box(EAST + 10, NORTH, EAST + 10.1, NORTH + 10)
    ).area == pytest.approx(0, abs=1e-6)
    assert "1 m²" in gap.message["en"]
    assert "0.100 m" in gap.message["vi"]


def test_wedge_that_closes_at_both_ends_is_a_gap() -> None:
    bent = ring((10, 0), (20, 0), (20, 10), (10, 10), (10.06, 5))
    (gap,) = gaps(square(0, 0), bent)
    assert gap.measured == pytest.approx(0.06, abs=1e-3)
    assert gap.shape.area == pytest.approx(0.3, abs=1e-3)


def test_strip_as_wide_as_a_ditch_is_land_of_its_own() -> None:
    assert not gaps(square(0, 0), square(10.6, 0))


def test_strip_that_a_third_parcel_fills_is_no_gap() -> None:
    between = ring((10, 0), (10.1, 0), (10.1, 10), (10, 10))
    assert not gaps(square(0, 0), square(10.1, 0), between)


@pytest.mark.parametrize("degrees", [10.0, 30.0, 60.0])
def test_sharp_corner_between_two_streets_is_no_gap(degrees: float) -> None:
    left = ring((0, 0), (-20, 20), (0, 20))
    x = 20 * shapely.Point(0, 0).distance(shapely.Point(0, 1)) * (degrees / 57.3)
    right = ring((0, 0), (x, 20), (x + 20, 0))
    assert not gaps(left, right)


def test_strip_at_the_millimetre_is_noise() -> None:
    assert not gaps(square(0, 0), square(10.0008, 0))
