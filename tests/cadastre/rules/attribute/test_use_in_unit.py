"""Urban residential land in a rural commune, rural residential land in a ward."""

from dataclasses import replace

from landgis.cadastre import jurisdiction as jurisdictions
from landgis.cadastre.rules.attribute import use_in_unit
from tests.builders import context, parcel_set, square

WARD, COMMUNE, OLD = "25645/1/", "25486/1/", "25462/1/"
GEOMS = [square(20 * i, 0) for i in range(4)]


def test_use_of_the_units_kind_is_no_finding() -> None:
    names = [f"{WARD}1", f"{COMMUNE}2", f"{COMMUNE}3", f"{OLD}4"]
    parcels = parcel_set(GEOMS, names, uses=[["ODT", "CLN"], ["ONT"], ["LUC"], ["ONT"]])
    assert list(use_in_unit.check(parcels, context(parcels))) == []


def test_use_of_another_kind_is_told_by_unit_and_use() -> None:
    names = [f"{WARD}1", f"{WARD}2", f"{COMMUNE}3", f"{WARD}4"]
    parcels = parcel_set(GEOMS, names, uses=[["ONT"], ["CLN", "ONT"], ["ODT"], ["ODT"]])
    rural, urban = use_in_unit.check(parcels, context(parcels))
    assert (rural.rule.code, rural.rows, urban.rows) == ("attribute.use_in_unit", (1, 2), (3,))
    assert rural.message["en"] == (
        "2 rows, from 1 to 2: ONT (Rural residential) in Phường Hoà Thành."
    )
    assert urban.message["vi"] == "Dòng 3: ODT (Đất ở tại đô thị) ở Xã Tân Biên."
    assert rural.basis is not None
    assert (rural.rule.severity, rural.basis["class"]) == ("warning", "B")


def test_where_nothing_is_tied_or_no_use_is_named_it_is_untested() -> None:
    parcels = parcel_set(GEOMS[:1], uses=[["ONT"]])
    generic = jurisdictions.load(jurisdictions.find("generic"))
    (found,) = use_in_unit.check(parcels, replace(context(parcels), jurisdiction=generic))
    assert found.outcome == "untested"
    none = parcel_set(GEOMS[:1])
    (found,) = use_in_unit.check(none, context(none))
    assert found.message["en"] == "Not tested: the source names no land use."
