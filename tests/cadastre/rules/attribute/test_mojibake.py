"""Garbled text is told; text of any language that is only unusual is not."""

import unicodedata
from dataclasses import replace

import pytest

from landgis.cadastre.rules.attribute import mojibake
from landgis.cadastre.rules.attribute.mojibake import is_garbled
from landgis.ingest.tcvn3 import CODEC as TCVN3
from tests.builders import EAST, NORTH, column, context, parcel_set, square

SOUND = (
    *("khu phố Hiệp Định, đường Nguyễn Văn Linh", "PHƯỜNG HIỆP NINH", "Ấp 3, xã Tân Biên"),
    *("L'Haÿ-les-Roses", "rue de l’Abbé-Grégoire", "12 bis, «Les Prés»", "Straße 5 A", "½ thửa"),
    *("Which road?", "Số 5 (?)", "Ô 12, lô C", "Plaza Çelik", "Åkervägen 3", "São João", "25 m²"),
    *("Квартал 5", "中山路", "Col·legi", "Łódź", "Ðà Nẵng", "Tây Ninh – khu B", "ấp Thạnh Trung…"),
)


@pytest.mark.parametrize("text", SOUND)
def test_text_of_any_language_is_sound(text: str) -> None:
    assert not is_garbled(text)


@pytest.mark.parametrize("text", ["đường Nguyễn Huệ", "Đất ở đô thị", "phường Hiệp Ninh", "hố"])
@pytest.mark.parametrize("wrong", ["latin-1", "cp1252"])
def test_utf_8_that_was_read_as_something_else_is_garbled(text: str, wrong: str) -> None:
    read = text.encode("utf-8").decode(wrong, errors="replace")
    assert is_garbled(read), read


@pytest.mark.parametrize("text", ["Nguyễn Huệ", "phường Hiệp Ninh", "Đất trồng lúa"])
def test_tcvn3_that_was_read_as_latin_1_is_garbled(text: str) -> None:
    assert is_garbled(text.encode(TCVN3).decode("latin-1"))


@pytest.mark.parametrize("text", ["Nguy?n V?n An", "ph\ufffdờng", "Ph??ng 3", "a\u0301\u0302"])
def test_lost_letters_are_garbled(text: str) -> None:
    assert is_garbled(text)


def test_mixed_forms_of_unicode_are_garbled() -> None:
    assert is_garbled(unicodedata.normalize("NFD", "đường Nguyễn Huệ"))


def test_garbled_text_is_one_finding_for_each_column() -> None:
    parcels = parcel_set([square(20 * i, 0) for i in range(4)])
    parcels = replace(parcels, address=column(["Nguy?n Hu?", "ấp 3", "T©n Biªn", None]))
    (found,) = mojibake.check(parcels, context(parcels))
    assert (found.rule.code, found.rows) == ("attribute.mojibake", (1, 3))
    assert found.place_xy == (EAST + 5, NORTH + 5)
    assert found.message["en"] == (
        "2 rows, from 1 to 3: garbled text (address), such as “Nguy?n Hu?”."
    )
    assert "đọc sai bảng mã hoặc mất chữ (address), như “Nguy?n Hu?”" in found.message["vi"]
    sound = replace(parcels, address=column([*SOUND[:4]]))
    assert list(mojibake.check(sound, context(sound))) == []
