"""What a sender chose is kept with the batch."""

import json

import pytest

from landgis.errors import UsageError
from landgis.ingest.evidence import Choices, parse_map_scale


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


@pytest.mark.parametrize("text", ["500", "1:500", " 1 : 500 "])
def test_scale_is_said_as_people_write_it(text: str) -> None:
    assert parse_map_scale(text) == 500


@pytest.mark.parametrize("text", ["", "1:", "1:0.5", "-500", "½", "500:1", "9" * 10])
def test_what_is_no_scale_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError, match="1:500 or 500") as refused:
        parse_map_scale(text)
    assert refused.value.code == "bad_map_scale"


def test_scale_is_kept_with_a_batch_only_where_it_was_said() -> None:
    assert "map_scale" not in Choices().as_options()
    said = Choices(map_scale=1000)
    assert said.as_options()["map_scale"] == 1000
    assert Choices.from_options(said.as_options()) == said
    assert Choices.from_options(Choices().as_options()) == Choices()
