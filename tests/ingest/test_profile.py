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
