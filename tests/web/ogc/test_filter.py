"""Features part 3: queryables, filters by CQL2, their coordinate systems, all joined by AND."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from landgis.cadastre.served import COLLECTIONS
from landgis.geodesy import LONLAT, transform
from tests.web.ogc.test_crs import CRS, NORTH_FIRST
from tests.web.ogc.world import CRS84, EPSG, PARCELS, World

pytestmark = pytest.mark.db

REL = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
DRAFT = "https://json-schema.org/draft/2020-12/schema"


def everything(world: World, name: str) -> set:
    return world.ids(f"/ogc/collections/{name}/items")


@pytest.mark.parametrize("name", COLLECTIONS)
def test_queryables_are_linked_and_are_a_schema(world: World, name: str) -> None:
    path = f"/ogc/collections/{name}"
    address = f"http://localhost{path}/queryables"
    linked = [one for one in world.get(path).json["links"] if one["rel"] == REL]
    assert [(one["href"], one["type"]) for one in linked] == [(address, "application/schema+json")]
    assert f'<{address}>; rel="{REL}"' in world.client.head(f"{path}/items").headers.getlist("Link")
    answer = world.client.get(f"{path}/queryables", headers={"Accept": "application/schema+json"})
    body = answer.json
    assert answer.content_type == "application/schema+json"
    assert (body["$schema"], body["$id"], body["type"]) == (DRAFT, address, "object")
    assert body["additionalProperties"] is False
    for one in body["properties"].values():
        assert "type" in one or one["format"].startswith("geometry-")


@pytest.mark.parametrize("name", COLLECTIONS)
def test_every_queryable_is_a_parameter_and_can_be_filtered(world: World, name: str) -> None:
    path = f"/ogc/collections/{name}/items"
    body = world.get(f"/ogc/collections/{name}/queryables").json
    members = world.get(path, limit=1000).json["features"]
    for queryable, schema in body["properties"].items():
        known, unknown = (
            world.ids(path, filter=f"{queryable} {t}") for t in ("IS NOT NULL", "IS NULL")
        )
        assert known | unknown == everything(world, name)
        assert not known & unknown
        if queryable == "geometry" or not known or queryable == "main_use":
            continue
        value = next(
            f["properties"][queryable] for f in members if f["properties"][queryable] is not None
        )
        expected = {f["id"] for f in members if f["properties"][queryable] == value}
        assert world.ids(path, **{queryable: value}) == expected != set()
        wrong = {"integer": "much", "number": "nan", "string": None}[schema["type"]]
        wrong = "yesterday" if "format" in schema else wrong
        if wrong:
            answer = world.get(path, **{queryable: wrong})
            assert (answer.status_code, answer.json["code"]) == (400, "bad_parameter"), queryable


def test_what_is_no_queryable_is_no_parameter(world: World) -> None:
    for name in ("geometry", "land_uses", "withheld", "identity_key", "owner"):
        answer = world.get(PARCELS, **{name: "1"})
        assert (answer.status_code, answer.json["code"]) == (400, "bad_parameter")
        answer = world.get(PARCELS, filter=f"{name} = '1'")
        assert (answer.status_code, answer.json["code"]) == (400, "bad_filter")


@pytest.mark.parametrize("name", COLLECTIONS)
def test_filter_is_text_unless_its_language_is_named(world: World, name: str) -> None:
    path = f"/ogc/collections/{name}/items"
    tree = json.dumps({"op": "isNull", "args": [{"property": "unit_code"}]})
    text = world.ids(path, filter="unit_code IS NULL")
    assert world.ids(path, filter="unit_code IS NULL", filter_lang="cql2-text") == text
    assert world.ids(path, filter=tree, filter_lang="cql2-json") == text
    for lang in (
        {},
        {"filter_lang": "cql2-text"},
        {"filter_lang": "cql2-json"},
        {"filter_lang": "sql"},
    ):
        answer = world.get(path, filter="THIS IS NOT A FILTER", **lang)
        assert answer.status_code == 400
        assert answer.json["code"] in {"bad_filter", "bad_parameter"}


@pytest.mark.parametrize("name", COLLECTIONS)
def test_unknown_queryable_is_refused(world: World, name: str) -> None:
    answer = world.get(f"/ogc/collections/{name}/items", filter="this_is_not_a_queryable IS NULL")
    assert (answer.status_code, answer.json["code"]) == (400, "bad_filter")
    assert "this_is_not_a_queryable" in answer.json["detail"]


@pytest.mark.parametrize("name", COLLECTIONS)
def test_places_in_a_filter_are_degrees_unless_said(world: World, name: str) -> None:
    path = f"/ogc/collections/{name}/items"
    box = world.get(f"/ogc/collections/{name}").json["extent"]["spatial"]["bbox"][0]
    placed = world.ids(path, filter="geometry IS NOT NULL")
    inside = f"S_INTERSECTS(geometry,BBOX({','.join(map(str, box))}))"
    assert world.ids(path, filter=inside) == placed
    assert world.ids(path, filter=inside, filter_crs=CRS84) == placed
    answer = world.get(path, filter="S_INTERSECTS(geometry,BBOX(1000000,1000000,2000000,2000000))")
    assert (answer.status_code, answer.json["code"]) == (400, "bad_filter")


@pytest.mark.parametrize("uri", CRS)
def test_places_in_a_filter_are_read_in_their_system(world: World, uri: str) -> None:
    fact = world.parcels[12]
    x, y = transform(fact["lonlat"].representative_point(), LONLAT, CRS[uri]).coords[0]
    if uri != CRS84 and CRS[uri] in NORTH_FIRST:
        x, y = y, x
    text = f"S_INTERSECTS(geometry,POINT({x} {y}))"
    assert world.ids(filter=text, filter_crs=uri) == {fact["fid"]}


def test_parcel_is_equal_to_its_own_survey(world: World) -> None:
    for fact in world.parcels[:8]:
        epsg, geom = fact["surveyed"]
        found = world.ids(filter=f"S_EQUALS(geometry,{geom.wkt})", filter_crs=f"{EPSG}{epsg}")
        assert found == {fact["fid"]}


@pytest.mark.parametrize("name", COLLECTIONS)
def test_filter_and_bbox_both_hold(world: World, name: str) -> None:
    path = f"/ogc/collections/{name}/items"
    box = ",".join(
        map(str, world.get(f"/ogc/collections/{name}").json["extent"]["spatial"]["bbox"][0])
    )
    inside = f"S_INTERSECTS(geometry,BBOX({box}))"
    assert world.ids(path, filter=inside, bbox=box) == world.ids(path, filter=inside)
    assert world.ids(path, filter=inside, bbox="10,10,20,20") == set()


def test_filter_pages_like_everything_else(world: World) -> None:
    text, seen, after = "area_m2 > 90", [], {}
    while True:
        body = world.get(PARCELS, filter=text, limit=9, sortby="-register_area_m2", **after).json
        seen += [feature["id"] for feature in body["features"]]
        following = [one["href"] for one in body["links"] if one["rel"] == "next"]
        if not following:
            break
        after = {"after": parse_qs(urlsplit(following[0]).query)["after"][0]}
    assert len(seen) == len(set(seen))
    assert set(seen) == {fact["fid"] for fact in world.parcels if fact["area_m2"] > 90}


def test_no_function_is_offered_beyond_the_standards(world: World) -> None:
    """A list of functions is for servers that have some of their own."""
    links = world.get("/ogc").json["links"]
    assert not any("functions" in one["rel"] for one in links)
    assert world.get("/ogc/functions").status_code == 404
    conforms = world.get("/ogc/conformance").json["conformsTo"]
    assert not any(uri.endswith("/conf/functions") for uri in conforms)
    answer = world.get("/ogc/collections/parcels/items", filter="len(number) = 1")
    assert (answer.status_code, answer.json["code"]) == (400, "bad_filter")
