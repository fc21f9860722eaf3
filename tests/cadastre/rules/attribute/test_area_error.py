"""An area is off when no errors of the vertices that the scale allows explain it."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from landgis.cadastre.area_accuracy import sigma_m2
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules.attribute import area_error
from tests.builders import EAST, NORTH, column, context, parcel_set, ring, square, vn_80


def parcels_with(areas: list[float], **more: object) -> ParcelSet:
    parcels = parcel_set([square(20 * i, 0) for i in range(len(areas))], **more)  # type: ignore[arg-type]
    return replace(parcels, register_area_m2=np.array(areas))


def test_sigma_of_a_square_is_that_of_the_formula() -> None:
    # Four diagonals of 10·√2: σ/2 · √(4·200) = σ · 14.142
    geoms = column([square(0, 0), None, shapely.Polygon()])
    assert sigma_m2(geoms, 0.07, (1.0, 1.0)) == pytest.approx([0.07 * 200**0.5, 0, 0])


def test_sigma_counts_holes_and_parts_and_measures_degrees_in_metres() -> None:
    holed = square(0, 0).difference(square(2, 2, 1))
    several = shapely.MultiPolygon([square(0, 0), square(50, 0, 1)])
    want = 0.5 * (4 * 200 + 4 * 2) ** 0.5
    assert sigma_m2(column([holed, several]), 1.0, (1.0, 1.0)) == pytest.approx([want, want])
    assert sigma_m2(column([square(0, 0)]), 1.0, (2.0, 2.0)) == pytest.approx([2 * 200**0.5])


@given(st.integers(0, 2**32 - 1), st.integers(3, 12))
def test_sigma_is_the_spread_of_areas_of_moved_vertices(seed: int, vertices: int) -> None:
    random, sigma = np.random.default_rng(seed), 0.1
    turns = np.sort(random.random(vertices)) * 2 * np.pi
    xy = np.c_[np.cos(turns), np.sin(turns)] * random.uniform(20, 60, (vertices, 1))
    moved = xy + random.normal(0, sigma, (1000, vertices, 2))
    x, y = moved[..., 0], moved[..., 1]
    areas = (x * np.roll(y, -1, 1) - y * np.roll(x, -1, 1)).sum(axis=1) / 2
    (told,) = sigma_m2(column([shapely.Polygon(xy)]), sigma, (1.0, 1.0))
    assert areas.std() == pytest.approx(told, rel=0.15)


def test_area_within_the_error_of_the_scale_is_no_finding() -> None:
    parcels = parcels_with([100.0, 103.0, 97.0, np.nan])  # 3 σ at 1:500 = 2.97, and 0.05
    assert list(area_error.check(parcels, context(parcels, scale=500))) == []


def test_area_beyond_the_error_of_the_scale_is_found_with_its_limit() -> None:
    parcels = parcels_with([100.0, 103.1])
    (found,) = area_error.check(parcels, context(parcels, scale=500))
    assert (found.rule.code, found.rule.severity, found.rows) == (
        *("attribute.area_error", "warning"),
        (2,),
    )
    assert (found.measured, found.limit, found.unit) == (3.1, 3.02, "m2")
    assert (found.place_xy, found.shape) == ((EAST + 25, NORTH + 5), parcels.geom[1])
    assert found.message["en"] == (
        "Row 2: 103.1 m² stated, 100.0 m² drawn, 3.1 m² off; 1:500 allows 3.0 m²."
    )
    assert "lệch 3.1 m²; tỷ lệ 1:500 cho phép 3.0 m²" in found.message["vi"]
    assert found.basis == vn_80().limits.scales_basis


def test_farmland_and_small_scales_may_be_off_by_more() -> None:
    parcels = parcels_with([109.0, 109.0], uses=[["ODT"], ["LUC"]])
    (found,) = area_error.check(parcels, context(parcels, scale=1000))
    assert found.rows == (1,)  # 6.4 m² allowed, 9.6 m² on farmland
    assert list(area_error.check(parcels, context(parcels, scale=2000))) == []


def test_surveyed_area_is_compared_where_it_is_stated() -> None:
    parcels = parcels_with([150.0, 150.0])
    around = context(parcels, scale=500, stated={"survey_area_m2": ["100.0", None]})
    (found,) = area_error.check(parcels, around)
    assert found.rows == (2,)


def test_invalid_boundary_is_left_to_its_own_rule() -> None:
    parcels = parcel_set([ring((0, 0), (10, 10), (0, 10), (10, 0)), None])
    parcels = replace(parcels, register_area_m2=np.array([500.0, 500.0]))
    assert list(area_error.check(parcels, context(parcels, scale=500))) == []


def test_without_a_scale_or_an_area_it_is_untested() -> None:
    parcels = parcels_with([500.0])
    (found,) = area_error.check(parcels, context(parcels))
    assert (found.outcome, found.rows) == ("untested", ())
    assert "--map-scale" in found.message["vi"]
    none = parcels_with([np.nan])
    (found,) = area_error.check(none, context(none, scale=500))
    assert found.message["en"] == "Not tested: the source states no areas."
