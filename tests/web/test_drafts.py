"""Drafts over HTTP, on the demonstration register: real polygons, two persons, every answer."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
import shapely
from flask import Flask
from werkzeug.test import TestResponse

from landgis import geodesy
from landgis.bootstrap import Services
from landgis.cadastre.register import ANONYMOUS
from landgis.web.app import create_app
from tests.people import HOA_THANH, TAN_NINH, Browser, person, with_people

pytestmark = pytest.mark.db
WARD = frozenset({HOA_THANH})
DRAFTS = "/api/v1/drafts"
PDF = b"%PDF-1.7\n%%EOF\n"


@pytest.fixture(scope="module")
def people(demo: Services) -> Services:
    services = with_people(demo)
    person(services, "lan", ("officer", WARD))
    person(services, "huy", ("officer", WARD))
    person(services, "minh", ("reviewer", WARD))
    person(services, "an", ("officer", frozenset({TAN_NINH})))
    return services


@pytest.fixture(scope="module")
def app(people: Services) -> Flask:
    return create_app(people)


def browser(app: Flask, login: str) -> Browser:
    made = Browser(app)
    made.sign_in(login)
    return made


@dataclass
class Draft:
    """A draft as one browser goes on with it."""

    browser: Browser
    body: dict[str, Any]

    @property
    def path(self) -> str:
        return f"{DRAFTS}/{self.body['id']}"

    def ask(self, what: str, body: object = None, method: str = "POST", **headers) -> TestResponse:
        match = {"If-Match": f'"{self.body["rev"]}"', **headers}
        return self.browser.send(method, self.path + what, json=body, headers=match)

    def go(self, what: str, body: object = None) -> None:
        """Do something that must succeed."""
        answer = self.ask(what, body)
        assert answer.status_code == 200, answer.json
        self.body = answer.json

    def read(self) -> None:
        self.body = self.browser.get(self.path).json


@pytest.fixture
def lan(app: Flask) -> Browser:
    return browser(app, "lan")


@pytest.fixture
def draft(lan: Browser) -> Draft:
    body = {"record_no": "HS-12/2026", "reason": "tách thửa", "basis": "Hợp đồng 5/2026"}
    answer = lan.post(DRAFTS, json=body)
    assert answer.status_code == 201
    return Draft(lan, answer.json)


@pytest.fixture(scope="module")
def parcels(people: Services) -> Iterator[dict[str, Any]]:
    """Parcels to be used up, the widest first."""
    found = people.query.named(HOA_THANH, "1", None, ANONYMOUS)
    wide = sorted(found, key=lambda record: -record.area_m2)
    return iter(wide)


def line_across(draft: Draft, parcel_id: str) -> dict[str, Any]:
    """A cut through the middle of a parcel, along its shorter side, in the plane of the context."""
    context = draft.browser.get(f"{draft.path}/context?parcel={parcel_id}").json
    face = next(f for f in context["faces"] if f["parcel_id"] == parcel_id)
    lonlat = shapely.geometry.shape(face["geometry"])
    epsg = context["plane"]["epsg"]
    geom = geodesy.transform(lonlat, geodesy.LONLAT, epsg)
    box = np.array(geom.minimum_rotated_rectangle.exterior.coords)[:4]
    sides = np.roll(box, -1, axis=0) - box
    long = int(np.argmax(np.hypot(*sides.T)))
    middle = box.mean(axis=0)
    across = sides[(long + 1) % 4] * 0.7
    line = [(middle - across).tolist(), (middle + across).tolist()]
    return {"op": "split", "parcel_id": parcel_id, "line": line, "epsg": epsg, "allocation": None}


def cut(draft: Draft, parcel_id: str) -> dict[str, Any]:
    """Split a parcel as proposed; answer the preview that was taken."""
    intent = line_across(draft, parcel_id)
    tried = draft.ask("/preview", intent).json
    assert tried["refusal"]["code"] == "allocation_missing", tried
    tried = draft.ask("/preview", {**intent, "allocation": tried["proposal"]}).json
    assert tried["can_commit"], tried["refusal"]
    draft.go("/commit", {"token": tried["token"]})
    return tried


def test_two_persons_split_a_real_parcel(app: Flask, draft: Draft, parcels) -> None:
    record = next(parcels)
    tried = cut(draft, str(record.parcel_id))
    change = draft.body["change"]
    assert change == tried["change"]
    assert change["balance"]["difference_m2"] == 0.0
    assert change["balance"]["register_before_m2"] == change["balance"]["register_after_m2"]
    assert {c["code"]: c["outcome"] for c in change["checks"]}["change.no_gap_no_overlap"] == "pass"
    assert change["plane"]["label"]["vi"].startswith("VN-2000")
    assert [p for p in change["points"] if p["is_new"]]
    assert change["edges"]
    draft.go("/undo")
    assert draft.body["change"] is None
    draft.go("/redo")
    draft.go("/submit")
    minh = Draft(browser(app, "minh"), draft.body)
    minh.read()
    assert minh.body["may"] == ["approve", "return"]
    minh.go("/return", {"comment": "thiếu văn bản"})
    draft.read()
    assert (draft.body["state"], draft.body["comment"]) == ("returned", "thiếu văn bản")
    form = {"file": (BytesIO(PDF), "hợp đồng.pdf")}
    answer = draft.browser.post(
        f"{draft.path}/documents", data=form, headers={"If-Match": f'"{draft.body["rev"]}"'}
    )
    assert answer.status_code == 200
    draft.body = answer.json
    draft.go("/submit")
    minh.read()
    before = minh.browser.get("/api/v1/revision").json["revision"]
    minh.go("/approve", {"sha256": minh.body["sha256"]})
    assert minh.body["state"] == "approved"
    assert minh.body["revision"] == before + 1
    state = minh.browser.get("/api/v1/revision").json
    assert (state["revision"], state["sequence"]) == (before + 1, minh.body["sequence"])
    for face in minh.body["change"]["after"]:
        found = minh.browser.get(f"/api/v1/parcels/{face['parcel_id']}")
        assert found.status_code == 200
        assert found.json["properties"]["number"] == face["number"]
        assert found.json["properties"]["fid"] == face["fid"]
        assert found.json["properties"]["revision"] == before + 1
    assert minh.browser.get(f"/api/v1/parcels/{record.parcel_id}").status_code == 404


def test_draft_says_its_rev_as_etag_and_lists_without_changes(draft: Draft) -> None:
    answer = draft.browser.get(draft.path)
    assert answer.headers["ETag"] == '"1"'
    assert answer.json["units"] == []
    assert answer.json["basis"] == {"reference": "Hợp đồng 5/2026", "documents": []}
    listed = draft.browser.get(f"{DRAFTS}?state=open&mine=true").json["drafts"]
    (mine,) = [d for d in listed if d["id"] == draft.body["id"]]
    assert "change" not in mine
    assert draft.browser.get(f"{DRAFTS}?state=lost").status_code == 400
    renamed = draft.ask("", {"basis": "", "reason": "hợp thửa"}, "PATCH")
    assert renamed.json["basis"]["reference"] is None
    assert renamed.json["reason"] == "hợp thửa"
    assert renamed.headers["ETag"] == '"2"'


def test_new_draft_is_found_where_its_answer_says(lan: Browser) -> None:
    answer = lan.post(DRAFTS, json={"record_no": "HS-1", "reason": "x"})
    assert lan.get(answer.headers["Location"]).json["record_no"] == "HS-1"
    for body in ({"reason": "x"}, {"record_no": " ", "reason": "x"}, {"record_no": "\0"}, None):
        assert lan.post(DRAFTS, json=body).status_code == 422


def test_writes_say_which_rev_they_were_made_for(draft: Draft) -> None:
    missing = draft.browser.post(f"{draft.path}/undo")
    assert (missing.status_code, missing.json["code"]) == (428, "if_match_missing")
    for header in ('"x"', "*", '"1", "2"', 'W/"1" x'):
        wrong = draft.ask("/undo", **{"If-Match": header})
        assert (wrong.status_code, wrong.json["code"]) == (400, "bad_if_match"), header
    stale = draft.ask("/undo", **{"If-Match": '"7"'})
    assert (stale.status_code, stale.json["code"]) == (409, "stale_draft")
    assert stale.json["rev"] == 1


def test_refusals_come_in_their_order(app: Flask, draft: Draft) -> None:
    """401, 403, 404 and 428 before anything is said about the body."""
    nobody, an, huy, minh = Browser(app), *(browser(app, n) for n in ("an", "huy", "minh"))
    bad = {"nonsense": 1}
    match = {"If-Match": '"1"'}
    assert nobody.post(f"{draft.path}/commit", json=bad).status_code == 401
    other = an.post(f"{draft.path}/commit", json=bad, headers=match)
    assert (other.status_code, other.json["code"]) == (403, "other_unit")
    gone = draft.browser.post(f"{DRAFTS}/{uuid4()}/commit", json=bad, headers=match)
    assert (gone.status_code, gone.json["code"]) == (404, "no_such_draft")
    assert (
        minh.post(f"{draft.path}/commit", json=bad, headers=match).json["code"] == "scope_missing"
    )
    assert draft.browser.post(f"{draft.path}/commit", json=bad).status_code == 428
    assert draft.ask("/commit", bad).status_code == 422
    assert draft.browser.get(f"{DRAFTS}/x").status_code == 400
    assert an.get(draft.path).status_code == 403
    assert huy.get(draft.path).status_code == 403  # no parcel of the ward is in it yet
    assert draft.ask("/approve", {"sha256": "0" * 64}).json["code"] == "scope_missing"


def test_geometry_refusal_is_a_problem_and_bodies_are_bounded(draft: Draft, parcels) -> None:
    intent = line_across(draft, str(next(parcels).parcel_id))
    missed = draft.ask("/preview", {**intent, "line": [[0, 0], [1, 1]]})
    assert (missed.status_code, missed.json["code"]) == (422, "line_misses")
    for wrong in (
        {**intent, "op": "explode"},
        {**intent, "line": [[0, 0]] * 2000},
        {**intent, "line": [[0]]},
        {**intent, "epsg": -1},
        {**intent, "extra": 1},
        {"op": "merge"},
        {"op": "undo", "revision": 0},
        None,
    ):
        answer = draft.ask("/preview", wrong)
        assert (answer.status_code, answer.json["code"]) == (422, "bad_body"), wrong
    unknown = draft.ask("/preview", {**intent, "epsg": 999_999})
    assert (unknown.status_code, unknown.json["code"]) == (422, "unknown_crs")


def test_only_uploads_are_large(lan: Browser, draft: Draft) -> None:
    answer = lan.post(DRAFTS, json={"record_no": "HS-1", "reason": "x" * 2**20})
    assert (answer.status_code, answer.json["code"]) == (413, "too_large")
    assert answer.json["limit"] == 2**20


def test_document_is_saved_and_never_shown(app: Flask, draft: Draft) -> None:
    def attach(content: bytes, name: str, key: str | None = None) -> TestResponse:
        # Written by hand: the test client leaves the file of a large form open.
        head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        return draft.browser.post(
            f"{draft.path}/documents",
            data=head.encode() + content + b"\r\n--b--\r\n",
            content_type="multipart/form-data; boundary=b",
            headers={
                "If-Match": f'"{draft.body["rev"]}"',
                "Idempotency-Key": key or uuid4().hex,
            },
        )

    assert attach(b"<html>", "page.pdf").json["code"] == "not_a_document"
    assert attach(PDF + bytes(20 * 1024**2), "huge.pdf").status_code == 413
    assert attach(PDF + bytes(21 * 1024**2), "vast.pdf").status_code == 413
    answer = attach(PDF, "../hợp đồng.pdf", "key-1")
    assert answer.status_code == 200
    again = attach(PDF, "../hợp đồng.pdf", "key-1")
    assert again.json["rev"] == answer.json["rev"]
    assert attach(PDF + b"x", "other.pdf", "key-1").json["code"] == "stale_draft"
    (document,) = answer.json["basis"]["documents"]
    assert document == {
        "sha256": hashlib.sha256(PDF).hexdigest(),
        "name": "hợp đồng.pdf",
        "bytes": len(PDF),
        "media_type": "application/pdf",
    }
    got = draft.browser.get(f"{draft.path}/documents/{document['sha256']}")
    assert got.data == PDF
    assert got.headers["Content-Disposition"].startswith("attachment; ")
    assert got.headers["Content-Security-Policy"] == "sandbox"
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    other = browser(app, "an").get(f"{draft.path}/documents/{document['sha256']}")
    assert other.status_code == 403
    assert draft.browser.get(f"{draft.path}/documents/{'0' * 64}").status_code == 404


def test_context_has_nodes_to_snap_to(draft: Draft, parcels) -> None:
    record = next(parcels)
    around = draft.browser.get(f"{draft.path}/context?parcel={record.fid}").json
    assert around["tolerance_m"] == 0.001
    nodes = {node["id"]: node for node in around["nodes"]}
    assert all(
        node["id"] == f"{node['x'] * 1000:.0f}:{node['y'] * 1000:.0f}" for node in nodes.values()
    )
    assert all({edge["a"], edge["b"]} <= nodes.keys() for edge in around["edges"])
    assert str(record.parcel_id) in {face["parcel_id"] for face in around["faces"]}
    x, y = geodesy.transform_xy(
        *np.array([[n["lon"], n["lat"]] for n in around["nodes"]]).T,
        geodesy.LONLAT,
        around["plane"]["epsg"],
    )
    assert np.allclose(x, [n["x"] for n in around["nodes"]], atol=0.001)
    assert np.allclose(y, [n["y"] for n in around["nodes"]], atol=0.001)
    for query, code in (
        ("", "bad_parameter"),
        ("?parcel=1&bbox=1,2,3,4", "bad_parameter"),
        ("?bbox=1,2,3", "bad_box"),
        ("?bbox=106,11,107,12", "too_wide"),
        ("?bbox=106.1,11.3,106.0,11.2", "bad_box"),
        ("?parcel=nobody", "bad_parcel"),
    ):
        answer = draft.browser.get(f"{draft.path}/context{query}")
        assert (answer.status_code, answer.json["code"]) == (400, code), query
    assert draft.browser.get(f"{draft.path}/context?parcel=999999999").status_code == 404


def test_abandoned_draft_is_over(draft: Draft) -> None:
    draft.go("/abandon")
    assert draft.body["state"] == "abandoned"
    assert draft.body["may"] == []
    assert draft.ask("/undo").json["code"] == "draft_not_open"
