"""Names of parcels that are gone."""

from landgis.cadastre.findings import Finding
from landgis.cadastre.rules import Inspection
from landgis.cadastre.rules.at_register import AtRegister
from landgis.cadastre.triage import reasons_of
from tests.builders import EAST, NORTH, context, parcel_set, square

GONE = {"25645/1/2": "the-old-one"}


def found(register: AtRegister) -> list[Finding]:
    parcels = parcel_set([square(10.0 * i, 0) for i in range(3)])
    inspection = Inspection({})
    inspection.look_at(parcels, context(parcels))
    findings = inspection.findings(parcels, context(parcels), register)
    return [f for f in findings if f.rule.code == "identity.number_reused"]


def test_new_numbers_are_free() -> None:
    assert found(AtRegister(frozenset(), {"25645/1/9": "another"})) == []


def test_row_that_names_what_is_gone_waits() -> None:
    (finding,) = found(AtRegister(frozenset(), GONE))
    assert (finding.rule.severity, finding.rows) == ("error", (2,))
    assert (finding.keys, finding.parcels) == (("25645/1/2",), ("the-old-one",))
    assert finding.place_xy == (EAST + 15, NORTH + 5)
    assert "25645/1/2" in finding.message["vi"]
    assert finding.legal_basis is not None
    assert (finding.legal_basis["document"], finding.legal_basis["class"]) == (
        "Thông tư 25/2014/TT-BTNMT",
        "A",
    )
    assert reasons_of([finding]) == {2: ("identity.number_reused",)}


def test_row_of_a_filled_unit_is_left_to_the_difference() -> None:
    (finding,) = found(AtRegister(frozenset({"25645"}), GONE))
    assert finding.rule.severity == "warning"
    assert reasons_of([finding]) == {}
    (other,) = found(AtRegister(frozenset({"25630"}), GONE))
    assert other.rule.severity == "error"
