"""identity.national_id_duplicate: one national identifier on different pieces of land."""

from landgis.cadastre.findings import Finding
from landgis.cadastre.rules import Inspection
from landgis.cadastre.rules.identity import national_id_duplicate
from landgis.cadastre.triage import reasons_of
from tests.builders import context, parcel_set, square

ONE, OTHER = "w652nsjktc0v", "w652nevv7htr"


def found_on(*stated: str | None, apart: float = 20.0) -> list[Finding]:
    parcels = parcel_set([square(apart * i, 0) for i in range(len(stated))])
    around = context(parcels, stated={"national_id": stated})
    return list(national_id_duplicate.check(parcels, around))


def test_different_identifiers_and_missing_ones_are_clean() -> None:
    assert found_on(ONE, OTHER, None, None, "?", "?") == []


def test_identifier_on_two_places_holds_both_rows_back() -> None:
    found = found_on(ONE, OTHER, ONE.upper())
    assert [(f.rule.code, f.rule.severity, f.rows) for f in found] == [
        ("identity.national_id_duplicate", "error", (1, 3))
    ]
    assert reasons_of(found) == dict.fromkeys((1, 3), ("identity.national_id_duplicate",))
    assert found[0].keys == ("25645/1/1", "25645/1/3")
    assert found[0].message == {
        "vi": f"Các dòng 1, 3 cùng ghi mã định danh {ONE} nhưng khác hình học.",
        "en": f"Rows 1, 3 state the same identifier {ONE} on different geometries.",
    }


def test_parcels_on_one_polygon_have_one_feature_point() -> None:
    assert found_on(ONE, ONE, apart=0) == []


def test_source_that_states_none_is_untested() -> None:
    (found,) = found_on(None, None)
    assert (found.outcome, found.rows) == ("untested", ())


def test_rows_of_different_blocks_are_compared() -> None:
    parcels = parcel_set([square(20 * i, 0) for i in range(5)])
    stated = [OTHER, ONE, None, None, ONE]
    inspection = Inspection({})
    for part in (slice(0, 2), slice(2, 4), slice(4, 5)):
        block = parcels.take(part)
        inspection.look_at(block, context(block, stated={"national_id": stated[part]}))
    assert {2, 5} <= set(inspection.repeated().tolist())
    again = parcels.take(inspection.repeated() - 1)
    around = context(again, stated={"national_id": [stated[r - 1] for r in again.row]})
    mine = [f for f in inspection.findings(again, around) if f.rule.code.endswith("_duplicate")]
    assert [f.rows for f in mine if f.outcome == "fail"] == [(2, 5)]
