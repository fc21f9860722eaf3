"""Overlaps: which rows leave, how wide, where, and what is none."""

import pytest
import shapely

from landgis.cadastre.findings import Finding
from landgis.cadastre.rules import check_all
from landgis.cadastre.triage import reasons_of
from tests.builders import EAST, NORTH, context, parcel_set, ring, square


def found(geoms: list[shapely.Geometry], code: str, scale: int | None = None) -> list[Finding]:
    parcels = parcel_set(geoms)
    findings = check_all(parcels, context(parcels, scale=scale), {})
    return [f for f in findings if f.rule.code == code]


def strip(width: float) -> list[shapely.Geometry]:
    return [square(0, 0), ring((10 - width, 0), (20, 0), (20, 10), (10 - width, 10))]


def test_parcels_side_by_side_do_not_overlap() -> None:
    side_by_side = [square(0, 0), square(10, 0), square(10, 10)]
    parcels = parcel_set(side_by_side)
    assert not [
        f
        for f in check_all(parcels, context(parcels), {})
        if f.outcome == "fail" and f.rule.code.startswith("topology.")
    ]


def test_overlap_is_told_with_width_area_and_shape() -> None:
    (overlap,) = found(strip(1.0), "topology.overlap")
    assert overlap.rows == (1, 2)
    assert overlap.holds == (1, 2), "a tie: both leave"
    assert overlap.measured == pytest.approx(2 * 10 / 22, abs=1e-4)
    assert overlap.shape.equals(shapely.box(EAST + 9, NORTH, EAST + 10, NORTH + 10))
    assert shapely.Point(overlap.place_xy).within(overlap.shape)
    assert "10 m²" in overlap.message["en"]
    assert "rộng 0.909 m" in overlap.message["vi"]


def test_overlap_within_the_tolerance_warns() -> None:
    assert not found(strip(0.04), "topology.overlap")
    (overlap,) = found(strip(0.04), "topology.hairline_overlap")
    assert overlap.rule.severity == "warning"
    assert overlap.limit == 0.05


def test_map_scale_makes_the_tolerance() -> None:
    """At 1:2000 both boundaries may be 30 cm off: together 42 cm."""
    (overlap,) = found(strip(0.4), "topology.hairline_overlap", scale=2000)
    assert overlap.limit == pytest.approx(0.4243, abs=1e-4)
    assert overlap.basis == {
        "document": "Thông tư 25/2014/TT-BTNMT",
        "article": "quy định về độ chính xác của bản đồ địa chính",
        "date": "2014-05-19",
        "class": "A",
    }
    assert found(strip(0.4), "topology.overlap", scale=500)


def test_farmland_may_be_farther_off() -> None:
    parcels = parcel_set(strip(0.5), uses=[["LUC"], ["LUC"]])
    codes = {f.rule.code for f in check_all(parcels, context(parcels, scale=2000), {})}
    assert "topology.hairline_overlap" in codes
    parcels = parcel_set(strip(0.5), uses=[["ONT"], ["ONT"]])
    codes = {f.rule.code for f in check_all(parcels, context(parcels, scale=2000), {})}
    assert "topology.overlap" in codes


def test_noise_of_coordinates_is_no_overlap() -> None:
    assert not found(strip(0.0009), "topology.overlap")
    assert not found(strip(0.0009), "topology.hairline_overlap")


def test_row_with_most_conflicts_leaves_and_the_others_stay() -> None:
    over_all = ring((5, 5), (35, 5), (35, 8), (5, 8))
    parcels = parcel_set([square(0, 0), square(10, 0), square(20, 0), square(30, 0), over_all])
    reasons = reasons_of(check_all(parcels, context(parcels), {}))
    assert reasons == {5: ("topology.overlap",)}


def test_parcel_within_another_overlaps_it() -> None:
    (overlap,) = found([square(0, 0), square(3, 3, 2)], "topology.overlap")
    assert overlap.measured == pytest.approx(1.0)


def test_equal_polygons_are_a_stack_and_no_overlap() -> None:
    assert not found([square(0, 0), square(0, 0)], "topology.overlap")
    assert found([square(0, 0), square(0, 0)], "topology.stack")


def test_row_that_is_held_back_anyway_takes_nobody_with_it() -> None:
    contested = [square(0, 0), square(50, 0), ring((9, 0), (20, 0), (20, 10), (9, 10))]
    parcels = parcel_set(contested, ["25645/1/1", "25645/1/1", "25645/1/2"])
    reasons = reasons_of(check_all(parcels, context(parcels), {}))
    assert set(reasons) == {1, 2}


def test_invalid_parcel_is_left_to_its_own_rule() -> None:
    bow_tie = ring((0, 0), (10, 10), (10, 0), (0, 10))
    parcels = parcel_set([bow_tie, square(2, 2)])
    codes = {f.rule.code for f in check_all(parcels, context(parcels), {}) if f.outcome == "fail"}
    assert codes == {"geometry.bow_tie"}
