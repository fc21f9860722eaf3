"""Land that parcels enclose and that is no parcel."""

import pytest

from landgis.cadastre.findings import Finding
from landgis.cadastre.rules import check_all
from landgis.cadastre.topology import cells
from tests.builders import context, parcel_set, ring, square

AROUND = [(x, y) for x in (0, 10, 20) for y in (0, 10, 20) if (x, y) != (10, 10)]


def holes(geoms: list[object]) -> list[Finding]:
    parcels = parcel_set(geoms)
    found = check_all(parcels, context(parcels), {})
    return [f for f in found if f.rule.code == "dataset.coverage_holes"]


def test_coverage_without_a_hole() -> None:
    assert not holes([square(x, y) for x, y in [*AROUND, (10, 10)]])


def test_land_that_is_open_to_the_outside_is_no_hole() -> None:
    assert not holes([square(x, y) for x, y in AROUND if (x, y) != (0, 10)])


@pytest.mark.parametrize("a_cell", [8192, 2])
def test_hole_is_told_with_area_and_shape(a_cell: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "PARCELS_A_CELL", a_cell)
    (hole,) = holes([square(x, y) for x, y in AROUND])
    assert hole.measured == 100.0
    assert hole.shape.symmetric_difference(square(10, 10)).area < 1e-6
    assert "enclose 1 places" in hole.message["en"]
    assert "100 m²" in hole.message["vi"]


def test_narrow_hole_is_a_gap_and_no_hole() -> None:
    bent = ring((10, 0), (20, 0), (20, 10), (10, 10), (10.3, 5))
    assert not holes([square(0, 0), bent])


def test_parcel_that_is_held_back_leaves_no_hole() -> None:
    bow_tie = ring((10, 10), (20, 20), (20, 10), (10, 20))
    assert not holes([*(square(x, y) for x, y in AROUND), bow_tie])


def test_holes_over_several_cells_and_within_one_are_told_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cells, "PARCELS_A_CELL", 2)
    elsewhere = [square(x + 100, y + 7) for x, y in AROUND]
    (hole,) = holes([*(square(x, y) for x, y in AROUND), *elsewhere])
    assert hole.measured == 200.0
    assert hole.shape.area == pytest.approx(200.0)
