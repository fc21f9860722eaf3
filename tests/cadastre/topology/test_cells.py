"""Cells are only a way to save memory: how large they are changes nothing that is found."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from landgis.cadastre.findings import Finding
from landgis.cadastre.rules import Inspection
from landgis.cadastre.topology import cells
from landgis.errors import Refused
from tests.builders import EAST, NORTH, context, parcel_set, square

SIDE = 12


def coverage(seed: int, moved: int) -> list[shapely.Geometry]:
    """A jittered chessboard without a flaw, then some vertices of single parcels moved a little."""
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(np.arange(SIDE + 1) * 20.0, np.arange(SIDE + 1) * 20.0)
    nodes = np.stack([x, y], axis=-1) + rng.uniform(-4, 4, (SIDE + 1, SIDE + 1, 2))
    nodes = np.round(nodes, 3) + np.array([EAST, NORTH])
    rings = np.stack(
        [nodes[:-1, :-1], nodes[:-1, 1:], nodes[1:, 1:], nodes[1:, :-1]], axis=2
    ).reshape(-1, 4, 2)
    for which in rng.choice(len(rings), moved, replace=False):
        rings[which, rng.integers(4)] += rng.uniform(-0.4, 0.4, 2)
    return list(shapely.polygons(rings))


def found(geoms: list[shapely.Geometry]) -> list[Finding]:
    parcels = parcel_set(geoms)
    around = context(parcels)
    inspection = Inspection({})
    third = len(parcels) // 3
    for part in np.split(np.arange(len(parcels)), [third, 2 * third]):
        some = parcels.take(part)
        inspection.look_at(some, context(some))
    return [
        f
        for f in inspection.findings(parcels, around)
        if f.outcome == "fail" and f.rule.code.startswith("topology.")
    ]


def told(findings: list[Finding]) -> list[tuple[object, ...]]:
    return [(f.rule.code, f.rows, f.holds) for f in findings]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), moved=st.integers(0, 12), a_cell=st.sampled_from([3, 10, 40]))
def test_cells_of_any_size_find_the_same(seed: int, moved: int, a_cell: int) -> None:
    geoms = coverage(seed, moved)
    whole = found(geoms)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cells, "PARCELS_A_CELL", a_cell)
        parted = found(geoms)
    assert told(parted) == told(whole)
    for one, other in zip(parted, whole, strict=True):
        assert one.measured == pytest.approx(other.measured, abs=2e-4)
        if one.shape is not None:
            assert one.shape.symmetric_difference(other.shape).area < 1e-6


def test_clean_coverage_has_no_findings() -> None:
    assert not found(coverage(1, 0))


def test_moved_vertices_are_all_found() -> None:
    """Nine parcels of which one vertex was moved by more than the millimetre: none goes unseen."""
    dirty = coverage(2, 9)
    clean = coverage(2, 0)
    moved = {i + 1 for i, (a, b) in enumerate(zip(clean, dirty, strict=True)) if not a.equals(b)}
    rows = {row for f in found(dirty) for row in f.rows}
    assert moved <= rows


def test_overlap_of_a_stack_holds_for_every_parcel_on_it() -> None:
    flats = [square(0, 0)] * 4
    found_here = found([*flats, square(9, 0)])
    overlapping = [f for f in found_here if f.rule.code == "topology.overlap"]
    assert [f.rows for f in overlapping] == [(1, 5), (2, 5), (3, 5), (4, 5)]
    assert all(f.holds == (5,) for f in overlapping), "the flats stay"


def test_thousands_on_one_polygon_are_compared_once() -> None:
    flats = [square(0, 0)] * 3000
    assert {f.rule.code for f in found([*flats, square(10, 0)])} == {"topology.stack"}


def test_pile_of_different_polygons_is_refused() -> None:
    pile = [square(0, 0, 10 + i / 100) for i in range(1000)]
    with pytest.raises(Refused, match="several dates") as refused:
        found(pile)
    assert refused.value.code == "parcels_piled_up"
