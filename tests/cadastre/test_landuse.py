"""Land-use codes: what a code means depends on the day; values are parsed as offices write them."""

from datetime import date
from pathlib import Path

import pytest

from landgis.cadastre import jurisdiction
from landgis.cadastre.landuse import LandUseTable, farmland, read_land_uses
from landgis.errors import UsageError
from tests.builders import parcel_set, square

TABLE = jurisdiction.load(jurisdiction.find("vn-80")).land_uses
LEGEND_2014 = [
    "LUC",
    "LUK",
    "LUN",
    "BHK",
    "NHK",
    "CLN",
    "RSX",
    "RPH",
    "RDD",
    "NTS",
    "LMU",
    "NKH",
    "ONT",
    "ODT",
    "TSC",
    "DTS",
    "DVH",
    "DYT",
    "DGD",
    "DTT",
    "DKH",
    "DXH",
    "DNG",
    "DSK",
    "CQP",
    "CAN",
    "SKK",
    "SKT",
    "SKN",
    "SKC",
    "TMD",
    "SKS",
    "SKX",
    "DGT",
    "DTL",
    "DNL",
    "DBV",
    "DSH",
    "DKV",
    "DCH",
    "DDT",
    "DDL",
    "DRA",
    "DCK",
    "TON",
    "TIN",
    "NTD",
    "SON",
    "MNC",
    "PNK",
    "BCS",
    "DCS",
    "NCS",
]
BEFORE, AFTER = date(2024, 7, 31), date(2024, 8, 1)


def test_the_legend_of_2014_is_whole_and_closed_on_1_august_2024() -> None:
    assert len(LEGEND_2014) == 53
    for code in LEGEND_2014:
        use = TABLE.get(code, BEFORE)
        assert use is not None
        assert (use.class_, use.valid_to) == ("A", AFTER)
    assert {code for code in TABLE.codes if TABLE.get(code, BEFORE)} == set(LEGEND_2014)


def test_a_code_may_end_begin_or_change_its_words() -> None:
    assert TABLE.get("BHK", AFTER) is None
    assert TABLE.get("CNT", BEFORE) is None
    words = [TABLE.get("LUC", day).name["vi"] for day in (BEFORE, AFTER)]  # type: ignore[union-attr]
    assert words == ["Đất chuyên trồng lúa nước", "Đất chuyên trồng lúa"]


def test_without_a_day_the_latest_meaning_answers() -> None:
    current, gone = TABLE.get("ODT"), TABLE.get("BHK")
    assert current is not None
    assert gone is not None
    assert (current.act, current.valid_to) == ("Circular 08/2024/TT-BTNMT, annex II", None)
    assert (gone.valid_to, gone.successor) == (AFTER, "HNK")
    assert TABLE.get("XYZ") is None
    assert len(TABLE.latest()) == len(TABLE.codes)


def test_successors_and_groups_exist() -> None:
    for code in TABLE.codes:
        for use in TABLE.versions(code):
            assert not use.group or use.group in TABLE.codes
            assert use.successor is None or TABLE.get(use.successor, AFTER) is not None


@pytest.mark.parametrize(
    ("code", "colour", "source"),
    [
        ("ODT", (255, 160, 255), "drawn alike"),
        ("LUC", (255, 252, 140), "drawn alike"),
        ("DPC", (255, 170, 160), "group CCC"),
        ("SCT", (255, 160, 170), "group CSK"),
    ],
)
def test_colours_say_when_they_are_the_groups(
    code: str, colour: tuple[int, int, int], source: str
) -> None:
    use = TABLE.get(code)
    assert use is not None
    assert use.colour == colour
    assert use.colour_source.startswith(source)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("ONT+CLN", ("ONT", "CLN")),
        ("ODT + CLN", ("ODT", "CLN")),
        ("odt+cln", ("ODT", "CLN")),
        ("ONT*", ("ONT",)),
        ("ODT-C+CLN-P", ("ODT", "CLN")),
        ("CLN,CLN; LUC", ("CLN", "LUC")),
        ("Hg/b", ("Hg/b",)),
        ("2L+T", ("2L", "T")),
        ("ODT+ ?", ("ODT", "?")),
        ("", ()),
        (None, ()),
    ],
)
def test_values_are_parsed_as_offices_write_them(text: str | None, codes: tuple[str, ...]) -> None:
    assert TABLE.parse(text) == codes


def test_parcel_is_farmland_when_all_its_uses_are() -> None:
    uses = [["LUC"], ["BHK", "CLN"], ["ONT", "CLN"], [], ["Hg/b"], ["NNP"], ["BHK", "2L"], ["SON"]]
    parcels = parcel_set([square(20 * i, 0) for i in range(len(uses))], uses=uses)
    assert farmland(parcels, TABLE).tolist() == [1, 1, 0, 0, 0, 1, 0, 0]
    assert not farmland(parcels, LandUseTable()).any()
    assert farmland(parcels.take([]), TABLE).tolist() == []


def test_group_of_farmland_that_is_in_no_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="NNP"):
        read_land_uses(tmp_path / "land_use.csv", "NNP")
