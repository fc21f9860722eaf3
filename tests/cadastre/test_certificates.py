"""Serials of certificates: what is one paper, and what is no serial at all."""

from datetime import date
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landgis.cadastre.certificates import Certificate, serial_key

DAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    "written", ["BK 123456", "bk123456", " BK.123-456 ", "BK\u00a0123456", "BK 123\u2011456"]
)
def test_one_paper_written_in_many_ways(written: str) -> None:
    assert serial_key(written) == "BK123456"


def test_letters_with_a_stroke_are_letters_of_their_own() -> None:
    assert serial_key("ĐD 123456") == serial_key("đd123456") == "ĐD123456"
    assert serial_key("DD 123456") != serial_key("ĐD 123456")
    assert serial_key("A\u0302A 1") == serial_key("\u00c2A 1")  # composed or not


@pytest.mark.parametrize("text", ["", " - . ", "BK", "BK%123456", "1' OR '1'='1", "1" * 41])
def test_no_serial(text: str) -> None:
    assert serial_key(text) is None


@given(st.text(max_size=60))
def test_a_key_is_its_own_key(text: str) -> None:
    key = serial_key(text)
    assert key is None or serial_key(key) in {key, None}


def test_in_force_until_the_day_it_ends() -> None:
    parcel_id = uuid4()
    assert Certificate("BK 1", parcel_id).state(DAY) == "in_force"
    assert Certificate("BK 1", parcel_id, ended_on=date(2026, 11, 25)).state(DAY) == "in_force"
    assert Certificate("BK 1", parcel_id, ended_on=DAY).state(DAY) == "ended"


def test_another_way_of_writing_says_nothing_new() -> None:
    one = Certificate("BK 1", uuid4(), "CH 02", DAY)
    assert one.says_the_same(Certificate("BK1", one.parcel_id, "CH 02", DAY))
    assert not one.says_the_same(Certificate("BK 1", one.parcel_id, "CH 03", DAY))
    assert not one.says_the_same(Certificate("BK 1", one.parcel_id, "CH 02", DAY, DAY))
