"""What lay between merged parcels goes; what lies around them stays bit for bit."""

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from landgis.cadastre.edits import merge
from landgis.errors import Refused
from tests.cadastre.edits.land import (
    DEMO,
    EPINAY,
    around,
    at,
    bits,
    code_of,
    corners,
    plot,
    real,
    rectangle,
)

LEFT, RIGHT = rectangle(0, 0, 10, 20), rectangle(10, 0, 10, 20)


def refused(*geoms: shapely.Geometry) -> Refused:
    with pytest.raises(Refused) as raised:
        merge(geoms)
    return raised.value


def test_two_parcels_become_one_and_keep_the_ends_of_their_boundary() -> None:
    merged = merge([LEFT, RIGHT])
    assert corners(merged) == corners(LEFT, RIGHT)
    assert merged.area == 400


def test_corner_of_one_in_the_middle_of_the_other_is_no_obstacle() -> None:
    low = rectangle(10, 3, 10, 5.25)
    merged = merge([LEFT, low])
    assert merged.geom_type == "Polygon"
    assert corners(merged) == corners(LEFT, low)


def test_vertices_that_are_one_node_become_the_first_ones() -> None:
    loose = plot((10.0006, 0.0004), (20, 0), (20, 20), (9.9995, 20.0003))
    merged = merge([LEFT, loose])
    assert corners(merged) == corners(LEFT) | bits(at((20, 0), (20, 20)))
    assert merged.is_valid


def test_boundary_that_is_off_by_half_a_millimetre_leaves_no_hair() -> None:
    ragged = plot((10, 0), (20, 0), (20, 20), (10, 20), (10.0006, 15), (9.9994, 10), (10.0006, 5))
    merged = merge([LEFT, ragged])
    assert len(merged.interiors) == 0
    assert corners(merged) == corners(LEFT, RIGHT)


def test_boundaries_half_a_millimetre_apart_are_joined() -> None:
    beside = plot((10.0005, 3), (20, 3), (20, 8), (10.0005, 8))
    merged = merge([LEFT, beside])
    assert merged.geom_type == "Polygon"
    assert corners(merged) == corners(LEFT, beside)


def test_hole_less_than_a_millimetre_wide_is_closed() -> None:
    # The second vertex is within 1 mm of the first, which both have, so it becomes no node.
    ragged = plot((10, 0), (20, 0), (20, 20), (10, 20), (10.0008, 10.0005), (10, 10))
    cornered = plot((0, 0), (10, 0), (10, 10), (10, 20), (0, 20))
    assert len(shapely.union_all([cornered, ragged]).interiors) == 1
    assert merge([cornered, ragged]).interiors[:] == []


def test_order_of_the_parcels_makes_no_difference_where_they_match() -> None:
    third = rectangle(0, 20, 20, 5)
    one, other = merge([LEFT, RIGHT, third]), merge([third, RIGHT, LEFT])
    assert shapely.normalize(one) == shapely.normalize(other)


def test_parcels_around_a_yard_keep_it_as_a_hole() -> None:
    ring = [rectangle(*r) for r in ((0, 0, 9, 3), (0, 6, 9, 3), (0, 3, 3, 3), (6, 3, 3, 3))]
    merged = merge(ring)
    assert [hole.length for hole in merged.interiors] == [12.0]
    assert merged.area == 72


def test_holes_of_the_parcels_stay_however_narrow() -> None:
    slit = [(3, 3), (3.3, 3), (3.3, 9), (3, 9)]
    holed = plot((0, 0), (10, 0), (10, 20), (0, 20), holes=[slit])
    assert len(merge([holed, RIGHT]).interiors) == 1


def test_closed_gap_is_refused_with_its_place_unless_it_is_somebodys_land() -> None:
    dented = plot((10, 0), (20, 0), (20, 20), (10, 20), (10, 15), (10.3, 10), (10, 5))
    error = refused(LEFT, dented)
    assert error.code == "gap_between"
    assert error.data["area_m2"] == pytest.approx(1.5)
    well = plot((10, 15), (10.3, 10), (10, 5))
    assert len(merge([LEFT, dented], [well]).interiors) == 1


def test_parcels_a_hand_apart_have_a_gap_between_them() -> None:
    error = refused(LEFT, rectangle(10.02, 0, 10, 20))
    assert error.code == "gap_between"
    assert error.data["indexes"] == [1]
    assert error.data["distance_m"] == pytest.approx(0.02)


@pytest.mark.parametrize(
    "other", [rectangle(10, 20, 5, 5), rectangle(12, 0, 5, 5)], ids=["corner", "apart"]
)
def test_parcels_without_a_common_line_are_refused(other: shapely.Polygon) -> None:
    error = refused(LEFT, other)
    assert error.code == "not_adjacent"
    assert error.data["indexes"] == [1]


def test_the_parcels_that_stand_apart_are_named() -> None:
    far, further = rectangle(50, 0, 5, 5), rectangle(55, 0, 5, 5)
    assert refused(far, LEFT, RIGHT).data["indexes"] == [0]
    assert refused(LEFT, RIGHT, far, further).data["indexes"] == [2, 3]


def test_one_parcel_alone_is_too_few() -> None:
    assert code_of(lambda: merge([LEFT])) == "too_few"
    assert code_of(lambda: merge([])) == "too_few"


def test_overlapping_parcels_are_united() -> None:
    merged = merge([LEFT, rectangle(9.5, 0, 10, 20)])
    assert merged.area == pytest.approx(390)


@pytest.mark.parametrize("path", [DEMO, EPINAY], ids=["demo", "epinay"])
@given(data=st.data())
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_real_neighbours_merge_without_losing_a_vertex_or_a_metre(
    path: object, data: st.DataObject
) -> None:
    i = data.draw(st.integers(0, len(real(path)) - 1))
    parcels = [real(path)[i], *data.draw(st.permutations(around(path, i)))[:3]]
    try:
        merged = merge(parcels)
    except Refused as refusal:
        code = refusal.code
        assert code in {"not_adjacent", "too_few", "gap_between"}
        return
    assert merged.is_valid
    united = shapely.union_all(parcels)
    difference = shapely.symmetric_difference(merged, united).area
    if not shapely.coverage_is_valid(parcels, gap_width=0.001):
        # Some real parcels overlap by square centimetres, or are less than 1 mm apart.
        assert difference <= 0.001 * shapely.length(parcels).sum()
        return
    assert difference <= 1e-6
    assert corners(merged) <= corners(*parcels)
    # A corner that only one parcel has, and no other touches, is still a corner.
    alone = {c for c in corners(*parcels) if sum(c in corners(p) for p in parcels) == 1}
    rim = shapely.distance(shapely.points(np.array(sorted(alone))), united.boundary)
    assert {c for c, d in zip(sorted(alone), rim, strict=True) if d == 0} <= corners(merged)
