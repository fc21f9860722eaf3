"""The encoding of each text column: what is claimed is weighed against the text itself."""

from typing import Any

import numpy as np
import pytest

from landgis.cadastre import jurisdiction
from landgis.ingest.evidence import Choices
from landgis.ingest.profile import choose
from landgis.ingest.raw import RawLayer
from landgis.ingest.text_encoding import TextEncoding, choose_encoding
from tests.builders import column

VN_80 = jurisdiction.load(jurisdiction.find("vn-80"))

NAMES = ["Nguyễn Thị Đào", "Trần Văn Bảy", "khu phố Long Thành", "đường Xóm Lò", "Phạm Hữu Phước"]


def chosen_for(
    columns: dict[str, str], cpg: str | None, language_byte: int | None = None, **options: str
) -> tuple[TextEncoding, dict[str, Any]]:
    """What is decided on the names written in a codec a column."""
    texts = {
        name: column([text.encode(codec).decode("latin-1") for text in NAMES])
        for name, codec in columns.items()
    }
    raw = RawLayer(
        *("thua.shp", "ESRI Shapefile", np.arange(1, 6), texts, column([None] * 5)),
        *((), None, True, cpg, None, language_byte),
    )
    mapping = choose(list(raw.columns), VN_80.profiles)
    codecs, evidence = choose_encoding(raw, mapping, Choices(**options), VN_80)
    assert codecs is not None
    return codecs, evidence


def encoding_of(codec: str, cpg: str | None, **options: str) -> tuple[str, dict[str, Any]]:
    codecs, evidence = chosen_for({"GHICHU": codec}, cpg, **options)
    assert codecs.columns == {}
    return codecs.codec, evidence


@pytest.mark.parametrize("codec", ["utf-8", "tcvn3", "vni", "viscii"])
def test_cpg_that_the_text_contradicts_is_not_believed(codec: str) -> None:
    lie = "1252" if codec != "tcvn3" else "UTF-8"
    chosen, evidence = encoding_of(codec, lie)
    assert chosen == codec
    assert f"The .cpg file says {lie}. The text contradicts it." in evidence["reason"]["en"]
    assert evidence["samples"][0] == NAMES[0]
    assert {c["value"] for c in evidence["candidates"]} >= {codec, "tcvn3", "utf-8"}


@pytest.mark.parametrize(("codec", "cpg"), [("utf-8", "UTF-8"), ("viscii", "VISCII")])
def test_cpg_that_the_text_bears_out_is_believed(codec: str, cpg: str) -> None:
    chosen, evidence = encoding_of(codec, cpg)
    assert (chosen, evidence["reason"]["en"]) == (codec, f"The .cpg file says {cpg}.")


def test_what_a_person_says_is_obeyed_even_against_the_text() -> None:
    chosen, evidence = encoding_of("tcvn3", "UTF-8", encoding="viscii")
    assert (chosen, evidence["reason"]["en"]) == ("viscii", "Chosen by the user.")


def test_each_column_is_read_in_its_own_encoding() -> None:
    """Files grown over years: old rows typed in TCVN3, a column added later in UTF-8."""
    codecs, evidence = chosen_for({"GHICHU": "tcvn3", "DIADANH": "utf-8", "MOI": "tcvn3"}, None)
    assert codecs.codec == "tcvn3"
    assert codecs.columns == {"DIADANH": "utf-8"}
    assert (codecs.of("DIADANH"), codecs.of("GHICHU"), codecs.of("?")) == (
        *("utf-8", "tcvn3", "tcvn3"),
    )
    assert evidence["columns"]["DIADANH"] == {"chosen": "utf-8", "samples": NAMES}


def test_samples_of_a_personal_column_are_not_shown() -> None:
    codecs, evidence = chosen_for({"GHICHU": "tcvn3", "TENCHU": "utf-8", "MOI": "tcvn3"}, None)
    assert codecs.columns == {"TENCHU": "utf-8"}
    assert evidence["columns"]["TENCHU"]["samples"] == []


def test_column_with_little_text_follows_the_others() -> None:
    few = ["Hà", None, None, None, None]
    texts = {
        "GHICHU": column([name.encode("tcvn3").decode("latin-1") for name in NAMES]),
        "DIADANH": column([t and t.encode("utf-8").decode("latin-1") for t in few]),
    }
    raw = RawLayer(
        *("thua.shp", "ESRI Shapefile", np.arange(1, 6), texts, column([None] * 5)),
        *((), None, True, None, None),
    )
    codecs, _ = choose_encoding(raw, choose(list(texts), VN_80.profiles), Choices(), VN_80)
    assert codecs is not None
    assert codecs.of("DIADANH") == "tcvn3"


@pytest.mark.parametrize(
    ("byte", "codec", "read"),
    [
        (0x57, "viscii", "viscii"),  # ESRI's "whatever this machine has"
        (0x03, "tcvn3", "tcvn3"),  # claims 1252, the text is Vietnamese beyond doubt
        (0xC9, "cp1251", "cp1251"),
    ],
)
def test_language_byte_is_a_claim_like_any_other(byte: int, codec: str, read: str) -> None:
    texts = NAMES if codec != "cp1251" else ["Улица", "Дом", "Участок", "Земля", "Лес"]
    raw = RawLayer(
        *("a.shp", "ESRI Shapefile", np.arange(1, 6)),
        {"GHICHU": column([t.encode(codec).decode("latin-1") for t in texts])},
        *(column([None] * 5), (), None, True, None, None, byte),
    )
    codecs, evidence = choose_encoding(raw, choose(["GHICHU"], VN_80.profiles), Choices(), VN_80)
    assert codecs is not None
    assert codecs.codec == read
    if codec == "cp1251":
        assert evidence["reason"]["en"] == "The language byte of the .dbf says cp1251."
