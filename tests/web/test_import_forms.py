"""What is said with a file that is handed in: forms, their contradictions, layers of archives."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from landgis.bootstrap import Services
from landgis.cadastre.drafts import Heading
from landgis.config import Settings
from landgis.errors import Conflict
from landgis.ingest.evidence import Choices
from landgis.web.app import create_app
from tests.conftest import Open
from tests.people import Browser, person, with_people
from tests.sending import PRJ_9209, parcels, shapefile, vilis, zipped
from tests.uploading import IMPORTS, uploaded
from tests.web.conftest import DEMO
from tests.web.test_imports import ANYBODY, work

pytestmark = pytest.mark.db


def test_refusal_stays_the_reason_where_publication_was_asked_for(
    services: Services, api: FlaskClient, bearer: dict[str, str]
) -> None:
    form = {"file": (io.BytesIO(geojson({"n": "1"})), "a.geojson"), "crs": "EPSG:9999"}
    sent = api.post(IMPORTS, data={**form, "publish": "true"}, headers=bearer).json
    work(services)
    batch = api.get(f"{IMPORTS}/{sent['id']}", headers=bearer).json
    assert (batch["status"], batch["error"]["code"]) == ("refused", "unknown_crs")


def geojson(*properties: dict[str, str]) -> bytes:
    shapes = parcels()
    features = [
        {"type": "Feature", "properties": p, "geometry": shape.__geo_interface__}
        for p, shape in zip(properties, shapes, strict=False)
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::9209"}}
    return json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}).encode()


def test_what_the_command_line_can_say_the_api_can(
    services: Services, api: FlaskClient, bearer: dict[str, str]
) -> None:
    data = geojson({"co1": "5", "co2": "9"}, {"co1": "5", "co2": "10"})
    form = {
        "file": (io.BytesIO(data), "a.geojson"),
        "crs": "EPSG:9210",
        "axis": "east,north",
        "unit": "25645",
        "map": ["co1=sheet", "co2=number"],
        "map_scale": "1:500",
        "no_memory": "true",
        "dry_run": "true",
    }
    answer = api.post(IMPORTS, data=form, headers=bearer)
    assert answer.status_code == 202, answer.text
    assert answer.json["options"] == {
        "memory": False,
        "dry_run": True,
        "map_scale": 500,
        "crs": 9210,
        "axis_order": "east,north",
        "encoding": None,
        "profile": None,
        "unit": "25645",
        "map": {"co1": "sheet", "co2": "number"},
        "layer": None,
    }


@pytest.mark.parametrize(
    ("scale", "code"), [("1:501", "unknown_map_scale"), ("large", "bad_map_scale")]
)
def test_scale_that_is_none_is_said_at_once_and_the_upload_can_be_used_again(
    api: FlaskClient, bearer: dict[str, str], scale: str, code: str
) -> None:
    data = geojson({"co1": "5", "co2": "9"})
    form = {"upload": uploaded(api, bearer, data, filename="a.geojson"), "map_scale": scale}
    answer = api.post(IMPORTS, data=form, headers=bearer)
    assert (answer.status_code, answer.json["code"]) == (400, code)
    answer = api.post(IMPORTS, data=form | {"map_scale": "500"}, headers=bearer)
    assert (answer.status_code, answer.json["options"]["map_scale"]) == (202, 500)


def test_dry_run_writes_nothing_and_is_never_published(
    open_services: Open, settings: Settings
) -> None:
    services = open_services("generic")
    api = create_app(services).test_client()
    bearer = {"Authorization": f"Bearer {services.access.create('office', {'import'}, None)}"}

    def send(**more: str):
        file = (io.BytesIO(geojson({"n": "1"}, {"n": "2"})), "a.geojson")
        return api.post(IMPORTS, data={"file": file, **more}, headers=bearer).json

    tried = send(dry_run="true")
    work(services)
    batch = api.get(f"{IMPORTS}/{tried['id']}", headers=bearer).json
    assert (batch["status"], batch["counts"]["accepted"]) == ("staged", 2), batch["error"]
    assert services.deployments.current() is None
    refused = api.post(f"{IMPORTS}/{tried['id']}/publish", headers=bearer)
    assert (refused.status_code, refused.json["code"]) == (409, "dry_run")
    real = send()
    assert (real["already_imported"], real["id"] != tried["id"]) == (False, True)
    work(services)
    assert services.deployments.current() is not None


def test_dry_run_becomes_no_draft(services: Services, tmp_path: Path) -> None:
    shp = shapefile(tmp_path / "a.shp", parcels(), vilis())
    batch = services.load.load(shp, Choices(dry_run=True), ANYBODY).batch
    heading = Heading("HS-1", "trial", "none")
    with pytest.raises(Conflict) as dry:
        services.editing.resends.propose(batch.batch_id, ANYBODY, heading, "none", None)
    assert dry.value.code == "dry_run"


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"file": True, "upload": "00000000-0000-0000-0000-000000000000"},
        {"file": True, "dry_run": "true", "publish": "true"},
        {"file": True, "map": "xyz"},
    ],
)
def test_form_that_contradicts_itself_is_refused(
    api: FlaskClient, bearer: dict[str, str], form: dict[str, object]
) -> None:
    sent = form | ({"file": (io.BytesIO(DEMO.read_bytes()), "a.zip")} if "file" in form else {})
    assert api.post(IMPORTS, data=sent, headers=bearer).status_code in {400, 422}


def test_archive_without_polygons_is_refused_at_sight(
    api: FlaskClient, bearer: dict[str, str], tmp_path: Path, make_points: Callable[[Path], Path]
) -> None:
    data = zipped(("points", make_points(tmp_path / "points.shp")))
    answer = api.post(IMPORTS, data={"file": (io.BytesIO(data), "a.zip")}, headers=bearer)
    assert (answer.status_code, answer.json["code"]) == (422, "no_polygon_layer")


def test_layers_without_polygons_are_named(
    services: Services,
    api: FlaskClient,
    bearer: dict[str, str],
    tmp_path: Path,
    make_points: Callable[[Path], Path],
) -> None:
    land = shapefile(tmp_path / "a.shp", parcels(), vilis())
    data = zipped(("thua", land), ("moc", make_points(tmp_path / "points.shp")))
    answer = api.post(IMPORTS, data={"file": (io.BytesIO(data), "a.zip")}, headers=bearer)
    assert (answer.status_code, answer.json["left_out"]) == (202, ["moc.shp (point)"])
    work(services)
    batch = api.get(f"{IMPORTS}/{answer.json['id']}", headers=bearer).json
    assert "moc.shp" in " ".join(note["message"] for note in batch["evidence"]["notes"])


@pytest.fixture
def make_points() -> Callable[[Path], Path]:
    import numpy as np
    import pyogrio.raw
    import shapely

    def make(path: Path) -> Path:
        pyogrio.raw.write(
            path,
            geometry=shapely.to_wkb(np.array([shapely.Point(0, 0)], dtype=object)),
            field_data=[np.array([1])],
            fields=["n"],
            geometry_type="Point",
            driver="ESRI Shapefile",
            crs="EPSG:9209",
        )
        path.with_suffix(".prj").write_text(PRJ_9209)
        return path

    return make


def test_page_says_what_is_wrong_with_a_form(services: Services) -> None:
    browser = with_people(services)
    person(services, "mai", ("registrar", None))
    visitor = Browser(create_app(browser))
    visitor.sign_in("mai")
    assert '<option value="500">1:500</option>' in visitor.send("GET", "/imports").text
    for fields, code in (
        ({"unit": "x" * 99}, "bad_form"),
        ({"crs": "here"}, "bad_crs"),
        ({"map_scale": "7"}, "unknown_map_scale"),
        ({"file": (io.BytesIO(b"<html>"), "a.zip")}, "not_a_zip"),
        ({"file": (io.BytesIO(b"x"), "")}, None),
    ):
        data = {"file": (io.BytesIO(b"x"), "a.zip"), **fields}
        answer = visitor.send("POST", "/imports", data=data)
        if code is None:  # nothing was chosen, so there is nothing to say
            assert answer.status_code in {303, 400}
            continue
        assert (answer.status_code // 100, code in answer.text) == (4, True), answer.text[:300]
