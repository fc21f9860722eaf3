"""Features part 1: what there is, where, and what its parameters do."""

import json
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
import shapely
from openapi_spec_validator import validate

from landgis.cadastre.served import COLLECTIONS
from landgis.services.ogc.features import COUNT_CAP
from landgis.tiling.grid import tile_at
from landgis.web.ogc.bodies import CONFORMANCE
from tests.web.ogc.world import CRS84, PARCELS, World

pytestmark = pytest.mark.db

GEOJSON = "application/geo+json"
DOCUMENTS = ["/ogc", "/ogc/api", "/ogc/conformance", "/ogc/collections"] + [
    f"/ogc/collections/{name}{rest}"
    for name in COLLECTIONS
    for rest in ("", "/schema", "/queryables", "/sortables", "/items")
]
DOCUMENTS += ["/ogc/tileMatrixSets", "/ogc/tileMatrixSets/WebMercatorQuad"] + [
    f"/ogc{path}/tiles{rest}"
    for path in ("", "/collections/parcels", "/collections/units")
    for rest in ("", "/WebMercatorQuad")
]
A_TILE = {"tileMatrixSetId": "WebMercatorQuad"} | dict(
    zip(("tileMatrix", "tileCol", "tileRow"), (15, *tile_at(106.1250, 11.2668, 15)), strict=True)
)
"""A tile of the world's parcels."""


def links(body: dict, rel: str) -> list[dict]:
    return [one for one in body["links"] if one["rel"] == rel]


def followed(world: World, link: dict) -> Any:
    parts = urlsplit(link["href"])
    return world.client.get(f"{parts.path}?{parts.query}")


def first_ids(world: World) -> dict[str, Any]:
    return {
        n: world.get(f"/ogc/collections/{n}/items", limit=1).json["features"][0]["id"]
        for n in COLLECTIONS
    }


def test_landing_page_leads_to_everything(world: World) -> None:
    body = world.get("/ogc").json
    for rel in ("self", "alternate", "service-desc", "service-doc", "conformance", "data"):
        (link, *_) = links(body, rel)
        answer = followed(world, link)
        assert answer.status_code == 200, rel
        assert answer.content_type.split(";")[0] == link["type"].split(";")[0]
    assert world.get("/ogc/").json["title"] == body["title"]


def test_definition_is_valid_and_its_every_path_answers(world: World) -> None:
    answer = world.get("/ogc/api")
    assert answer.content_type == "application/vnd.oai.openapi+json;version=3.0"
    validate(answer.json)
    ids = first_ids(world)
    for path, operations in answer.json["paths"].items():
        name = path.split("/")[2] if path.startswith("/collections/") else ""
        found = world.get("/ogc" + path.format(featureId=ids.get(name), **A_TILE))
        assert found.status_code == 200, path
        described = operations["get"]["responses"]
        assert found.content_type.replace("; charset=utf-8", "") in described["200"]["content"], (
            path
        )
        of_tiles = {"204", "304"} if path.endswith("{tileCol}") else set()
        problems = {"400", "401", "403", "404", "500", "503", "default"}
        assert set(described) == of_tiles | {"200"} | problems


def test_definition_names_how_to_sign_in(world: World) -> None:
    document = world.get("/ogc/api").json
    assert document["components"]["securitySchemes"] == {
        "key": {"type": "http", "scheme": "bearer"}
    }
    assert document["security"] == [{}, {"key": []}]
    answer = world.client.get("/ogc", headers={"Authorization": "Bearer nobody"})
    assert (answer.status_code, answer.json["code"]) == (401, "bad_key")


def test_definition_has_the_standard_parameters(world: World) -> None:
    document = world.get("/ogc/api").json
    shared = document["components"]["parameters"]
    for name, kind in (("limit", "integer"), ("bbox", "array"), ("datetime", "string")):
        it = shared[name]
        assert (it["in"], it["required"], it["style"], it["explode"]) == (
            "query",
            False,
            "form",
            False,
        )
        assert it["schema"]["type"] == kind
    assert (shared["bbox"]["schema"]["minItems"], shared["bbox"]["schema"]["maxItems"]) == (4, 6)
    assert shared["bbox"]["schema"]["oneOf"] == [
        {"minItems": 4, "maxItems": 4},
        {"minItems": 6, "maxItems": 6},
    ]
    assert shared["bbox"]["schema"]["items"] == {"type": "number"}
    for name in COLLECTIONS:
        of_items = document["paths"][f"/collections/{name}/items"]["get"]["parameters"]
        named = {one["$ref"].rpartition("/")[2] for one in of_items if "$ref" in one}
        assert {"limit", "bbox", "datetime", "filter", "filter-lang"} <= named


def test_conformance_is_declared(world: World) -> None:
    body = world.get("/ogc/conformance").json
    assert body["conformsTo"] == list(CONFORMANCE)
    assert len(set(CONFORMANCE)) == len(CONFORMANCE)


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_document_is_there_as_json_and_as_a_page(world: World, path: str) -> None:
    page = world.get(path, f="html")
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert page.text.lstrip().startswith("<!doctype html>")
    by_header = world.client.get(path, headers={"Accept": "text/html,*/*;q=0.5"})
    assert by_header.mimetype == "text/html"
    expected = GEOJSON if path.endswith("/items") else "application/json"
    for accept in (GEOJSON, "application/json", "*/*"):
        answer = world.client.get(path, headers={"Accept": accept})
        assert answer.status_code == 200
        assert answer.mimetype in {
            expected,
            "application/schema+json",
            "application/vnd.oai.openapi+json",
        }
    assert "Accept" in answer.headers["Vary"]


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_titles_are_in_the_asked_language(world: World, lang: str) -> None:
    title = {"vi": "Thửa đất", "en": "Parcels"}[lang]
    assert world.get("/ogc/collections/parcels", lang=lang).json["title"] == title
    by_header = world.client.get(
        "/ogc/collections/parcels?f=html", headers={"Accept-Language": lang}
    )
    assert f"<h1>{title}</h1>" in by_header.text
    assert by_header.headers["Content-Language"] == lang


def test_collections_list_each_collection_as_it_describes_itself(world: World) -> None:
    body = world.get("/ogc/collections").json
    assert [one["id"] for one in body["collections"]] == list(COLLECTIONS)
    assert links(body, "self")
    assert links(body, "alternate")
    for one in body["collections"]:
        alone = world.get(f"/ogc/collections/{one['id']}").json
        assert {k: v for k, v in alone.items() if k != "links"} == {
            k: v for k, v in one.items() if k != "links"
        }
        assert all(link in alone["links"] for link in one["links"])
        assert one["itemType"] == "feature"
        assert {link["type"] for link in links(one, "items")} >= {GEOJSON, "text/html"}
        for link in one["links"]:
            assert link["rel"]
            assert link["type"]
            assert followed(world, link).status_code == 200


def test_extent_holds_every_member(world: World) -> None:
    for name in COLLECTIONS:
        extent = world.get(f"/ogc/collections/{name}").json["extent"]
        assert extent["spatial"]["crs"] == CRS84
        box = shapely.box(*extent["spatial"]["bbox"][0])
        for feature in world.get(f"/ogc/collections/{name}/items", limit=1000).json["features"]:
            if feature["geometry"]:
                assert box.covers(shapely.geometry.shape(feature["geometry"])), feature["id"]
    first = world.get("/ogc/collections/units").json["extent"]["temporal"]["interval"][0]
    assert first == ["1989-12-31T17:00:00Z", None]


def test_items_are_a_page_with_its_counts_and_links(world: World) -> None:
    answer = world.get(PARCELS, limit=5)
    body = answer.json
    assert answer.mimetype == GEOJSON
    assert body["type"] == "FeatureCollection"
    assert body["numberReturned"] == len(body["features"]) == 5
    assert body["numberMatched"] == len(world.parcels)
    age = datetime.now().astimezone() - datetime.fromisoformat(body["timeStamp"])
    assert abs(age.total_seconds()) < 60
    assert len(links(body, "self")) == len(links(body, "next")) == 1
    assert {one["type"] for one in links(body, "alternate")} == {
        "text/html",
        "application/vnd.ogc.fg+json",
    }
    assert all(one["rel"] and one["type"] for one in body["links"])


def test_limit_is_kept_and_never_exceeded(world: World) -> None:
    assert len(world.get(PARCELS).json["features"]) == 10
    assert len(world.get(PARCELS, limit=3).json["features"]) == 3
    assert world.get(PARCELS, limit=10_001).json["numberReturned"] == len(world.parcels)
    maximum = world.get("/ogc/api").json["components"]["parameters"]["limit"]["schema"]["maximum"]
    # The official suite follows four links at most from a page of one to all that is counted.
    assert 1 + 4 * maximum >= COUNT_CAP


ORDERS = [(name, None) for name in COLLECTIONS] + [
    ("parcels", "-area_m2,sheet"),
    ("parcels", "effective_from"),
    ("parcels", "-register_area_m2"),
    ("units", "-valid_to"),
    ("units", "name"),
    ("sheets", "+parcels"),
]


@pytest.mark.parametrize(("name", "sortby"), ORDERS)
def test_next_links_lead_through_all_once(world: World, name: str, sortby: str | None) -> None:
    path, order = f"/ogc/collections/{name}/items", {"sortby": sortby} if sortby else {}
    whole = world.get(path, limit=1000, **order).json
    answer, seen = world.get(path, limit=7, **order), []
    while True:
        seen += [feature["id"] for feature in answer.json["features"]]
        assert answer.json["numberMatched"] == whole["numberMatched"]
        following = links(answer.json, "next")
        if not following:
            break
        answer = followed(world, following[0])
        assert len(seen) <= whole["numberMatched"]
    assert seen == [feature["id"] for feature in whole["features"]]
    assert len(set(seen)) == len(seen) == whole["numberMatched"]
    if sortby and "," not in sortby:
        values = [f["properties"][sortby.lstrip("+-")] for f in whole["features"]]
        known = [value for value in values if value is not None]
        assert known == sorted(known, reverse=sortby.startswith("-"))
        assert values[len(known) :] == [None] * (len(values) - len(known))


def test_item_is_the_member_of_its_collection(world: World) -> None:
    for name in COLLECTIONS:
        listed = world.get(f"/ogc/collections/{name}/items", limit=4).json["features"]
        for feature in listed:
            answer = world.get(f"/ogc/collections/{name}/items/{feature['id']}")
            assert answer.status_code == 200
            assert {k: v for k, v in answer.json.items() if k != "links"} == feature
            (own,) = links(answer.json, "self")
            assert own["href"].partition("?")[0].endswith(f"/{feature['id']}")
            assert links(answer.json, "collection")[0]["href"].endswith(f"/collections/{name}")
            assert links(answer.json, "alternate")


def test_parcel_is_what_the_parcel_query_answers(world: World) -> None:
    for fact in world.parcels[:10]:
        ours = world.get(f"{PARCELS}/{fact['fid']}").json
        theirs = world.client.get(f"/api/v1/parcels/{fact['fid']}").json
        assert ours["properties"] == theirs["properties"]
        assert shapely.equals_exact(
            shapely.geometry.shape(ours["geometry"]),
            shapely.geometry.shape(theirs["geometry"]),
            2e-9,
        )


def test_geometry_is_rfc_7946(world: World) -> None:
    for feature, fact in zip(
        world.get(PARCELS, limit=1000).json["features"], world.parcels, strict=True
    ):
        shape = shapely.geometry.shape(feature["geometry"])
        assert shape.exterior.is_ccw
        assert shapely.hausdorff_distance(shape, fact["lonlat"]) < 1e-8
        assert feature["id"] == fact["fid"]


def meets(box: tuple[float, ...]) -> Any:
    shape = shapely.box(*box)
    return lambda fact: shapely.intersects(shape, fact["lonlat"])


BOX = (106.12475, 11.2666, 106.1250, 11.2670)


def test_bbox_finds_what_meets_it(world: World) -> None:
    expected = {fact["fid"] for fact in world.parcels if meets(BOX)(fact)}
    assert 0 < len(expected) < len(world.parcels)
    west, south, east, north = BOX
    assert world.ids(bbox=f"{west},{south},{east},{north}") == expected
    assert world.ids(bbox=f"{west},{south},-10,{east},{north},90") == expected
    assert world.ids(bbox="-180,-90,180,90") == {fact["fid"] for fact in world.parcels}
    assert world.ids(bbox="10,10,20,20") == set()
    assert world.ids(bbox="106,-90,-170,90") == {fact["fid"] for fact in world.parcels}
    assert world.ids(bbox="107,-90,-170,90") == set()


def test_bbox_finds_members_without_a_place_too(world: World) -> None:
    placeless = {unit["id"] for unit in world.units if unit["code"] in {"25000", "25001", "25002"}}
    assert world.ids("/ogc/collections/units/items", bbox="10,10,20,20") == placeless


UNITS = "/ogc/collections/units/items"


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2005-03-01T00:00:00Z", date(2005, 3, 1), date(2005, 3, 1)),
        ("2005-03-01t00:00:00z", date(2005, 3, 1), date(2005, 3, 1)),
        ("2025-06-30T17:00:00Z", date(2025, 7, 1), date(2025, 7, 1)),
        ("2025-06-30T16:59:59Z", date(2025, 6, 30), date(2025, 6, 30)),
        ("1995-01-01T00:00:00Z/1999-12-31T16:00:00Z", date(1995, 1, 1), date(1999, 12, 31)),
        ("../1990-06-01T12:00:00+07:00", date.min, date(1990, 6, 1)),
        ("2010-06-30T00:00:00Z/..", date(2010, 6, 30), date.max),
        ("2010-07-01/", date(2010, 7, 1), date.max),
        ("/1989-01-01", date.min, date(1989, 1, 1)),
        # How QGIS writes <= and >=.
        ("0000-01-01T00:00:00Z/2005-03-01", date.min, date(2005, 3, 1)),
        ("2005-03-01/9999-12-31T00:00:00Z", date(2005, 3, 1), date.max),
        ("0001-01-01T00:00:00+14:00/9999-12-31T23:59:59-14:00", date.min, date.max),
    ],
)
def test_datetime_finds_what_holds_then(world: World, text: str, first: date, last: date) -> None:
    expected = {
        unit["id"]
        for unit in world.units
        if unit["valid_from"] <= last and (unit["valid_to"] is None or unit["valid_to"] > first)
    }
    assert world.ids(UNITS, datetime=text) == expected


def test_datetime_keeps_members_without_dates(world: World) -> None:
    expected = {
        fact["fid"]
        for fact in world.parcels
        if fact["effective_from"] is None or fact["effective_from"] <= date(2020, 1, 1)
    }
    assert world.ids(datetime="2020-01-01T00:00:00Z") == expected
    assert len(expected) < len(world.parcels)


def test_several_conditions_hold_at_once(world: World) -> None:
    west, south, east, north = BOX
    expected = {
        fact["fid"]
        for fact in world.parcels
        if meets(BOX)(fact) and fact["sheet"] == "2" and fact["area_m2"] > 90
    }
    found = world.ids(bbox=f"{west},{south},{east},{north}", sheet="2", filter="area_m2 > 90")
    assert found == expected != set()


def test_defence_land_is_nowhere(world: World) -> None:
    hidden = world.hidden
    assert hidden["fid"] not in world.ids()
    assert world.get(f"{PARCELS}/{hidden['fid']}").json["code"] == "no_such_item"
    assert world.ids(number=hidden["number"]) == set()
    assert world.ids(filter="main_use = 'CQP'") == set()
    inside = hidden["lonlat"].representative_point()
    assert world.ids(bbox=f"{inside.x},{inside.y},{inside.x},{inside.y}") == set()
    sheets = world.get("/ogc/collections/sheets/items", limit=100).json["features"]
    assert sum(sheet["properties"]["parcels"] for sheet in sheets) == len(world.parcels)
    key = world.services.access.create("all", frozenset({"register"}), None)
    seen = world.client.get(
        f"{PARCELS}?limit=1000", headers={"Authorization": f"Bearer {key}"}
    ).json
    assert hidden["fid"] not in {feature["id"] for feature in seen["features"]}


def test_sheets_frame_their_public_parcels(world: World) -> None:
    for sheet in world.get("/ogc/collections/sheets/items", limit=100).json["features"]:
        name = sheet["properties"]
        inside = [
            f["lonlat"]
            for f in world.parcels
            if (f["unit_code"], f["sheet"]) == (name["unit_code"], name["sheet"])
        ]
        assert len(inside) == name["parcels"]
        frame = shapely.box(*shapely.total_bounds(inside))
        assert shapely.hausdorff_distance(frame, shapely.geometry.shape(sheet["geometry"])) < 1e-7


def test_counts_stop_at_their_cap(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("landgis.services.ogc.features.COUNT_CAP", 20)
    body = world.get(PARCELS, limit=5).json
    assert "numberMatched" not in body
    assert body["numberReturned"] == 5
    assert "10.000" in world.get(PARCELS, limit=5, f="html", lang="vi").text
    assert world.get(PARCELS, limit=5, sheet="1", unit_code="25459").json["numberMatched"] <= 20


def test_head_is_get_without_its_body(world: World) -> None:
    answer = world.client.head(PARCELS)
    assert (answer.status_code, answer.data) == (200, b"")
    assert "queryables" in answer.headers["Link"]
    assert json.loads(world.get(PARCELS).data)["features"]
