"""National identifiers over HTTP: computed, explained, verified in bulk, with the refusals."""

import csv
import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from landgis.bootstrap import Services
from landgis.services.editing.asked import Asked
from landgis.services.identifying.reading import MOST_CLAIMS
from tests.office import Office

pytestmark = pytest.mark.db

URL = "/api/v1/parcel-id"


@pytest.fixture(scope="module", autouse=True)
def _given(demo: Services) -> None:
    demo.identifiers.giving.give_missing()


@pytest.fixture
def bearer(demo: Services) -> dict[str, str]:
    """The header of a department's script."""
    key = demo.access.create("department", frozenset({"register"}), None)
    return {"Authorization": f"Bearer {key}"}


def borne(demo: Services, *, withheld: bool = False, limit: int = 1) -> list[Any]:
    query = text(
        "SELECT fid, parcel_id, national_id FROM parcels WHERE withheld = :withheld"
        " ORDER BY fid LIMIT :limit"
    )
    with demo.database.begin() as connection:
        return list(connection.execute(query, {"withheld": withheld, "limit": limit}))


def test_golden_point_is_computed_with_each_step(client: FlaskClient) -> None:
    found = client.get(f"{URL}?x=565302&y=1250811&srid=9209")
    assert (found.status_code, found.mimetype) == (200, "application/json")
    body = found.json
    assert (body["national_id"], body["procedure"]) == ("w652q6gtt0zn", "landgis-1")
    assert body["basis"]["class"] == "A"
    steps = {step["step"]: step for step in body["steps"]}
    assert list(steps) == ["point", "plane", "lonlat", "cell", "code", "centre", "distance"]
    assert (steps["lonlat"]["lon"], steps["lonlat"]["lat"]) == (106.100001214, 11.3100007)
    assert steps["lonlat"]["said"]["en"].endswith("(EPSG:6960).")
    assert 0.03 < steps["centre"]["width_m"] < 0.04
    assert steps["distance"]["distance_m"] <= 0.021
    assert all(set(step["said"]) == {"vi", "en"} for step in steps.values())
    again = client.get(
        f"{URL}?x=565302&y=1250811&srid=9209", headers={"If-None-Match": found.headers["ETag"]}
    )
    assert again.status_code == 304


def test_identifier_leads_to_its_parcel(client: FlaskClient, demo: Services) -> None:
    (parcel,) = borne(demo)
    body = client.get(f"{URL}?id={parcel.national_id}").json
    assert [p["parcel_id"] for p in body["borne_by"]] == [str(parcel.parcel_id)]
    assert body["assigned"]["status"] == "proposed"
    assert (body["drift"]["outside_m"], body["drift"]["finding"]) == (0.0, None)
    assert body["parcels"][0]["right"] is True
    assert client.get(f"/api/v1/parcels/{parcel.national_id}").json["id"] == parcel.fid
    lon, lat = body["cell"]["lon"], body["cell"]["lat"]
    again = client.get(f"{URL}?lon={lon}&lat={lat}").json
    assert again["national_id"] == parcel.national_id
    assert again["parcels"][0]["parcel"]["fid"] == parcel.fid


def test_withheld_parcel_is_in_no_answer(client: FlaskClient, demo: Services) -> None:
    (parcel,) = borne(demo, withheld=True)
    body = client.get(f"{URL}?id={parcel.national_id}").json
    nothing = client.get(f"{URL}?id=w652q6gtt0zn").json
    for name in ("parcels", "borne_by", "assigned", "drift", "retired"):
        assert body[name] == nothing[name]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "bad_question"),
        ("id=w652q6gtt0zn&lon=106&lat=11", "bad_question"),
        ("lon=106", "bad_question"),
        ("x=1&y=2", "bad_question"),
        ("id=w652q6gtt0za", "bad_identifier"),
        ("id=w652q6gtt0z", "bad_identifier"),
        ("x=1250811&y=565302&srid=9209", "no_such_place"),
        ("x=1&y=2&srid=4", "unknown_crs"),
        ("lon=nan&lat=11", "bad_parameter"),
        ("q=1", "bad_parameter"),
    ],
)
def test_question_that_is_none_is_refused(client: FlaskClient, query: str, code: str) -> None:
    found = client.get(f"{URL}?{query}")
    assert (found.status_code, found.json["code"]) == (400, code)


def test_rows_are_verified_in_json_and_in_csv_alike(
    client: FlaskClient, demo: Services, bearer: dict[str, str]
) -> None:
    first, second = borne(demo, limit=2)
    rows = [
        {"national_id": first.national_id, "parcel": str(first.parcel_id)},
        {"national_id": first.national_id, "parcel": str(second.fid)},
        {"national_id": "w652q6gtt0zn", "x": 565302, "y": 1250811, "srid": 9209},
        {"national_id": "w652q6gtt0zn", "parcel": "25645/0/0"},
        {"national_id": "?"},
    ]
    found = client.post(URL, json={"rows": rows}, headers=bearer)
    assert found.status_code == 200
    body = found.json
    codes = [row["cause"]["code"] for row in body["rows"]]
    assert codes == ["same", "other_parcel", "same", "no_parcel", "no_identifier"]
    assert body["counts"] == {
        "rows": 5,
        "right": 2,
        "no_identifier": 1,
        "no_parcel": 1,
        "other_parcel": 1,
        "same": 2,
    }
    assert body["rows"][1]["canonical"]["national_id"] == second.national_id
    assert body["rows"][1]["distance_m"] > 0
    stream = io.StringIO()
    table = csv.DictWriter(stream, ["national_id", "parcel", "x", "y", "srid"])
    table.writeheader()
    table.writerows(rows)
    sent = client.post(URL, data=stream.getvalue(), content_type="text/csv", headers=bearer)
    assert sent.json == body


def post(
    client: FlaskClient, headers: dict[str, str], body: str, kind: str = "csv"
) -> TestResponse:
    mimetype = {"csv": "text/csv", "json": "application/json", "xml": "text/xml"}[kind]
    return client.post(URL, data=body, content_type=mimetype, headers=headers)


@pytest.mark.parametrize(
    ("kind", "body", "status", "code"),
    [
        ("xml", "<a/>", 415, "unsupported_media_type"),
        ("json", "{", 422, "bad_body"),
        ("json", "[" * 50_000, 422, "bad_body"),
        ("json", '{"rows": 5}', 422, "bad_body"),
        ("json", '{"rows": [5]}', 422, "bad_body"),
        ("json", '{"rows": []}', 422, "no_rows"),
        ("json", '{"rows": [{"name": 5}]}', 422, "unknown_column"),
        ("json", '{"rows": [{"national_id": ["a"]}]}', 422, "bad_row"),
        ("json", '{"rows": [{"national_id": "a\\u0000"}]}', 422, "bad_row"),
        ("json", '{"rows": [{"national_id": "w652q6gtt0zn", "lon": 106}]}', 422, "bad_row"),
        (
            "json",
            '{"rows": [{"national_id": "w652q6gtt0zn", "lon": 1e999, "lat": 1}]}',
            422,
            "bad_row",
        ),
        ("csv", "number\n5\n", 422, "bad_body"),
        ("csv", "", 422, "bad_body"),
        ("csv", "national_id\n", 422, "no_rows"),
        ("csv", "national_id;x;y;srid\nw652q6gtt0zn;5;5;abc\n", 422, "bad_row"),
        ("csv", "national_id;x;y;srid\nw652q6gtt0zn;5;5;4\n", 422, "unknown_crs"),
        ("csv", "national_id\na,b\n", 422, "bad_body"),
        ("csv", "national_id\n" + "w652q6gtt0zn\n" * (MOST_CLAIMS + 1), 413, "too_many_rows"),
        ("csv", "national_id\n" + "w" * 5 * 1024**2, 413, "too_large"),
    ],
)
def test_body_that_is_none_is_refused(
    client: FlaskClient, bearer: dict[str, str], kind: str, body: str, status: int, code: str
) -> None:
    found = post(client, bearer, body, kind)
    assert (found.status_code, found.json["code"]) == (status, code)


def test_bulk_is_for_officials(client: FlaskClient) -> None:
    assert post(client, {}, "national_id\nw652q6gtt0zn\n").status_code == 401


def test_most_rows_are_verified_together(
    client: FlaskClient, demo: Services, bearer: dict[str, str]
) -> None:
    parcels = borne(demo, limit=400)
    lines = [f"{p.national_id},{p.fid}" for p in parcels] * (MOST_CLAIMS // len(parcels))
    found = post(client, bearer, "\n".join(["national_id,parcel", *lines]))
    assert found.json["counts"] == {"rows": len(lines), "right": len(lines), "same": len(lines)}


def test_split_over_the_desk_gives_identifiers_and_retires_the_old(office: Office) -> None:
    services = office.services
    services.identifiers.giving.give_missing()
    shown, reviewer = office.draft("submitted"), office.principal("reviewer-own")
    asked = Asked(reviewer, shown.draft.rev)
    services.editing.approvals.approve(shown.draft.draft_id, asked, shown.sha256 or b"")
    query = text("SELECT national_id FROM parcels WHERE revision = :r")
    ended = text(
        "SELECT i.national_id FROM parcel_identifiers AS i JOIN parcel_versions AS v"
        " USING (parcel_id) WHERE v.revision_to = :r"
    )
    with services.database.begin() as connection:
        last = connection.execute(text("SELECT max(revision) FROM revisions")).scalar_one()
        children = set(connection.execute(query, {"r": last}).scalars())
        (parent,) = connection.execute(ended, {"r": last}).scalars()
    assert len(children) == 2
    assert None not in children
    client = office.app.test_client()
    gone = client.get(f"/api/v1/parcels/{parent}")
    assert (gone.status_code, gone.json["code"]) == (404, "parcel_retired")
    assert len(gone.json["successors"]) == 2
    retired = client.get(f"{URL}?id={parent}").json["retired"]
    assert [len(one["successors"]) for one in retired] == [2]
    assert services.verify.register().is_clean
