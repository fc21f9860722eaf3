"""What a sender chose is kept with the batch; what a .cpg claims is weighed against the text."""

import json
from typing import Any

import numpy as np
import pytest

from landgis.cadastre import jurisdiction
from landgis.ingest.evidence import Choices, choose_encoding
from landgis.ingest.profile import choose
from landgis.ingest.raw import RawLayer
from tests.builders import column

VN_80 = jurisdiction.load(jurisdiction.find("vn-80"))


@pytest.mark.parametrize(
    "choices",
    [
        Choices(),
        Choices(crs=9209, encoding="TCVN3", profile="vilis", unit="25645", layer="thua"),
        Choices(crs=9210, axis_order="north,east"),
        Choices(fields=(("SHTHUA", "number"), ("a=b", "sheet"))),
    ],
)
def test_choices_come_back_from_what_the_batch_kept(choices: Choices) -> None:
    kept = json.loads(json.dumps(choices.as_options()))
    assert Choices.from_options(kept) == choices


NAMES = ["Nguyễn Thị Đào", "Trần Văn Bảy", "khu phố Long Thành", "đường Xóm Lò", "Phạm Hữu Phước"]


def encoding_of(codec: str, cpg: str | None, **options: str) -> tuple[str | None, dict[str, Any]]:
    texts = column([name.encode(codec).decode("latin-1") for name in NAMES])
    raw = RawLayer(
        *("thua.shp", "ESRI Shapefile", np.arange(1, 6), {"GHICHU": texts}, column([None] * 5)),
        *((), None, True, cpg, None),
    )
    mapping = choose(list(raw.columns), VN_80.profiles)
    return choose_encoding(raw, mapping, Choices(**options), VN_80)


@pytest.mark.parametrize("codec", ["utf-8", "tcvn3", "vni", "viscii"])
def test_cpg_that_the_text_contradicts_is_not_believed(codec: str) -> None:
    lie = "1252" if codec != "tcvn3" else "UTF-8"
    chosen, evidence = encoding_of(codec, lie)
    assert chosen == codec
    assert f"The .cpg file says {lie}: the text contradicts it." in evidence["reason"]["en"]
    assert evidence["samples"][0] == NAMES[0]
    assert {c["value"] for c in evidence["candidates"]} >= {codec, "tcvn3", "utf-8"}


@pytest.mark.parametrize(("codec", "cpg"), [("utf-8", "UTF-8"), ("viscii", "VISCII")])
def test_cpg_that_the_text_bears_out_is_believed(codec: str, cpg: str) -> None:
    chosen, evidence = encoding_of(codec, cpg)
    assert (chosen, evidence["reason"]["en"]) == (codec, f"The .cpg file says {cpg}.")


def test_what_a_person_says_is_obeyed_even_against_the_text() -> None:
    chosen, evidence = encoding_of("tcvn3", "UTF-8", encoding="viscii")
    assert (chosen, evidence["reason"]["en"]) == ("viscii", "Chosen by the user.")
