"""Outlines of units: code, names, encoding, plane and level found without an option."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import shapely
from sqlalchemy import func, select

from landgis.cadastre import jurisdiction
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.register import Principal
from landgis.errors import NotAllowed, Refused
from landgis.ingest.archive import open_source
from landgis.ingest.evidence import Choices
from landgis.services.examine import work_folder
from landgis.services.ports import silent
from landgis.services.unit_layers import ReadUnits, examine_units
from landgis.store.tables import units
from tests.conftest import SAMPLES, Open

VN_80 = jurisdiction.load(jurisdiction.find("vn-80"))
GENERIC = jurisdiction.load(jurisdiction.find("generic"))
COMMUNES = SAMPLES / "tay-ninh-communes" / "tay_ninh_xa_vn2000_tcvn3.zip"
AN = Principal.holding("user:an", {"import"})


def read(path: Path, where: Jurisdiction = VN_80) -> ReadUnits:
    with work_folder() as workdir:
        return examine_units(open_source(path, workdir), workdir, Choices(), where, silent)


def layer(path: Path, fields: Callable[[str, str], dict[str, str]], count: int = 96) -> Path:
    """The outlines that ship, with whatever fields a test wants."""
    names = {unit.code: unit.name for unit in VN_80.units}
    features = [
        {
            "type": "Feature",
            "properties": fields(code, names[code]),
            "geometry": shapely.geometry.mapping(outline),
        }
        for code, outline in list(VN_80.outlines.items())[:count]
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def test_legacy_shapefile_of_communes_is_understood_without_an_option() -> None:
    found = read(COMMUNES)
    assert found.counts.as_dict() == {
        "read": 96,
        "accepted": 96,
        "quarantined": 0,
        "unreadable": 0,
    }
    assert found.findings == []
    evidence = found.normalised.evidence
    assert evidence["crs"]["chosen"] == "EPSG:9209"
    assert evidence["crs"]["score"] > 0.9  # a crescent's middle lies outside of it
    assert evidence["encoding"]["chosen"] == "tcvn3"
    assert evidence["encoding"]["candidates"][0]["samples"][0] == "Phường Tân Ninh"
    assert evidence["level"]["chosen"] == "commune/ward"
    fields = evidence["mapping"]["fields"]
    assert (fields["unit_code"]["chosen"], fields["name"]["chosen"]) == ("MA_XA", "TEN_XA")


def test_names_are_those_of_the_act() -> None:
    found = read(COMMUNES)
    names = dict(
        zip(
            found.normalised.attributes["MA_XA"],
            found.normalised.attributes["TEN_XA"],
            strict=True,
        )
    )
    assert names == {unit.code: unit.name for unit in VN_80.units}


@pytest.mark.large
def test_names_are_those_of_the_national_database(test_data: Path) -> None:
    with zipfile.ZipFile(test_data / "vn-admin" / "tay_ninh_80_communes_2025.geojson.zip") as file:
        (name,) = (n for n in file.namelist() if n.endswith(".geojson"))
        features = json.loads(file.read(name))["features"]
    truth = {f["properties"]["code"]: f["properties"]["fullName"] for f in features}
    found = read(test_data / "vn-vn2000-tcvn3" / "tay_ninh_xa_vn2000_tcvn3.zip")
    attributes = found.normalised.attributes
    assert dict(zip(attributes["MA_XA"], attributes["TEN_XA"], strict=True)) == truth
    assert len(truth) == 96


def test_what_disagrees_with_the_list_is_named(tmp_path: Path) -> None:
    odd = {"25459": ("99999", "Phường Tân Ninh"), "25480": ("25480", "Phường Bình Mình")}

    def fields(code: str, name: str) -> dict[str, str]:
        code, name = odd.get(code, (code, name))
        return {"ma": code, "ten": name.partition(" ")[2], "ghi_chu": "x"}

    found = read(layer(tmp_path / "xa.geojson", fields))
    assert found.normalised.evidence["mapping"]["fields"]["name"]["chosen"] == "ten"
    said = {f.rule.code: f.message["en"] for f in found.findings}
    assert said == {
        "identity.unit_unknown": "Row 1: 99999 is no unit in force.",
        "attribute.unit_name": (
            "Unit 25480: the file says “Bình Mình”, the list says “Phường Bình Minh”."
        ),
        "dataset.units_missing": "1 of 96 units are not in the file: 25459.",
    }
    assert found.counts.quarantined == 1


@pytest.mark.parametrize(
    ("fields", "where", "code"),
    [
        (lambda _, name: {"ten": name}, VN_80, "units_not_recognised"),
        (lambda _, name: {"ma_tinh": "80", "ten": name}, VN_80, "units_of_other_level"),
        (lambda code, _: {"ma": code}, GENERIC, "no_units"),
    ],
)
def test_what_cannot_be_told_is_refused_by_name(
    tmp_path: Path, fields: Callable[[str, str], dict[str, str]], where: Jurisdiction, code: str
) -> None:
    with pytest.raises(Refused) as refusal:
        read(layer(tmp_path / "xa.geojson", fields), where)
    assert refusal.value.code == code


def test_units_of_before_are_of_another_level(tmp_path: Path) -> None:
    now = {unit.code for unit in VN_80.units}
    former = [s.old_code for s in VN_80.successions if s.old_code not in now]
    codes = dict(zip(VN_80.outlines, former, strict=False))
    path = layer(tmp_path / "xa.geojson", lambda code, name: {"ma": codes[code], "ten": name})
    with pytest.raises(Refused, match="no more in force"):
        read(path)


@pytest.mark.db
def test_accepted_outlines_are_shown_and_the_others_keep_theirs(
    open_services: Open, tmp_path: Path
) -> None:
    services = open_services("vn-80")
    area = select(units.c.code, func.ST_NPoints(units.c.geom_3857)).order_by(units.c.code)
    with services.database.begin() as connection:
        before = dict(map(tuple, connection.execute(area).all()))
    with work_folder() as workdir:
        opened = open_source(COMMUNES, workdir)
        found = examine_units(opened, workdir, Choices(), VN_80, silent)
    clerk = Principal.holding("user:binh", {"import"}, frozenset({"25645"}))
    with pytest.raises(NotAllowed):
        services.unit_layers.take(found, clerk)
    services.unit_layers.take(found, AN)
    services.deployments.prepare()  # as the next start does
    with services.database.begin() as connection:
        after = dict(map(tuple, connection.execute(area).all()))
    assert after.keys() == before.keys()
    # The outlines that ship are a simplified picture of these.
    assert sum(after.values()) > 5 * sum(before.values())


def test_command_says_what_it_found() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "landgis", "validate", str(COMMUNES), "--as", "units", "--json"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    document = json.loads(done.stdout)
    assert (done.returncode, document["status"]) == (0, "examined")
    assert document["counts"]["accepted"] == 96
    assert document["evidence"]["level"]["chosen"] == "commune/ward"
    rules = [line["rule"] for line in document["by_rule"]]
    assert rules[-3:] == ["identity.unit_unknown", "attribute.unit_name", "dataset.units_missing"]
