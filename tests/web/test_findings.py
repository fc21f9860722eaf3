"""Findings over HTTP and on the page: list, filter, count, accept with a reason, take back."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from werkzeug.test import TestResponse

from landgis.ingest.evidence import Choices
from tests.held_rows import feature, outline, written
from tests.office import Office
from tests.people import Browser

pytestmark = pytest.mark.db
STACK, OTHER_STACK, EMPTY = (1, 2), (5, 6), 8
"""Rows: two parcels on one square, two on another, one without a geometry."""


def rows(first: int) -> list[dict[str, Any]]:
    """Eight parcels whose numbers begin at ``first``."""
    made = [feature(first + i, outline(101 + i)) for i in range(8)]
    for at, its_twin in (STACK, OTHER_STACK):
        made[at - 1] = feature(first + at - 1, outline(100 + its_twin))
    made[EMPTY - 1] = feature(first + EMPTY - 1, None)
    return made


def staged(office: Office, made: list[dict[str, Any]], by: str = "officer-own") -> UUID:
    path = Path(office.services.settings.home) / f"{next(office.numbers)}.geojson"
    made[-1]["properties"]["GHICHU"] = path.stem  # no two of them are one file
    choices = Choices()
    return office.services.load.load(
        written(path, made), choices, office.principal(by)
    ).batch.batch_id


@pytest.fixture
def batch_id(office: Office) -> UUID:
    return staged(office, rows(100 * next(office.numbers) + 101))


@pytest.fixture(scope="module")
def looked_at(office: Office) -> UUID:
    """A batch that tests only read."""
    return staged(office, rows(9001))


@pytest.fixture(scope="module")
def officer(office: Office) -> Browser:
    return office.browser("officer")


def found(browser: Browser, batch_id: UUID, **query: object) -> list[dict[str, Any]]:
    answer = browser.get(f"/api/v1/imports/{batch_id}/findings", query_string=query)
    assert answer.status_code == 200, answer.text
    listed: list[dict[str, Any]] = answer.json["findings"]
    return listed


def stacks(browser: Browser, batch_id: UUID) -> list[dict[str, Any]]:
    return found(browser, batch_id, rule="topology.stack", outcome="fail")


def accept(browser: Browser, batch_id: UUID, name: str, why: str = "nhà chung cư") -> TestResponse:
    return browser.post(f"/api/v1/imports/{batch_id}/findings/{name}/accept", json={"why": why})


def test_filters_narrow_the_list_and_pages_join(officer: Browser, looked_at: UUID) -> None:
    batch_id = looked_at
    every = found(officer, batch_id)
    first, second = stacks(officer, batch_id)
    assert found(officer, batch_id, severity="error", outcome="fail") == [
        f for f in every if f["severity"] == "error" and f["outcome"] == "fail"
    ]
    assert [f["id"] for f in found(officer, batch_id, row=STACK[0], rule="topology.stack")] == [
        first["id"]
    ]
    lon, lat = second["place"]["coordinates"]
    box = f"{lon - 1e-5},{lat - 1e-5},{lon + 1e-5},{lat + 1e-5}"
    assert second in found(officer, batch_id, bbox=box)
    assert first not in found(officer, batch_id, bbox=box)
    page = officer.get(f"/api/v1/imports/{batch_id}/findings?limit=1").json
    rest = officer.get(f"/api/v1/imports/{batch_id}/findings?after={page['next']}").json
    assert page["findings"] + rest["findings"] == every
    assert rest["next"] is None


def test_accepted_finding_says_who_and_why_everywhere(officer: Browser, batch_id: UUID) -> None:
    first, second = stacks(officer, batch_id)
    answer = accept(officer, batch_id, first["id"])
    assert answer.status_code == 200
    said = answer.json["acceptance"]
    assert (said["by"], said["why"]) == ("user:officer-own", "nhà chung cư")
    assert found(officer, batch_id, accepted="true") == [answer.json]
    assert second in found(officer, batch_id, accepted="false")
    counts = officer.get(f"/api/v1/imports/{batch_id}/findings/counts").json
    (line,) = [c for c in counts["by_rule"] if c["rule"] == "topology.stack"]
    assert (line["findings"], line["accepted"], counts["accepted"]) == (2, 1, 1)
    assert counts["by_severity"]["warning"]["accepted"] == 1
    assert counts["by_severity"]["error"]["accepted"] == 0
    report = officer.get(f"/api/v1/imports/{batch_id}/report").json
    assert answer.json | {"batch_id": None} in report["findings"]
    (line,) = [c for c in report["by_rule"] if c["rule"] == "topology.stack"]
    assert line["accepted"] == 1
    page = officer.get(f"/api/v1/imports/{batch_id}/report?format=html&lang=en").text
    assert "Accepted as it is by officer-own" in page
    assert accept(officer, batch_id, first["id"]).json["code"] == "already_accepted"


def test_taken_back_it_waits_again(officer: Browser, batch_id: UUID) -> None:
    name = stacks(officer, batch_id)[0]["id"]
    path = f"/api/v1/imports/{batch_id}/findings/{name}/accept"
    assert officer.send("DELETE", path).json["code"] == "not_accepted"
    accept(officer, batch_id, name)
    answer = officer.send("DELETE", path)
    assert (answer.status_code, answer.json["acceptance"]) == (200, None)
    assert found(officer, batch_id, accepted="true") == []


def test_error_is_mended_not_accepted(officer: Browser, looked_at: UUID) -> None:
    batch_id = looked_at
    (error,) = found(officer, batch_id, rule="geometry.empty")
    answer = accept(officer, batch_id, error["id"])
    assert (answer.status_code, answer.json["code"]) == (409, "not_acceptable")
    assert error["remedy"]["en"] in answer.json["detail"]
    untested = found(officer, batch_id, outcome="untested")
    if untested:
        assert accept(officer, batch_id, untested[0]["id"]).json["code"] == "not_acceptable"


def test_changed_file_of_another_order_keeps_the_word_on_what_stayed(
    office: Office, officer: Browser
) -> None:
    first = 100 * next(office.numbers) + 5001
    before = staged(office, rows(first))
    stack, other = stacks(officer, before)
    assert accept(officer, before, stack["id"]).status_code == 200
    assert accept(officer, before, other["id"], "nhà liền kề").status_code == 200
    changed = rows(first)
    changed[OTHER_STACK[0] - 1] = feature(
        first + OTHER_STACK[0] - 1, outline(100 + OTHER_STACK[0])
    )  # one defect goes
    changed.reverse()
    after = staged(office, changed)
    (stayed,) = stacks(officer, after)
    assert stayed["id"] == stack["id"]
    assert sorted(stayed["rows"]) == [len(changed) + 1 - row for row in reversed(STACK)]
    assert stayed["rows"] != stack["rows"]
    assert stayed["acceptance"]["why"] == "nhà chung cư"
    assert stayed["batch_id"] == str(after)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("bbox=1,2,3", "bad_box"),
        ("bbox=10,0,9,1", "bad_box"),
        ("bbox=nan,0,9,1", "bad_box"),
        ("limit=0", "bad_parameter"),
        ("limit=10001", "bad_parameter"),
        ("severity=fatal", "bad_parameter"),
        ("row=0", "bad_parameter"),
        ("accepted=perhaps", "bad_parameter"),
        ("page=2", "bad_parameter"),
    ],
)
def test_query_that_means_nothing_is_400(
    officer: Browser, looked_at: UUID, query: str, code: str
) -> None:
    answer = officer.get(f"/api/v1/imports/{looked_at}/findings?{query}")
    assert (answer.status_code, answer.json["code"]) == (400, code)


def test_what_is_not_there_is_404_before_the_body_is_read(
    officer: Browser, looked_at: UUID
) -> None:
    batch_id = looked_at
    path = f"/api/v1/imports/{batch_id}/findings/{'0' * 16}/accept"
    assert officer.post(path, json={}).json["code"] == "no_such_finding"
    name = stacks(officer, batch_id)[0]["id"]
    assert accept(officer, batch_id, name, "").status_code == 422
    assert officer.post(path.replace("0" * 16, "x"), json={}).status_code == 400


def test_rows_of_another_unit_are_not_ours_to_judge(office: Office) -> None:
    made = rows(100 * next(office.numbers) + 7001)
    for row in STACK:
        made[row - 1]["properties"]["XAID"] = "25459"
    batch_id = staged(office, made)
    officer = office.browser("officer")
    theirs, ours = stacks(officer, batch_id)
    answer = accept(officer, batch_id, theirs["id"])
    assert (answer.status_code, answer.json["code"]) == (403, "other_unit")
    assert accept(officer, batch_id, ours["id"]).status_code == 200


def test_page_groups_counts_and_draws(officer: Browser, looked_at: UUID) -> None:
    batch_id = looked_at
    page = officer.get(f"/imports/{batch_id}?lang=en").text
    assert page.count('<svg class="sketch"') >= len(stacks(officer, batch_id))
    assert "Several parcels on one polygon" in page
    only = officer.get(f"/imports/{batch_id}?lang=en&rule=topology.stack").text
    assert "row without" not in only.lower()
    assert only.count('class="finding"') == 2
    assert officer.get(f"/imports/{batch_id}?severity=error").text.count('act" value="accept') == 0
    for strange in (
        "rule=%3Cb%3E",
        "severity=x",
        "after=-1",
        "after=999999999999",
        "accepted=maybe",
    ):
        assert officer.get(f"/imports/{batch_id}?{strange}").status_code == 200


def test_page_accepts_with_a_reason_and_takes_back_without_a_script(
    officer: Browser, batch_id: UUID
) -> None:
    name, path = stacks(officer, batch_id)[0]["id"], f"/imports/{batch_id}"
    asked = {"act": "accept", "finding": name, "why": "nhà <b>chung cư</b>"}
    assert officer.client.post(path, data=asked).status_code == 403  # no token
    answer = officer.submit(f"{path}?rule=topology.stack&lang=en", **asked)
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith(f"&rule=topology.stack#f-{name}")
    page = officer.get(f"{path}?lang=en").text
    assert "nhà &lt;b&gt;chung cư&lt;/b&gt;" in page
    assert officer.get(f"{path}?accepted=yes").text.count('class="finding"') == 1
    assert officer.submit(path, act="take_back", finding=name).status_code == 303
    assert officer.get(f"{path}?accepted=yes").text.count('class="finding"') == 0


def test_page_says_what_cannot_be_accepted(officer: Browser, looked_at: UUID) -> None:
    batch_id = looked_at
    path = f"/imports/{batch_id}"
    name = stacks(officer, batch_id)[0]["id"]
    answer = officer.submit(path, act="accept", finding=name, why="  ")
    assert answer.status_code == 422
    assert "no_reason" in answer.text
    (error,) = found(officer, batch_id, rule="geometry.empty")
    answer = officer.submit(path, act="accept", finding=error["id"], why="thôi")
    assert answer.status_code == 409
    assert "not_acceptable" in answer.text


def test_findings_are_json_that_any_map_can_draw(officer: Browser, looked_at: UUID) -> None:
    batch_id = looked_at
    for finding in found(officer, batch_id):
        assert finding["place"] is None or finding["place"]["type"] == "Point"
        assert "shape" in finding
    assert json.dumps(found(officer, batch_id), allow_nan=False)
