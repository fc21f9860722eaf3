"""Nodes that a neighbour lacks, and vertices that miss a boundary by a little."""

import pytest
import shapely

from landgis.cadastre.findings import Finding
from landgis.cadastre.rules import check_all
from tests.builders import EAST, NORTH, context, parcel_set, ring, square


def found(code: str, *geoms: shapely.Geometry, scale: int | None = None) -> list[Finding]:
    parcels = parcel_set(list(geoms))
    findings = check_all(parcels, context(parcels, scale=scale), {})
    return [f for f in findings if f.rule.code == code]


NODED = ring((0, 0), (10, 0), (10, 5), (10, 10), (0, 10))
UPPER, LOWER = ring((10, 5), (20, 5), (20, 10), (10, 10)), ring((10, 0), (20, 0), (20, 5), (10, 5))


def test_nodes_that_all_have_are_not_missing() -> None:
    assert not found("topology.missing_node", NODED, UPPER, LOWER)


def test_node_on_an_edge_without_a_vertex_is_told_once() -> None:
    (missing,) = found("topology.missing_node", square(0, 0), UPPER, LOWER)
    assert missing.rows == (1, 2), "first the parcel that lacks it"
    assert missing.place_xy == (EAST + 10, NORTH + 5)
    assert missing.rule.severity == "info"
    assert "lacks a node" in missing.message["en"]
    assert "thiếu một đỉnh" in missing.message["vi"]


def beside(metres: float) -> tuple[shapely.Geometry, ...]:
    return (
        NODED,
        ring((10 + metres, 5), (20, 5), (20, 10), (10, 10)),
        ring((10, 0), (20, 0), (20, 5), (10 + metres, 5)),
    )


def test_vertex_beside_its_node_is_a_near_miss() -> None:
    told = found("topology.near_miss", *beside(0.03))
    assert {f.rows for f in told} == {(2, 1), (3, 1)}, "both miss the node that the first has"
    assert {f.place_xy for f in told} == {(EAST + 10, NORTH + 5)}
    assert told[0].measured == pytest.approx(0.03, abs=1e-3)
    assert told[0].limit == 0.05
    assert "0.030 m" in told[0].message["en"]


def test_vertex_farther_than_the_tolerance_was_not_meant_to_meet() -> None:
    assert not found("topology.near_miss", *beside(0.2))
    assert found("topology.near_miss", *beside(0.2), scale=2000)


def test_vertices_that_meet_are_no_near_miss() -> None:
    assert not found("topology.near_miss", *beside(0.0))
    assert not found("topology.near_miss", *beside(0.0005))
