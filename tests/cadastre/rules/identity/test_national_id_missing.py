"""identity.national_id_missing: rows without an identifier, in a source that states them."""

from landgis.cadastre.findings import Finding
from landgis.cadastre.rules import Inspection
from landgis.cadastre.rules.identity import national_id_missing
from tests.builders import EAST, NORTH, context, parcel_set, square

GOOD = "w652nsjktc0v"


def found_on(*stated: str | None) -> list[Finding]:
    parcels = parcel_set([square(20 * i, 0) for i in range(len(stated))])
    around = context(parcels, stated={"national_id": stated})
    return list(national_id_missing.check(parcels, around))


def test_rows_that_all_state_one_are_clean() -> None:
    assert found_on(GOOD, GOOD.upper()) == []


def test_empty_rows_are_found_together_at_the_first() -> None:
    (found,) = found_on(GOOD, None, GOOD, None)
    assert (found.rule.code, found.rule.severity, found.rows) == (
        "identity.national_id_missing",
        "warning",
        (2, 4),
    )
    assert found.place_xy == (EAST + 25, NORTH + 5)
    assert found.keys == ("25645/1/2",)
    assert found.message == {
        "vi": "2 dòng không có mã định danh, đầu tiên là dòng 2.",
        "en": "2 row(s) have no national identifier, first row 2.",
    }


def test_text_that_is_no_identifier_is_found() -> None:
    (found,) = found_on(GOOD, "25645-12-7", "w652nsjktc0i")
    assert found.rows == (2, 3)
    assert found.message["en"] == (
        "2 row(s) state what is no GeoHash of 12 characters, first row 2: “25645-12-7”."
    )
    assert found.message["vi"].endswith("đầu tiên là dòng 2: “25645-12-7”.")


def test_source_that_states_none_is_untested() -> None:
    for found in found_on(None, None):
        assert (found.outcome, found.rows) == ("untested", ())
    parcels = parcel_set([square(0, 0)])
    (found,) = national_id_missing.check(parcels, context(parcels))
    assert found.outcome == "untested"


def test_blocks_of_a_layer_are_told_as_one() -> None:
    parcels = parcel_set([square(20 * i, 0) for i in range(4)])
    stated = [GOOD, None, None, "?"]
    inspection = Inspection({})
    for half in (slice(0, 2), slice(2, 4)):
        block = parcels.take(half)
        inspection.look_at(block, context(block, stated={"national_id": stated[half]}))
    again = parcels.take(inspection.repeated() - 1)
    around = context(again, stated={"national_id": [stated[r - 1] for r in again.row]})
    found = inspection.findings(again, around)
    mine = [f for f in found if f.rule.code == national_id_missing.RULE.code]
    assert [f.rows for f in mine] == [(2, 3), (4,)]
    assert all(f.place_xy for f in mine)
