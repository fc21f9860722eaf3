"""OGC API Common: what holds for every operation and parameter that the definition advertises."""

from collections.abc import Iterator
from typing import Any

import pytest

from landgis.cadastre.served import COLLECTIONS
from tests.web.ogc.test_core import A_TILE, first_ids
from tests.web.ogc.world import CRS84, PARCELS, World

pytestmark = pytest.mark.db

GOOD = {
    "limit": "3", "bbox": "106.1,11.2,106.2,11.3", "datetime": "2020-01-01/..",
    "filter": "unit_code IS NOT NULL", "filter-lang": "cql2-text", "sortby": "-unit_code",
    "bbox-crs": CRS84, "filter-crs": CRS84,
}  # fmt: skip
"""Parameter -> a value; a queryable's is that of a member, ``after`` comes from a next link."""

BAD = {
    "limit": "0", "bbox": "1,2,3", "datetime": "now", "lang": "xx", "filter": "(", "filter-lang": "sql",
    "f": "xml", "sortby": "nothing", "crs": "EPSG:9209", "bbox-crs": "EPSG:9209",
    "filter-crs": "EPSG:9209", "after": "x",
}  # fmt: skip
NEEDS = {"bbox-crs": "bbox", "filter-crs": "filter", "filter-lang": "filter"}


def operations(world: World) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The address of every operation, with its parameters in the query as they are advertised."""
    document, ids = world.get("/ogc/api").json, first_ids(world)
    shared = document["components"]["parameters"]
    for path, operation in document["paths"].items():
        name = path.split("/")[2] if path.startswith("/collections/") else ""
        said = operation["get"].get("parameters", [])
        whole = [shared[p["$ref"].rpartition("/")[2]] if "$ref" in p else p for p in said]
        address = "/ogc" + path.format(featureId=ids.get(name), **A_TILE)
        yield address, [p for p in whole if p["in"] == "query"]


def asked(world: World, address: str, parameter: dict[str, Any]) -> dict[str, str] | None:
    """A request with a good value of a parameter; None where the members have none."""
    name = parameter["name"]
    if "enum" in parameter["schema"] and name not in NEEDS:
        return {name: parameter["schema"]["enum"][0]}
    if name == "after":
        links = world.get(address, limit=1).json["links"]
        (following,) = [one["href"] for one in links if one["rel"] == "next"]
        return {"after": following.rpartition("after=")[2]}
    if name in GOOD:
        more = {NEEDS[name]: GOOD[NEEDS[name]]} if name in NEEDS else {}
        return {name: GOOD[name]} | more
    members = world.get(address, limit=1000).json["features"]
    values = [f["properties"][name] for f in members if f["properties"].get(name) is not None]
    return {name: str(values[0])} if values else None


def test_unknown_parameters_are_refused_by_every_operation(world: World) -> None:
    for address, _ in operations(world):
        answer = world.client.get(address, query_string={"nothing": "1"})
        assert (answer.status_code, answer.json["code"]) == (400, "bad_parameter"), address


def test_every_parameter_is_known_as_it_is_written_and_not_otherwise(world: World) -> None:
    tried = 0
    for address, parameters in operations(world):
        for p in parameters:
            name, good = p["name"], asked(world, address, p)
            if good is None:
                continue
            answer = world.client.get(address, query_string=good)
            assert answer.status_code == 200, (address, good, answer.text)
            swapped = {k.swapcase() if k == name else k: v for k, v in good.items()}
            assert world.client.get(address, query_string=swapped).status_code == 400, swapped
            tried += 1
    assert tried > 60


def test_values_beyond_what_is_advertised_are_refused(world: World) -> None:
    """But a limit above the maximum: Features 1 (fc-limit-response) gives the maximum then."""
    for address, parameters in operations(world):
        for p in parameters:
            name, schema = p["name"], p.get("schema", {})
            is_text = schema.get("type") == "string" and not schema.keys() & {"format", "enum"}
            if name not in BAD and is_text:
                continue  # every text is a value
            query = {name: BAD.get(name, "x")}
            query |= {NEEDS[name]: GOOD[NEEDS[name]]} if name in NEEDS else {}
            answer = world.client.get(address, query_string=query)
            assert answer.status_code == 400, (address, query)
            assert answer.mimetype == "application/problem+json"


def test_lists_are_parted_by_commas_and_by_nothing_else(world: World) -> None:
    lists = {p["name"] for _, ps in operations(world) for p in ps if p["schema"]["type"] == "array"}
    assert lists == {"bbox", "sortby"}
    whole = {fact["fid"] for fact in world.parcels}
    assert world.ids(bbox="106.1,11.2,106.2,11.3") == world.ids(sortby="sheet,number") == whole
    for sign in (";", " ", "|"):
        for name in lists:
            text = {"bbox": "106.1,11.2,106.2,11.3", "sortby": "sheet,number"}[name]
            assert world.get(PARCELS, **{name: text.replace(",", sign)}).status_code == 400, sign


def test_empty_lists_are_as_short_as_the_definition_forbids(world: World) -> None:
    for address, parameters in operations(world):
        for p in parameters:
            if p["schema"]["type"] == "array":
                assert p["schema"]["minItems"] > 0
                assert world.client.get(address, query_string={p["name"]: ""}).status_code == 400


def test_no_parameter_is_a_truth(world: World) -> None:
    types = {p["schema"]["type"] for _, parameters in operations(world) for p in parameters}
    assert types == {"string", "integer", "number", "array"}


@pytest.mark.parametrize("text", ["81", "0081.00", "81.000", "0000081", "8.1e1", "810E-1"])
def test_numbers_are_read_however_they_are_written(world: World, text: str) -> None:
    expected = {fact["fid"] for fact in world.parcels if fact["area_m2"] == 81.0}
    assert world.ids(area_m2=text) == expected != set()


def test_numbers_of_any_size_and_sign_are_read(world: World) -> None:
    for text in ("-81.000", "5.0000000e+12", "-5000000000000.000", "4.2949672960e9"):
        assert world.ids(area_m2=text) == set()
    assert world.ids(revision="1") == {fact["fid"] for fact in world.parcels}
    assert world.ids(revision="-1") == set()


def test_landing_page_and_conformance_are_what_their_schemas_say(world: World) -> None:
    body = world.get("/ogc").json
    rels = {one["rel"] for one in body["links"]}
    conformance = "http://www.opengis.net/def/rel/ogc/1.0/conformance"
    assert {"service-desc", "service-doc", conformance} <= rels
    assert all(isinstance(one["href"], str) for one in body["links"])
    for one in body["links"]:
        if one["rel"] in {"service-desc", "service-doc", conformance}:
            assert world.client.get(one["href"].replace("http://localhost", "")).status_code == 200
    declared = world.get("/ogc/conformance").json["conformsTo"]
    assert all(isinstance(uri, str) for uri in declared)


def test_collections_are_all_there_is(world: World) -> None:
    body = world.get("/ogc/collections").json
    paths = {path.split("/")[2] for path in world.get("/ogc/api").json["paths"] if "/items" in path}
    assert {one["id"] for one in body["collections"]} == paths == set(COLLECTIONS)
