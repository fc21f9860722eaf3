"""Imports over HTTP, with the worker's own functions doing the work."""

import io
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from landgis.bootstrap import Services
from landgis.cadastre.batches import Batch
from landgis.cadastre.register import Principal
from landgis.config import Settings
from landgis.errors import Conflict
from landgis.ingest.archive import open_source
from landgis.ingest.evidence import Choices
from landgis.jobs.queue import QUEUE, Work, worker_app
from landgis.jobs.tasks import MOST_ATTEMPTS, run_load, run_publish
from landgis.services.examine import work_folder
from landgis.web.app import create_app
from tests.web.conftest import DEMO

pytestmark = pytest.mark.db
ANYBODY = Principal.holding("tester", {"import"})


def work(services: Services) -> None:
    """Empty the queue as a worker does, then stop.

    In a thread: the browser tests keep an event loop running in the main one.
    """

    def run() -> None:
        stories = Work(
            services.load,
            services.publish,
            services.pyramid,
            services.images.rasters,
            services.identifiers.giving,
        )
        app = worker_app(services.database_url, lambda: stories)
        with app.open():
            app.run_worker(queues=[QUEUE], wait=False, install_signal_handlers=False)

    with ThreadPoolExecutor(1) as worker:
        worker.submit(run).result()


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
    found = api.get(f"{path}/findings", headers=bearer).json["findings"]
    failed = [finding["rule"] for finding in found if finding["outcome"] == "fail"]
    assert {line["rule"]: line["findings"] for line in batch["by_rule"] if line["findings"]} == {
        rule: failed.count(rule) for rule in failed
    }
    assert {"geometry.empty", "topology.stack", "identity.duplicate"} <= set(failed)
    held = api.get(f"{path}/rows?state=quarantined", headers=bearer).json["rows"]
    assert held[0]["reasons"] == ["geometry.empty"]
    assert api.get(f"{path}/report", headers=bearer).json["counts"] == batch["counts"]
    assert api.post(f"{path}/publish", headers=bearer).status_code == 202
    work(services)
    assert api.get(path, headers=bearer).json["revision"] == 1
    assert api.get("/api/v1/revision").json["revision"] == 1
    assert list(settings.uploads_dir.iterdir()) == []
    assert settings.uploads_dir.stat().st_mode & 0o077 == 0, "files hold names of people"


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("page.zip", b"<!DOCTYPE html><html></html>", "not_a_zip"),
        ("noise.shp", bytes(range(256)), "not_a_shapefile"),
        ("drawing.dwg", b"AC1032", "dwg"),
        ("letter.odt", b"PK", "unsupported_format"),
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


def test_queue_that_does_not_answer_is_503(
    services: Services, api: FlaskClient, bearer: dict[str, str], upload: Path, tmp_path: Path
) -> None:
    batch_id = send(api, bearer, upload.read_bytes(), "a.zip").json["id"]
    work(services)
    nowhere = create_app(replace(services, database_url=f"postgresql:///x?host={tmp_path}"))
    for _ in range(2):  # what could not connect once can be asked again
        answer = nowhere.test_client().post(f"/api/v1/imports/{batch_id}/publish", headers=bearer)
        assert (answer.status_code, answer.json["code"]) == (503, "queue_unavailable")
        assert answer.headers["Retry-After"]


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


def test_server_that_died_at_an_upload_leaves_nothing_for_long(
    services: Services, api: FlaskClient, bearer: dict[str, str], settings: Settings, upload: Path
) -> None:
    waiting = send(api, bearer, upload.read_bytes(), "a.zip").json["id"]
    for name in (waiting, str(uuid4()), "notes"):
        folder = settings.uploads_dir / name
        folder.mkdir(exist_ok=True)
        os.utime(folder, (0, 0))
    young = settings.uploads_dir / str(uuid4())
    young.mkdir()
    send(api, bearer, b"x", "noise.zip")
    assert {f.name for f in settings.uploads_dir.iterdir()} == {waiting, young.name, "notes"}


def test_batch_is_never_recorded_without_its_job(
    services: Services, api: FlaskClient, bearer: dict[str, str], settings: Settings
) -> None:
    with services.database.begin() as connection:
        connection.execute(text("ALTER TABLE procrastinate_jobs RENAME TO elsewhere"))
    assert send(api, bearer, DEMO.read_bytes(), "a.zip").status_code == 503
    assert services.load.batches() == []
    assert list(settings.uploads_dir.iterdir()) == []


def test_queued_import_can_be_cancelled_and_sent_again(
    services: Services, api: FlaskClient, bearer: dict[str, str], settings: Settings, upload: Path
) -> None:
    first = send(api, bearer, upload.read_bytes(), "a.zip").json
    for _ in range(2):  # the answer may have been lost
        answer = api.post(f"/api/v1/imports/{first['id']}/cancel", headers=bearer)
        assert (answer.status_code, answer.json["status"]) == (200, "cancelled")
    assert list(settings.uploads_dir.iterdir()) == []
    work(services)
    assert services.load.get(UUID(first["id"]), ANYBODY).status == "cancelled"
    again = send(api, bearer, upload.read_bytes(), "a.zip").json
    assert again["already_imported"] is False
    work(services)
    assert services.load.get(UUID(again["id"]), ANYBODY).status == "staged"


def test_staged_import_can_be_cancelled_a_published_one_not(
    services: Services, api: FlaskClient, bearer: dict[str, str], upload: Path
) -> None:
    path = f"/api/v1/imports/{send(api, bearer, upload.read_bytes(), 'a.zip').json['id']}"
    work(services)
    services.queue.publish(UUID(path[-36:]), "office", None)
    cancelled = api.post(f"{path}/cancel", headers=bearer).json
    assert cancelled["counts"]["read"] == 0
    assert api.get(f"{path}/rows", headers=bearer).json["rows"] == []
    assert rows_of(services, path[-36:]) == (0, 0, 0)
    work(services)  # the publication that was asked for before
    assert api.get(path, headers=bearer).json["status"] == "cancelled"
    assert api.get("/api/v1/revision").json["revision"] == 0
    assert api.post(f"{path}/publish", headers=bearer).json["code"] == "batch_not_staged"

    path = f"/api/v1/imports/{send(api, bearer, upload.read_bytes(), 'a.zip').json['id']}"
    work(services)
    services.publish.publish(UUID(path[-36:]), ANYBODY)
    answer = api.post(f"{path}/cancel", headers=bearer)
    assert (answer.status_code, answer.json["code"]) == (409, "batch_not_cancellable")
    assert api.get(path, headers=bearer).json["status"] == "published"


def rows_of(services: Services, batch_id: str) -> tuple[int, ...]:
    """What three tables hold of a batch."""
    tables = ("import_rows", "pii.import_raw", "findings")
    with services.database.begin() as connection:
        counts = [
            connection.execute(
                text(f"SELECT count(*) FROM {table} WHERE batch_id = CAST(:b AS uuid)"),
                {"b": batch_id},
            ).scalar_one()
            for table in tables
        ]
    return tuple(counts)


@pytest.mark.parametrize("at", ["reading", "validating", "staged"])
@pytest.mark.parametrize("is_told", [True, False])
def test_import_cancelled_while_a_worker_is_at_it_writes_nothing(
    services: Services, upload: Path, at: str, is_told: bool
) -> None:
    batch = queued(services, upload)

    def progress(stage: str, done: int, total: int | None) -> None:
        if stage == at:
            services.load.cancel(batch.batch_id, ANYBODY)
        if is_told:
            services.load.tell(batch.batch_id, stage, done, total)

    with pytest.raises(Conflict, match="cancelled"):
        services.load.load(upload, Choices(), ANYBODY, batch=batch, progress=progress)
    assert services.load.get(batch.batch_id, ANYBODY).status == "cancelled"
    assert rows_of(services, str(batch.batch_id)) == (0, 0, 0)


def queued(services: Services, upload: Path) -> Batch:
    """A batch that waits for a worker which is not there."""
    with work_folder() as folder:
        source = open_source(upload, folder).source
    return services.load.queue(source, Choices(), ANYBODY, uuid4(), lambda *_: None)


def test_import_that_ends_its_worker_each_time_is_given_up(
    services: Services, upload: Path, tmp_path: Path
) -> None:
    batch = queued(services, upload)
    folder = tmp_path / "upload"
    folder.mkdir()
    (folder / upload.name).write_bytes(upload.read_bytes())
    run_load(services.load, batch.batch_id, folder / upload.name, {}, "tester", MOST_ATTEMPTS + 1)
    ended = services.load.get(batch.batch_id, ANYBODY)
    assert (ended.status, ended.error["code"]) == ("failed", "given_up")
    assert not folder.exists()


def test_publication_that_ends_its_worker_each_time_is_given_up(
    services: Services, upload: Path
) -> None:
    batch_id = services.load.load(upload, Choices(), ANYBODY).batch.batch_id
    with services.database.begin() as connection:
        connection.execute(text("UPDATE import_batches SET status = 'publishing'"))
    by = (services.load, services.publish, batch_id, "tester", None)
    run_publish(*by, MOST_ATTEMPTS + 1)
    given_up = services.load.get(batch_id, ANYBODY)
    assert (given_up.status, given_up.error["code"]) == ("staged", "given_up")
    run_publish(*by, 1)
    assert services.load.get(batch_id, ANYBODY).published_revision == 1
