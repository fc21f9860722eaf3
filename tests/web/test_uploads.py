"""tus over HTTP, and imports from what was uploaded: one batch for each layer."""

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from landgis.bootstrap import Services
from landgis.cadastre.drafts import Heading
from landgis.config import Settings
from landgis.errors import Conflict, Unavailable
from landgis.ingest.evidence import Choices
from landgis.web.app import create_app
from tests.conftest import Open
from tests.people import Browser, person, with_people
from tests.sending import PRJ_9209, parcels, shapefile, vilis
from tests.web.conftest import DEMO
from tests.web.test_idempotency import forget_answers
from tests.web.test_imports import ANYBODY, work

pytestmark = pytest.mark.db
UPLOADS, IMPORTS = "/api/v1/uploads", "/api/v1/imports"
PART = "application/offset+octet-stream"


def metadata(**said: str) -> str:
    return ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in said.items())


def begin(api: FlaskClient, bearer: dict[str, str], data: bytes, **said: str):
    headers = bearer | {
        "Upload-Length": str(len(data)),
        "Upload-Metadata": metadata(**{"filename": "a.zip", **said}),
        "Tus-Resumable": "1.0.0",
    }
    return api.post(UPLOADS, headers=headers)


def patch(api: FlaskClient, bearer: dict[str, str], url: str, offset: int, data: bytes):
    headers = bearer | {"Upload-Offset": str(offset), "Content-Type": PART}
    return api.patch(url, headers=headers, data=data)


def uploaded(api: FlaskClient, bearer: dict[str, str], data: bytes, **said: str) -> str:
    url = begin(api, bearer, data, **said).headers["Location"]
    assert patch(api, bearer, url, 0, data).status_code == 204
    return url.rsplit("/", 1)[1]


def zipped(*members: tuple[str, Path]) -> bytes:
    """Shapefiles in one archive, each under a name of its own."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, shp in members:
            for suffix in (".shp", ".shx", ".dbf", ".prj"):
                if (part := shp.with_suffix(suffix)).exists():
                    archive.write(part, f"{name}{suffix}")
    return packed.getvalue()


@pytest.fixture
def two_layers(tmp_path: Path) -> bytes:
    """Two neighbouring sheets in folders of one archive, the second with a row that is held."""
    fields = vilis()
    first = shapefile(tmp_path / "a.shp", parcels(), fields)
    second_fields = fields | {"SHBANDO": ["77"] * 60}
    shapes = [None, *parcels(seed=8)[1:]]
    second = shapefile(tmp_path / "b.shp", shapes, second_fields)
    return zipped(("to12/thua", first), ("to77/thua", second))


def test_ordinary_tus_client_sends_in_parts_and_imports(
    services: Services, api: FlaskClient, bearer: dict[str, str], settings: Settings
) -> None:
    data = DEMO.read_bytes()
    begun = begin(api, bearer, data, filename="hoà thành.zip")
    url = begun.headers["Location"]
    assert (begun.status_code, begun.headers["Tus-Resumable"]) == (201, "1.0.0")
    middle = len(data) // 2
    assert patch(api, bearer, url, 0, data[:middle]).headers["Upload-Offset"] == str(middle)
    wrong = patch(api, bearer, url, 0, data[:middle])
    assert (wrong.status_code, wrong.json["code"], wrong.json["offset"]) == (
        409,
        "wrong_offset",
        middle,
    )
    early = api.post(IMPORTS, data={"upload": url.rsplit("/", 1)[1]}, headers=bearer)
    assert (early.status_code, early.json["code"]) == (409, "upload_incomplete")
    asked = api.head(url, headers=bearer)
    assert (asked.status_code, asked.headers["Upload-Offset"]) == (200, str(middle))
    assert (
        asked.headers["Cache-Control"] == "no-store, private"
        or "no-store" in (asked.headers["Cache-Control"])
    )
    assert patch(api, bearer, url, middle, data[middle:]).status_code == 204
    answer = api.post(IMPORTS, data={"upload": url.rsplit("/", 1)[1]}, headers=bearer)
    assert (answer.status_code, answer.json["file"]["name"]) == (202, "hoà thành.zip")
    work(services)
    batch = api.get(f"{IMPORTS}/{answer.json['id']}", headers=bearer).json
    assert (batch["status"], batch["counts"]["read"]) == ("staged", 4247)
    assert {path.name for path in settings.uploads_dir.iterdir()} == {"arriving"}
    assert not list((settings.uploads_dir / "arriving").rglob("content"))


def test_server_says_what_it_speaks(api: FlaskClient, bearer: dict[str, str]) -> None:
    told = api.options(UPLOADS, headers=bearer)
    assert told.headers["Tus-Version"] == "1.0.0"
    assert set(told.headers["Tus-Extension"].split(",")) == {
        "creation",
        "expiration",
        "termination",
    }
    assert int(told.headers["Tus-Max-Size"]) == 2 * 1024**3
    other = api.post(UPLOADS, headers=bearer | {"Tus-Resumable": "0.2.2"})
    assert (other.status_code, other.json["code"]) == (412, "tus_version")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 400),
        ({"Upload-Length": "0", "Upload-Metadata": metadata(filename="a.zip")}, 400),
        ({"Upload-Length": "x", "Upload-Metadata": metadata(filename="a.zip")}, 400),
        ({"Upload-Length": "9", "Upload-Metadata": "filename %%%"}, 400),
        ({"Upload-Length": "9", "Upload-Metadata": metadata(filename="/")}, 400),
        ({"Upload-Length": "9", "Upload-Metadata": metadata(filename="a.zip", sha256="1")}, 400),
        ({"Upload-Length": str(2**40), "Upload-Metadata": metadata(filename="a.zip")}, 413),
    ],
)
def test_upload_that_cannot_be_begun_leaves_nothing(
    api: FlaskClient,
    bearer: dict[str, str],
    settings: Settings,
    headers: dict[str, str],
    status: int,
) -> None:
    assert api.post(UPLOADS, headers=bearer | headers).status_code == status
    assert not settings.uploads_dir.exists() or not list(settings.uploads_dir.rglob("content"))


def test_part_must_say_what_it_is(api: FlaskClient, bearer: dict[str, str]) -> None:
    url = begin(api, bearer, b"abcd").headers["Location"]
    headers = bearer | {"Upload-Offset": "0", "Content-Type": "application/json"}
    assert api.patch(url, headers=headers, data=b"abcd").status_code == 415
    assert patch(api, bearer, url, 0, b"abcde").status_code == 413
    assert api.head(url, headers=bearer).headers["Upload-Offset"] == "0"


def test_upload_begun_twice_with_one_key_is_one(
    api: FlaskClient, bearer: dict[str, str], settings: Settings
) -> None:
    keyed = bearer | {"Idempotency-Key": "the same"}
    first, second = (begin(api, keyed, b"abcd") for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert len(list((settings.uploads_dir / "arriving").iterdir())) == 1


def test_bytes_that_are_not_as_said_are_refused(api: FlaskClient, bearer: dict[str, str]) -> None:
    data = DEMO.read_bytes()
    said = hashlib.sha256(data).hexdigest()
    broken = data[:1000] + b"X" + data[1001:]
    url = begin(api, bearer, data, sha256=said).headers["Location"]
    patch(api, bearer, url, 0, broken)
    answer = api.post(IMPORTS, data={"upload": url.rsplit("/", 1)[1]}, headers=bearer)
    assert (answer.status_code, answer.json["code"]) == (422, "checksum_differs")
    assert api.head(url, headers=bearer).status_code == 404


def test_import_asked_for_again_answers_with_its_batches(
    services: Services, api: FlaskClient, bearer: dict[str, str], two_layers: bytes
) -> None:
    upload = uploaded(api, bearer, two_layers)
    keyed = bearer | {"Idempotency-Key": "one import"}
    first = api.post(IMPORTS, data={"upload": upload}, headers=keyed).json["batches"]
    forget_answers(services)
    for headers, is_there in ((keyed, False), (bearer, True)):
        again = api.post(IMPORTS, data={"upload": upload}, headers=headers).json["batches"]
        assert [batch["id"] for batch in again] == [batch["id"] for batch in first]
        assert {batch["already_imported"] for batch in again} == {is_there}
    assert len(services.load.batches()) == 2
    other = api.post(IMPORTS, data={"upload": upload, "unit": "25645"}, headers=bearer)
    assert (other.status_code, other.json["code"]) == (409, "upload_used")


def test_server_that_died_between_two_batches_makes_each_once(
    services: Services,
    api: FlaskClient,
    bearer: dict[str, str],
    two_layers: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    upload = uploaded(api, bearer, two_layers)
    queue, calls = services.queue.load, []

    def dying(batch_id: UUID, *arguments: object) -> None:
        calls.append(batch_id)
        if len(calls) == 2:
            raise Unavailable("queue_unavailable", "as if the process ended here")
        queue(batch_id, *arguments)

    monkeypatch.setattr(services.queue, "load", dying)
    assert api.post(IMPORTS, data={"upload": upload}, headers=bearer).status_code == 503
    done = api.post(IMPORTS, data={"upload": upload}, headers=bearer)
    assert done.status_code == 202
    ids = [UUID(batch["id"]) for batch in done.json["batches"]]
    assert (ids, len(services.load.batches())) == (calls[:2], 2)


def test_each_layer_of_an_archive_is_a_batch(
    services: Services, api: FlaskClient, bearer: dict[str, str], two_layers: bytes
) -> None:
    def send(**more: str):
        file = (io.BytesIO(two_layers), "hai tờ.zip")
        return api.post(IMPORTS, data={"file": file, **more}, headers=bearer)

    answer = send(publish="true")
    assert "id" not in answer.json
    work(services)
    batches = [
        api.get(f"{IMPORTS}/{batch['id']}", headers=bearer).json for batch in answer.json["batches"]
    ]
    assert [batch["options"]["layer"] for batch in batches] == ["to12/thua.shp", "to77/thua.shp"]
    assert [batch["counts"]["quarantined"] for batch in batches] == [0, 1]
    assert batches[0]["status"] == "published"
    assert (batches[1]["status"], batches[1]["error"]["code"]) == ("staged", "unit_not_empty")
    again = send()
    assert (again.status_code, [b["id"] for b in again.json["batches"]]) == (
        200,
        [batch["id"] for batch in batches],
    )
    one = send(layer="to77/thua.shp")
    assert (one.status_code, one.json["id"]) == (200, batches[1]["id"])
    absent = send(layer="to99")
    assert (absent.status_code, absent.json["code"]) == (422, "no_such_layer")


def test_refusal_stays_the_reason_where_publication_was_asked_for(
    services: Services, api: FlaskClient, bearer: dict[str, str]
) -> None:
    form = {"file": (io.BytesIO(geojson({"n": "1"})), "a.geojson"), "crs": "EPSG:9999"}
    sent = api.post(IMPORTS, data={**form, "publish": "true"}, headers=bearer).json
    work(services)
    batch = api.get(f"{IMPORTS}/{sent['id']}", headers=bearer).json
    assert (batch["status"], batch["error"]["code"]) == ("refused", "unknown_crs")


def test_same_file_with_one_key_is_one_batch(
    services: Services, api: FlaskClient, bearer: dict[str, str], two_layers: bytes
) -> None:
    keyed = bearer | {"Idempotency-Key": "once"}
    for _ in range(2):
        file = (io.BytesIO(two_layers), "hai.zip")
        assert api.post(IMPORTS, data={"file": file}, headers=keyed).status_code in {200, 202}
    assert len(services.load.batches()) == 2


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
