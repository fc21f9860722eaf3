"""tus over HTTP, and imports from what was uploaded: one batch for each layer."""

import hashlib
import io
from pathlib import Path
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from landgis.bootstrap import Services
from landgis.config import Settings
from landgis.errors import Unavailable
from tests.sending import parcels, shapefile, vilis, zipped
from tests.uploading import IMPORTS, UPLOADS, begin, metadata, patch, uploaded
from tests.web.conftest import DEMO
from tests.web.test_idempotency import forget_answers
from tests.web.test_imports import work

pytestmark = pytest.mark.db


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


def test_same_file_with_one_key_is_one_batch(
    services: Services, api: FlaskClient, bearer: dict[str, str], two_layers: bytes
) -> None:
    keyed = bearer | {"Idempotency-Key": "once"}
    for _ in range(2):
        file = (io.BytesIO(two_layers), "hai.zip")
        assert api.post(IMPORTS, data={"file": file}, headers=keyed).status_code in {200, 202}
    assert len(services.load.batches()) == 2
