"""Codes of units that are closed, merged or of elsewhere: told with what became of them."""

from dataclasses import replace
from datetime import date

from landgis.cadastre import jurisdiction as jurisdictions
from landgis.cadastre.findings import with_severity
from landgis.cadastre.rules.identity import unit_in_force
from tests.builders import EAST, NORTH, context, parcel_set, square

GEOMS = [square(20 * i, 0) for i in range(3)]


def test_units_in_force_are_no_finding_also_where_the_code_is_an_old_one_too() -> None:
    parcels = parcel_set(GEOMS, ["25645/1/1", "25459/1/1", None])
    assert list(unit_in_force.check(parcels, context(parcels))) == []


def test_merged_unit_is_told_with_what_it_became() -> None:
    parcels = parcel_set(GEOMS, ["25645/1/1", "25462/1/1", "25462/1/2"])
    (found,) = unit_in_force.check(parcels, context(parcels))
    assert (found.rule.code, found.rows) == ("identity.unit_not_in_force", (2, 3))
    assert found.place_xy == (EAST + 25, NORTH + 5)
    assert found.message["en"] == (
        "2 rows, from 2 to 3: Phường 4 (25462) became part of 25459 (Phường Tân Ninh) "
        "on 2025-07-01."
    )
    assert "đã nhập vào 25459 (Phường Tân Ninh) từ 2025-07-01" in found.message["vi"]
    assert found.basis is not None
    assert found.basis["class"] == "B"


def test_unit_is_not_in_force_before_its_day() -> None:
    parcels = parcel_set(GEOMS[:1], ["25645/1/1"])
    (found,) = unit_in_force.check(parcels, replace(context(parcels), on=date(2025, 6, 30)))
    assert "is in force from 2025-07-01" in found.message["en"]
    assert "có hiệu lực từ 2025-07-01" in found.message["vi"]


def test_code_of_no_unit_is_told() -> None:
    parcels = parcel_set(GEOMS[:1], ["00004/1/1"])
    (found,) = unit_in_force.check(parcels, context(parcels))
    assert found.message["en"] == "Row 1: 00004 is no unit of testland on 2026-11-23."
    assert found.message["vi"].startswith("Dòng 1: 00004 không phải mã đơn vị nào")


def test_no_row_is_held_back_even_where_a_jurisdiction_asks_for_it() -> None:
    parcels = parcel_set(GEOMS[:1], ["25462/1/1"])
    (found,) = unit_in_force.check(parcels, context(parcels))
    severe = with_severity(found, {"identity.unit_not_in_force": "error"})
    assert severe.rule.severity == "warning"  # units.csv is of class B


def test_without_a_list_or_without_codes_it_is_untested() -> None:
    generic = jurisdictions.load(jurisdictions.find("generic"))
    parcels = parcel_set(GEOMS[:1])
    (found,) = unit_in_force.check(parcels, replace(context(parcels), jurisdiction=generic))
    assert found.message["en"] == "Not tested: the jurisdiction has no list of units."
    none = parcel_set(GEOMS[:1], [None])
    (found,) = unit_in_force.check(none, context(none))
    assert found.message["en"] == "Not tested: the source names no units."
