"""Encodings: names, .cpg files, decoding, detection: on the real commune file and sketches."""

import unicodedata
from pathlib import Path

import numpy as np
import pyogrio
import pytest

from landgis.cadastre import jurisdiction
from landgis.errors import UsageError
from landgis.ingest.encoding_names import SUPPORTED, codec_of, codec_of_cpg
from landgis.ingest.encodings import decode, detect
from landgis.ingest.syllables import is_syllable
from landgis.ingest.tcvn3 import toned_letters

SAMPLES = Path(__file__).parents[2] / "data_samples"
VN_80 = jurisdiction.load(jurisdiction.find("vn-80"))
GENERIC = jurisdiction.load(jurisdiction.find("generic"))
NAMES = [unit.name for unit in VN_80.units]
FRENCH = [
    *("Épinay-sur-Orge", "Forêt", "Évêché", "été", "Allée des chênes", "Résidence Molière"),
    *("rue du Général de Gaulle", "Hôpital", "Ça et là", "Noël", "île d'Oléron", "Les Cèdres"),
]


def as_bytes_text(texts: list[str], codec: str) -> list[str]:
    return [text.encode(codec).decode("latin-1") for text in texts]


def as_windows_1258(texts: list[str]) -> list[str]:
    """Encode as Windows does it: vowel in one byte, tone in the next."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    result = []
    for text in texts:
        out = ""
        for char in text:
            parts = unicodedata.normalize("NFD", char)
            vowel = "".join(part for part in parts if part not in tones)
            tone = "".join(part for part in parts if part in tones)
            out += unicodedata.normalize("NFC", vowel) + tone
        result.append(out.encode("cp1258").decode("latin-1"))
    return result


def test_the_96_commune_names_are_detected_and_read_without_any_option() -> None:
    path = SAMPLES / "tay-ninh-communes" / "tay_ninh_xa_vn2000_tcvn3.zip"
    meta, _, _, values = pyogrio.raw.read(
        f"/vsizip/{path}", encoding="ISO-8859-1", read_geometry=False
    )
    columns = dict(zip(meta["fields"], values, strict=True))
    truth = {unit.code: unit.name for unit in VN_80.units}

    detection = detect(list(columns["TEN_XA"]), VN_80.encodings)
    names = decode(columns["TEN_XA"], detection.chosen)

    assert detection.chosen == "tcvn3"
    assert not detection.ambiguous
    assert dict(zip(columns["MA_XA"], names.values, strict=True)) == truth
    assert names.damaged == 0


def test_tcvn3_keeps_every_letter_that_it_has() -> None:
    letters = "ĂÂÊÔƠƯĐăâêôơưđ" + "".join(toned_letters())
    assert len(set(letters)) == len("ĂÂÊÔƠƯĐăâêôơưđ") + 60
    assert letters.encode("tcvn3").decode("tcvn3") == letters
    assert "Phường".encode("tcvn3") == b"Ph\xad\xeang"


def test_tcvn3_writes_toned_capitals_as_the_capital_fonts_expect() -> None:
    assert "PHƯỜNG".encode("tcvn3") == "PHƯờNG".encode("tcvn3")
    with pytest.raises(UnicodeEncodeError):
        "œ".encode("tcvn3")
    with pytest.raises(UnicodeDecodeError):
        b"\x81".decode("tcvn3")


@pytest.mark.parametrize(
    ("stored", "meant"),
    [
        ("NGUYễN VăN á", None),
        ("NGUYễN VĂN Tú", "NGUYỄN VĂN TÚ"),
        ("Xã BếN CầU", "XÃ BẾN CẦU"),
        ("Tờ 5", None),
        ("Số QL22", None),
        ("Võ A", None),
    ],
)
def test_capitals_come_back_only_where_the_text_proves_them(stored: str, meant: str | None) -> None:
    raw = as_bytes_text([stored], "tcvn3")
    assert list(decode(raw, "tcvn3").values) == [meant or stored]


EVERY_LETTER = "".join(
    unicodedata.normalize("NFC", vowel + tone)
    for vowel in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY"
    for tone in ["", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"]
)


@pytest.mark.parametrize("codec", ["vni", "viscii"])
def test_every_vietnamese_letter_goes_there_and_back(codec: str) -> None:
    text = EVERY_LETTER + "đĐ 12, tờ (5)"
    assert text.encode(codec).decode(codec) == text


def test_vni_reads_as_people_know_it() -> None:
    assert "Nguyễn Đất".encode("vni") == "Nguyeãn Ñaát".encode("latin-1")
    # The mark of a capital may be a small one, and a mark without its letter is damage.
    assert "Aân, AÂN".encode("latin-1").decode("vni") == "Ân, ÂN"
    assert decode(["l\u00efng"], "vni").damaged == 1
    with pytest.raises(UnicodeDecodeError):
        b"l\xefng".decode("vni")


@pytest.mark.parametrize("codec", ["utf-8", "tcvn3", "vni", "viscii"])
def test_vietnamese_is_recognised_in_each_encoding(codec: str) -> None:
    raw = as_bytes_text(NAMES, codec)
    detection = detect(raw, VN_80.encodings)
    assert (detection.chosen, detection.ambiguous) == (codec, False)
    assert list(decode(raw, codec).values) == NAMES


def test_decomposed_windows_1258_is_recognised_and_composed() -> None:
    raw = as_windows_1258(NAMES)
    detection = detect(raw, VN_80.encodings)
    assert (detection.chosen, detection.ambiguous) == ("cp1258", False)
    assert list(decode(raw, "windows-1258").values) == NAMES


@pytest.mark.parametrize("candidates", [VN_80.encodings, GENERIC.encodings])
@pytest.mark.parametrize("codec", ["iso-8859-1", "utf-8"])
def test_french_is_recognised_by_both_jurisdictions(
    codec: str, candidates: tuple[str, ...]
) -> None:
    raw = as_bytes_text(FRENCH, codec)
    detection = detect(raw, candidates)
    assert (detection.chosen, detection.ambiguous) == (codec, False)
    assert list(decode(raw, detection.chosen).values) == FRENCH


def test_a_windows_only_letter_rules_out_latin_1() -> None:
    detection = detect(as_bytes_text([*FRENCH, "Cœur"], "cp1252"), GENERIC.encodings)
    assert (detection.chosen, detection.ambiguous) == ("cp1252", False)


def test_ascii_is_utf_8_and_no_question() -> None:
    detection = detect(["12", "ONT+CLN", ""], VN_80.encodings)
    assert (detection.chosen, detection.ambiguous) == ("utf-8", False)


@pytest.mark.parametrize("raw", ["\xe9", "phè"])
def test_too_little_text_is_ambiguous(raw: str) -> None:
    assert detect([raw], VN_80.encodings).ambiguous


def test_a_foreign_alphabet_is_ambiguous() -> None:
    raw = as_bytes_text(["София област Пловдив улица Славянска"], "cp1251")
    assert detect(raw, GENERIC.encodings).ambiguous


def test_detection_shows_only_what_may_be_shown() -> None:
    secret = as_bytes_text(["Nguyễn Văn Bình", "Lê Thị Hạnh"], "tcvn3")
    detection = detect(secret, VN_80.encodings, shown=as_bytes_text(["Hoà Thành"], "tcvn3"))
    assert detection.candidates[0].samples == ("Hoà Thành",)
    assert "Bình" not in str(detection)


def test_decode_strips_padding_counts_damage_and_never_raises() -> None:
    raw = ["  a \0\0", "\0\0", "   ", None, "Hßa", "ab\0junk", "\x81x"]
    decoded = decode(np.array(raw, dtype=object), "tcvn3")
    assert list(decoded.values) == ["a", None, None, None, "Hòa", "ab", "\ufffdx"]
    assert decoded.damaged == 1
    assert decode([], "tcvn3").values.shape == (0,)


def test_utf_8_cut_at_the_field_width_stays_utf_8() -> None:
    raw = [*as_bytes_text(NAMES, "utf-8"), "Nguyễn".encode()[:6].decode("latin-1")]
    assert detect(raw, VN_80.encodings).chosen == "utf-8"
    assert decode(raw, "utf-8").damaged == 1


@pytest.mark.parametrize("codec", SUPPORTED)
def test_every_supported_codec_is_its_own_name_and_decodes_any_byte(codec: str) -> None:
    every_byte = "".join(map(chr, range(1, 256)))
    assert codec_of(codec) == codec
    assert decode([every_byte], codec).values[0]


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("TCVN3", "tcvn3"),
        ("abc", "tcvn3"),
        ("VNI-Windows", "vni"),
        ("VISCII", "viscii"),
        ("latin1", "iso-8859-1"),
        ("ISO-8859-1", "iso-8859-1"),
        ("ISO-8859-15", "iso-8859-15"),
        ("windows-1258", "cp1258"),
        ("cp1252", "cp1252"),
        ("utf8", "utf-8"),
        ("UTF-8", "utf-8"),
    ],
)
def test_names_that_people_type(name: str, codec: str) -> None:
    assert codec_of(name) == codec


def test_an_unknown_name_lists_what_there_is() -> None:
    with pytest.raises(UsageError) as caught:
        codec_of("vps")
    assert caught.value.code == "unknown_encoding"
    assert "vps" in caught.value.message
    assert "tcvn3" in caught.value.message


@pytest.mark.parametrize(
    ("content", "codec"),
    [
        ("65001", "utf-8"),
        ("UTF-8\r\n", "utf-8"),
        ("ï»¿UTF-8", "utf-8"),
        ("ISO-8859-1", "iso-8859-1"),
        ("88591", "iso-8859-1"),
        ("ISO 88591", "iso-8859-1"),
        ("1252", "cp1252"),
        ("ANSI 1252", "cp1252"),
        ("OEM 850", "cp850"),
        ("<!DOCTYPE html><html><body>Not found</body></html>", None),
        ("\x00\x01\xff", None),
        ("", None),
        (None, None),
    ],
)
def test_cpg_contents(content: str | None, codec: str | None) -> None:
    assert codec_of_cpg(content) == codec


def test_the_grammar_knows_the_names_of_all_communes() -> None:
    words = {word for name in NAMES for word in name.split()}
    assert [word for word in sorted(words) if not is_syllable(word)] == []
    assert not any(is_syllable(word) for word in ("forêt", "nguyÔnx", "bảt", "straße"))
