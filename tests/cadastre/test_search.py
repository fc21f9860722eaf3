"""Questions read without a register: folding, names of units, coordinates, words."""

import unicodedata
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landgis.cadastre.search.coordinates import DEGREES, METRES, Pair, pairs
from landgis.cadastre.search.folding import clean, distance, fold, tokens, toned, words
from landgis.cadastre.search.names import UnitNames
from landgis.cadastre.search.reader import MOST_TOKENS, Reader
from tests.builders import vn_80

VOWELS = "aăâeêioôơuưy"
TONES = ["", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"]
SYLLABLES = st.builds(
    lambda first, vowel, tone, last: unicodedata.normalize("NFC", first + vowel + tone + last),
    st.sampled_from(["", "b", "đ", "Đ", "th", "NG", "tr"]),
    st.sampled_from([*VOWELS, *VOWELS.upper()]),
    st.sampled_from(TONES),
    st.sampled_from(["", "n", "nh", "ng", "t"]),
)
NAMES = UnitNames(vn_80().units, vn_80().successions, vn_80().vocabulary, date(2026, 11, 23))
READER = Reader(vn_80().vocabulary, NAMES)
NOTATION = vn_80().vocabulary.notation


@given(st.text(max_size=60))
@settings(max_examples=60)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert words(" ".join(words(text))) == words(text)
    assert clean(clean(text)) == clean(text)


@given(st.lists(SYLLABLES, min_size=1, max_size=5))
def test_accents_capitals_and_decomposition_are_forgiven(syllables: list[str]) -> None:
    text = " ".join(syllables)
    bare = "".join(
        c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c)
    ).replace("đ", "d")
    assert words(text) == words(bare) == words(text.upper())
    assert words(text) == words(unicodedata.normalize("NFD", text))


@pytest.mark.parametrize(
    ("new", "old"),
    [("hoà", "hòa"), ("thuý", "thúy"), ("Hoà Thành", "Hòa Thành"), ("khoẻ", "khỏe"), ("uỷ", "ủy")],
)
def test_new_and_old_tone_marks_are_one(new: str, old: str) -> None:
    assert toned(new) == toned(old)


def test_tones_still_tell_words_apart() -> None:
    assert len({toned(word) for word in ("Thạnh", "Thành", "Thanh", "Thánh", "thăng")}) == 5


@pytest.mark.parametrize(
    ("one", "other", "far"),
    [
        *(("hoa", "hoa", 0), ("hoa", "hao", 1), ("hoa", "ho", 1), ("hoa", "hoaa", 1)),
        *(("hoa", "hua", 1), ("thanh", "bihn", 3), ("abcdef", "a", 3)),
    ],
)
def test_distance_counts_slips(one: str, other: str, far: int) -> None:
    assert distance(one, other, 2) == distance(other, one, 2) == far


def test_every_unit_is_found_by_its_names() -> None:
    for unit in (*NAMES.present.values(), *NAMES.old):
        for said in (unit.name, fold(unit.name), unit.name.upper()):
            found = READER.read(said).units
            assert unit in [called.unit for called in found], said


def test_every_long_name_is_found_with_a_letter_missing() -> None:
    for unit in NAMES.present.values():
        bare = unit.base.replace(" ", "")
        if len(bare) < 6:
            continue
        for i in range(len(bare)):
            found = NAMES.slipped(tokens(bare[:i] + bare[i + 1 :]))
            assert found, (unit.name, i)


@given(st.text(max_size=200))
@settings(max_examples=150)
def test_any_text_can_be_read(text: str) -> None:
    question = READER.read(text)
    assert len(question.rest) <= MOST_TOKENS
    assert all(pair.unit in {DEGREES, METRES} for pair in pairs(clean(text), NOTATION))


@given(st.integers(100_000, 999_999), st.integers(1_000_000, 1_999_999), st.integers(0, 99))
def test_a_pair_is_read_however_it_is_written(east: int, north: int, cm: int) -> None:
    whole = (float(f"{east}.{cm:02}"), float(f"{north}.{cm:02}"))
    for text in (
        f"{east}.{cm:02} {north}.{cm:02}",
        f"{east},{cm:02}; {north},{cm:02}",
        f"{east:,}.{cm:02} {north:,}.{cm:02}",
        f"x = {east}.{cm:02}, y = {north}.{cm:02}",
    ):
        assert Pair(*whole, METRES) in pairs(clean(text), NOTATION), text


@given(st.floats(8, 24), st.floats(102, 110))
def test_degrees_are_read_in_parts(lat: float, lon: float) -> None:
    def parts(angle: float, side: str) -> str:
        seconds = round(angle * 3600, 3)
        return f"{int(seconds // 3600)}°{int(seconds % 3600 // 60)}'{seconds % 60:.3f}\"{side}"

    for north, east in (("N", "E"), ("B", "Đ"), ("", "")):
        (pair,) = pairs(clean(f"{parts(lat, north)} {parts(lon, east)}"), NOTATION)
        assert (pair.first, pair.second) == pytest.approx((lat, lon), abs=1e-6)


def test_south_and_west_are_not_north_and_east() -> None:
    (pair,) = pairs(clean("11°15'42\"S 106°7'46\"W"), NOTATION)
    assert (pair.first < 0, pair.second < 0) == (True, True)


def test_a_group_of_households_is_no_sheet() -> None:
    assert READER.read("tổ 5 khu phố 4").parcels == []
    assert READER.read("tờ 5").parcels == READER.read("to 5").parcels == [("5", None)]
