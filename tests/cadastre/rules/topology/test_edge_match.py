"""Sheets that do not meet are told beside the gap or the overlap itself."""

import pytest

from landgis.cadastre.findings import Finding
from landgis.cadastre.rules import check_all
from tests.builders import context, parcel_set, square


def told(names: list[str], apart: float, scale: int | None = None) -> list[Finding]:
    parcels = parcel_set([square(0, 0), square(10 + apart, 0)], names)
    found = check_all(parcels, context(parcels, scale=scale), {})
    return [f for f in found if f.rule.code == "topology.edge_match"]


ACROSS = ["25645/1/1", "25645/2/1"]


def test_sheets_that_meet_match() -> None:
    assert not told(ACROSS, 0.0)


def test_gap_within_one_sheet_is_no_edge() -> None:
    assert not told(["25645/1/1", "25645/1/2"], 0.1)


def test_gap_between_sheets_is_compared_with_both_errors() -> None:
    (within,) = told(ACROSS, 0.15, scale=1000)
    assert within.limit == pytest.approx(0.2121, abs=1e-4)
    assert within.measured == pytest.approx(0.15)
    assert "within the tolerance" in within.message["en"]
    assert "25645/1" in within.message["vi"]
    assert within.shape.area == pytest.approx(1.5, abs=1e-3)
    (beyond,) = told(ACROSS, 0.15, scale=500)
    assert "beyond the tolerance" in beyond.message["en"]
    assert beyond.rule.severity == "warning"


def test_overlap_between_units_is_told_too() -> None:
    assert told(["25645/1/1", "25648/1/1"], -0.5)
