"""What a sender chose is kept with the batch."""

import json

import pytest

from landgis.ingest.evidence import Choices


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
