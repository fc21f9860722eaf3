"""Fixes over HTTP: looked at with areas and outlines, made once, taken back."""

from pathlib import Path
from typing import Any

import pytest
import shapely
from flask.testing import FlaskClient

from landgis.bootstrap import Services
from landgis.cadastre.register import Principal
from landgis.ingest.evidence import Choices
from landgis.web.app import create_app
from tests.fixable_rows import ACCEPTED, DANGLE, NO_NODE, fixable
from tests.held_rows import written
from tests.people import HOA_THANH, ROOT, Browser, person, with_people

pytestmark = pytest.mark.db

Bearer = dict[str, str]


@pytest.fixture
def batch(services: Services, tmp_path: Path) -> str:
    by = Principal.holding("tester", {"import"})
    path = written(tmp_path / "fixable.geojson", fixable("web"))
    return f"/api/v1/imports/{services.load.load(path, Choices(), by).batch.batch_id}"


def finding(api: FlaskClient, bearer: Bearer, batch: str, rule: str) -> Any:
    listed = api.get(f"{batch}/findings", headers=bearer, query_string={"rule": rule})
    return min(listed.json["findings"], key=lambda found: found["id"])


def test_finding_is_looked_at_fixed_and_taken_back(
    api: FlaskClient, bearer: Bearer, batch: str
) -> None:
    found = finding(api, bearer, batch, "topology.dangle")
    assert found["fixes"] == ["cut_spike"]
    path = f"{batch}/findings/{found['id']}/fixes"
    looked = api.get(path, headers=bearer)
    assert looked.status_code == 200, looked.text
    (fix,) = looked.json["fixes"]
    (row,) = fix["rows"]
    assert (fix["kind"], fix["moved_m"]) == ("cut_spike", 2.0)
    assert {k: v for k, v in row.items() if k not in ("before", "after")} == {
        "row": DANGLE,
        "state": "quarantined",
        "version": 0,
        "area_before_m2": 100.0,
        "area_after_m2": 100.0,
        "difference_m2": 0.0,
    }
    before, after = (shapely.geometry.shape(row[name]) for name in ("before", "after"))
    assert (before.is_valid, after.is_valid) == (False, True)
    assert 105.8 < after.centroid.x < 106.5, "degrees"
    assert [(t["row"], t["state"]) for t in fix["then"]] == [(DANGLE, "accepted")]

    body = {"kind": "cut_spike", "reason": "đoạn thừa", "versions": {str(DANGLE): 0}}
    keyed = {**bearer, "Idempotency-Key": "once"}
    made = api.post(path, headers=keyed, json=body)
    assert made.status_code == 201, made.text
    assert made.json["counts"]["accepted"] == ACCEPTED + 1
    again = api.post(path, headers=keyed, json=body)
    assert (again.json, again.headers["Idempotency-Replayed"]) == (made.json, "true")
    other = api.post(path, headers=bearer, json=body)
    assert (other.status_code, other.json["code"]) == (422, "nothing_to_fix")
    (record,) = api.get(f"{batch}/fixes", headers=bearer).json["fixes"]
    assert (record["finding_id"], record["undone_by"]) == (found["id"], None)
    assert record["by"].startswith("key:")

    undo = f"{batch}/fixes/{record['fix_id']}/undo"
    undone = api.post(undo, headers=bearer, json={"reason": "nhầm"})
    assert (undone.status_code, undone.json["counts"]["accepted"]) == (200, ACCEPTED)
    twice = api.post(undo, headers=bearer, json={"reason": "nhầm"})
    assert (twice.status_code, twice.json["code"]) == (409, "already_undone")


def test_rule_is_fixed_at_once_after_a_dry_run(
    api: FlaskClient, bearer: Bearer, batch: str
) -> None:
    asked = {"rule": "topology.missing_node", "reason": "thêm đỉnh"}
    dry = api.post(f"{batch}/fixes", headers=bearer, json={**asked, "dry_run": True}).json
    assert dry["dry_run"] is True
    assert NO_NODE in {row["row"] for fix in dry["fixes"] for row in fix["rows"]}
    assert api.get(f"{batch}/fixes", headers=bearer).json == {"fixes": []}
    made = api.post(f"{batch}/fixes", headers=bearer, json=asked).json
    assert [f["finding_id"] for f in made["fixes"]] == [f["finding_id"] for f in dry["fixes"]]
    assert len(api.get(f"{batch}/fixes", headers=bearer).json["fixes"]) == len(made["fixes"])


def test_what_may_not_be_fixed_says_why_in_the_preview(
    api: FlaskClient, bearer: Bearer, batch: str
) -> None:
    found = finding(api, bearer, batch, "topology.overlap")
    path = f"{batch}/findings/{found['id']}/fixes"
    (fix,) = api.get(path, headers=bearer).json["fixes"]
    assert fix["refused"]["code"] == "beyond_tolerance"
    assert fix["refused"]["measured"] == pytest.approx(2.0)
    body = {"kind": "cut_overlap", "reason": "x", "versions": {}}
    made = api.post(path, headers=bearer, json=body)
    assert (made.status_code, made.json["code"]) == (422, "beyond_tolerance")


def test_bad_requests_are_told_apart(api: FlaskClient, bearer: Bearer, batch: str) -> None:
    found = finding(api, bearer, batch, "topology.dangle")
    path = f"{batch}/findings/{found['id']}/fixes"
    good: dict[str, Any] = {"kind": "cut_spike", "reason": "x", "versions": {}}
    for body, status, code in (
        (good, 409, "stale_row"),
        ({**good, "kind": "cut_overlap"}, 404, "no_fix"),
        ({**good, "versions": {"0": 1}}, 422, "bad_body"),
        ({**good, "more": 1}, 422, "bad_body"),
        ({"kind": "cut_spike", "versions": {}}, 422, "bad_body"),
    ):
        answer = api.post(path, headers=bearer, json=body)
        assert (answer.status_code, answer.json["code"]) == (status, code), body
    unknown = api.get(f"{batch}/findings/{'0' * 16}/fixes", headers=bearer)
    assert (unknown.status_code, unknown.json["code"]) == (404, "no_such_finding")
    assert api.get(f"{batch}/findings/x/fixes", headers=bearer).status_code == 400
    nothing = f"/api/v1/imports/{'0' * 8}-0000-0000-0000-{'0' * 12}/fixes"
    missing = api.post(nothing, headers=bearer, json={})
    assert (missing.status_code, missing.json["code"]) == (404, "no_such_batch")


def test_registered_boundary_is_fixed_by_a_draft_with_consents(
    services: Services, tmp_path: Path
) -> None:
    services = with_people(services)
    app, ward = create_app(services), frozenset({HOA_THANH})
    lan, minh = Browser(app), Browser(app)
    lan.sign_in(person(services, "lan", ("officer", ward)))
    minh.sign_in(person(services, "minh", ("reviewer", ward)))
    by = services.accounts.get("lan", ROOT).principal()
    path = written(tmp_path / "fixable.geojson", fixable("draft"))
    batch_id = services.load.load(path, Choices(), by).batch.batch_id
    services.publish.publish(batch_id, by)
    every = services.load.findings(batch_id, by)
    (name,) = (f["id"] for f in every if f["rule"] == "topology.hairline_overlap")
    asked = {"kind": "cut_overlap", "record_no": "HS-7", "reason": "khớp", "basis": "Biên bản 7"}
    made = lan.post(f"/api/v1/imports/{batch_id}/findings/{name}/fixes/propose", json=asked)
    assert made.status_code == 201, made.text
    assert (made.json["moved_m"], made.json["state"]) == (0.03, "open")
    assert [c["text"] for c in made.json["consents"]] == [None, None]
    draft, rev = f"/api/v1/drafts/{made.json['id']}", made.headers["ETag"]
    early = lan.post(f"{draft}/submit", headers={"If-Match": rev})
    assert (early.status_code, early.json["code"]) == (422, "consent_missing")
    for consent in made.json["consents"]:
        where = f"{draft}/consents/{consent['parcel_id']}"
        assert lan.send("PUT", where, json={"text": "đồng ý"}).status_code == 428
        said = lan.send("PUT", where, json={"text": "đồng ý"}, headers={"If-Match": rev})
        assert said.status_code == 200, said.text
        rev = said.headers["ETag"]
    handed_in = lan.post(f"{draft}/submit", headers={"If-Match": rev})
    assert handed_in.json["state"] == "submitted"
    seen = minh.get(draft)
    assert [c["text"] for c in seen.json["consents"]] == ["đồng ý", "đồng ý"]
    approve = {
        "json": {"sha256": seen.json["sha256"]},
        "headers": {"If-Match": seen.headers["ETag"]},
    }
    assert minh.post(f"{draft}/approve", **approve).json["state"] == "approved"
