"""Codes of no table, and codes that an act has ended: one finding each, with all their rows."""

from dataclasses import replace
from datetime import date

from landgis.cadastre import jurisdiction as jurisdictions
from landgis.cadastre.landuse import LandUseTable
from landgis.cadastre.rules import check_all
from landgis.cadastre.rules.attribute import land_use_code
from tests.builders import EAST, NORTH, context, parcel_set, square, vn_80

GEOMS = [square(20 * i, 0) for i in range(4)]


def test_codes_in_force_are_no_finding() -> None:
    parcels = parcel_set(GEOMS, uses=[["LUC"], ["ODT", "CLN"], ["HNK"], []])
    assert list(land_use_code.check(parcels, context(parcels))) == []


def test_unknown_code_is_told_once_with_its_rows_and_what_it_may_be() -> None:
    parcels = parcel_set(GEOMS, uses=[["0NT"], ["LUC"], ["CLN", "0NT"], ["2L"]])
    one, other = land_use_code.check(parcels, context(parcels))
    assert (one.rule.code, one.rows) == ("attribute.land_use_unknown", (1, 3))
    assert one.place_xy == (EAST + 5, NORTH + 5)
    assert one.message == {
        "vi": "2 dòng, từ dòng 1 đến 3: mã loại đất “0NT” không có trong bảng mã nào, "
        "có thể là ONT.",
        "en": "2 rows, from 1 to 3: land-use code “0NT” is in no table, perhaps ONT.",
    }
    assert (other.rows, other.message["en"]) == ((4,), "Row 4: land-use code “2L” is in no table.")


def test_code_that_an_act_ended_names_the_one_that_continues_it() -> None:
    parcels = parcel_set(GEOMS[:2], uses=[["BHK"], ["LUN"]])
    one, other = land_use_code.check(parcels, context(parcels))
    assert (one.rule.code, one.rows) == ("attribute.land_use_superseded", (1,))
    assert one.message["en"].endswith(
        "is not in force since 2024-08-01; HNK (Other annual crops) continues it."
    )
    assert one.basis == {
        "document": "Circular 25/2014/TT-BTNMT",
        "article": "map legend",
        "date": "2014-07-05",
        "class": "A",
    }
    assert other.message["en"].endswith("no code continues it.")


def test_day_decides_what_is_in_force() -> None:
    parcels = parcel_set(GEOMS[:2], uses=[["BHK"], ["HNK"]])
    (found,) = land_use_code.check(parcels, replace(context(parcels), on=date(2020, 1, 1)))
    assert found.rows == (2,)


def test_no_row_is_held_back_for_its_code() -> None:
    parcels = parcel_set(GEOMS[:2], uses=[["0NT"], ["BHK"]])
    found = check_all(parcels, context(parcels), vn_80().severities)
    severities = {f.rule.severity for f in found if f.rule in land_use_code.RULES and f.rows}
    assert severities == {"warning"}


def test_without_codes_or_without_a_table_it_is_untested() -> None:
    none = parcel_set(GEOMS[:1])
    assert [f.outcome for f in land_use_code.check(none, context(none))] == ["untested"] * 2
    parcels = parcel_set(GEOMS[:1], uses=[["R-1"]])
    generic = jurisdictions.load(jurisdictions.find("generic"))
    assert isinstance(generic.land_uses, LandUseTable)
    around = replace(context(parcels), jurisdiction=generic)
    found = list(land_use_code.check(parcels, around))
    assert [(f.rule, f.outcome) for f in found] == [(r, "untested") for r in land_use_code.RULES]
    assert found[0].message["en"] == "Not tested: there is no table of land-use codes."
