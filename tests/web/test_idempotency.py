"""Requests that are sent twice: done once, answered alike, whatever died in between."""

import hashlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from landgis.bootstrap import Services
from landgis.store.account_tables import accounts, stored_answers
from landgis.store.cluster import Cluster
from landgis.store.draft_tables import drafts
from landgis.store.tables import revisions
from landgis.web.app import create_app
from tests.builders import EAST, NORTH, parcel_set, square
from tests.drafting import Office
from tests.own import own_services
from tests.people import HOA_THANH, ROOT, Browser, person, with_people

pytestmark = pytest.mark.db
WARD = frozenset({HOA_THANH})
DRAFTS = "/api/v1/drafts"
HEADING = {"record_no": "HS-1", "reason": "tách thửa", "basis": "HĐ 1"}


@pytest.fixture(scope="module")
def services(
    cluster: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Services]:
    """An office with an officer, a reviewer, an administrator, and squares to be cut."""
    with own_services(cluster, template, tmp_path_factory.mktemp("home")) as opened:
        built = with_people(opened)
        person(built, "lan", ("officer", WARD))
        person(built, "huy", ("officer", WARD))
        person(built, "minh", ("reviewer", WARD))
        person(built, "ada", ("admin", None))
        Office(built).publish(parcel_set([square(30 * i, 0, 20) for i in range(10)]))
        yield built


@pytest.fixture(scope="module")
def app(services: Services) -> Flask:
    return create_app(services)


def browser(app: Flask, login: str) -> Browser:
    made = Browser(app)
    made.sign_in(login)
    return made


@pytest.fixture
def lan(app: Flask) -> Browser:
    return browser(app, "lan")


@pytest.fixture(scope="module")
def squares(services: Services) -> Iterator[tuple[str, float]]:
    """Parcels to be used up, with their west side."""
    return iter([(str(p.parcel_id), 30.0 * i) for i, p in enumerate(Office(services).by_fid())])


def send(who: Browser, path: str, body: object, key: str, rev: int | None = None) -> TestResponse:
    headers = {"Idempotency-Key": key} | ({"If-Match": f'"{rev}"'} if rev else {})
    return who.post(path, json=body, headers=headers)


def forget_answers(services: Services) -> None:
    """As if the process had died after the write and before its answer was kept."""
    with services.database.begin() as connection:
        connection.execute(update(stored_answers).values(status=None, headers=None, body=None))


def count(services: Services, table: Any) -> int:
    with services.database.begin() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def preview(who: Browser, draft: dict[str, Any], square_: tuple[str, float]) -> str:
    parcel_id, x = square_
    intent = {
        "op": "split",
        "parcel_id": parcel_id,
        "line": [[EAST + x - 5, NORTH + 10], [EAST + x + 25, NORTH + 10]],
        "epsg": 9209,
        "allocation": [{}, {}],
    }
    path = f"{DRAFTS}/{draft['id']}/preview"
    answer = who.post(path, json=intent, headers={"If-Match": f'"{draft["rev"]}"'})
    assert answer.json["can_commit"], answer.json
    return answer.json["token"]


def test_answer_is_repeated_with_its_head_and_nothing_is_done_twice(
    services: Services, lan: Browser
) -> None:
    before = count(services, drafts)
    first, second = (send(lan, DRAFTS, HEADING, "k-repeat") for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.data == second.data
    for name in ("ETag", "Location", "Content-Type"):
        assert first.headers[name] == second.headers[name]
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert "Content-Security-Policy" in second.headers
    assert count(services, drafts) == before + 1


def test_refusal_is_repeated_too(lan: Browser) -> None:
    draft = send(lan, DRAFTS, HEADING, "k-refused").json
    path = f"{DRAFTS}/{draft['id']}/submit"
    first, second = (send(lan, path, {}, "k-empty", rev=1) for _ in range(2))
    assert first.json == second.json
    assert (second.status_code, second.json["code"]) == (422, "draft_empty")
    assert second.headers["Content-Type"] == "application/problem+json"
    assert second.headers["Idempotency-Replayed"] == "true"


def test_other_body_under_a_key_is_no_repetition(lan: Browser) -> None:
    send(lan, DRAFTS, HEADING, "k-other")
    answer = send(lan, DRAFTS, {**HEADING, "reason": "khác"}, "k-other")
    assert (answer.status_code, answer.json["code"]) == (422, "idempotency_mismatch")


def test_key_of_one_person_says_nothing_to_another(app: Flask, lan: Browser) -> None:
    mine = send(lan, DRAFTS, HEADING, "k-mine")
    other = send(browser(app, "huy"), DRAFTS, HEADING, "k-mine")
    assert other.status_code == 201
    assert other.json["id"] != mine.json["id"]


def test_key_is_printable_and_not_endless(lan: Browser) -> None:
    for key in ("", "x" * 201, "é"):
        answer = send(lan, DRAFTS, HEADING, key)
        assert (answer.status_code, answer.json["code"]) == (400, "bad_idempotency_key")


def test_request_that_runs_is_not_run_beside_itself(services: Services, lan: Browser) -> None:
    name = services.accounts.get("lan", ROOT).principal().name
    body = b'{"record_no": "HS-9", "reason": "x"}'
    claim = services.answers.claim(name, f"POST {DRAFTS}", "k-busy", hashlib.sha256(body).digest())
    headers = {"Idempotency-Key": "k-busy"}
    busy = lan.post(DRAFTS, data=body, content_type="application/json", headers=headers)
    assert (busy.status_code, busy.json["code"]) == (409, "in_progress")
    claim.release()
    free = lan.post(DRAFTS, data=body, content_type="application/json", headers=headers)
    assert free.status_code == 201


def test_ten_at_once_do_it_once(services: Services, app: Flask) -> None:
    before = count(services, drafts)
    start = threading.Barrier(10)

    def once(who: Browser) -> int:
        start.wait()
        return send(who, DRAFTS, HEADING, "k-many").status_code

    with ThreadPoolExecutor(10) as pool:
        codes = list(pool.map(once, [browser(app, "lan") for _ in range(10)]))
    assert set(codes) <= {201, 409}
    assert 201 in codes
    assert count(services, drafts) == before + 1


def test_write_whose_answer_was_lost_is_found_done(
    services: Services, app: Flask, lan: Browser, squares: Iterator[tuple[str, float]]
) -> None:
    """Every step of the story, sent again after the answer died with its process."""
    minh, published = browser(app, "minh"), count(services, revisions)

    def twice(who: Browser, path: str, body: object, rev: int | None = None) -> dict[str, Any]:
        key = uuid4().hex
        first = send(who, path, body, key, rev)
        assert first.status_code in (200, 201), first.json
        forget_answers(services)
        again = send(who, path, body, key, rev)
        assert "Idempotency-Replayed" not in again.headers
        assert (again.status_code, again.json) == (first.status_code, first.json)
        return again.json

    draft = twice(lan, DRAFTS, HEADING)
    path = f"{DRAFTS}/{draft['id']}"
    draft = twice(
        lan, f"{path}/commit", {"token": preview(lan, draft, next(squares))}, draft["rev"]
    )
    draft = twice(lan, f"{path}/undo", {}, draft["rev"])
    draft = twice(lan, f"{path}/redo", {}, draft["rev"])
    draft = twice(lan, f"{path}/submit", {}, draft["rev"])
    draft = twice(minh, f"{path}/return", {"comment": "xem lại"}, draft["rev"])
    draft = twice(lan, f"{path}/submit", {}, draft["rev"])
    assert draft["step"] == draft["steps"] == 1
    draft = twice(minh, f"{path}/approve", {"sha256": draft["sha256"]}, draft["rev"])
    assert draft["state"] == "approved"
    assert count(services, revisions) == published + 1


def test_password_in_an_answer_is_kept_nowhere(services: Services, app: Flask) -> None:
    ada = browser(app, "ada")
    path = "/api/v1/accounts"
    made = send(ada, path, {"login": "moi", "shown_as": "Người mới"}, "k-secret")
    assert made.status_code == 201
    assert made.json["password"]
    with services.database.begin() as connection:
        kept = connection.execute(
            select(stored_answers).where(stored_answers.c.key == "k-secret")
        ).all()
        assert kept == []
        assert connection.execute(
            select(func.count()).select_from(accounts).where(accounts.c.login == "moi")
        ).scalar_one()
