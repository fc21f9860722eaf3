"""Anybody may look at parcels; to page through the whole register needs the scope ``register``."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from landgis import bootstrap
from landgis.bootstrap import Services
from landgis.cadastre import jurisdiction
from landgis.errors import UsageError
from landgis.services.ogc.asked import token_of
from landgis.web.app import create_app

MOST = 20
ITEMS = "/ogc/collections/parcels/items"
WHOLE = "bbox=105,9,108,13"
LISTS = [
    f"{ITEMS}?limit=10",
    f"{ITEMS}?limit=10&sortby=-area_m2",
    f"/api/v1/parcels?{WHOLE}&limit=10",
]


def copied(folder: Path, parcels: str, basis: str = "land_information") -> Path:
    """The jurisdiction with another number."""
    shutil.copytree(jurisdiction.find("vn-80"), folder)
    path = folder / "audience.toml"
    text = path.read_text(encoding="utf-8")
    said = '[paging]\nparcels = 10000\nbasis = "land_information"'
    assert said in text
    path.write_text(
        text.replace(said, f'[paging]\nparcels = {parcels}\nbasis = "{basis}"'), encoding="utf-8"
    )
    return folder


@pytest.fixture(scope="module")
def shallow(demo: Services, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """The demonstration register where anybody may page through 20 parcels."""
    folder = copied(tmp_path_factory.mktemp("law") / "vn-80", str(MOST))
    opened = bootstrap.build(replace(demo.settings, jurisdiction=str(folder)))
    yield create_app(opened).test_client()
    opened.close()


def bearer(demo: Services, *scopes: str) -> dict[str, str]:
    key = demo.access.create("reader", frozenset(scopes), None)
    return {"Authorization": f"Bearer {key}"}


def after(answer: TestResponse) -> str | None:
    for link in answer.json["links"]:
        if link["rel"] == "next":
            parts = urlsplit(link["href"])
            return f"{parts.path}?{parts.query}"
    return None


def walk(client: FlaskClient, path: str, **headers: str) -> tuple[list[Any], TestResponse]:
    """Follow the next links; answer the ids that were given and the last answer."""
    ids: list[Any] = []
    following: str | None = path
    while following is not None:
        answer = client.get(following, headers=headers)
        if answer.status_code != 200:
            return ids, answer
        ids += [feature["id"] for feature in answer.json["features"]]
        following = after(answer)
    assert len(ids) == len(set(ids))
    return ids, answer


@pytest.mark.parametrize("path", [*LISTS, f"{LISTS[2]}&as_of=1"])
def test_pages_lead_on_until_so_many(shallow: FlaskClient, path: str) -> None:
    ids, last = walk(shallow, path)
    assert len(ids) == MOST
    assert (last.status_code, last.json["code"]) == (401, "too_deep")
    assert (last.json["most"], last.json["scope"]) == (MOST, "register")


@pytest.mark.parametrize("path", LISTS)
def test_the_scope_register_reads_on(demo: Services, shallow: FlaskClient, path: str) -> None:
    path = path.replace("limit=10", "limit=1000")
    ids, last = walk(shallow, path, **bearer(demo, "public", "register"))
    assert (last.status_code, len(ids)) == (200, last.json["numberMatched"])
    assert len(ids) > 4_000
    ids, last = walk(shallow, path, **bearer(demo, "public", "import"))
    assert (len(ids), last.status_code, last.json["code"]) == (1000, 403, "too_deep")


def test_a_token_of_ones_own_reads_no_further(shallow: FlaskClient) -> None:
    (deep,) = shallow.get(f"{ITEMS}?limit=1&filter=fid>1000").json["features"]
    token = token_of((deep["id"],))
    for path in (f"{ITEMS}?after={token}", f"/api/v1/parcels?{WHOLE}&after={token}"):
        assert shallow.get(path).json["code"] == "too_deep"
        for form in ("html", "csv", "fgb"):
            answer = shallow.get(f"{path}&f={form}")
            assert answer.status_code == (400 if ("ogc" in path) == (form != "html") else 401)
    assert shallow.get(f"{ITEMS}?after={token}&filter=fid>1000").status_code == 200


def test_a_narrow_answer_is_given_to_its_end(shallow: FlaskClient) -> None:
    ids, last = walk(shallow, f"{ITEMS}?limit=7&filter=fid<=19")
    assert (last.status_code, len(ids)) == (200, last.json["numberMatched"])
    assert 10 < len(ids) <= MOST


def test_units_and_sheets_are_given_whole(shallow: FlaskClient) -> None:
    for name in ("units", "sheets"):
        ids, last = walk(shallow, f"/ogc/collections/{name}/items?limit=10")
        assert (last.status_code, len(ids)) == (200, last.json["numberMatched"])
    assert len(walk(shallow, "/ogc/collections/units/items?limit=10")[0]) > MOST


def test_the_demonstration_is_open_to_its_end(client: FlaskClient) -> None:
    ids, last = walk(client, f"{ITEMS}?limit=1000")
    assert (last.status_code, len(ids)) == (200, last.json["numberMatched"])
    assert len(ids) > 4_000


def test_the_definition_says_so(shallow: FlaskClient, client: FlaskClient) -> None:
    for asked, most in ((shallow, MOST), (client, 10_000)):
        said = asked.get("/ogc/api?f=json").json["components"]["parameters"]["after"]
        assert f"first {most} " in said["description"]
    described = client.get("/api/v1/openapi.json").json["paths"]["/api/v1/parcels"]["get"]
    (said,) = (p for p in described["parameters"] if p["name"] == "after")
    assert "too_deep" in said["description"]


@pytest.mark.parametrize(
    ("parcels", "basis"), [("0", "land_data"), ('"all"', "land_data"), ("5", "nothing")]
)
def test_the_number_is_checked(tmp_path: Path, parcels: str, basis: str) -> None:
    with pytest.raises(UsageError) as refused:
        jurisdiction.load(copied(tmp_path / "vn-80", parcels, basis))
    assert refused.value.code == "bad_jurisdiction"
