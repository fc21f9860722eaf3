"""Jurisdictions as data: what ships is whole, and what is wrong in a folder is named."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import shapely

from landgis import geodesy
from landgis.cadastre import jurisdiction
from landgis.cadastre.jurisdiction import find, load
from landgis.errors import UsageError

VN_80 = load(find("vn-80"))
GENERIC = load(find("generic"))


def test_vn_80_has_the_96_communes_of_today() -> None:
    assert len(VN_80.units) == 96
    assert [unit.kind for unit in VN_80.units].count("ward") == 14
    assert {unit.parent_code for unit in VN_80.units} == {"80"}
    assert {unit.valid_from for unit in VN_80.units} == {date(2025, 7, 1)}
    names = {unit.code: unit.name for unit in VN_80.units}
    assert (names["25459"], names["27694"]) == ("Phường Tân Ninh", "Phường Long An")


def test_code_80_of_an_old_commune_means_long_an() -> None:
    olds = {s.old_code: s for s in VN_80.successions}
    assert len(olds) == 280
    assert (olds["25456"].old_parent_code, olds["25456"].new_code) == ("72", "25459")
    assert olds["27685"].old_parent_code == "80"
    assert {s.old_parent_code for s in VN_80.successions} == {"72", "80"}
    assert {s.new_code for s in VN_80.successions} == {unit.code for unit in VN_80.units}


def test_an_old_commune_that_went_to_several_is_partial_everywhere() -> None:
    by_old: dict[str, list[bool]] = {}
    for succession in VN_80.successions:
        by_old.setdefault(succession.old_code, []).append(succession.partial)
    split = {code: parts for code, parts in by_old.items() if len(parts) > 1}
    assert split["27772"] == [True, True, True]
    assert all(all(parts) for parts in split.values())
    assert not any(any(parts) for code, parts in by_old.items() if code not in split)


def test_outlines_are_a_valid_coverage_of_the_provinces_size() -> None:
    outlines = list(VN_80.outlines.values())
    assert set(VN_80.outlines) == {unit.code for unit in VN_80.units}
    assert shapely.coverage_is_valid(outlines)
    area_km2 = sum(shapely.area(geodesy.transform(outlines, geodesy.LONLAT, 9209))) / 1e6
    # About 8,500 km² by Resolution 202/2025/QH15.
    assert area_km2 == pytest.approx(8_500, rel=0.02)
    assert (find("vn-80") / "outlines.geojson").stat().st_size <= 700_000


def test_planes_encodings_and_identity() -> None:
    assert VN_80.storage_epsg == 9209
    assert {9209, 9210} <= set(VN_80.survey_epsgs)
    assert "105°30′" in VN_80.survey_plane_labels[9209]["vi"]
    assert set(VN_80.survey_plane_labels) == set(VN_80.survey_epsgs)
    assert VN_80.encodings[:2] == ("utf-8", "tcvn3")
    assert VN_80.identity_fields == ("unit_code", "sheet", "number")
    assert VN_80.repeat_key_share == 0.10


def test_the_public_sees_parcel_facts_and_no_person() -> None:
    public = VN_80.audience.public_fields()
    assert {"sheet", "number", "land_uses", "area_m2", "register_area_m2", "status"} <= public
    assert not {"owner", "restrictions", "batch_id"} & public
    assert not VN_80.audience.may_see("officer", "owner")
    assert VN_80.audience.may_see("authorised", "owner")
    assert not VN_80.audience.may_see("authorised", "unheard_of")
    for folder in (VN_80, GENERIC):
        for entry in folder.audience.fields.values():
            assert set(entry.basis) == {"document", "article", "date", "class"}


def test_defence_and_security_are_withheld_with_a_basis() -> None:
    assert VN_80.withheld_uses == {"CQP", "CAN"}
    assert VN_80.withheld_uses <= VN_80.land_uses.codes
    assert VN_80.withheld.basis is not None
    assert GENERIC.withheld_uses == frozenset()


def test_generic_assumes_nothing() -> None:
    assert GENERIC.languages == ("en", "vi")
    assert (GENERIC.storage_epsg, GENERIC.survey_epsgs, GENERIC.units) == (None, (), ())
    assert (len(GENERIC.outlines), GENERIC.identity_fields) == (0, ())
    assert GENERIC.land_uses.codes == frozenset()
    assert "address" not in GENERIC.audience.public_fields()
    assert GENERIC.audience.public_fields() <= VN_80.audience.public_fields()


def test_unknown_jurisdictions_are_refused_with_the_list() -> None:
    assert jurisdiction.available() == ("generic", "vn-80")
    with pytest.raises(UsageError) as caught:
        load(find("vn-99"))
    assert caught.value.code == "unknown_jurisdiction"
    assert "generic, vn-80" in caught.value.message


@pytest.fixture
def broken(tmp_path: Path) -> Callable[[str, str, str], UsageError]:
    """Break one file of a copy of vn-80 and answer the error."""

    def break_it(file: str, old: str, new: str) -> UsageError:
        folder = tmp_path / "office"
        shutil.copytree(find("vn-80"), folder)
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(UsageError) as caught:
            load(folder)
        return caught.value

    return break_it


@pytest.mark.parametrize(
    ("file", "old", "new", "field"),
    [
        ("jurisdiction.toml", 'code = "vn-80"', "code = 80", "code"),
        ("jurisdiction.toml", "storage_epsg = 9209", 'storage_epsg = "9209"', "storage_epsg"),
        ("jurisdiction.toml", "accuracy_m = 21", "", "outlines.accuracy_m"),
        ("jurisdiction.toml", "repeat_key_share = 0.10", "repeat_key_share = -1", "identity."),
        ("jurisdiction.toml", 'en = "Tây Ninh Province"', "", "name.en"),
        ("jurisdiction.toml", "[severities]", '[severities]\nx = "bad"', "severities.x"),
        ("jurisdiction.toml", 'class = "C"', 'class = "D"', "withheld.basis.class"),
        ("jurisdiction.toml", '"vilis", ', '"vilis", "nope", ', "file"),
        ("jurisdiction.toml", 'farmland = "NNP"', 'farmland = "XXX"', "code"),
        ("jurisdiction.toml", 'ONT = ["commune"]', 'ONX = ["commune"]', "kinds.ONX"),
        ("jurisdiction.toml", 'ONT = ["commune"]', 'ONT = ["village"]', "kinds.ONT"),
        ("jurisdiction.toml", "digits = [9, 12]", 'digits = ["9"]', "personal_number.digits"),
        ("audience.toml", 'audience = "public"', 'audience = "all"', "fields.parcel_id.audience"),
        ("audience.toml", 'basis = "land_data"', 'basis = "rumour"', "basis"),
        ("profiles/vilis.toml", "sheet = [", "sheat = [", "sheat"),
        ("units.csv", "2025-07-01", "1/7/2025", "line 2, valid_from"),
        ("units.csv", "code,name,", "code,", "header"),
        ("successions.csv", "25459,no", "99999,no", "new_code"),
        ("land_use.csv", "255,252,140", "255,252,300", "line 2, blue"),
        ("outlines.geojson", '"25459"', '"25460"', "code"),
        ("outlines.geojson", '"features"', '"feature"', "file"),
    ],
)
def test_a_bad_folder_names_file_and_field(
    broken: Callable[[str, str, str], UsageError], file: str, old: str, new: str, field: str
) -> None:
    error = broken(file, old, new)
    assert error.code == "bad_jurisdiction"
    assert field in error.data["field"]
    assert Path(error.data["file"]).name in error.message
