"""What the values of a column say to its name: they support it, contradict it, or speak alone."""

from typing import Any

import numpy as np
import pytest

from landgis.cadastre import jurisdiction
from landgis.ingest.profile import FieldMapping, choose
from landgis.ingest.value_patterns import looks_of

VN_80 = jurisdiction.load(jurisdiction.find("vn-80"))
GENERIC = jurisdiction.load(jurisdiction.find("generic"))
N = 40
CODES = {"XAID": ["25645"], "SHBANDO": ["12", "13"], "SHTHUA": [str(i) for i in range(N)]}


def mapped(where: jurisdiction.Jurisdiction = VN_80, **columns: list[Any]) -> FieldMapping:
    layer = {name: filled(values) for name, values in columns.items()}
    return choose(layer, where.profiles, None, None, looks_of(where))


def filled(values: list[Any]) -> Any:
    """A column of N values, the given ones again and again."""
    column = np.empty(N, dtype=object)
    column[:] = [values[i % len(values)] for i in range(N)]
    return column


def test_values_are_said_to_support_the_name() -> None:
    reason = mapped(**CODES).columns["sheet"].reason
    assert reason["en"] == (
        "SHBANDO: a field name of the profile vilis; 100% of its values look like it."
    )
    assert "100% giá trị giống như vậy" in reason["vi"]


@pytest.mark.parametrize("empty", [[None], ["0"], ["0.00", ""]])
def test_empty_legal_area_leaves_the_word_to_the_surveyed_one(empty: list[Any]) -> None:
    """ViLIS exports have both fields; the legal one is often never filled in."""
    mapping = mapped(**CODES, DIENTICHPL=empty, DIENTICH=["512.3", "77,5"])
    assert mapping.columns["register_area_m2"].columns == ("DIENTICH",)
    assert mapping.columns["register_area_m2"].candidates == ("DIENTICH", "DIENTICHPL")
    both = mapped(**CODES, DIENTICHPL=["500"], DIENTICH=["512.3"])
    assert both.columns["register_area_m2"].columns == ("DIENTICHPL",)


def test_column_with_other_values_than_its_name_says_is_not_taken() -> None:
    mapping = mapped(**CODES, LOAIDAT=["1", "2"], KHLOAIDAT=["ODT", "CLN", "ONT+CLN"])
    assert mapping.columns["land_use"].columns == ("KHLOAIDAT",)
    alone = mapped(**CODES, LOAIDAT=["1", "2"])
    assert "land_use" not in alone.columns
    assert "LOAIDAT" in alone.unused


def test_part_of_the_identity_is_doubted_and_kept() -> None:
    mapping = mapped(**CODES | {"SHBANDO": ["Tờ bản đồ địa chính số một"]})
    assert mapping.columns["sheet"].columns == ("SHBANDO",)
    assert (
        "only 0% of its values look like it: please check"
        in (mapping.columns["sheet"].reason["en"])
    )


def test_land_use_is_found_by_its_codes_alone() -> None:
    mapping = mapped(**CODES, GHICHU2=["ODT", "CLN*", "LUC-C"], TEN=["An", "Bình"])
    assert mapping.columns["land_use"].columns == ("GHICHU2",)
    assert mapping.columns["land_use"].reason["en"] == "GHICHU2: its values are land-use codes."
    assert "land_use" not in mapped(**CODES, KY=["ODT"]).columns  # one value may be chance
    assert "land_use" not in mapped(**CODES, KY=["ODT", "xyz"]).columns


def test_names_alone_are_judged_as_before() -> None:
    assert choose(list(CODES), VN_80.profiles).columns["sheet"].reason["en"] == (
        "SHBANDO: a field name of the profile vilis."
    )


def test_tract_is_named_by_its_holder_and_measured_in_acres() -> None:
    mapping = mapped(
        GENERIC,
        TRACT_ID=[str(1000 + i) for i in range(N)],
        ACRES=["160.0", "", "x"],
        COUNTY=["EMMONS"],
        TOWNSHIP=["134"],
        RANGE=["75"],
        SECTION=["36"],
    )
    assert (mapping.profile.name, mapping.identity) == ("plss", ("number",))
    columns = {name: filled([v]) for name, v in zip("TRS", ("134", "75.0", 36), strict=True)}
    renamed = dict(zip(("TOWNSHIP", "RANGE", "SECTION"), columns.values(), strict=True))
    sheets = mapping.values("sheet", renamed)
    assert sheets is not None
    assert sheets[0] == "134-75-36"
    areas = mapping.values("register_area_m2", {"ACRES": filled(["160.0", None, "x"])})
    assert areas is not None
    assert areas[0] == pytest.approx(647_499.6, abs=0.1)
    assert "a unit of the file is 4046.87 m²" in mapping.columns["register_area_m2"].reason["en"]
    assert np.isnan(areas[1:3]).all()


@pytest.mark.parametrize(
    "names",
    [
        ["PLSSDIR_PL", "PLSSDIR", "PLSSRANGE", "PLSSTOWN", "PLSSSECTIO", "GLOACRES"],
        ["OBJECTID", "SU_ID", "SU_SUID", "COUN", "TOWN", "RDIR", "RANG", "SECT", "SU_ACRES"],
        ["TRACT_ID", "ACRES", "COUNTY", "TOWNSHIP", "RANGE", "SECTION", "SUBDIVISIO"],
    ],
)
def test_three_states_write_townships_three_ways(names: list[str]) -> None:
    mapping = choose(names, GENERIC.profiles)
    assert mapping.profile.name == "plss"
    assert {"number", "sheet", "register_area_m2"} <= mapping.columns.keys()


def test_a_town_alone_is_no_township() -> None:
    assert choose(["TOWN", "PARCEL_ID", "ACRES"], GENERIC.profiles).profile.name == "generic"
