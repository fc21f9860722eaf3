"""What a source states beside the parcels reaches the rules; numbers of persons never do."""

import json
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from landgis.cadastre import jurisdiction
from landgis.documents.report import finding_documents
from landgis.errors import UsageError
from landgis.ingest.archive import open_source
from landgis.ingest.evidence import Choices
from landgis.services.examine import Examined, examine
from tests.builders import EPSG, square
from tests.ingest.reading import collection, feature

VN_80 = jurisdiction.load(jurisdiction.find("vn-80"))
NUMBER = "07912345678"


def examined(tmp_path: Path, choices: Choices, **columns: object) -> Examined:
    """Examine a file of one parcel of 100 m² in Hoà Thành."""
    named = {"XAID": "25645", "SHBANDO": "1", "SHTHUA": "1", "KHLOAIDAT": "ODT", **columns}
    ring = list(square(0, 0).exterior.coords)
    path = tmp_path / "one.geojson"
    path.write_text(json.dumps(collection(feature(ring, **named))), encoding="utf-8")
    workdir = tmp_path / str(uuid4())
    workdir.mkdir()
    opened = open_source(path, workdir)
    choices = replace(choices, crs=EPSG)
    return examine(opened, workdir, choices, VN_80, deployment=None, progress=lambda *_: None)


def outcomes(found: Examined) -> dict[str, str]:
    return {f.rule.code: f.outcome for f in found.findings}


@pytest.mark.parametrize("choices", [Choices(), Choices(fields=(("CMND", "personal_number"),))])
def test_number_of_a_person_is_judged_and_nowhere_to_be_read(
    tmp_path: Path, choices: Choices
) -> None:
    found = examined(tmp_path, choices, CMND=NUMBER)
    assert outcomes(found)["attribute.personal_number"] == "fail"
    assert found.normalised.stated["personal_number"].tolist() == ["00000000000"]
    assert found.normalised.evidence["mapping"]["personal"] == ["CMND"]
    told = [found.normalised.evidence, finding_documents(found.findings, None)]
    assert NUMBER not in json.dumps(told, default=str)


def test_stated_texts_reach_their_rules(tmp_path: Path) -> None:
    found = examined(tmp_path, Choices(), THOIHAN="15/10/2013")
    assert outcomes(found)["attribute.term_ended"] == "fail"
    assert "attribute.date_impossible" not in outcomes(found)  # it passed


def test_area_is_judged_by_the_scale_that_the_sender_says(tmp_path: Path) -> None:
    found = examined(tmp_path, Choices(), DIENTICH=500.0)
    assert outcomes(found)["attribute.area_error"] == "untested"
    found = examined(tmp_path, Choices(map_scale=500), DIENTICH=500.0)
    assert outcomes(found)["attribute.area_error"] == "fail"
    assert found.counts.accepted == 1


def test_scale_of_no_table_is_a_usage_error_that_lists_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="1:200, 1:500, 1:1000") as refused:
        examined(tmp_path, Choices(map_scale=501))
    assert refused.value.code == "unknown_map_scale"
    generic = jurisdiction.load(jurisdiction.find("generic"))
    with pytest.raises(UsageError, match="knows no map scales"):
        generic.limits.scale(500)
