"""Imports over HTTP, with the worker's own functions doing the work."""

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from landgis.bootstrap import Services
from landgis.cadastre.register import Principal
from landgis.config import Settings
from landgis.jobs.queue import QUEUE, JobQueue, worker_app
from landgis.web.app import create_app
from tests.conftest import Open
from tests.web.conftest import DEMO

pytestmark = pytest.mark.db
ANYBODY = Principal.holding("tester", {"import"})


def work(services: Services) -> None:
    """Empty the queue as a worker does, then stop.

    In a thread: the browser tests keep an event loop running in the main one.
    """

    def run() -> None:
        app = worker_app(services.database_url, lambda: (services.load, services.publish))
        with app.open():
            app.run_worker(queues=[QUEUE], wait=False, install_signal_handlers=False)

    with ThreadPoolExecutor(1) as worker:
        worker.submit(run).result()


@pytest.fixture
def services(open_services: Open) -> Services:
    return open_services("vn-80")


@pytest.fixture
def api(services: Services) -> FlaskClient:
    return create_app(services).test_client()


@pytest.fixture
def bearer(services: Services) -> dict[str, str]:
    key = services.access.create("office", frozenset({"import"}), None)
    return {"Authorization": f"Bearer {key}"}


def send(api: FlaskClient, bearer: dict[str, str], data: bytes, name: str, **form: str):
    body = {"file": (io.BytesIO(data), name), **form}
    return api.post("/api/v1/imports", data=body, headers=bearer)


def test_upload_is_examined_then_published_by_the_worker(
    services: Services, api: FlaskClient, bearer: dict[str, str], settings: Settings
) -> None:
    accepted = send(api, bearer, DEMO.read_bytes(), "hoa thanh.zip")
    assert (accepted.status_code, accepted.json["status"]) == (202, "queued")
    path = f"/api/v1/imports/{accepted.json['id']}"
    work(services)
    batch = api.get(path, headers=bearer).json
    assert batch["status"] == "staged"
    assert batch["file"]["name"] == "hoa thanh.zip"
    assert batch["counts"] == {
        "read": 4247,
        "accepted": 4238,
        "quarantined": 9,
        "unreadable": 0,
    }
    assert len(api.get(f"{path}/findings", headers=bearer).json["findings"]) == 9
    held = api.get(f"{path}/rows?state=quarantined", headers=bearer).json["rows"]
    assert held[0]["reasons"] == ["geometry.empty"]
    assert api.get(f"{path}/report", headers=bearer).json["counts"] == batch["counts"]
    assert api.post(f"{path}/publish", headers=bearer).status_code == 202
    work(services)
    assert api.get(path, headers=bearer).json["revision"] == 1
    assert api.get("/api/v1/revision").json["revision"] == 1
    assert list(settings.uploads_dir.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("page.zip", b"<!DOCTYPE html><html></html>", "not_a_zip"),
        ("noise.shp", bytes(range(256)), "not_a_shapefile"),
        ("drawing.dwg", b"AC1032", "unsupported_format"),
        ("empty.zip", b"", "empty_file"),
    ],
)
def test_file_wrong_at_sight_is_422_and_leaves_nothing(
    api: FlaskClient, bearer: dict[str, str], settings: Settings, name: str, data: bytes, code: str
) -> None:
    answer = send(api, bearer, data, name)
    assert answer.status_code == 422, answer.text
    assert answer.json["code"] == code
    assert list(settings.uploads_dir.iterdir()) == []


def test_file_refused_by_the_worker_says_so_on_the_batch(
    services: Services, api: FlaskClient, bearer: dict[str, str], settings: Settings
) -> None:
    accepted = send(api, bearer, DEMO.read_bytes(), "far.zip", crs="EPSG:9999")
    work(services)
    batch = api.get(f"/api/v1/imports/{accepted.json['id']}", headers=bearer).json
    assert (batch["status"], batch["error"]["code"]) == ("refused", "unknown_crs")
    assert list(settings.uploads_dir.iterdir()) == []


def test_same_file_again_answers_with_the_first_batch(
    services: Services, api: FlaskClient, bearer: dict[str, str], settings: Settings
) -> None:
    first = send(api, bearer, DEMO.read_bytes(), "one.zip").json
    second = send(api, bearer, DEMO.read_bytes(), "two.zip").json
    work(services)
    path = "/api/v1/imports/{}"
    assert api.get(path.format(first["id"]), headers=bearer).json["status"] == "staged"
    late = api.get(path.format(second["id"]), headers=bearer).json
    assert (late["status"], late["error"]["code"]) == ("refused", "already_imported")
    assert late["error"]["batch_id"] == first["id"]
    again = send(api, bearer, DEMO.read_bytes(), "three.zip")
    assert (again.status_code, again.json["id"]) == (200, first["id"])
    assert again.json["already_imported"] is True
    assert list(settings.uploads_dir.iterdir()) == []


def test_job_that_died_with_its_worker_is_done_again(
    services: Services, api: FlaskClient, bearer: dict[str, str]
) -> None:
    accepted = send(api, bearer, DEMO.read_bytes(), "again.zip")
    batch_id = UUID(accepted.json["id"])
    services.load.tell(batch_id, "validating", 0, 4247)
    work(services)
    assert services.load.get(batch_id, ANYBODY).status == "staged"


def test_import_needs_a_key_with_the_scope(
    services: Services, api: FlaskClient, upload: Path
) -> None:
    assert send(api, {}, upload.read_bytes(), "a.zip").status_code == 401
    weak = services.access.create("weak", frozenset({"public"}), None)
    answer = send(api, {"Authorization": f"Bearer {weak}"}, upload.read_bytes(), "a.zip")
    assert (answer.status_code, answer.json["code"]) == (403, "scope_missing")


def test_key_of_one_unit_sees_only_what_it_handed_in(
    services: Services, api: FlaskClient, bearer: dict[str, str], upload: Path
) -> None:
    theirs = send(api, bearer, upload.read_bytes(), "a.zip").json["id"]
    work(services)
    key = services.access.create("office", frozenset({"import"}), frozenset({"25459"}))
    limited = {"Authorization": f"Bearer {key}"}
    for path in ("", "/findings", "/rows", "/report"):
        answer = api.get(f"/api/v1/imports/{theirs}{path}", headers=limited)
        assert (answer.status_code, answer.json["code"]) == (404, "no_such_batch"), path
    assert api.post(f"/api/v1/imports/{theirs}/publish", headers=limited).status_code == 404
    same = send(api, limited, upload.read_bytes(), "a.zip")
    assert (same.status_code, same.json["code"]) == (409, "already_imported")
    own = send(api, limited, upload.read_bytes(), "a.zip", encoding="tcvn3").json["id"]
    assert api.get(f"/api/v1/imports/{own}", headers=limited).status_code == 200


def test_revoked_key_is_refused(services: Services, api: FlaskClient) -> None:
    key = services.access.create("gone", frozenset({"import"}), None)
    services.access.revoke(key.split("_")[1])
    answer = api.get("/api/v1/imports/x", headers={"Authorization": f"Bearer {key}"})
    assert (answer.status_code, answer.json["code"]) == (401, "bad_key")


def test_bad_batch_id_is_400_and_unknown_one_404(api: FlaskClient, bearer: dict[str, str]) -> None:
    assert api.get("/api/v1/imports/17", headers=bearer).status_code == 400
    unknown = api.get("/api/v1/imports/00000000-0000-0000-0000-000000000000", headers=bearer)
    assert (unknown.status_code, unknown.json["code"]) == (404, "no_such_batch")


def test_form_field_that_is_unknown_is_refused(api: FlaskClient, bearer: dict[str, str]) -> None:
    answer = send(api, bearer, b"x", "a.zip", colour="red")
    assert (answer.status_code, answer.json["code"]) == (422, "bad_body")


def test_queue_that_does_not_answer_is_503_and_nothing_is_left(
    services: Services, bearer: dict[str, str], settings: Settings, tmp_path: Path
) -> None:
    nowhere = replace(services, queue=JobQueue(f"postgresql:///x?host={tmp_path}"))
    answer = send(create_app(nowhere).test_client(), bearer, DEMO.read_bytes(), "a.zip")
    assert (answer.status_code, answer.json["code"]) == (503, "queue_unavailable")
    assert answer.headers["Retry-After"]
    assert list(settings.uploads_dir.iterdir()) == []
    (batch,) = services.load.batches()
    assert batch.status == "failed"


def test_file_without_a_name_is_refused(
    api: FlaskClient, bearer: dict[str, str], settings: Settings
) -> None:
    answer = send(api, bearer, b"x", "/")
    assert answer.status_code in (400, 422)
    assert not settings.uploads_dir.exists() or list(settings.uploads_dir.iterdir()) == []


def test_upload_beyond_the_limit_is_413(services: Services, bearer: dict[str, str]) -> None:
    app = create_app(services)
    app.config["MAX_CONTENT_LENGTH"] = 1000
    answer = send(app.test_client(), bearer, bytes(5000), "big.zip")
    assert (answer.status_code, answer.json["code"]) == (413, "too_large")
