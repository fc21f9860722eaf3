"""Rows of a batch over HTTP: read, mended by two at once, tried again, let in, taken back."""

import csv
import io
from pathlib import Path

import pytest
import shapely
from flask.testing import FlaskClient
from openpyxl import load_workbook

from landgis.bootstrap import Services
from landgis.cadastre.register import Principal
from landgis.ingest.evidence import Choices
from landgis.web.app import create_app
from tests.held_rows import BOWTIE, EMPTY, ITS_TWIN, LINE, OWNER, TWIN, outline, written
from tests.people import HOA_THANH, Browser, person, with_people
from tests.web.conftest import DEMO

pytestmark = pytest.mark.db


@pytest.fixture
def batch(services: Services, tmp_path: Path) -> str:
    by = Principal.holding("tester", {"import"})
    path = written(tmp_path / "held rows.geojson")
    return f"/api/v1/imports/{services.load.load(path, Choices(), by).batch.batch_id}"


def test_row_is_mended_tried_again_and_let_in(
    services: Services, api: FlaskClient, bearer: dict[str, str], batch: str
) -> None:
    services.publish.publish(services.load.batches()[0].batch_id, ANYBODY)
    path = f"{batch}/rows/{BOWTIE}"
    seen = api.get(path, headers=bearer)
    assert (seen.json["state"], seen.json["reasons"]) == ("quarantined", ["geometry.bow_tie"])
    assert seen.json["geometry"]["type"] == "Polygon"
    assert (seen.json["crs"], seen.headers["ETag"]) == ("EPSG:9209", '"0"')
    assert seen.json["findings"][0]["rule"] == "geometry.bow_tie"
    body = {
        "values": {"number": "33", "address": "12 Lê Lợi"},
        "geometry": shapely.geometry.mapping(outline(BOWTIE)),
        "crs": "EPSG:9209",
        "reason": "vẽ lại theo biên bản đo",
    }
    assert api.patch(path, headers=bearer, json=body).status_code == 428
    tagged = {**bearer, "If-Match": seen.headers["ETag"]}
    mended = api.patch(path, headers=tagged, json=body)
    assert (mended.status_code, mended.headers["ETag"]) == (200, '"1"'), mended.text
    assert mended.json["values"]["number"] == "33"
    stale = api.patch(path, headers=tagged, json=body)
    assert (stale.status_code, stale.json["code"], stale.json["version"]) == (409, "stale_row", 1)

    tried = api.post(f"{path}/retry", headers=bearer)
    assert tried.json["state"] == "accepted"
    assert tried.json["counts"]["accepted"] == 8
    let_in = api.post(f"{batch}/rows/publish", headers=bearer)
    assert (let_in.status_code, let_in.json["revision"], let_in.json["rows"]) == (200, 2, [BOWTIE])
    again = api.post(f"{batch}/rows/publish", headers=bearer)
    assert (again.status_code, again.json["code"]) == (409, "nothing_to_publish")
    history = api.get(path, headers=bearer).json
    (mend,) = history["mends"]
    assert mend["by"].startswith("key:")
    assert mend["reason"] == body["reason"]
    assert mend["before"] == {"number": "3", "address": None}
    assert history["retries"][0]["revision"] == 2
    assert api.get("/api/v1/revision").json["revision"] == 2


ANYBODY = Principal.holding("tester", {"import"})


def test_all_rows_or_some_are_tried_again(
    api: FlaskClient, bearer: dict[str, str], batch: str
) -> None:
    some = api.post(f"{batch}/retry", headers=bearer, json={"rows": [TWIN]})
    assert [(r["row"], r["state"]) for r in some.json["rows"]] == [(TWIN, "accepted")]
    rest = api.post(f"{batch}/retry", headers=bearer, json={"rows": "all"}).json
    assert {r["row"]: r["reasons"] for r in rest["rows"]} == {
        BOWTIE: ["geometry.bow_tie"],
        ITS_TWIN: ["identity.duplicate"],
        EMPTY: ["geometry.empty"],
    }
    assert rest["counts"] == {"read": 12, "accepted": 8, "quarantined": 3, "unreadable": 1}
    for rows in ([], "some", [0], [LINE]):
        answer = api.post(f"{batch}/retry", headers=bearer, json={"rows": rows})
        assert answer.status_code == 422, rows


@pytest.mark.parametrize(
    ("row", "body", "status", "code"),
    [
        ("1", {"values": {"number": "9"}, "reason": "x"}, 409, "row_accepted"),
        ("99", {"values": {"number": "9"}, "reason": "x"}, 404, "no_such_row"),
        ("x", {"values": {"number": "9"}, "reason": "x"}, 400, "bad_parameter"),
        ("5", {"values": {"number": "9"}}, 422, "bad_body"),
        ("5", {"values": {"number": "9\n"}, "reason": "x"}, 422, "bad_body"),
        ("5", {"values": {"number": True}, "reason": "x"}, 422, "bad_body"),
        ("5", {"values": {"owner": "A"}, "reason": "x"}, 422, "unknown_target"),
        ("5", {"geometry": {"type": "Polygon", "coordinates": []}, "reason": "x"}, 422,
         "crs_missing"),
    ],
)  # fmt: skip
def test_mend_that_cannot_be_is_a_problem(
    demo_rows: tuple[FlaskClient, dict[str, str], str], row: str, body: dict, status: int, code: str
) -> None:
    api, bearer, batch = demo_rows
    headers = {**bearer, "If-Match": '"0"'}
    answer = api.patch(f"{batch}/rows/{row}", headers=headers, json=body)
    assert (answer.status_code, answer.json["code"]) == (status, code), answer.text


@pytest.fixture(scope="module")
def demo_rows(
    demo: Services, tmp_path_factory: pytest.TempPathFactory
) -> tuple[FlaskClient, dict[str, str], str]:
    """The file staged beside the demonstration register, which no test of these changes."""
    path = written(tmp_path_factory.mktemp("rows") / "held.geojson")
    batch_id = demo.load.load(path, Choices(), ANYBODY).batch.batch_id
    key = demo.access.create("rows", frozenset({"import"}), None)
    bearer = {"Authorization": f"Bearer {key}"}
    return create_app(demo).test_client(), bearer, f"/api/v1/imports/{batch_id}"


def test_every_row_of_a_real_file_comes_as_a_table(
    demo: Services, demo_rows: tuple[FlaskClient, dict[str, str], str]
) -> None:
    api, bearer, _ = demo_rows
    batch_id = demo.load.load(DEMO, Choices(), ANYBODY).batch.batch_id
    path = f"/api/v1/imports/{batch_id}/rows"
    answer = api.get(path, headers=bearer, query_string={"format": "csv"})
    assert answer.content_type.startswith("text/csv")
    assert "demo_hoa_thanh_vilis-rows.csv" in answer.headers["Content-Disposition"]
    table = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    assert [int(row["row"]) for row in table] == list(range(1, 4248))
    owners = {
        row["attributes"]["TENCHU"]
        for row in demo.load.rows(batch_id, ANYBODY, state=None, after=0, limit=50)
    } - {None, ""}
    assert owners
    assert not [name for name in owners if name in answer.text]
    assert "file:TENCHU" not in table[0]
    with_persons = api.get(path, headers=bearer, query_string={"format": "csv", "personal": "1"})
    assert owners <= {r["file:TENCHU"] for r in csv.DictReader(io.StringIO(with_persons.text))}

    held = api.get(f"{path}?state=quarantined&lang=en", headers={**bearer, "Accept": XLSX})
    assert held.content_type == XLSX
    head, *lines = load_workbook(io.BytesIO(held.get_data())).active.iter_rows(values_only=True)
    assert len(lines) == 9
    assert {line[head.index("reasons")] for line in lines} >= {"geometry.empty"}
    by_rule = api.get(path, headers=bearer, query_string={"rule": "geometry.empty"}).json["rows"]
    assert by_rule
    assert all("geometry.empty" in row["reasons"] for row in by_rule)
    pages = api.get(path, headers=bearer, query_string={"after": 4240, "limit": 3}).json["rows"]
    assert [row["row"] for row in pages] == [4241, 4242, 4243]
    assert "TENCHU" not in pages[0]["attributes"]


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def test_published_batch_is_taken_back_by_two_people(services: Services, tmp_path: Path) -> None:
    services = with_people(services)
    app = create_app(services)
    ward = frozenset({HOA_THANH})
    lan, minh = Browser(app), Browser(app)
    lan.sign_in(person(services, "lan", ("officer", ward)))
    minh.sign_in(person(services, "minh", ("reviewer", ward)))
    with written(tmp_path / "b.geojson").open("rb") as file:
        sent = lan.post("/api/v1/imports", data={"file": (file, "b.geojson")})
    batch_id = services.load.batches()[0].batch_id
    assert sent.status_code == 202
    by = Principal.holding(services.load.batches()[0].created_by, {"import"})
    loaded = services.load.load(
        written(tmp_path / "b.geojson"), Choices(), by, batch=services.load.get(batch_id, by)
    )
    services.publish.publish(loaded.batch.batch_id, by)
    path = f"/api/v1/imports/{batch_id}"
    body = {"record_no": "HS-7", "reason": "sai tờ bản đồ", "basis": "Công văn 7"}
    assert minh.post(f"{path}/undo", json=body).status_code == 403
    made = lan.post(f"{path}/undo", json=body, headers={"Idempotency-Key": "k1"})
    assert (made.status_code, made.json["kept"]) == (201, []), made.text
    same = lan.post(f"{path}/undo", json=body, headers={"Idempotency-Key": "k1"})
    assert same.json["id"] == made.json["id"]
    draft = f"/api/v1/drafts/{made.json['id']}"
    submitted = lan.post(f"{draft}/submit", headers={"If-Match": made.headers["ETag"]})
    assert submitted.status_code == 200, submitted.text
    tag = {"If-Match": submitted.headers["ETag"]}
    approve = {"json": {"sha256": submitted.json["sha256"]}, "headers": tag}
    assert lan.post(f"{draft}/approve", **approve).status_code == 403
    assert minh.post(f"{draft}/approve", **approve).status_code == 200
    assert services.query.state().revision == 2
    assert lan.get("/api/v1/parcels?sheet=4").json["numberReturned"] == 0
    twice = lan.post(f"{path}/undo", json=body)
    assert (twice.status_code, twice.json["code"]) == (409, "batch_taken_back")
    assert services.verify.register().is_clean
    assert OWNER not in made.text
