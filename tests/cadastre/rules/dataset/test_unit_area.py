"""The parcels of a unit cannot be more land than it has; what is less says nothing."""

from dataclasses import replace
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest

from landgis.cadastre import jurisdiction as jurisdictions
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules import RuleContext, check_all
from landgis.cadastre.rules.dataset import unit_area
from landgis.cadastre.rules.dataset.unit_area import UnitAreas
from landgis.errors import UsageError
from tests.builders import context, parcel_set, square, vn_80

HEAD = "code,area_m2,year,source,class\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A jurisdiction like the home case, with statistics of one unit of 1,000 m²."""
    copytree(vn_80().folder, tmp_path / "here")
    areas = HEAD + "25645,1000,2024,Invented statistics,A\n"
    (tmp_path / "here" / "unit_areas.csv").write_text(areas, encoding="utf-8")
    return tmp_path / "here"


def around(parcels: ParcelSet, folder: Path) -> RuleContext:
    return replace(context(parcels), jurisdiction=jurisdictions.load(folder))


def test_as_much_land_as_there_is_is_no_finding(folder: Path) -> None:
    parcels = parcel_set([square(20 * i, 0) for i in range(10)] + [None])
    assert list(unit_area.check(parcels, around(parcels, folder))) == []


def test_more_land_than_the_unit_has_is_found(folder: Path) -> None:
    parcels = parcel_set([square(20 * i, 0) for i in range(11)])
    (found,) = unit_area.check(parcels, around(parcels, folder))
    assert (found.rule.code, found.rule.severity) == ("dataset.unit_area", "warning")
    assert (found.measured, found.limit, found.unit, found.rows) == (1100, 1010, "m2", ())
    assert found.message["en"] == (
        "Unit 25645: the parcels sum to 0.1 ha, the statistics of 2024 say 0.1 ha."
    )
    assert found.message["vi"].startswith("Đơn vị 25645: các thửa cộng lại 0.1 ha")
    assert found.basis == {
        "document": "Invented statistics",
        "article": "",
        "date": "2024",
        "class": "A",
    }


def test_blocks_add_up(folder: Path) -> None:
    parcels, areas = parcel_set([square(20 * i, 0) for i in range(11)]), UnitAreas()
    for part in np.array_split(np.arange(11), 3):
        areas.look_at(parcels.take(part), around(parcels.take(part), folder))
    none = parcels.take(areas.rows())
    assert list(areas.findings(none, around(none, folder))) == list(
        unit_area.check(parcels, around(parcels, folder))
    )


def test_without_statistics_it_is_untested_once() -> None:
    parcels = parcel_set([square(0, 0)])
    found = check_all(parcels, context(parcels), {})
    mine = [f for f in found if f.rule.code == "dataset.unit_area"]
    assert [f.message["en"] for f in mine] == [
        "Not tested: no statistics of the units' areas are entered."
    ]


def test_area_of_no_unit_is_refused(folder: Path) -> None:
    wrong = HEAD + "1,1000,2024,Invented statistics,A\n"
    (folder / "unit_areas.csv").write_text(wrong, encoding="utf-8")
    with pytest.raises(UsageError, match="line 2, code: is no unit"):
        jurisdictions.load(folder)
