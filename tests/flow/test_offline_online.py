"""What ``landgis validate`` says without a database is what the server says with one."""

import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely
from click.testing import CliRunner
from flask.testing import FlaskClient

from landgis.bootstrap import Services
from landgis.cli import main
from landgis.store.cluster import Cluster
from landgis.web.app import create_app
from tests.conftest import SAMPLES, Open
from tests.flow.test_import import DEMO, EPINAY
from tests.own import own_services
from tests.sending import parcels, shapefile, vilis, zipped
from tests.uploading import uploaded
from tests.web.test_imports import work

pytestmark = pytest.mark.db
OF_THE_REGISTER = {
    "dataset.systematic_shift",
    "identity.number_reused",
    "topology.register_overlap",
}
"""Rules that compare with live parcels; there are none yet, and none offline."""

Make = Callable[[Path], Path]


def damaged(folder: Path) -> Path:
    """A .dbf shorter than its .shp, a lost end, a row without geometry and one that crosses."""
    crossing = shapely.Polygon([(0, 0), (9, 9), (9, 0), (0, 9)])
    shapes = parcels()
    origin = shapes[5].bounds[:2]
    moved = shapely.transform(crossing, lambda xy: xy + origin)
    shp = shapefile(folder / "x.shp", [None, *shapes[1:5], moved, *shapes[6:]], vilis())
    for suffix, lost in ((".dbf", 900), (".shp", 300)):
        part = shp.with_suffix(suffix)
        part.write_bytes(part.read_bytes()[:-lost])
    return packed(folder, ("x", shp))


def packed(folder: Path, *members: tuple[str, Path]) -> Path:
    path = folder / "gửi.zip"
    path.write_bytes(zipped(*members))
    return path


def two_with_a_broken_one(folder: Path) -> Path:
    sound = shapefile(folder / "a.shp", parcels(), vilis())
    broken = shapefile(folder / "b.shp", parcels(), vilis())
    broken.write_bytes(broken.read_bytes()[:120])
    return packed(folder, ("to1", sound), ("to2", broken))


def wrong_words(folder: Path) -> Path:
    """Repeated numbers, land uses nobody knows, areas that are no numbers."""
    fields = vilis() | {"SHTHUA": [str(1 + i // 2) for i in range(60)], "KHLOAIDAT": ["??"] * 60}
    return packed(folder, ("x", shapefile(folder / "x.shp", parcels(), fields, prj=None)))


def swapped(folder: Path) -> Path:
    shapes = [shapely.transform(shape, lambda xy: xy[:, ::-1]) for shape in parcels()]
    return packed(folder, ("x", shapefile(folder / "x.shp", shapes, vilis())))


def disguised(folder: Path) -> Path:
    path = folder / "x.geojson"
    path.write_text('<OGRVRTDataSource><OGRVRTLayer name="x"/></OGRVRTDataSource>')
    return path


def slip(folder: Path) -> Path:
    path = folder / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../x.shp", b"x")
    return path


def page(folder: Path) -> Path:
    path = folder / "x.gpkg"
    path.write_bytes(b"<!DOCTYPE html><html></html>")
    return path


def no_polygons(folder: Path) -> Path:
    path = folder / "x.geojson"
    point = {"type": "Point", "coordinates": [106.1, 11.3]}
    feature = {"type": "Feature", "properties": {}, "geometry": point}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return path


FILES: list[Make] = [
    lambda _: DEMO,
    lambda _: SAMPLES / "tay-ninh-communes" / "tay_ninh_xa_vn2000_tcvn3.zip",
    damaged,
    two_with_a_broken_one,
    wrong_words,
    swapped,
    disguised,
    slip,
    page,
    no_polygons,
]


@pytest.fixture(scope="module")
def runner() -> CliRunner:
    return CliRunner()


@pytest.fixture(scope="module")
def office(
    cluster: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Services]:
    """Services on a register without a parcel, for every file."""
    with own_services(cluster, template, tmp_path_factory.mktemp("home")) as services:
        yield services


def offline(runner: CliRunner, path: Path, jurisdiction: str) -> list[dict[str, Any]]:
    done = runner.invoke(
        main, ["validate", str(path), "--json"], env={"LANDGIS_JURISDICTION": jurisdiction}
    )
    said = json.loads(done.stdout)
    return said.get("files", [said])


def online(services: Services, path: Path) -> list[dict[str, Any]]:
    api: FlaskClient = create_app(services).test_client()
    bearer = {"Authorization": f"Bearer {services.access.create('o', frozenset({'import'}), None)}"}
    upload = uploaded(api, bearer, path.read_bytes(), filename=path.name)
    answer = api.post("/api/v1/imports", data={"upload": upload}, headers=bearer)
    if answer.status_code == 422:
        return [{"error": answer.json}]
    work(services)
    said = []
    for batch in answer.json["batches"]:
        url = f"/api/v1/imports/{batch['id']}"
        found = api.get(url, headers=bearer).json
        is_refused = found["status"] == "refused"
        report = {} if is_refused else api.get(f"{url}/report", headers=bearer).json
        said.append({"error": found["error"]} if is_refused else report)
    return said


def essence(report: dict[str, Any]) -> object:
    """What a report says about the file, apart from when and where it was made."""
    if "error" in report:
        return report["error"]["code"]
    findings = [f for f in report["findings"] if f["rule"] not in OF_THE_REGISTER]
    rules = [r for r in report["by_rule"] if r["rule"] not in OF_THE_REGISTER]
    return {
        "findings": findings,
        "by_rule": rules,
        **{part: report[part] for part in ("file", "options", "counts", "rows", "evidence")},
    }


@pytest.mark.parametrize("make", FILES, ids=lambda make: make.__name__)
def test_server_says_the_same_as_the_command_line(
    office: Services, runner: CliRunner, tmp_path: Path, make: Make
) -> None:
    path = make(tmp_path)
    here = [essence(report) for report in offline(runner, path, "vn-80")]
    there = [essence(report) for report in online(office, path)]
    assert here == there
    assert here


def test_the_same_where_the_file_itself_fixes_the_plane(
    open_services: Open, runner: CliRunner
) -> None:
    here = [essence(report) for report in offline(runner, EPINAY, "generic")]
    there = [essence(report) for report in online(open_services("generic"), EPINAY)]
    assert here == there
    assert here[0]["counts"]["accepted"] == 4241
