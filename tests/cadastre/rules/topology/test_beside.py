"""Rows beside live parcels: who leaves, who is told, who is not named."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import shapely

from landgis.cadastre.findings import Finding
from landgis.cadastre.rules import Inspection
from landgis.cadastre.rules.at_register import EMPTY, WITHHELD, AtRegister
from landgis.cadastre.topology import Ground
from landgis.cadastre.triage import reasons_of
from tests.builders import EAST, NORTH, column, context, parcel_set, square

CODE = "topology.register_overlap"


def live(geoms: Sequence[Any], key: str = "25630/1/{}") -> Ground:
    n = len(geoms)
    return Ground(
        geom=column(list(geoms)),
        row=np.zeros(n, dtype=np.int64),
        key=column([key.format(i + 1) for i in range(n)]),
        unit=column(["25630"] * n),
        sheet=column(["1"] * n),
        accuracy_m=np.full(n, np.nan),
        parcel=column([f"id-{i + 1}" for i in range(n)]),
    )


def found(rows: Sequence[Any], ground: Ground, register: AtRegister = EMPTY) -> list[Finding]:
    parcels = parcel_set(rows)
    inspection = Inspection({})
    inspection.look_at(parcels, context(parcels))
    inspection.add_live(ground)
    return inspection.findings(parcels, context(parcels), register)


def of(findings: list[Finding], code: str) -> list[Finding]:
    return [f for f in findings if f.rule.code == code and f.outcome == "fail"]


def test_row_beside_a_live_parcel_is_clean() -> None:
    findings = found([square(0, 0)], live([square(10, 0), square(0, 10)]))
    assert not [f for f in findings if f.outcome == "fail" and "topology" in f.rule.code]


def test_row_that_overlaps_the_register_leaves_and_not_its_neighbour() -> None:
    rows = [square(0, 0), square(9, 0), square(19, 0)]  # each overlaps the next one
    findings = found(rows, live([square(9, 8)]))
    on_live = of(findings, CODE)
    assert [(f.rows, f.parcels, f.holds) for f in on_live] == [
        ((1,), ("id-1",), (1,)),
        ((2,), ("id-1",), (2,)),
    ]
    assert "25630/1/1" in on_live[0].message["en"]
    assert on_live[1].shape.equals(shapely.box(EAST + 9, NORTH + 8, EAST + 19, NORTH + 10))
    assert set(reasons_of(findings)) == {1, 2}, "row 3 overlaps only one that leaves anyway"


def test_overlap_within_the_tolerance_only_warns() -> None:
    findings = found([square(0, 0)], live([square(9.97, 0)]))
    (finding,) = of(findings, "topology.hairline_overlap")
    assert (finding.rows, finding.parcels, finding.rule.severity) == ((1,), ("id-1",), "warning")
    assert not of(findings, CODE)


def test_row_of_a_filled_unit_stays_and_is_told() -> None:
    rows, ground = [square(0, 0)], live([square(5, 5)])
    (finding,) = of(found(rows, ground, AtRegister(frozenset({"25645"}))), CODE)
    assert (finding.rule.severity, finding.holds) == ("warning", ())
    (finding,) = of(found(rows, ground, AtRegister(frozenset({"25630"}))), CODE)
    assert finding.rule.severity == "error"


def test_withheld_parcel_is_told_without_its_name_and_outline() -> None:
    findings = found([square(0, 0)], live([square(5, 5)], WITHHELD))
    (finding,) = of(findings, CODE)
    assert finding.message["en"].startswith("Row 1 and another parcel of the register overlap by")
    assert (finding.parcels, finding.shape) == ((), None)
    assert finding.place_xy is not None


def test_gap_and_nodes_between_live_parcels_are_nobody_s_here() -> None:
    between_themselves = [square(20, 0), square(30.1, 0), square(30.1, 10, 5)]
    findings = found([square(0, 0)], live(between_themselves))
    assert not of(findings, "topology.gap")
    assert not of(findings, "topology.missing_node")
    findings = found([square(0, 0)], live([square(10.1, 0)]))
    (gap,) = of(findings, "topology.gap")
    assert (gap.rows, gap.parcels) == ((1,), ("id-1",))
    assert gap.measured == pytest.approx(0.1, abs=0.002)


def test_identities_of_the_file_are_known_again() -> None:
    parcels = parcel_set([square(0, 0), square(10, 0), square(20, 0)])
    inspection = Inspection({})
    for at in (0, 1):
        block = parcels.take(np.arange(len(parcels)) % 2 == at)
        inspection.look_at(block, context(block))
    keys = column(["25645/1/3", "25645/1/9", None, "25645/1/1"])
    assert inspection.named(keys).tolist() == [3, 0, 0, 1]
    assert Inspection({}).named(keys).tolist() == [0, 0, 0, 0]


def test_live_parcel_far_from_every_row_or_huge_costs_nothing_else() -> None:
    """A forest that a thousand cells would hold lies only in those where rows are."""
    forest = shapely.box(EAST - 1e6, NORTH - 1e6, EAST + 1e6, NORTH - 0.0)
    findings = found([square(0, 0)], live([forest, square(90_000, 0)]))
    assert not of(findings, CODE)
    (over,) = of(found([square(0, -1)], live([forest])), CODE)
    assert over.measured == pytest.approx(2 * 10 / 22, abs=1e-4)
