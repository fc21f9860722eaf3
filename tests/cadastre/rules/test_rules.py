"""All rules together: their order, their severities, and findings that stay the same."""

from landgis.cadastre.findings import Finding
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules import CHECKS, RULES, check_all
from tests.builders import context, parcel_set, ring, square


def failed(parcels: ParcelSet) -> list[Finding]:
    return [f for f in check_all(parcels, context(parcels), {}) if f.outcome == "fail"]


def test_two_neighbours_give_no_finding() -> None:
    assert failed(parcel_set([square(0, 0), square(10, 0)])) == []


def test_findings_come_in_the_order_of_the_rules() -> None:
    bow_tie = ring((0, 0), (10, 10), (0, 10), (10, 0))
    parcels = parcel_set([square(50, 0), square(50, 0), bow_tie, None, square(20, 0, 0.5)])
    codes = [f.rule.code for f in failed(parcels)]
    assert {"geometry.empty", "geometry.bow_tie", "topology.stack"} <= set(codes)
    order = [rule.code for rule in RULES]
    assert codes == sorted(codes, key=order.index)


def test_a_defect_has_one_finding() -> None:
    bow_tie = ring((0, 0), (10, 10), (0, 10), (10, 0))
    dangle = ring((20, 0), (20, 10), (20, 15), (20, 10), (30, 10), (30, 0))
    flat = ring((40, 0), (45, 5), (49, 9))
    for geom in (bow_tie, dangle, flat):
        assert len(failed(parcel_set([geom]))) == 1


def test_finding_keeps_its_id_when_rows_move() -> None:
    names = ["25645/1/1", "25645/1/1"]
    one = parcel_set([square(0, 0), square(50, 0)], names)
    other = parcel_set([square(99, 0), square(0, 0), square(50, 0)], ["25645/1/9", *names])
    (first,), (second,) = failed(one), failed(other)
    assert (first.rows, second.rows) == ((1, 2), (2, 3))
    assert first.id == second.id


def test_jurisdiction_may_change_a_severity() -> None:
    parcels = parcel_set([square(0, 0), square(0, 0)])
    found = check_all(parcels, context(parcels), {"topology.stack": "info"})
    assert [f.rule.severity for f in found if f.rule.code == "topology.stack"] == ["info"]


def test_every_check_answers_for_no_parcels_at_all() -> None:
    nothing = parcel_set([])
    assert failed(nothing) == []
    for check in CHECKS:
        found = list(check.check(nothing, context(nothing)))
        assert [f for f in found if f.outcome == "fail"] == [], check.__name__
