"""Each kind of fix on defects of any size within the tolerance, at any place of a coverage."""

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from landgis.errors import Refused
from tests.cadastre.fixes.ground import (
    NODE_M,
    check_harmless,
    coverage,
    fixed,
    found,
    nodes,
    points,
    site,
    site_of,
    with_corner,
    with_point,
)

SHIFT = st.floats(-6.0, 6.0)
NETS = st.lists(st.tuples(SHIFT, SHIFT), min_size=4, max_size=4).map(lambda s: nodes(3, 3, s))
SHARE = st.floats(0.2, 0.8)
MIDDLE = 4
"""Index of the parcel with neighbours on every side."""

quick = settings(max_examples=40, deadline=None)


def edge(geom: Any, i: int) -> tuple[Any, Any, Any]:
    """Both ends of the i-th edge, and the direction that points out of the polygon."""
    ring = np.array(geom.exterior.coords)
    a, b = ring[i], ring[i + 1]
    way = (b - a) / np.hypot(*(b - a))
    out = np.array([way[1], -way[0]])
    if geom.contains(shapely.Point((a + b) / 2 + out * 0.01)):
        out = -out
    return a, b, out


@quick
@given(NETS, st.integers(0, 3), SHARE)
def test_missing_node_is_put_in(net: Any, side: int, share: float) -> None:
    geoms = coverage(net)
    a, b, _ = edge(geoms[MIDDLE], side)
    node = a + share * (b - a)
    geoms[MIDDLE] = with_point(geoms[MIDDLE], side, node)
    (finding,) = found(geoms, "topology.missing_node")
    fix = fixed("insert_node", site_of(geoms, finding))
    (change,) = fix.changes
    assert change.name == finding.rows[0]
    assert points(change.after) - points(change.before) == {tuple(node)}
    made = check_harmless(geoms, fix, shapely.Point(node), NODE_M)
    assert found(made, "topology.missing_node") == []
    assert fix.moved_m <= NODE_M


@quick
@given(NETS, st.integers(0, 3), SHARE, st.floats(0.003, 0.045), st.booleans())
def test_near_vertex_is_put_on_the_boundary(
    net: Any, side: int, share: float, away: float, outwards: bool
) -> None:
    geoms = coverage(net)
    a, b, out = edge(geoms[MIDDLE], side)
    node = a + share * (b - a) + out * (away if outwards else -away)
    geoms[MIDDLE] = with_point(geoms[MIDDLE], side, node)
    findings = found(geoms, "topology.near_miss")
    assume(len(findings) == 1)
    fix = fixed("snap_vertex", site_of(geoms, findings[0]))
    made = check_harmless(geoms, fix, shapely.LineString([a, b]), away + NODE_M)
    assert found(made, "topology.near_miss") == found(made, "topology.missing_node") == []
    assert fix.moved_m == pytest.approx(away, abs=1e-6)


@quick
@given(NETS, st.integers(0, 3), st.floats(0.004, 0.12))
def test_gap_is_closed_and_the_boundary_shared(net: Any, side: int, away: float) -> None:
    geoms = coverage(net)
    a, b, out = edge(geoms[MIDDLE], side)
    for corner in (a, b):
        geoms[MIDDLE] = with_corner(geoms[MIDDLE], corner, corner - out * away)
    findings = found(geoms, "topology.gap", 1000)
    (finding,) = [f for f in findings if shapely.distance(f.shape, shapely.Point((a + b) / 2)) < 1]
    fix = fixed("close_gap", site_of(geoms, finding, 1000))
    made = check_harmless(geoms, fix, finding.shape, away + NODE_M)
    still = [f for f in found(made, "topology.gap", 1000) if set(f.rows) == set(finding.rows)]
    assert still == []
    assert fix.moved_m <= away + NODE_M
    one, other = (made[row - 1] for row in finding.rows)
    common = one.boundary.intersection(other.boundary)
    assert common.length >= shapely.length(finding.shape) / 2 - 2 * away - 0.01


@quick
@given(NETS, st.integers(0, 3), st.floats(0.004, 0.12))
def test_overlap_is_cut_and_the_boundary_shared(net: Any, side: int, away: float) -> None:
    geoms = coverage(net)
    a, b, out = edge(geoms[MIDDLE], side)
    for corner in (a, b):
        geoms[MIDDLE] = with_corner(geoms[MIDDLE], corner, corner + out * away)
    findings = found(geoms, "topology.hairline_overlap", 1000)
    across = shapely.Point((a + b) / 2 + out * away / 2)
    (finding,) = [f for f in findings if shapely.distance(f.shape, across) < NODE_M]
    fix = fixed("cut_overlap", site_of(geoms, finding, 1000))
    made = check_harmless(geoms, fix, finding.shape, away * 1.5 + NODE_M)
    still = found(made, "topology.hairline_overlap", 1000)
    assert [f for f in still if set(f.rows) == set(finding.rows)] == []
    one, other = (made[row - 1] for row in finding.rows)
    assert one.intersection(other).area <= 1e-6
    shared = one.boundary.intersection(other.boundary)
    assert shared.length >= shapely.LineString([a, b]).length - 3 * away - 0.01


@quick
@given(NETS, st.integers(0, 3), st.floats(1e-6, 9e-4), st.floats(0, 2 * np.pi), st.booleans())
def test_vertices_on_top_of_each_other_become_one(
    net: Any, corner: int, away: float, turn: float, shared: bool
) -> None:
    geoms = coverage(net)
    a, _, _ = edge(geoms[MIDDLE], corner)
    twin = a + away * np.array([np.cos(turn), np.sin(turn)])
    assume(tuple(twin) != tuple(a))
    geoms[MIDDLE] = with_point(geoms[MIDDLE], corner, twin)
    if shared:  # the neighbours' corner is the twin, this parcel's own one is left alone
        for i, geom in enumerate(geoms):
            if i != MIDDLE:
                geoms[i] = with_corner(geom, a, twin)
    assume(shapely.is_valid(geoms[MIDDLE]))
    kept = tuple(twin) if shared else tuple(a)
    at = site(geoms, [MIDDLE + 1], "geometry.duplicate_vertex", tuple(a))
    fix = fixed("drop_vertices", at)
    (change,) = fix.changes
    assert kept in points(change.after)
    assert len(points(change.after)) == 4
    made = check_harmless(geoms, fix, shapely.Point(a), NODE_M)
    assert found(made, "geometry.duplicate_vertex") == []


@quick
@given(NETS, st.integers(0, 3), SHARE, st.floats(1.0, 8.0), st.floats(0.0, 0.3), st.booleans())
def test_needle_is_cut(
    net: Any, side: int, share: float, length: float, degrees: float, outwards: bool
) -> None:
    geoms = coverage(net)
    a, b, out = edge(geoms[MIDDLE], side)
    way = (b - a) / np.hypot(*(b - a))
    foot = a + share * (b - a)
    tip = foot + out * (length if outwards else -length)
    back = foot + way * length * np.tan(np.radians(degrees))
    clean = geoms[MIDDLE]
    for point in (back, tip, foot):
        geoms[MIDDLE] = with_point(geoms[MIDDLE], side, point)
    fix = fixed("cut_spike", site(geoms, [MIDDLE + 1], "geometry.spike", tuple(tip)))
    (change,) = fix.changes
    needle = shapely.LineString([foot, tip])
    made = check_harmless(geoms, fix, needle, 0.1)
    assert tuple(tip) not in points(change.after)
    assert found(made, "geometry.spike") == found(made, "topology.dangle") == []
    assert shapely.hausdorff_distance(made[MIDDLE].boundary, clean.boundary) < 0.05
    assert 0.5 < fix.moved_m <= length + 1e-6


@quick
@given(NETS, st.integers(0, 3), SHARE, st.floats(0.05, 0.3))
def test_small_crossing_is_rebuilt_without_moving_a_vertex(
    net: Any, side: int, share: float, size: float
) -> None:
    """The boundary makes a small loop the wrong way round: a bow-tie with one tiny wing."""
    geoms = coverage(net)
    a, b, out = edge(geoms[MIDDLE], side)
    way = (b - a) / np.hypot(*(b - a))
    foot = a + share * (b - a)
    for point in (foot + way * size, foot - out * size, foot + way * size - out * size, foot):
        geoms[MIDDLE] = with_point(geoms[MIDDLE], side, point)
    assume(not shapely.is_valid(geoms[MIDDLE]))
    at = site(geoms, [MIDDLE + 1], "geometry.self_crossing", tuple(foot), scale=1000)
    fix = fixed("rebuild_structure", at)
    (change,) = fix.changes
    near = shapely.Point(foot).buffer(2 * size)
    made = check_harmless(geoms, fix, near, 2 * size)
    for rule in ("geometry.self_crossing", "geometry.bow_tie", "geometry.ring_touches"):
        assert found(made, rule) == []
    assert abs(change.difference_m2) <= change.before.length * 0.15 / 2


@quick
@given(NETS, st.integers(0, 3), st.floats(0.3, 3.0))
def test_overlap_beyond_the_tolerance_is_refused(net: Any, side: int, away: float) -> None:
    geoms = coverage(net)
    a, b, out = edge(geoms[MIDDLE], side)
    for corner in (a, b):
        geoms[MIDDLE] = with_corner(geoms[MIDDLE], corner, corner + out * away)
    rows = [f.rows for f in found(geoms, "topology.overlap", 1000)]
    assert rows
    with pytest.raises(Refused) as refusal:
        fixed("cut_overlap", site(geoms, rows[0], "topology.overlap", scale=1000))
    assert refusal.value.code in ("beyond_tolerance", "fix_overlaps")
