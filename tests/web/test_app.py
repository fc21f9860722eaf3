"""Things that hold for the application as a whole."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import validate

from landgis.bootstrap import Services
from landgis.cli.errors import EXIT
from landgis.errors import LandgisError
from landgis.web.access import MARK
from landgis.web.app import create_app
from landgis.web.errors import STATUS, problem

pytestmark = pytest.mark.db


def test_no_route_without_a_required_scope(demo: Services) -> None:
    app = create_app(demo)
    bare = [
        str(rule)
        for rule in app.url_map.iter_rules()
        if not hasattr(app.view_functions[rule.endpoint], MARK)
    ]
    assert bare == [], "mark these views with @require(scope)"


def test_view_without_a_mark_serves_nobody(demo: Services) -> None:
    app: Flask = create_app(demo)
    app.add_url_rule("/secret", view_func=lambda: "secret", endpoint="secret")
    answer = app.test_client().get("/secret")
    assert (answer.status_code, answer.json["code"]) == (403, "route_unguarded")


def test_openapi_document_is_valid_and_covers_the_api(client: FlaskClient) -> None:
    document = client.get("/api/v1/openapi.json").json
    validate(document)
    assert document["openapi"].startswith("3.1")
    assert {"/api/v1/parcels", "/api/v1/parcels/at", "/api/v1/revision"} <= set(document["paths"])


def test_every_error_branch_has_a_status_and_an_exit_code() -> None:
    assert set(LandgisError.__subclasses__()) == set(STATUS) == set(EXIT)


def test_every_answer_carries_the_security_headers(client: FlaskClient) -> None:
    for path in ("/", "/api/v1/revision", "/nothing"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_failure_nobody_expected_shows_no_traceback(demo: Services) -> None:
    app = create_app(demo)
    view = app.view_functions["health.healthz"]
    broken = lambda: 1 / 0  # noqa: E731
    setattr(broken, MARK, getattr(view, MARK))
    app.view_functions["health.healthz"] = broken
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.json["code"]) == (500, "internal")
    assert "Traceback" not in answer.text
    assert "ZeroDivision" not in answer.text


def test_map_page_carries_no_inline_script(client: FlaskClient) -> None:
    for path, lang in (("/", "vi"), ("/vi/", "vi"), ("/en/", "en")):
        page = client.get(path).text
        assert f'<html lang="{lang}">' in page
        inline = re.findall(r"<script(?![^>]*(?:src=|application/json))[^>]*>", page)
        assert inline == []
        assert "style=" not in page


def test_wrong_key_is_never_taken_for_no_key(client: FlaskClient) -> None:
    for header in ("Bearer lg_0_x", "Bearer nonsense", "Basic abc", "Bearer"):
        answer = client.get("/api/v1/revision", headers={"Authorization": header})
        assert (answer.status_code, answer.json["code"]) == (401, "bad_key")


def test_static_files_stay_in_their_folder(client: FlaskClient) -> None:
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/nothing"):
        assert client.get(path).status_code == 404


def test_conflicts_about_a_published_batch_are_told(demo: Services) -> None:
    client = create_app(demo).test_client()
    key = demo.access.create("tester", frozenset({"import"}), None)
    bearer = {"Authorization": f"Bearer {key}"}
    (batch,) = demo.load.batches()
    told = client.get(f"/api/v1/imports/{batch.batch_id}/difference", headers=bearer)
    assert (told.status_code, told.json["code"]) == (409, "batch_not_staged")
    assert (told.json["status"], told.json["state"]) == (409, "published")


def test_members_of_a_problem_are_its_own(demo: Services) -> None:
    with create_app(demo).test_request_context():
        told = problem(409, "taken", "said", status="x", detail_of="y").json
    assert told["status"] == 409
    assert told["detail_of"] == "y"
