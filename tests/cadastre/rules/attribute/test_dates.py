"""Terms that have ended, and days that no record can have; judged on 23 November 2026."""

from collections.abc import Mapping, Sequence

import pytest

from landgis.cadastre.findings import Finding
from landgis.cadastre.rules.attribute import dates
from landgis.cadastre.rules.attribute.stated import days
from tests.builders import EAST, NORTH, column, context, parcel_set, square


def found_on(stated: Mapping[str, Sequence[str | None]]) -> list[Finding]:
    count = len(next(iter(stated.values())))
    parcels = parcel_set([square(20 * i, 0) for i in range(count)])
    found = dates.check(parcels, context(parcels, stated=stated))
    return [f for f in found if f.outcome == "fail"]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2043-10-15", "2043-10-15"),
        ("2043-10-15T00:00:00+07:00", "2043-10-15"),
        ("15/10/2043", "2043-10-15"),
        ("5.1.2043", "2043-01-05"),
        ("20431015", "2043-10-15"),
        ("Lâu dài", "NaT"),
        ("50 năm", "NaT"),
        ("2043", "NaT"),
        ("10/2043", "NaT"),
    ],
)
def test_days_are_read_as_people_write_them(text: str, day: str) -> None:
    (found,), (is_none,) = days(column([text]))
    assert (str(found), is_none) == (day, False)


def test_terms_and_records_of_sound_days_are_no_finding() -> None:
    terms = ["15/10/2043", "Lâu dài", None, "2026-11-23"]
    assert found_on({"term_end": terms}) == []
    created = ["2007-10-10", "2026-11-23", None, "1900-01-01"]
    updated = ["2015-05-12", "2026-11-23", "2020-01-01", "2020-01-01"]
    ended = ["9999-12-31", None, "", "1899-12-30"]
    assert found_on({"created_on": created, "updated_on": updated, "ended_on": ended}) == []


def test_terms_that_ended_are_told_by_their_day() -> None:
    found = found_on({"term_end": ["15/10/2013", "2043-01-01", "15/10/2013", "2026-11-22"]})
    assert [(f.rule.code, f.rows) for f in found] == [
        ("attribute.term_ended", (1, 3)),
        ("attribute.term_ended", (4,)),
    ]
    assert found[0].message["en"] == "2 rows, from 1 to 3: the term of use ended on 15/10/2013."
    assert found[0].message["vi"].endswith("thời hạn sử dụng đất đến 15/10/2013, đã hết.")
    assert found[0].place_xy == (EAST + 5, NORTH + 5)


def test_days_of_no_calendar_of_the_future_and_of_no_cadastre_are_impossible() -> None:
    found = found_on({"created_on": ["2010-02-31", "2026-11-24", "0207-10-10", "31/13/2010"]})
    assert [f.rule.code for f in found] == ["attribute.date_impossible"] * 4
    assert [f.message["en"] for f in found][:2] == [
        "Row 1: created “2010-02-31” cannot be.",
        "Row 2: created “2026-11-24” cannot be.",
    ]
    assert found[2].message["vi"] == "Dòng 3: ngày tạo “0207-10-10” không thể có."


def test_a_term_may_end_in_the_future_but_not_on_no_day() -> None:
    (found,) = found_on({"term_end": ["2100-01-01", "30/02/2043"]})
    assert (found.rule.code, found.rows) == ("attribute.date_impossible", (2,))


def test_record_that_ended_before_it_began_is_found() -> None:
    (found,) = found_on(
        {"created_on": ["2020-05-01", "2020-05-01"], "ended_on": ["01/04/2020", "2020-06-01"]}
    )
    assert found.rows == (1,)
    assert found.message["en"] == "Row 1: created after it was ended: 2020-05-01 > 01/04/2020."
    assert found.message["vi"] == "Dòng 1: ngày tạo sau ngày kết thúc: 2020-05-01 > 01/04/2020."


def test_without_dates_both_are_untested() -> None:
    parcels = parcel_set([square(0, 0)])
    found = list(dates.check(parcels, context(parcels)))
    assert [(f.rule, f.outcome) for f in found] == [(rule, "untested") for rule in dates.RULES]
