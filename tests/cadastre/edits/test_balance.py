"""Ground that a change takes or loses is found down to a square centimetre, and no other."""

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from landgis.cadastre.edits import balance, lost_m2, split, trespasses
from landgis.errors import Refused
from tests.cadastre.edits.land import POLYGONS, at, lines, plot, rectangle

OWN, NEXT = rectangle(0, 0, 30, 20), rectangle(30, 0, 30, 20)


def grown(by_m: float) -> shapely.Polygon:
    return rectangle(0, 0, 30 + by_m, 20)


def test_balance_is_of_the_plain_areas() -> None:
    found = balance([OWN, NEXT], [grown(0.5)])
    assert (found.before_m2, found.after_m2) == (1200, 610)
    assert found.difference_m2 == -590
    assert balance([], []).difference_m2 == 0


def test_ground_that_nobody_covers_any_more_is_lost() -> None:
    assert lost_m2([OWN, NEXT], [grown(1), rectangle(32, 0, 28, 20)]) == pytest.approx(20)
    assert lost_m2([OWN], [OWN, NEXT]) == 0


@pytest.mark.parametrize("by_m", [6e-6, 1e-5, 0.01, 5])
def test_overlap_above_a_square_centimetre_is_found(by_m: float) -> None:
    (found,) = trespasses([OWN], [grown(by_m)], [rectangle(90, 0, 1, 1), NEXT])
    assert (found.index_after, found.index_other, found.other) == (0, 1, "neighbour")
    # A coordinate is rounded to 1.2e-10 m, so 20 m of boundary to 2.4e-9 m².
    assert found.area_m2 == pytest.approx(20 * by_m, abs=5e-9)
    assert shapely.dwithin(found.place, NEXT, 1e-9)


@pytest.mark.parametrize("by_m", [0, 1e-9, 4e-6, -1])
def test_overlap_below_it_is_none(by_m: float) -> None:
    assert trespasses([OWN], [grown(by_m)], [NEXT]) == []


def test_overlap_between_two_parcels_of_the_change_is_found() -> None:
    other = rectangle(29.99, 0, 30, 20)
    (found,) = trespasses([OWN, NEXT], [OWN, other], [])
    assert (found.index_after, found.index_other, found.other) == (0, 1, "after")
    assert found.area_m2 == pytest.approx(0.2, abs=1e-8)


def test_overlap_that_was_there_before_is_not_of_the_change() -> None:
    old = rectangle(29, 5, 30, 5)
    halves = [rectangle(0, 0, 30, 8), rectangle(0, 8, 30, 12)]
    assert trespasses([OWN], halves, [old]) == []
    assert trespasses([OWN, old], [*halves, old], []) == []
    # The change may not add to it.
    wider = [halves[0], rectangle(0, 8, 30.5, 12)]
    assert [t.area_m2 for t in trespasses([OWN], wider, [old])] == [pytest.approx(1.0)]
    more = trespasses([OWN, old], [*halves, rectangle(28.5, 5, 30, 5)], [])
    assert sum(t.area_m2 for t in more) == pytest.approx(2.5)


def test_two_parcels_that_grow_into_one_gap_trespass() -> None:
    left, right = rectangle(0, 0, 10, 10), rectangle(11, 0, 10, 10)
    taken = [rectangle(0, 0, 11, 10), rectangle(10, 0, 11, 10)]
    assert [t.area_m2 for t in trespasses([left, right], taken, [])] == [pytest.approx(10)]
    assert [t.area_m2 for t in trespasses([left], taken[:1], [right])] == []
    assert [t.area_m2 for t in trespasses([left], taken[:1], [taken[1]])] == [pytest.approx(10)]


def test_parcel_in_a_stack_can_be_split() -> None:
    halves = [rectangle(0, 0, 15, 20), rectangle(15, 0, 15, 20)]
    assert trespasses([OWN], halves, [OWN, NEXT]) == []


def test_new_parcel_on_free_ground_is_judged_whole() -> None:
    assert trespasses([], [OWN], [NEXT]) == []
    assert len(trespasses([], [OWN, OWN], [NEXT, OWN])) == 3


def test_one_parcel_among_five_hundred_is_found_at_once() -> None:
    columns, rows = np.divmod(np.arange(500), 20)
    before = [rectangle(30 * x, 20 * y, 30, 20) for x, y in zip(columns, rows, strict=True)]
    after = [*before[:250], rectangle(30 * 12, 20 * 10, 30.001, 20), *before[251:]]
    (found,) = trespasses(before, after, [])
    assert {found.index_after, found.index_other} == {250, 270}
    assert found.area_m2 == pytest.approx(0.02, abs=1e-7)


@given(st.data())
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_cut_turned_about_still_takes_and_loses_nothing(data: st.DataObject) -> None:
    outline = data.draw(POLYGONS)
    try:
        cut = split(outline, data.draw(lines(outline)))
    except Refused:
        return
    rest = shapely.difference(shapely.buffer(outline, 50), outline)
    assert trespasses([outline], cut.children, [rest]) == []
    assert trespasses([outline], cut.children, list(cut.children)) == []
    assert lost_m2([outline], cut.children) < 1e-6
    assert abs(balance([outline], cut.children).difference_m2) < 1e-6


def test_overlap_along_a_slanting_boundary_a_kilometre_long_is_exact() -> None:
    road = plot((0, 0), (1000, 333), (1000, 343), (0, 10))
    field = plot((0, 10), (1000, 343), (0, 343))
    shift = np.array([0, 5e-7])
    moved = shapely.transform(road, lambda xy: xy + shift)
    (found,) = trespasses([road], [moved], [field])
    # The shift itself is rounded to the grid of doubles at 1,250,000 m: 2.3e-10 m.
    assert found.area_m2 == pytest.approx(1000 * 5e-7, rel=1e-3)
    assert at((0, 0)).shape == (1, 2)
