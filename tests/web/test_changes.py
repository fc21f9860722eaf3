"""The change feed over HTTP: its form, its caching, its refusals, and what the public reads."""

import json
from uuid import UUID, uuid4

import pytest
import shapely
from flask.testing import FlaskClient

from landgis.bootstrap import Services
from landgis.web.app import create_app
from tests.builders import EAST, NORTH
from tests.conftest import Open
from tests.histories import Land, Register

pytestmark = pytest.mark.db

PUBLIC = {
    *("parcel_id", "fid", "unit_code", "sheet", "number", "old_unit_code", "old_sheet"),
    *("old_number", "area_m2", "register_area_m2", "land_uses", "address", "status"),
    *("revision", "effective_from"),
}


def strip(number: str, x: float = 0, use: str = "ODT") -> Land:
    geom = shapely.box(EAST + x, NORTH, EAST + x + 10, NORTH + 20)
    return Land(geom, f"25645/1/{number}", ((use, None),), address="Ấp Trường Đông")


def reading(services: Services, *scopes: str) -> FlaskClient:
    """A department's client: the feed is for those who hold the scope ``register``."""
    key = services.access.create(f"copy{uuid4()}", frozenset({"register", *scopes}), None)
    client = create_app(services).test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    return client


@pytest.fixture
def api(services: Services) -> FlaskClient:
    return reading(services)


@pytest.fixture
def register(services: Services) -> Register:
    return Register(services.database)


@pytest.fixture
def ids(register: Register) -> list[UUID]:
    ids = register.publish(strip("1"), strip("2", 10), author="user:lan", basis="Công văn 7")
    register.change("edit", ids[:1], {ids[0]: strip("1", 1)}, record_no="HS-7", approver="user:mi")
    return ids


def test_page_over_http(api: FlaskClient, ids: list[UUID]) -> None:
    answer = api.get("/api/v1/changes?since=1")
    assert answer.status_code == 200
    page = answer.json
    assert {k: v for k, v in page.items() if k not in {"changes", "next"}} == {
        "since": "1",
        "more": False,
        "revision": 2,
    }
    (change,) = page["changes"]
    told = {"revision", "committed_at", "kind", "record_no", "bbox", "continues", "parcels"}
    assert (set(change), change["record_no"]) == (told, "HS-7")
    (parcel,) = change["parcels"]
    assert set(parcel) == {"parcel_id", "event", "before", "after", "parents", "children"}
    assert (parcel["parcel_id"], parcel["event"]) == (str(ids[0]), "changed")
    for feature in (parcel["before"], parcel["after"]):
        assert set(feature["properties"]) == PUBLIC
        assert shapely.geometry.shape(feature["geometry"]).exterior.is_ccw
    west, south, east, north = change["bbox"]
    assert 106 < west < east < 107
    assert 11 < south < north < 12
    for secret in ("user:", "Công văn"):
        assert secret not in answer.text
    bare = api.get("/api/v1/changes?since=1&geometry=false").json["changes"][0]
    assert (bare["parcels"][0]["after"]["geometry"], bare["bbox"]) == (None, change["bbox"])
    assert bare["parcels"][0]["after"]["properties"] == parcel["after"]["properties"]


def test_who_knows_everything_is_told_where_it_stands_and_then_nothing_anew(
    api: FlaskClient, register: Register, ids: list[UUID]
) -> None:
    place = api.get("/api/v1/changes").json["next"]
    empty = api.get(f"/api/v1/changes?since={place}")
    assert empty.json == {
        "since": place,
        "next": place,
        "more": False,
        "revision": 2,
        "changes": [],
    }
    known = {"If-None-Match": empty.headers["ETag"]}
    again = api.get(f"/api/v1/changes?since={place}", headers=known)
    assert (again.status_code, again.data) == (304, b"")
    register.change("edit", ids[1:], {})
    fresh = api.get(f"/api/v1/changes?since={place}", headers=known)
    assert (fresh.status_code, fresh.json["changes"][0]["revision"]) == (200, 3)


def test_large_revision_comes_in_parts(api: FlaskClient, register: Register) -> None:
    ids = register.publish(*(strip(str(n), 10 * n) for n in range(25)))
    told, since, more = [], "0", True
    while more:
        page = api.get(f"/api/v1/changes?limit=10&since={since}").json
        (change,) = page["changes"]
        assert change["continues"] is page["more"]
        told += [parcel["parcel_id"] for parcel in change["parcels"]]
        since, more = page["next"], page["more"]
    assert told == sorted(map(str, ids))


HOSTILE = {
    "since=3": "since_unknown",
    "since=999999999999999999": "since_unknown",
    "since=2-00000000": "since_unknown",
    "since=2-00000000-" + "0" * 32: "since_unknown",
    "since=-1": "bad_since",
    "since=": "bad_since",
    "since=1%00": "bad_since",
    "since=%F0%9F%8C%BE": "bad_since",
    "since=1'--": "bad_since",
    "since=" + "1" * 19: "bad_since",
    "since=" + "1" * 65: "bad_parameter",
    "limit=0": "bad_parameter",
    "limit=1001": "bad_parameter",
    "limit=x": "bad_parameter",
    "geometry=perhaps": "bad_parameter",
    "unit=%00": "bad_parameter",
    "after=1": "bad_parameter",
}


def test_hostile_places(api: FlaskClient, ids: list[UUID]) -> None:
    assert len(ids) == 2
    for query, code in HOSTILE.items():
        answer = api.get(f"/api/v1/changes?{query}")
        assert (answer.status_code, answer.json["code"]) == (
            410 if code == "since_unknown" else 400,
            code,
        ), query
        assert answer.mimetype == "application/problem+json"
        assert answer.json.get("revision") == (2 if code == "since_unknown" else None)


def test_digest_over_http(api: FlaskClient, register: Register, ids: list[UUID]) -> None:
    answer = api.get("/api/v1/changes/digest?revision=2")
    (unit,) = answer.json["units"]
    assert (answer.json["revision"], unit["unit_code"], unit["parcels"]) == (2, "25645", 2)
    assert len(unit["sha256"]) == 64
    assert api.get("/api/v1/changes/digest?unit=25645").json == answer.json
    assert api.get("/api/v1/changes/digest?unit=x").json == {"revision": 2, "units": []}
    register.change("edit", ids[1:], {})
    late = api.get("/api/v1/changes/digest?revision=2")
    assert (late.status_code, late.json["code"], late.json["revision"]) == (
        409,
        "not_the_newest",
        3,
    )
    for query in ("revision=-1", "revision=x", f"revision={2**63}", "unit=%00", "x=1"):
        assert api.get(f"/api/v1/changes/digest?{query}").status_code == 400


def test_withheld_land_is_told_to_nobody_without_its_scope(
    api: FlaskClient, services: Services, register: Register
) -> None:
    secret, plain = register.publish(strip("1", use="CQP"), strip("2", 10))
    moved = strip("1", 1, use="CQP")
    register.change("edit", [secret], {secret: moved})
    for path in ("/api/v1/changes", "/api/v1/changes?limit=1", "/api/v1/changes?geometry=false"):
        answer = api.get(path)
        assert str(plain) in answer.text
        assert str(secret) not in answer.text
        assert secret.hex not in answer.text
        assert [c["revision"] for c in answer.json["changes"]] == [1]
    assert api.get("/api/v1/changes/digest").json["units"][0]["parcels"] == 1
    told = reading(services, "withheld").get("/api/v1/changes")
    assert [c["revision"] for c in told.json["changes"]] == [1, 2]


def test_field_that_is_not_for_everybody_is_absent(open_services: Open) -> None:
    services = open_services("generic")
    register = Register(services.database)
    register.publish(strip("1"))
    answer = reading(services).get("/api/v1/changes")
    facts = answer.json["changes"][0]["parcels"][0]["after"]["properties"]
    hidden = {"address", "old_unit_code", "old_sheet", "old_number"}
    assert set(facts) == PUBLIC - hidden
    assert "Trường Đông" not in json.dumps(answer.json, ensure_ascii=False)
