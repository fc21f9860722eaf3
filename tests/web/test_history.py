"""A parcel's history over HTTP and on its page: what anyone reads, what officers read."""

import re
from html import unescape
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


def strip(x: float, width: float, number: str, use: str = "ODT", sheet: str = "12") -> Land:
    geom = shapely.box(EAST + x, NORTH, EAST + x + width, NORTH + 20)
    return Land(geom, f"25645/{sheet}/{number}", ((use, None),))


@pytest.fixture
def services(open_services: Open) -> Services:
    return open_services("vn-80")


@pytest.fixture
def register(services: Services) -> Register:
    return Register(services.database)


@pytest.fixture
def client(services: Services) -> FlaskClient:
    return create_app(services).test_client()


@pytest.fixture
def split(register: Register) -> tuple[UUID, UUID, UUID]:
    """Parcel 152 of sheet 12, split into 311 and 312."""
    (parent,) = register.publish(strip(0, 20, "152"))
    ground = {"approver": "user:minh", "record_no": "HS-7", "basis": "Quyết định 12/QĐ-UBND"}
    left, right = register.split(parent, strip(0, 10, "311"), strip(10, 10, "312"), **ground)
    return parent, left, right


def words(page: str) -> str:
    """What a page says, without its marks."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", page)).split())


def test_history_over_http(
    client: FlaskClient, register: Register, split: tuple[UUID, UUID, UUID]
) -> None:
    parent, left, right = split
    answer = client.get(f"/api/v1/parcels/{register.fid(left)}/history")
    assert answer.status_code == 200
    body = answer.json
    assert {k: body[k] for k in body if k != "events"} == {
        "parcel_id": str(left),
        "fid": register.fid(left),
        "sheet": "12",
        "number": "311",
        "unit_code": "25645",
        "state": "current",
    }
    (event,) = body["events"]
    assert event.pop("at").endswith("+07:00")
    refs = [
        {"parcel_id": str(i), "fid": register.fid(i), "sheet": "12", "number": n, "state": s}
        for i, n, s in (
            (parent, "152", "retired"),
            (left, "311", "current"),
            (right, "312", "current"),
        )
    ]
    assert event == {"revision": 2, "event": "split", "from": refs[:1], "to": refs[1:]}
    of_parent = client.get(f"/api/v1/parcels/{parent}/history").json
    assert of_parent["state"] == "retired"
    assert [e["event"] for e in of_parent["events"]] == ["published", "split"]
    again = client.get(
        f"/api/v1/parcels/{left}/history", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert again.status_code == 304
    assert client.get(f"/api/v1/parcels/{left}/history?x=1").status_code == 400


def test_retired_parcel_is_404_that_names_its_successors(
    client: FlaskClient, register: Register, split: tuple[UUID, UUID, UUID]
) -> None:
    for name in (split[0], register.fid(split[0])):
        answer = client.get(f"/api/v1/parcels/{name}")
        assert (answer.status_code, answer.json["code"]) == (404, "parcel_retired")
        assert answer.mimetype == "application/problem+json"
        assert [s["number"] for s in answer.json["successors"]] == ["311", "312"]
    for path in ("", "/history"):
        answer = client.get(f"/api/v1/parcels/{uuid4()}{path}")
        assert (answer.status_code, answer.json["code"]) == (404, "no_such_parcel")


@pytest.mark.parametrize(
    ("scopes", "units", "is_told"),
    [
        (None, None, False),
        ({"public"}, None, False),
        ({"register"}, {"25648"}, False),
        ({"import"}, {"25645"}, False),
        ({"register"}, {"25645"}, True),
        ({"register"}, None, True),
    ],
)
def test_ground_is_told_to_holders_of_register_in_the_unit(
    client: FlaskClient,
    services: Services,
    split: tuple[UUID, UUID, UUID],
    scopes: set[str] | None,
    units: set[str] | None,
    is_told: bool,
) -> None:
    headers = {}
    if scopes is not None:
        key = services.access.create(
            "department", frozenset(scopes), None if units is None else frozenset(units)
        )
        headers = {"Authorization": f"Bearer {key}"}
    (event,) = client.get(f"/api/v1/parcels/{split[1]}/history", headers=headers).json["events"]
    page = client.get(f"/thua/{split[1]}", headers=headers).text
    secrets = {
        "record_no": "HS-7",
        "basis": "Quyết định 12/QĐ-UBND",
        "author": "user:lan",
        "approver": "user:minh",
    }
    assert {k: event.get(k) for k in secrets} == (secrets if is_told else dict.fromkeys(secrets))
    assert all((text in page) is is_told for text in secrets.values())


def test_page_of_a_child_tells_where_it_comes_from(
    client: FlaskClient, register: Register, split: tuple[UUID, UUID, UUID]
) -> None:
    parent, left, right = (register.fid(i) for i in split)
    page = client.get(f"/thua/{left}")
    assert page.status_code == 200
    said = "Tách từ thửa 152 tờ 12 thành 2 thửa: 311, 312 (sửa đổi số 2)"
    assert re.search(r"Lịch sử thửa đất \d\d/\d\d/\d{4} · " + re.escape(said), words(page.text))
    history = page.text[page.text.index("history") :]
    linked = {fid for fid in (parent, left, right) if f'href="/thua/{fid}"' in history}
    assert linked == {parent, right}  # the page of 311 is no link to itself
    english = client.get(f"/parcel/{left}").text
    assert "Split from parcel 152, sheet 12 into 2 parcels: 311, 312 (change 2)" in words(english)
    assert f'href="/parcel/{parent}"' in english
    for text in (page.text, english):
        assert " style=" not in text
        assert "<script" not in text


@pytest.mark.parametrize(
    ("path", "large", "back"),
    [
        ("/thua/", "Thửa 152 tờ 12 đã được tách thành 2 thửa: 311, 312", "Công bố lần đầu (bản 1)"),
        (
            "/parcel/",
            "Parcel 152, sheet 12 was split into 2 parcels: 311, 312",
            "First published (revision 1)",
        ),
    ],
)
def test_page_of_a_retired_parcel_says_in_large_what_became_of_it(
    client: FlaskClient,
    register: Register,
    split: tuple[UUID, UUID, UUID],
    path: str,
    large: str,
    back: str,
) -> None:
    parent, left, right = (register.fid(i) for i in split)
    page = client.get(f"{path}{parent}")
    assert page.status_code == 200
    heading = re.search(r"<h1>(.*?)</h1>", page.text, re.DOTALL)
    assert heading is not None
    assert words(heading[1]) == large
    for fid in (left, right):
        assert heading[1].count(f'href="{path}{fid}"') == 1
    assert back in words(page.text)
    outline = re.search(r'<path d="M([^Z]*)Z"', page.text)
    assert outline is not None
    assert len(outline[1].split()) == 5
    assert "<script" not in page.text


def test_sentences_of_every_event(client: FlaskClient, register: Register) -> None:
    a, b = register.publish(strip(0, 20, "1"), strip(20, 20, "2", sheet="13"))
    (whole,) = register.divide([a, b], strip(0, 40, "3"))
    register.undo(2)
    corners = [(0, 0), (10, 0), (20, 0), (20, 20), (0, 20)]
    node = shapely.Polygon([(EAST + x, NORTH + y) for x, y in corners])
    register.change("edit", [a], {a: strip(0, 20, "1")._replace(geom=node)})
    register.change("edit", [a], {a: strip(0, 30, "1")})
    (renewed,) = register.divide([a], strip(0, 30, "9"))
    register.change("edit", [b], {})
    merged = words(client.get(f"/thua/{whole}").text)
    assert "Thửa 3 tờ 12 đã bị hủy, trở lại 2 thửa: 1 tờ 12, 2 tờ 13" in merged
    assert "Hợp 2 thửa: 1 tờ 12, 2 tờ 13 thành thửa 3 tờ 12 (sửa đổi số 2)" in merged
    of_a = words(client.get(f"/parcel/{a}").text)
    for said in (
        "Parcel 1, sheet 12 was replaced by parcel 9",
        "Replaced: parcel 1, sheet 12 by parcel 9 (change 6)",
        "Its facts or its boundary changed (change 5)",
        "A node was added on the boundary shared with a neighbour; the shape is the same (change 4)",
        "Restored, because change 2 was taken back (change 3)",
        "Merged from 2 parcels: 1 of sheet 12, 2 of sheet 13 into parcel 3, sheet 12 (change 2)",
        "First published (revision 1)",
    ):
        assert said in of_a
    assert "Thửa 2 tờ 13 không còn hiệu lực" in words(client.get(f"/thua/{b}").text)
    assert "Thay thửa 1 tờ 12 bằng thửa 9" in words(client.get(f"/thua/{renewed}").text)


def test_withheld_land_is_on_no_page_and_in_no_history(
    client: FlaskClient, services: Services, register: Register
) -> None:
    (base,) = register.publish(strip(0, 20, "1", use="CQP"))
    kept, sold = register.split(base, strip(0, 10, "2", use="CQP"), strip(10, 10, "3"))
    for hidden in (base, kept):
        for path in (f"/api/v1/parcels/{hidden}", f"/api/v1/parcels/{hidden}/history"):
            answer = client.get(path)
            assert (answer.status_code, answer.json["code"]) == (404, "no_such_parcel")
        assert client.get(f"/thua/{register.fid(hidden)}").status_code == 404
    event = client.get(f"/api/v1/parcels/{sold}/history").json["events"][0]
    assert (event["from"], [r["number"] for r in event["to"]]) == ([], ["3"])
    page = client.get(f"/thua/{sold}").text
    assert "Tách thành thửa 3" in words(page)
    assert all(f"/thua/{register.fid(hidden)}" not in page for hidden in (base, kept))
    key = services.access.create("audit", frozenset({"register", "withheld"}), None)
    told = client.get(
        f"/api/v1/parcels/{sold}/history", headers={"Authorization": f"Bearer {key}"}
    ).json
    assert [r["number"] for r in told["events"][0]["from"]] == ["1"]
    trusted = client.get(f"/thua/{base}", headers={"Authorization": f"Bearer {key}"})
    assert trusted.status_code == 200


def test_text_from_the_data_cannot_become_markup(client: FlaskClient, register: Register) -> None:
    (parent,) = register.publish(strip(0, 20, "<b>1</b>", sheet="<i>"))
    left, _ = register.split(parent, strip(0, 10, "<u>2", sheet="<i>"), strip(10, 10, "3"))
    for name in (parent, left):
        page = client.get(f"/thua/{name}").text
        assert "<b>1" not in page
        assert "<u>" not in page
        assert "<i>" not in page.replace("<i>ODT</i>", "")
        assert "&lt;b&gt;1" in page
