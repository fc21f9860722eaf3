"""Encoding, plane and axis order of real files: right, or honestly asked about."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely

from landgis.cadastre import jurisdiction
from landgis.errors import Refused
from landgis.ingest.archive import open_source
from landgis.ingest.evidence import Choices
from landgis.services.examine import Examined, examine, work_folder
from landgis.services.ports import silent
from tests.flow.test_import import DEMO

ROOT = Path(__file__).resolve().parents[2]
VN_80 = jurisdiction.load(jurisdiction.find("vn-80"))
DEMO_COUNTS = {"read": 4_247, "accepted": 4_238, "quarantined": 9, "unreadable": 0}


def examined(path: Path, choices: Choices | None = None) -> Examined:
    with work_folder() as workdir:
        opened = open_source(path, workdir)
        chosen = choices or Choices()
        return examine(opened, workdir, chosen, VN_80, deployment=None, progress=silent)


def demo_parts(folder: Path) -> Path:
    with zipfile.ZipFile(DEMO) as archive:
        archive.extractall(folder)
    (shp,) = folder.glob("*.shp")
    return shp


def turned_demo(folder: Path) -> Path:
    """The demo register with north written first, geometry only: GDAL leaves the .dbf to us."""
    shp = demo_parts(folder)
    _, _, wkb, _ = pyogrio.raw.read(shp, columns=[])
    turned = shapely.transform(shapely.from_wkb(wkb), lambda xy: xy[:, ::-1])
    other = folder / "turned" / shp.name
    other.parent.mkdir()
    pyogrio.raw.write(
        other,
        geometry=shapely.to_wkb(turned),
        field_data=[np.arange(len(turned))],
        fields=["n"],
        geometry_type="Polygon",
        driver="ESRI Shapefile",
        crs="EPSG:4326",
    )
    for suffix in (".dbf", ".prj"):
        other.with_suffix(suffix).write_bytes(shp.with_suffix(suffix).read_bytes())
    other.with_suffix(".cpg").unlink()
    return other


def without_prj(folder: Path) -> Path:
    shp = demo_parts(folder)
    shp.with_suffix(".prj").unlink()
    return shp


def labelled_as_degrees(folder: Path) -> Path:
    shp = demo_parts(folder)
    text = shp.with_suffix(".prj").read_text()
    start = text.index("GEOGCS")
    shp.with_suffix(".prj").write_text(text[start : text.index(",PROJECTION")])
    return shp


@pytest.mark.parametrize("make", [without_prj, turned_demo, labelled_as_degrees])
def test_demo_register_is_placed_and_loses_no_row(
    make: Callable[[Path], Path], tmp_path: Path
) -> None:
    plain, odd = examined(DEMO), examined(make(tmp_path))
    assert odd.counts.as_dict() == plain.counts.as_dict() == DEMO_COUNTS
    assert odd.normalised.evidence["crs"]["chosen"] == "EPSG:9209"
    ours, theirs = (shapely.get_coordinates(e.normalised.parcels.geom) for e in (odd, plain))
    assert {tuple(xy) for xy in ours.tolist()} == {tuple(xy) for xy in theirs.tolist()}


def test_wrong_meridian_is_asked_about_and_the_answer_is_obeyed(tmp_path: Path) -> None:
    shp = demo_parts(tmp_path)
    prj = shp.with_suffix(".prj")
    prj.write_text(prj.read_text().replace("105.5", "105.75"))
    with pytest.raises(Refused) as refusal:
        examined(shp)
    assert refusal.value.code == "crs_contradicted"
    assert "27 km away" in refusal.value.message
    assert "--crs EPSG:9209" in refusal.value.message
    answered = examined(shp, Choices(crs=9209))
    assert answered.counts.as_dict() == DEMO_COUNTS


def run(command: str, *arguments: object) -> Any:
    return subprocess.run(
        [sys.executable, "-m", "landgis", command, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_axis_order_can_be_said_on_the_command_line(tmp_path: Path) -> None:
    path = turned_demo(tmp_path)
    done = run("validate", path, "--axis", "north,east", "--json")
    result = json.loads(done.stdout)
    assert (done.returncode, result["counts"]) == (3, DEMO_COUNTS)
    assert result["evidence"]["axis_order"]["chosen"] == "north,east"
    assert result["options"]["axis_order"] == "north,east"
    bad = run("validate", path, "--axis", "yx")
    assert (bad.returncode, bad.stderr.strip().endswith("[bad_axis]")) == (2, True)


def test_every_form_of_the_same_parcels_is_understood_or_asked_about() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "prove"), "detect", "--rounds", "12"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "holds" in done.stdout
