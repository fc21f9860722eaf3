"""Every query of search_queries.toml over HTTP, and what search may never do."""

import json
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import numpy as np
import pytest
import shapely
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from landgis import bootstrap
from landgis.bootstrap import Services
from landgis.cadastre import edits
from landgis.cadastre import jurisdiction as jurisdictions
from landgis.cadastre.changes import Entry
from landgis.cadastre.edits import Step
from landgis.cadastre.identifier import geohash
from landgis.cadastre.register import ANONYMOUS, Principal
from landgis.cadastre.search.folding import words
from landgis.config import Settings
from landgis.geodesy import transform
from landgis.ingest.evidence import Choices
from landgis.services.derive import derive
from landgis.services.searching.service import SearchService
from landgis.store.cluster import Cluster
from landgis.store.history import HistoryStore
from landgis.store.search import SearchStore
from landgis.store.surveyed import SurveyedStore
from landgis.web.app import create_app
from tests.conftest import SAMPLES

pytestmark = pytest.mark.db

DEMO = SAMPLES / "demo-register" / "demo_hoa_thanh_vilis.zip"
TABLE = tomllib.loads(Path(__file__).with_name("search_queries.toml").read_text("utf-8"))
DEMO_UNIT = "25645"
BY = Principal.holding("tester", {"import", "withheld"})


class Row(NamedTuple):
    query: str
    expected: str
    said: str


ROWS = [
    Row(row[0], row[1], row[2] if len(row) > 2 else "")
    for name, group in TABLE.items()
    if name != "parcel"
    for row in group["rows"]
]


def named(name: str) -> tuple[str, str, str]:
    unit, _, rest = name.rpartition(":")
    sheet, _, number = rest.partition("/")
    return unit or DEMO_UNIT, sheet, number


def feature(parcel: dict[str, Any]) -> dict[str, Any]:
    unit, sheet, number = named(parcel["name"])
    old_unit, old_sheet, old_number = named(parcel.get("old", ":/"))
    x, y = parcel["at"]
    values = {
        "XAID": unit,
        "SHBANDO": sheet,
        "SHTHUA": number,
        "KHLOAIDAT": parcel.get("use", "ONT"),
        "XAIDCU": old_unit if old_sheet else None,
        "SOTOCU": old_sheet or None,
        "SOTHUACU": old_number or None,
        "DIADANH": parcel["address"],
        "DIENTICHPL": 100.0,
    }
    shape = shapely.geometry.mapping(shapely.box(x - 5, y - 5, x + 5, y + 5))
    return {"type": "Feature", "properties": values, "geometry": shape}


def neighbours(path: Path) -> Path:
    document = {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::9209"}},
        "features": [feature(parcel) for parcel in TABLE["parcel"]],
    }
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def services(
    cluster: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Services]:
    """The demonstration register and the invented parcels of the table, published."""
    database, folder = f"search{uuid4().hex}", tmp_path_factory.mktemp("home")
    url = cluster.create_database(database, template)
    opened = bootstrap.build(replace(Settings.from_env({}), home=folder, database_url=url))
    for path in (DEMO, neighbours(folder / "neighbours.geojson")):
        batch = opened.load.load(path, Choices(), BY).batch
        opened.publish.publish(batch.batch_id, BY)
    with opened.database.begin() as connection:
        for parcel in TABLE["parcel"]:
            if identifier := parcel.get("national_id"):
                unit, sheet, number = named(parcel["name"])
                connection.execute(
                    text(
                        "UPDATE parcels SET national_id = :i WHERE unit_code = :u"
                        " AND sheet = :s AND number = :n"
                    ),
                    {"i": identifier, "u": unit, "s": sheet, "n": number},
                )
    yield opened
    opened.close()
    cluster.drop_database(database)


@pytest.fixture(scope="module")
def client(services: Services) -> FlaskClient:
    return create_app(services).test_client()


def search(client: FlaskClient, query: str, **more: Any) -> dict[str, Any]:
    found = client.get("/api/v1/search", query_string={"q": query, **more})
    assert found.status_code == 200, found.json
    return found.json


def filled(query: str, services: Services) -> str:
    """A query with ``@GEOHASH:12/125@`` and ``@UUID:12/125@`` replaced by that parcel's."""
    while query.count("@") > 1:
        before, asked, after = query.split("@", 2)
        kind, _, name = asked.partition(":")
        _, sheet, number = named(name)
        (record,) = services.query.named(DEMO_UNIT, sheet, number, BY)
        if kind == "UUID":
            value = str(record.parcel_id)
        else:
            inside = transform(record.geom, 9209, 4326).representative_point()
            value = geohash.encode(np.array([inside.x]), np.array([inside.y]))[0]
        query = f"{before}{value}{after}"
    return query


def fits(result: dict[str, Any], expected: str) -> bool:
    kind, _, name = expected.partition(" ")
    if kind == "parcel":
        parcel = result["parcel"]
        return result["kind"] == "parcel" and named(name) == (
            *(parcel["unit_code"], parcel["sheet"], parcel["number"]),
        )
    if kind == "unit":
        return result["kind"] == "unit" and result["unit"]["code"] == name
    if kind == "sheet":
        unit, sheet, _ = named(name)
        title = result["title"]["vi"]
        return (
            result["kind"] == "place"
            and title.startswith(f"Tờ bản đồ {sheet}, ")
            and result["unit"]["code"] == unit
        )
    if kind == "place":
        unit, _, place = name.partition(":")
        title = result["title"]["vi"]
        return (
            result["kind"] == "place"
            and result["unit"]["code"] == unit
            and title.startswith(f"{place}, ")
        )
    assert kind == "point", expected
    lat, lon = map(float, name.split(","))
    far = max(abs(result["point"][0] - lon), abs(result["point"][1] - lat))
    return result["kind"] == "point" and far < 10 ** -max(3, min(5, len(name.split(".")[-1])))


def test_table_is_long_and_asks_nothing_twice() -> None:
    assert len(ROWS) >= 300
    assert len({row.query for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: ascii(row.query)[1:-1][:60])
def test_first_answer(row: Row, client: FlaskClient, services: Services) -> None:
    answer = search(client, filled(row.query, services))
    results, told = answer["results"], json.dumps(answer, ensure_ascii=False)
    if row.expected == "nothing":
        assert not results, told
        return
    assert results, told
    wanted = row.expected.removeprefix("either: ").split(" | ")
    assert answer["ambiguous"] == row.expected.startswith("either: "), told
    if answer["ambiguous"]:
        for one in wanted:
            assert any(fits(result, one) for result in results), f"{one} in {told}"
    else:
        assert fits(results[0], wanted[0]), told
    assert row.said in told


def test_withheld_land_is_found_by_whom_it_is_shown_to(
    client: FlaskClient, services: Services
) -> None:
    key = services.access.create("security", frozenset({"withheld"}), None)
    headers = {"Authorization": f"Bearer {key}"}
    found = client.get("/api/v1/search?q=tờ 47 thửa 399", headers=headers).json["results"]
    assert [r["parcel"]["number"] for r in found] == ["399"]
    one_unit = services.access.create("one", frozenset({"withheld"}), frozenset({"25498"}))
    headers = {"Authorization": f"Bearer {one_unit}"}
    assert not client.get("/api/v1/search?q=tờ 47 thửa 399", headers=headers).json["results"]


def test_absent_and_withheld_are_answered_alike(client: FlaskClient) -> None:
    withheld, absent = (search(client, f"tờ 47 thửa {number}") for number in (399, 398))
    assert withheld | {"query": ""} == absent | {"query": ""}


def test_fields_the_audience_may_not_see_are_neither_searched_nor_shown(services: Services) -> None:
    least = replace(
        services.jurisdiction,
        audience=jurisdictions.load(jurisdictions.find("generic")).audience,
    )
    closed = replace(
        services,
        jurisdiction=least,
        search=SearchService(SearchStore(services.database), services.query, least),
    )
    client = create_app(closed).test_client()
    for query in ("khu phố 4", "ấp Gò Đá", "tờ 12 thửa 45 xã Thạnh Bình cũ"):
        assert not search(client, query)["results"], query
    (found,) = search(client, "tờ 12 thửa 125")["results"]
    assert not {"address", "old_unit_code", "old_sheet", "old_number"} & set(found["parcel"])
    told = json.dumps(found, ensure_ascii=False)
    assert "khu phố" not in told
    officer = services.access.create("officer", frozenset({"register"}), None)
    headers = {"Authorization": f"Bearer {officer}"}
    shown = client.get("/api/v1/search?q=tờ 12 thửa 125", headers=headers).json["results"][0]
    assert shown["parcel"]["address"] == "khu phố 5"


def give_address(services: Services, fid: int, address: str) -> None:
    """Change the address of a parcel, as every change of the register is made."""
    parcel = SurveyedStore(services.database).by_fid(fid)
    assert parcel is not None
    step = Step((), (replace(parcel, address=address),), ())
    changeset = edits.change_set(edits.compose(edits.EMPTY, step, {parcel.parcel_id: parcel}))
    deployment, by_law = services.deployments.require(), services.jurisdiction
    derived = [
        derive(part.parcels, deployment.storage_epsg, by_law, by_law.identity_fields)
        for part in changeset.after
    ]
    HistoryStore(services.database).append(changeset, derived, deployment, Entry("user:lan"))


def test_an_address_is_found_while_a_parcel_bears_it(
    client: FlaskClient, services: Services
) -> None:
    fid = search(client, "ấp Cầu Ngang")["results"][0]["parcel"]["fid"]
    give_address(services, fid, "ấp Vườn Ổi")
    try:
        assert not search(client, "ấp Cầu Ngang")["results"]
        assert fits(search(client, "ap vuon oi")["results"][0], "parcel 27694:5/88")
    finally:
        give_address(services, fid, "ấp Cầu Ngang")


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.sampled_from(
            ["Đường", "Hoà", "hòa", "30/4", "12A", "ấp", "Ổ", "-", ",", " ", "ﬁ", "İ", "ſ"]
        )
        | st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=5)
    ).map("".join)
)
def test_the_database_folds_as_the_reader_does(services: Services, value: str) -> None:
    with services.database.begin() as connection:
        found = connection.execute(text("SELECT folded_words(:v)"), {"v": value}).scalar_one()
    assert [word for word in found if word] == words(value)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.sampled_from(
            [row.query for row in ROWS] + ["tờ", "thửa", "12", "xã", "cũ", "/", "°", "N"]
        )
        | st.text(max_size=20),
        min_size=1,
        max_size=4,
    ).map(" ".join)
)
def test_any_text_is_answered(services: Services, query: str) -> None:
    answer = services.search.search(f"?{query}"[:200], 5, ANONYMOUS)
    assert len(answer.results) <= 5
    assert all(0 < result.score <= 1 for result in answer.results)
    assert all(set(said) == {"vi", "en"} for said in (*answer.assumed, *answer.next))


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("", "bad_parameter"),
        ("q=", "query_empty"),
        ("q=%20%09", "query_empty"),
        (f"q={'a' * 201}", "query_too_long"),
        (f"q={'ờ' * 5000}", "query_too_long"),
        ("q=12/125&limit=0", "bad_parameter"),
        ("q=12/125&limit=21", "bad_parameter"),
        ("q=12/125&limit=x", "bad_parameter"),
        ("q=12/125&page=2", "bad_parameter"),
    ],
)
def test_a_bad_question_is_refused_by_name(client: FlaskClient, asked: str, code: str) -> None:
    refused = client.get(f"/api/v1/search?{asked}")
    assert (refused.status_code, refused.json["code"]) == (400, code)


def test_the_list_is_cut_and_says_so(client: FlaskClient) -> None:
    answer = search(client, "thửa 125", limit=3)
    assert (len(answer["results"]), answer["more"], answer["ambiguous"]) == (3, True, True)
    assert answer["next"]


def test_answer_is_not_sent_twice(client: FlaskClient) -> None:
    first = client.get("/api/v1/search?q=12/125")
    assert first.headers["Cache-Control"] == "no-cache"
    again = client.get("/api/v1/search?q=12/125", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_result_says_where_and_what_became_of_the_old_unit(client: FlaskClient) -> None:
    (found,) = search(client, "Tờ 12 thửa 45 xã Thạnh Bình cũ")["results"]
    assert (found["parcel"]["sheet"], found["parcel"]["number"]) == ("47", "310")
    assert found["unit"]["code"] == "25498"
    (became,) = found["succession"]
    assert became["old_code"] == "25498"
    assert became["act"]["vi"].startswith("Nghị quyết 1682/NQ-UBTVQH15")
    west, south, east, north = found["bbox"]
    lon, lat = found["point"]
    assert west < lon < east
    assert south < lat < north
    assert east - west < 0.0002
