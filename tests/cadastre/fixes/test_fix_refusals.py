"""One sketch for each fix that may not be, and what people are told to do instead."""

from dataclasses import replace
from typing import Any

import pytest
import shapely

from landgis.cadastre.fixes import FIXES, ONLY_PROPOSED, close_ring, tolerance
from landgis.cadastre.limits import Limits
from landgis.cadastre.rules import RULES
from landgis.errors import Refused
from tests.builders import EAST, NORTH, ring, square, vn_80
from tests.cadastre.fixes.ground import after, fixed, found, points, site, site_of


def at(x: float, y: float) -> tuple[float, float]:
    return (EAST + x, NORTH + y)


def refusal(kind: str, where: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        fixed(kind, where)
    return refused.value


def test_large_bow_tie_is_left_to_its_surveyor() -> None:
    #   3 . . 2        two vertices in the wrong order: half of the square is lost
    #     . .
    #   1 . . 4
    bow_tie = ring((0, 0), (10, 10), (10, 0), (0, 10))
    refused = refusal("rebuild_structure", site([bow_tie], [1], "geometry.bow_tie", scale=1000))
    assert refused.code == "area_changes"
    assert refused.data["measured"] == 50.0
    assert "wrong order" in refused.message


def test_part_that_would_vanish_is_not_lost_silently() -> None:
    outer, inner = square(0, 0, 10), square(2, 2, 3)
    twice = shapely.MultiPolygon([outer, inner])
    made = shapely.make_valid(twice, method="structure", keep_collapsed=False)
    assert made.area == 100.0, "the nested part is ground of the outer one"
    refused = refusal("rebuild_structure", site([twice], [1], "geometry.self_crossing"))
    assert refused.code == "area_changes", "9 m² counted twice are not dropped unasked"


def test_valid_boundary_needs_no_rebuilding() -> None:
    where = site([square(0, 0)], [1], "geometry.self_crossing")
    assert refusal("rebuild_structure", where).code == "nothing_to_fix"


def test_hole_that_touches_its_ring_is_told_apart_without_moving() -> None:
    #  a ring that runs in to (5,5) and back out at one vertex: shell and hole in one line
    pinched = ring((0, 0), (10, 0), (10, 10), (0, 10), (0, 5), (4, 7), (4, 3), (0, 5))
    where = site([pinched], [1], "geometry.ring_touches")
    fix = fixed("rebuild_structure", where)
    (change,) = fix.changes
    assert (change.difference_m2, fix.moved_m) == (0.0, 0.0)
    assert points(change.after) == points(pinched)


def test_every_dangle_of_a_boundary_is_cut_at_once() -> None:
    two = ring(
        (0, 0), (5, 0), (5, -2), (5, 0), (10, 0), (10, 10), (5, 10), (5, 8), (5, 10), (0, 10)
    )
    (finding,) = found([two], "topology.dangle")
    fix = fixed("cut_spike", site_of([two], finding))
    assert found(after([two], fix), "topology.dangle") == []
    assert fix.changes[0].area_after_m2 == 100.0


def test_needle_wider_than_the_map_is_exact_is_no_needle() -> None:
    long = ring((0, 0), (100, 0), (100, 10), (300, 11.7), (100, 13.4), (0, 13.4))
    where = site([long], [1], "geometry.spike", at(300, 11.7))
    assert refusal("cut_spike", where).code == "beyond_tolerance"
    corner = site([square(0, 0)], [1], "geometry.spike", at(10, 10))
    assert refusal("cut_spike", corner).code == "nothing_to_fix"
    nowhere = site([square(0, 0)], [1], "geometry.spike")
    assert refusal("cut_spike", nowhere).code == "place_missing"


def test_needle_that_two_parcels_share_is_cut_in_both() -> None:
    spiked = ring((0, 0), (10, 0), (10, 4.99), (15, 5), (10, 5.01), (10, 10), (0, 10))
    notched = ring((10, 0), (20, 0), (20, 10), (10, 10), (10, 5.01), (15, 5), (10, 4.99))
    (finding,) = (f for f in found([spiked, notched], "geometry.spike") if f.rows == (1,))
    fix = fixed("cut_spike", site_of([spiked, notched], finding))
    assert [c.name for c in fix.changes] == [1, 2]
    ours, theirs = (c.after for c in fix.changes)
    assert ours.intersection(theirs).area == 0.0
    assert ours.union(theirs).area == 200.0


def test_parcel_that_is_a_point_does_not_become_one() -> None:
    speck = ring((0, 0), (0.0004, 0), (0.0002, 0.0003))
    where = site([speck], [1], "geometry.duplicate_vertex", at(0, 0))
    assert refusal("drop_vertices", where).code == "parcel_vanishes"
    clean = site([square(0, 0)], [1], "geometry.duplicate_vertex", at(0, 0))
    assert refusal("drop_vertices", clean).code == "nothing_to_fix"


def test_vertex_farther_than_the_tolerance_is_not_snapped() -> None:
    ours, theirs = square(0, 0), ring((10.3, 5), (20, 0), (20, 10))
    where = site([ours, theirs], [1, 2], "topology.near_miss", at(10.3, 5), scale=1000)
    refused = refusal("snap_vertex", where)
    assert (refused.code, refused.data["limit"]) == (
        "beyond_tolerance",
        pytest.approx(0.2121, 1e-3),
    )
    assert "settled with the neighbours" in refused.message


def test_gap_without_a_shape_or_a_neighbour_is_left() -> None:
    apart = [square(0, 0), square(10.1, 0)]
    assert refusal("close_gap", site(apart, [1, 2], "topology.gap")).code == "shape_missing"
    far = shapely.box(EAST + 50, NORTH, EAST + 50.1, NORTH + 10)
    where = site([*apart, square(50.2, 0)], [1, 2], "topology.gap", shape=far)
    assert refusal("close_gap", where).code == "nothing_to_fix"


def test_strip_goes_to_the_one_that_has_all_of_it() -> None:
    """One long parcel along two short ones: the long one fills the gap, nobody else changes."""
    long, low, high = (
        shapely.box(EAST, NORTH, EAST + 10, NORTH + 20),
        shapely.box(EAST + 10.1, NORTH, EAST + 20, NORTH + 10),
        shapely.box(EAST + 10.1, NORTH + 10, EAST + 20, NORTH + 20),
    )
    strip = shapely.box(EAST + 10, NORTH, EAST + 10.1, NORTH + 20)
    fix = fixed("close_gap", site([low, long, high], [1, 2], "topology.gap", shape=strip))
    (change,) = fix.changes
    assert change.name == 2
    assert change.difference_m2 == pytest.approx(2.0)
    assert at(10.1, 10) in points(change.after), "the node where three parcels meet"


def test_sliver_goes_to_the_longest_neighbour_and_is_never_done_unasked() -> None:
    sliver = shapely.box(EAST + 10, NORTH, EAST + 10.1, NORTH + 20)
    parcels = [
        sliver,
        shapely.box(EAST, NORTH, EAST + 10, NORTH + 20),
        shapely.box(EAST + 10.1, NORTH, EAST + 20, NORTH + 10),
        shapely.box(EAST + 10.1, NORTH + 10, EAST + 20, NORTH + 20),
    ]
    (finding,) = found(parcels, "topology.sliver")
    fix = fixed("drop_sliver", site_of(parcels, finding))
    gone, taker = fix.changes
    assert (gone.name, gone.after, gone.area_after_m2) == (1, None, 0.0)
    assert (taker.name, taker.difference_m2) == (2, pytest.approx(2.0))
    assert "drop_sliver" in ONLY_PROPOSED
    alone = site([sliver, square(50, 0)], [1], "topology.sliver")
    assert refusal("drop_sliver", alone).code == "nothing_to_fix"


def test_parcel_inside_another_is_not_cut_away() -> None:
    where = site([square(0, 0, 20), square(5, 5, 0.02)], [1, 2], "topology.overlap")
    assert refusal("cut_overlap", where).code == "beyond_tolerance", "a new hole is no hairline"
    assert (
        refusal("cut_overlap", site([square(0, 0)], [1], "topology.register_overlap")).code
        == "parcel_missing"
    )
    apart = site([square(0, 0), square(10, 0)], [1, 2], "topology.overlap")
    assert refusal("cut_overlap", apart).code == "nothing_to_fix"
    broken = ring((0, 0), (10, 10), (10, 0), (0, 10))
    invalid = site([square(0, 0), broken], [1, 2], "topology.overlap")
    assert refusal("cut_overlap", invalid).code == "neighbour_invalid"


def test_parcel_of_the_register_never_gives_way() -> None:
    parcels = [square(0, 0, 20), square(19.97, 5)]
    free = fixed("cut_overlap", site(parcels, [2, 1], "topology.hairline_overlap"))
    assert {c.name: round(c.difference_m2, 6) for c in free.changes} == {1: -0.3, 2: 0.0}
    held = replace(site(parcels, [2, 1], "topology.hairline_overlap"), fixed=frozenset({1}))
    row_only = fixed("cut_overlap", held)
    assert {c.name: round(c.difference_m2, 6) for c in row_only.changes} == {2: -0.3}


def test_open_ring_is_closed_by_one_edge() -> None:
    wkb = shapely.to_wkb(square(0, 0))
    count = len(shapely.get_coordinates(square(0, 0)))
    assert wkb[9:13] == count.to_bytes(4, "little")
    opened = wkb[:9] + (count - 1).to_bytes(4, "little") + wkb[13:-16]
    assert close_ring.closed(opened).equals_exact(square(0, 0), 0.0)
    short = wkb[:9] + (1).to_bytes(4, "little") + wkb[13:29]
    with pytest.raises(Refused) as refused:
        close_ring.closed(short)
    assert refused.value.code == "ring_too_short"


def test_tolerance_follows_the_map_scale_and_adds_up_between_parcels() -> None:
    limits = vn_80().limits
    nan = float("nan")
    assert tolerance("topology.missing_node", limits, [0.15, 0.15]).metres == 0.001
    assert tolerance("topology.overlap", limits, [0.15, 0.15]).metres == pytest.approx(0.2121, 1e-3)
    assert tolerance("topology.overlap", limits, [0.15, 0.30]).metres == pytest.approx(0.3354, 1e-3)
    assert tolerance("topology.overlap", limits, [nan, 0.15]).metres == limits["overlap_m"].value
    assert tolerance("topology.gap", limits, [nan, nan]).metres == limits["gap_m"].value
    assert tolerance("topology.gap", limits, [3.0, 3.0]).metres == limits["gap_m"].value
    assert tolerance("geometry.spike", limits, [0.15]).metres == 0.15
    assert tolerance("topology.gap", Limits({}, {}, None), []).metres == 0.2


def test_every_fix_that_a_rule_names_is_there_and_the_other_way_round() -> None:
    named = {rule.code: rule.fixes for rule in RULES if rule.fixes}
    assert {code: FIXES[code] for code in named if code in FIXES} == {
        code: fixes for code, fixes in named.items() if code in FIXES
    }
    assert named.keys() <= FIXES.keys()
