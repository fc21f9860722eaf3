"""A cut divides exactly: nothing moves, nothing is lost, and what cannot be cut is said why."""

import time
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from landgis.cadastre.edits import Cut, merge, share_nodes, split, trespasses, vertices
from landgis.errors import Refused
from tests.cadastre.edits.land import (
    DEMO,
    EPINAY,
    POLYGONS,
    SHAPES,
    around,
    at,
    bits,
    code_of,
    corners,
    lines,
    local,
    plot,
    real,
    rectangle,
)

REFUSALS = {
    "line_too_short",
    "line_ends_inside",
    "line_misses",
    "line_does_not_divide",
    "line_crosses_itself",
    "child_too_small",
    "cut_not_clean",
}
YARD = rectangle(0, 0, 30, 20)
WITH_HOLE = plot((0, 0), (30, 0), (30, 20), (0, 20), holes=[[(10, 5), (20, 5), (20, 15), (10, 15)]])
COMB = plot(
    *[(0, 0), (50, 0), (50, 20), (40, 20), (40, 5), (30, 5), (30, 20)],
    *[(20, 20), (20, 5), (10, 5), (10, 20), (0, 20)],
)


def areas(cut: Cut) -> list[float]:
    return [round(child.area, 3) for child in cut.children]


def segments(geom: shapely.Geometry) -> list[frozenset[tuple[float, float]]]:
    rings = shapely.get_rings(shapely.get_parts(geom))
    return [frozenset(pair) for ring in rings for pair in pairwise(ring.coords)]


def assert_exact(outline: shapely.Geometry, line: np.ndarray, cut: Cut) -> None:
    children = list(cut.children)
    tolerance = max(1e-6, 1e-9 * outline.area)
    assert abs(shapely.area(children).sum() - outline.area) <= tolerance
    united = shapely.union_all(children)
    assert shapely.symmetric_difference(united, outline).area <= tolerance
    # Every boundary between two children is the same for both, bit for bit; no other is shared.
    sides = Counter(side for child in children for side in segments(child))
    assert {side for side, n in sides.items() if n > 1} == {
        frozenset(pair) for edge in cut.edges for pair in pairwise(edge.coords)
    }
    assert set(sides.values()) <= {1, 2}
    assert shapely.is_valid(children).all()
    assert corners(outline) <= corners(*children)
    assert corners(*children) <= corners(outline) | bits(cut.nodes) | bits(line)
    assert bits(cut.nodes) <= corners(*children)
    # A node is off its edge by no more than its own coordinates can say.
    boundary = shapely.boundary(outline)
    assert shapely.distance(shapely.points(cut.nodes), boundary).max() < 1e-9
    ends = {end for edge in cut.edges for end in (edge.coords[0], edge.coords[-1])}
    assert ends == bits(cut.nodes)
    places = [shapely.point_on_surface(child) for child in children]
    assert all((-a.y, a.x) <= (-b.y, b.x) for a, b in pairwise(places))


@given(st.data())
@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_cut_of_any_parcel_is_exact(data: st.DataObject) -> None:
    outline = data.draw(SHAPES)
    line = data.draw(lines(outline))
    try:
        cut = split(outline, line)
    except Refused as refused:
        event(refused.code)
        code = refused.code
    else:
        assert_exact(outline, line, cut)
        code = None
        event(f"{min(len(cut.children), 4)} children of a {outline.geom_type}")
    assert code is None or code in REFUSALS


@given(st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_merge_takes_a_split_back(data: st.DataObject) -> None:
    outline = data.draw(POLYGONS)
    try:
        cut = split(outline, data.draw(lines(outline)))
    except Refused:
        return
    children = list(cut.children)
    merged = merge(children, [shapely.Polygon(ring) for ring in outline.interiors])
    if not shapely.coverage_is_valid(children, gap_width=0.001):
        # The line ran less than 1 mm from a boundary: there the merge may close what is one node.
        assert shapely.symmetric_difference(merged, outline).area <= 0.001 * outline.length
        return
    assert corners(merged) == corners(outline) | bits(cut.nodes)
    difference = shapely.symmetric_difference(merged, outline).area
    assert difference <= max(1e-6, 1e-9 * outline.area)


@pytest.mark.parametrize("path", [DEMO, EPINAY], ids=["demo", "epinay"])
@given(data=st.data())
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_neighbours_of_real_parcels_share_the_cut(path: object, data: st.DataObject) -> None:
    i = data.draw(st.integers(0, len(real(path)) - 1))
    outline, neighbours = real(path)[i], around(path, i)
    shared = np.concatenate([np.empty((0, 2)), *map(vertices, neighbours)])
    try:
        cut = split(outline, data.draw(lines(outline)), shared)
    except Refused:
        return
    noded = share_nodes(outline, neighbours, cut.nodes)
    for neighbour, with_node in zip(neighbours, noded, strict=True):
        assert corners(neighbour) <= corners(with_node) <= corners(neighbour) | bits(cut.nodes)
        assert with_node.is_valid
        touching = shapely.dwithin(shapely.points(cut.nodes), neighbour.boundary, 1e-7)
        assert bits(cut.nodes[touching]) <= corners(with_node)
    before, after = [outline, *neighbours], [*cut.children, *noded]
    assert trespasses(before, after, []) == []
    # What the change does not touch is not copied either.
    untouched = [a is b for a, b in zip(neighbours, noded, strict=True) if corners(a) == corners(b)]
    assert all(untouched)


def test_line_beyond_the_outline_is_clipped_and_its_bends_are_kept() -> None:
    line = at((10, -500), (12, 7), (15, 12), (11, 700))
    cut = split(YARD, line)
    assert len(cut.children) == 2
    assert [len(edge.coords) for edge in cut.edges] == [4]
    assert bits(line[1:3]) <= corners(cut.children[0]) & corners(cut.children[1])


def test_line_that_ends_less_than_a_millimetre_off_a_vertex_ends_there() -> None:
    cut = split(YARD, at((0.0003, 0.0002), (29.9997, 20.0003)))
    assert bits(cut.nodes) == bits(at((0, 0), (30, 20)))
    assert corners(*cut.children) == corners(YARD)


def test_line_that_passes_a_vertex_less_than_a_millimetre_off_runs_through_it() -> None:
    notched = plot((0, 0), (30, 0), (30, 20), (15, 8), (0, 20))
    cut = split(notched, at((-5, 7.9996), (35, 7.9996)))
    assert (15, 8) in local(cut.nodes)
    assert areas(cut) == [90.003, 90.003, 239.994]


def test_end_less_than_a_millimetre_inside_or_outside_an_edge_lies_on_it() -> None:
    for y in (0.0006, -0.0006):
        cut = split(YARD, at((10, y), (10, 20)))
        assert local(cut.nodes) == [(10, 0), (10, 20)]


def test_end_two_millimetres_inside_ends_inside() -> None:
    assert code_of(lambda: split(YARD, at((10, 0.002), (10, 20)))) == "line_ends_inside"


@pytest.mark.parametrize("y", [0, 0.0005, -0.0005])
def test_line_along_an_edge_misses(y: float) -> None:
    assert code_of(lambda: split(YARD, at((0, y), (30, y)))) == "line_misses"
    assert code_of(lambda: split(YARD, at((3, y), (20, y)))) == "line_misses"


@pytest.mark.parametrize("path", [DEMO, EPINAY], ids=["demo", "epinay"])
def test_line_between_any_two_points_of_one_edge_misses(path: object) -> None:
    # Where edges slant, such a line is off its edge by rounding, now to one side, now to the other.
    for outline in real(path)[::20]:
        own = vertices(outline)
        longest = np.hypot(*(own[1:] - own[:-1]).T).argmax()
        for share in ([0.2, 0.7], [0.31, 1.0], [0.999, 0.001]):
            line = own[longest] + np.outer(share, own[longest + 1] - own[longest])
            assert code_of(lambda o=outline, d=line: split(o, d)) in (
                "line_misses",
                "line_too_short",
            )


def test_line_that_would_leave_a_child_thinner_than_a_node_is_refused() -> None:
    # It runs 0.5 mm inside the long edge and ends on the other one, 1.5 mm from the corner. The
    # neighbour across the long edge would get that node too, and 15 cm² with it.
    wedge = plot((0, 22), (58.7, -0.86), (0, 0.74))
    assert code_of(lambda: split(wedge, at((0, 0.74), (58.6986, -0.8595)))) == "cut_not_clean"


def test_line_that_leaves_an_edge_cuts_from_there() -> None:
    cut = split(YARD, at((-5, 0), (10, 0), (10, 25)))
    assert areas(cut) == [200.0, 400.0]
    assert local(cut.nodes) == [(10, 0), (10, 20)]


def test_line_through_a_hole_cuts_on_both_sides_of_it() -> None:
    cut = split(WITH_HOLE, at((-5, 10), (35, 10)))
    assert areas(cut) == [250.0, 250.0]
    assert local(cut.nodes) == [(0, 10), (10, 10), (20, 10), (30, 10)]
    assert [len(child.interiors) for child in cut.children] == [0, 0]


@pytest.mark.parametrize("y", [5, 5.0004, 4.9996])
def test_line_along_an_edge_of_a_hole_uses_that_edge(y: float) -> None:
    cut = split(WITH_HOLE, at((-5, y), (35, y)))
    assert areas(cut)[0] == pytest.approx(350, abs=0.01)
    assert {(10, 5), (20, 5)} <= set(local(cut.nodes))
    assert len(cut.edges) == 2


def test_line_tangent_to_a_corner_of_a_hole_passes_through_it() -> None:
    diamond = plot(
        (0, 0), (30, 0), (30, 20), (0, 20), holes=[[(10, 10), (15, 5), (20, 10), (15, 15)]]
    )
    for y in (5, 5.0006, 4.9994):
        cut = split(diamond, at((-5, y), (35, y)))
        assert (15, 5) in local(cut.nodes)
        assert_exact(diamond, at((-5, y), (35, y)), cut)


@pytest.mark.parametrize("x", [-10, 0, 4, 10])
def test_hole_that_touches_the_outer_boundary_is_part_of_it(x: float) -> None:
    touching = plot((0, 0), (30, 0), (30, 20), (0, 20), holes=[[(0, 10), (10, 5), (10, 15)]])
    assert touching.is_valid
    cut = split(touching, at((x, 10), (35, 10)))
    assert areas(cut) == [275.0, 275.0]


def test_line_that_ends_in_a_hole_does_not_divide() -> None:
    assert code_of(lambda: split(WITH_HOLE, at((-5, 10), (15, 10)))) == "line_does_not_divide"


def test_way_into_a_hole_beside_a_cut_leaves_no_node() -> None:
    comb_with_hole = shapely.Polygon(COMB.exterior, [at((42, 8), (48, 8), (48, 12), (42, 12))])
    line = at((-5, 10), (45, 10))
    cut = split(comb_with_hole, line)
    assert len(cut.children) == 3
    assert (40, 10) not in local(cut.nodes)
    assert_exact(comb_with_hole, line, cut)


def test_line_that_crosses_a_concave_outline_makes_a_child_of_each_piece() -> None:
    cut = split(COMB, at((-5, 10), (55, 10)))
    assert areas(cut) == [100.0, 100.0, 100.0, 400.0]
    assert len(cut.edges) == 3
    assert [round(child.centroid.x - 565_000) for child in cut.children] == [5, 25, 45, 25]


def test_loop_that_begins_and_ends_at_one_node_cuts_out_a_child() -> None:
    cut = split(YARD, at((0, 5), (10, 5), (10, 10), (0, 5)))
    assert areas(cut) == [25.0, 575.0] or areas(cut) == [575.0, 25.0]
    assert local(cut.nodes) == [(0, 5)]


def test_line_closed_inside_ends_inside() -> None:
    closed = at((5, 5), (10, 5), (10, 10), (5, 5))
    assert code_of(lambda: split(YARD, closed)) == "line_ends_inside"


def test_line_that_crosses_itself_is_refused() -> None:
    crossing = at((-5, 5), (25, 5), (25, 15), (10, 15), (10, -5))
    assert code_of(lambda: split(YARD, crossing)) == "line_crosses_itself"


@pytest.mark.parametrize(
    "line",
    [at((3, 3)), at((3, 3), (3, 3)), at((3, 3), (3.0004, 3.0004)), np.empty((0, 2))],
    ids=["one point", "twice", "0.6 mm", "none"],
)
def test_line_without_length_is_too_short(line: np.ndarray) -> None:
    assert code_of(lambda: split(YARD, line)) == "line_too_short"


def test_line_with_a_coordinate_that_is_no_number_is_refused() -> None:
    assert code_of(lambda: split(YARD, at((0, 5), (np.nan, 5)))) == "line_not_finite"


def test_line_that_crosses_itself_outside_is_clipped_there() -> None:
    knot = at((10, 25), (10, -5), (12, -9), (8, -9), (11, -5))
    assert not shapely.LineString(knot).is_simple
    assert areas(split(YARD, knot)) == [200.0, 400.0]


def test_line_that_cuts_off_a_crumb_is_refused_and_says_where() -> None:
    with pytest.raises(Refused) as refused:
        split(YARD, at((-1, 1.1), (1.1, -1)))
    assert refused.value.code == "child_too_small"
    assert refused.value.data["area_m2"] == pytest.approx(0.005)
    assert local([refused.value.data["place"]])[0] == pytest.approx((0.0333, 0.0333), abs=1e-3)


def test_uncut_part_stays_with_the_largest_child_bit_for_bit() -> None:
    far = rectangle(100, 0, 7, 7)
    cut = split(shapely.MultiPolygon([YARD, far]), at((10, -5), (10, 25)))
    assert areas(cut) == [200.0, 449.0]
    assert cut.children[1].geoms[1] == far


def test_line_through_both_parts_makes_four_children() -> None:
    both = shapely.MultiPolygon([YARD, rectangle(40, 0, 20, 20)])
    assert areas(split(both, at((-5, 5), (65, 5)))) == [450.0, 300.0, 150.0, 100.0]


def test_cut_that_ends_at_a_neighbours_corner_takes_it_bit_for_bit() -> None:
    # The corner where two neighbours meet lies on the boundary but is no vertex of the parcel,
    # and the page sends it rounded to the millimetre.
    corner = at((10.000_4, 20.000_000_02))
    cut = split(YARD, np.round(np.concatenate([corner, at((10, -3))]), 3), corner)
    assert bits(corner) <= bits(cut.nodes)
    assert bits(corner) <= corners(cut.children[0]) & corners(cut.children[1])


def test_corners_of_neighbours_away_from_the_line_are_left_alone() -> None:
    cut = split(YARD, at((10, -3), (10, 30)), at((20, 20), (10.002, 20), (500, 500)))
    assert local(cut.nodes) == [(10, 0), (10, 20)]


def test_same_line_gives_the_same_cut() -> None:
    line = at((-5, 3), (55, 17))
    assert split(COMB, line).children == split(COMB, line).children


def test_outline_of_5000_vertices_is_cut_within_half_a_second_of_work() -> None:
    turn = np.linspace(0, 2 * np.pi, 5000, endpoint=False)
    radius = 100 + 10 * np.sin(37 * turn)
    rim = at((0, 0)) + radius[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    outline, line = shapely.Polygon(rim), at((-200, 1), (0, 7), (200, 3))
    best = min(_seconds(outline, line) for _ in range(3))
    assert_exact(outline, line, split(outline, line))
    assert best < 0.5


def _seconds(outline: shapely.Geometry, line: np.ndarray) -> float:
    begin = time.process_time()  # of this process alone, however busy the machine is
    split(outline, line)
    return time.process_time() - begin
