"""Words and numbers of reports in both languages."""

from dataclasses import replace

import pytest

from landgis.documents.words import LANGUAGES, Words, catalogue, in_runs, language
from landgis.errors import UsageError
from landgis.ingest.records import MESSAGES
from tests.documents.reports import tay_ninh


def test_languages_have_the_same_texts() -> None:
    assert catalogue("vi").keys() == catalogue("en").keys()


def test_every_way_to_lose_a_row_has_a_word() -> None:
    for lang in LANGUAGES:
        for code in MESSAGES:
            assert Words(lang).named("reason", code) != code


def test_language_is_the_wanted_one_else_the_jurisdictions() -> None:
    assert language(None, tay_ninh()) == "vi"
    assert language("en", tay_ninh()) == "en"
    assert language(None, replace(tay_ninh(), languages=("fr", "en"))) == "en"
    with pytest.raises(UsageError) as refusal:
        language("fr", tay_ninh())
    assert refusal.value.code == "unknown_language"


@pytest.mark.parametrize(
    ("value", "unit", "vi", "en"),
    [
        (None, "m", "", ""),
        (2.0, "rows", "2 dòng", "2 row(s)"),
        (1234.5678, "m", "1 234,5678 m", "1 234.5678 m"),
        (0.5, "share", "50 %", "50 %"),
        (0.000412, "m", "0,000412 m", "0.000412 m"),
        (1500.0, None, "1 500", "1 500"),
        (3.0, "furlong", "3 furlong", "3 furlong"),
        (float("inf"), "m", "inf m", "inf m"),
    ],
)
def test_measured_values(value: float | None, unit: str | None, vi: str, en: str) -> None:
    said = {lang: Words(lang).measured(value, unit).replace("\u202f", " ") for lang in LANGUAGES}
    assert said == {"vi": vi, "en": en}


def test_rows_are_drawn_together() -> None:
    assert in_runs([7, 3, 8, 9, 40, 8]) == "3, 7-9, 40"
    assert in_runs([]) == ""
