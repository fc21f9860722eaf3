"""Profiles: which sender a file is from, and which column is what."""

import numpy as np
import pytest

from landgis.cadastre import jurisdiction
from landgis.errors import UsageError
from landgis.ingest.profile import choose, clean_code, plain_name

VN_80 = jurisdiction.load(jurisdiction.find("vn-80")).profiles
GENERIC = jurisdiction.load(jurisdiction.find("generic")).profiles

VILIS = [
    "XAID",
    "SHBANDO",
    "SHTHUA",
    "DIENTICH",
    "KHLOAIDAT",
    "TENCHU",
    "DIACHI",
    "SOTOCU",
    "SOTHUACU",
]
NATIONAL_CUT = [
    "UUID",
    "MaXa",
    "SoHieuToBa",
    "SoThuTuThu",
    "SoHieuTo_1",
    "SoThuTuT_1",
    "DienTich",
    "DienTichPh",
    "KyHieuMucD",
    "TenChu",
]
COMMUNE_EXPORT = [
    "TEXTSTRING",
    "So_thua",
    "So_to",
    "Tong_dien_",
    "Loai_dat",
    "loai_BD",
    "Chu_SD",
    "TDP",
    "ma_dat",
]
EPINAY = [
    "id",
    "commune",
    "prefixe",
    "section",
    "numero",
    "contenance",
    "arpente",
    "created",
    "updated",
]
CAMBRIDGE = ["MAP", "LOT", "ML", "FCODE", "UYEAR", "COPY", "PID"]


def columns_of(names: list[str], **kwargs: str) -> dict[str, tuple[str, ...]]:
    mapping = choose(names, VN_80, **kwargs)
    return {target: choice.columns for target, choice in mapping.columns.items()}


def test_vilis_columns_are_recognised() -> None:
    mapping = choose(VILIS, VN_80)
    assert mapping.profile.name == "vilis"
    assert columns_of(VILIS) == {
        "unit_code": ("XAID",),
        "sheet": ("SHBANDO",),
        "number": ("SHTHUA",),
        "old_sheet": ("SOTOCU",),
        "old_number": ("SOTHUACU",),
        "land_use": ("KHLOAIDAT",),
        "register_area_m2": ("DIENTICH",),
    }
    assert mapping.missing_identity() == ()


def test_names_cut_to_ten_characters_are_recognised() -> None:
    mapping = choose(NATIONAL_CUT, VN_80)
    assert mapping.profile.name == "national"
    found = columns_of(NATIONAL_CUT)
    assert (found["sheet"], found["number"]) == (("SoHieuToBa",), ("SoThuTuThu",))
    assert (found["old_sheet"], found["old_number"]) == (("SoHieuTo_1",), ("SoThuTuT_1",))
    assert found["land_use"] == ("KyHieuMucD",)
    assert mapping.columns["register_area_m2"].candidates == ("DienTichPh", "DienTich")


def test_a_hand_made_export_is_recognised_but_for_its_unit() -> None:
    mapping = choose(COMMUNE_EXPORT, VN_80)
    assert mapping.profile.name == "gcadas"
    assert mapping.columns["register_area_m2"].columns == ("Tong_dien_",)
    assert mapping.missing_identity() == ("unit_code",)


@pytest.mark.parametrize(
    ("names", "personal"),
    [
        (VILIS, ("TENCHU", "DIACHI")),
        (NATIONAL_CUT, ("TenChu",)),
        (COMMUNE_EXPORT, ("Chu_SD",)),
        (["SHBANDO", "SHTHUA", "CCCD", "HO_TEN"], ("CCCD", "HO_TEN")),
    ],
)
def test_columns_about_persons_are_named_and_never_mapped(
    names: list[str], personal: tuple[str, ...]
) -> None:
    mapping = choose(names, VN_80)
    assert mapping.personal == personal
    mapped = {name for choice in mapping.columns.values() for name in choice.columns}
    assert not mapped & set(personal)
    assert not set(mapping.unused) & set(personal)


def test_french_sheets_are_prefix_and_section() -> None:
    mapping = choose(EPINAY, GENERIC)
    assert mapping.profile.name == "etalab"
    assert mapping.identity == ("unit_code", "sheet", "number")
    sheets = mapping.values(
        "sheet",
        {
            "prefixe": np.array(["000", "000", None], dtype=object),
            "section": np.array(["AB", " A", "AB"], dtype=object),
        },
    )
    assert sheets is not None
    assert sheets.tolist() == ["000AB", "000A", None]


def test_cambridge_is_identified_by_pid_only_when_it_is_cambridge() -> None:
    assert choose(CAMBRIDGE, GENERIC).profile.name == "cambridge"
    assert choose(CAMBRIDGE, GENERIC).identity == ("number",)
    published = choose(["id", "MAP", "LOT", "ML", "FCODE"], GENERIC)
    assert published.columns["number"].columns == ("ML",)
    assert choose(["PID", "AREA"], GENERIC).profile.name == "generic"


def test_an_unknown_sender_names_no_identity() -> None:
    mapping = choose(["APN", "OWNER_NAME", "Shape_area"], GENERIC)
    assert (mapping.profile.name, mapping.identity) == ("generic", ())
    assert mapping.personal == ("OWNER_NAME",)


def test_a_wanted_profile_wins() -> None:
    assert choose(VILIS, VN_80, wanted="national").profile.name == "national"


def test_overrides_win_over_aliases_whatever_the_case() -> None:
    mapping = choose([*VILIS, "To_So"], VN_80, overrides={"TO_SO": "sheet", "DIACHI": "owner"})
    assert mapping.columns["sheet"].columns == ("To_So",)
    assert "SHBANDO" in mapping.unused
    assert "address" not in mapping.columns
    assert mapping.personal == ("TENCHU", "DIACHI")


@pytest.mark.parametrize(
    ("kwargs", "code", "named"),
    [
        ({"overrides": {"NOPE": "sheet"}}, "unknown_field", "SHBANDO"),
        ({"overrides": {"XAID": "nope"}}, "unknown_target", "sheet"),
        ({"wanted": "nope"}, "unknown_profile", "vilis"),
    ],
)
def test_what_does_not_exist_is_a_usage_error_that_lists_what_does(
    kwargs: dict[str, object], code: str, named: str
) -> None:
    with pytest.raises(UsageError) as caught:
        choose(VILIS, VN_80, **kwargs)  # type: ignore[arg-type]
    assert caught.value.code == code
    assert named in caught.value.message


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("1.0", "1"),
        (12.0, "12"),
        (np.float64(3.0), "3"),
        (7, "7"),
        (" DC01 ", "DC01"),
        ("007", "007"),
        ("0.5", "0.5"),
        ("10", "10"),
        ("", None),
        (None, None),
        (float("nan"), None),
    ],
)
def test_clean_code(value: object, code: str | None) -> None:
    assert clean_code(value) == code


def test_plain_name_ignores_case_accents_and_punctuation() -> None:
    assert plain_name("Số_Tờ Bản-Đồ") == "sotobando"


@pytest.mark.parametrize(
    ("columns", "register", "surveyed"),
    [
        (NATIONAL_CUT, "DienTichPh", "DienTich"),
        ([name for name in NATIONAL_CUT if name != "DienTichPh"], "DienTich", None),
        (VILIS, "DIENTICH", None),
        ([*VILIS, "DIENTICHPL"], "DIENTICHPL", "DIENTICH"),
        (COMMUNE_EXPORT, "Tong_dien_", None),
        ([*COMMUNE_EXPORT, "DT_PHAPLY"], "DT_PHAPLY", "Tong_dien_"),
    ],
)
def test_only_a_second_area_is_the_surveyed_one(
    columns: list[str], register: str, surveyed: str | None
) -> None:
    found = choose(columns, VN_80).columns
    assert found["register_area_m2"].columns == (register,)
    assert ("survey_area_m2" in found) == (surveyed is not None)
    if surveyed is not None:
        assert found["survey_area_m2"].columns == (surveyed,)


def test_surveyed_area_stands_in_where_the_register_area_is_empty() -> None:
    empty, full = np.zeros(40), np.arange(1.0, 41.0)
    columns = {**dict.fromkeys(VILIS, full), "DIENTICHPL": empty}
    found = choose(columns, VN_80, looks={"register_area_m2": lambda text: float(text) > 0})
    assert found.columns["register_area_m2"].columns == ("DIENTICH",)
    assert "survey_area_m2" not in found.columns


def test_dates_of_records_and_terms_are_recognised() -> None:
    national = choose([*NATIONAL_CUT, "ThoiDiemBa", "ThoiDiemKe", "ngayHetHan"], VN_80).columns
    assert {target: national[target].columns for target in ("created_on", "ended_on")} == {
        "created_on": ("ThoiDiemBa",),
        "ended_on": ("ThoiDiemKe",),
    }
    assert national["term_end"].columns == ("ngayHetHan",)
    french = choose(EPINAY, GENERIC).columns
    assert french["created_on"].columns == ("created",)
    assert french["updated_on"].columns == ("updated",)


@pytest.mark.parametrize("overrides", [{}, {"CMND": "personal_number"}])
def test_number_of_an_identity_paper_is_personal_whoever_says_so(
    overrides: dict[str, str],
) -> None:
    found = choose([*VILIS, "CMND"], VN_80, overrides=overrides)
    assert (found.personal_number, "CMND" in found.personal) == ("CMND", True)
    assert "CMND" not in {name for choice in found.columns.values() for name in choice.columns}
    assert choose(VILIS, VN_80).personal_number is None
