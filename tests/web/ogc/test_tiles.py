"""Tiles part 1: tile sets, the tiles they promise, and the very bytes of ``/tiles``."""

import gzip
import math
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import mapbox_vector_tile
import pytest
import shapely

from landgis.store.cluster import Cluster
from landgis.tiling.grid import EXTENT, HALF_WORLD_M, buffered, tile_at, tile_box
from landgis.web.app import create_app
from tests.builders import square
from tests.histories import Land, Register
from tests.own import own_services
from tests.web.ogc.world import CRS84, EPSG, World

pytestmark = pytest.mark.db

REL = "http://www.opengis.net/def/rel/ogc/1.0/"
QUAD = "WebMercatorQuad"
QUAD_URI = f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{QUAD}"
MVT = "application/vnd.mapbox-vector-tile"
GZIP = {"Accept-Encoding": "gzip"}
SETS = {"/ogc": "map", "/ogc/collections/parcels": "parcels", "/ogc/collections/units": "units"}
"""What is tiled -> its name at ``/tiles``."""

whole = pytest.mark.parametrize("of", SETS)


def linked(body: dict, rel: str) -> dict:
    (found,) = (one for one in body["links"] if one["rel"] == rel)
    return found


def path_of(href: str) -> str:
    parts = urlsplit(href)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def tileset(world: World, of: str) -> dict:
    return world.get(f"{of}/tiles/{QUAD}").json


def filled(body: dict, matrix: int, row: int, col: int) -> str:
    """The address of a tile from the template of its set."""
    item = linked(body, "item")
    assert item["templated"] is True
    names = {"tileMatrix": matrix, "tileRow": row, "tileCol": col}
    return path_of(item["href"].format(**names))


def limits(body: dict, matrix: int) -> tuple[range, range]:
    """Rows and columns of a matrix."""
    (one,) = (x for x in body["tileMatrixSetLimits"] if x["tileMatrix"] == str(matrix))
    rows = range(one["minTileRow"], one["maxTileRow"] + 1)
    return rows, range(one["minTileCol"], one["maxTileCol"] + 1)


def tiles_of(body: dict, matrix: int) -> list[tuple[int, int]]:
    rows, cols = limits(body, matrix)
    return [(row, col) for row in rows for col in cols]


def layers_of(world: World, path: str) -> dict:
    answer = world.client.get(path, headers=GZIP)
    assert answer.status_code in {200, 204}, (path, answer.text)
    return mapbox_vector_tile.decode(gzip.decompress(answer.data)) if answer.data else {}


def schema_of(world: World, name: str) -> dict:
    parts = world.get("/ogc/api").json["components"]
    return {"$ref": f"#/components/schemas/{name}", "components": {"schemas": parts["schemas"]}}


@whole
def test_tiles_are_those_of_the_map(world: World, of: str) -> None:
    body = tileset(world, of)
    for matrix in (13, 15, 17):
        middle = tile_at(*world.parcels[0]["lonlat"].centroid.coords[0], matrix)
        for row, col in [middle[::-1], *tiles_of(body, matrix)[:5]]:
            ours = world.client.get(filled(body, matrix, row, col), headers=GZIP)
            theirs = world.client.get(f"/tiles/{SETS[of]}/{matrix}/{col}/{row}.mvt", headers=GZIP)
            assert (ours.status_code, ours.data) == (theirs.status_code, theirs.data)
            told = ("ETag", "Cache-Control", "Vary", "Landgis-Sequence", "Content-Type")
            told += ("Content-Encoding", "Access-Control-Allow-Origin")
            for name in told:
                assert ours.headers.get(name) == theirs.headers.get(name), name
            if ours.data:
                known = GZIP | {"If-None-Match": ours.headers["ETag"]}
                again = world.client.get(filled(body, matrix, row, col), headers=known)
                assert (again.status_code, again.data) == (304, b"")


def test_tile_shows_what_lies_in_it_and_no_more(world: World) -> None:
    body, seen = tileset(world, "/ogc/collections/parcels"), set()
    for row, col in tiles_of(body, 18):
        box = buffered(tile_box(18, col, row), 64)
        square = shapely.box(box.west, box.south, box.east, box.north)
        inside = {f["fid"] for f in world.parcels if shapely.intersects(square, f["geometry"])}
        layer = layers_of(world, filled(body, 18, row, col)).get("parcels", {"features": []})
        assert {feature["id"] for feature in layer["features"]} == inside
        seen |= inside
    assert seen == {fact["fid"] for fact in world.parcels}
    assert world.hidden["fid"] not in seen


def test_grid_of_a_tile_maps_linearly_to_its_square(world: World) -> None:
    body, z = tileset(world, "/ogc/collections/parcels"), 17
    facts, checked = {fact["fid"]: fact for fact in world.parcels}, 0
    for row, col in tiles_of(body, z):
        box = tile_box(z, col, row)
        unit = (box.east - box.west) / EXTENT
        path = filled(body, z, row, col)
        raw = world.client.get(path, headers={"Accept-Encoding": "identity"})
        assert raw.mimetype == MVT
        decoded = mapbox_vector_tile.decode(raw.data, default_options={"y_coord_down": True})
        layer = decoded["parcels"]
        assert layer["extent"] == EXTENT
        for feature in layer["features"]:
            assert feature["geometry"]["type"] in {"Polygon", "MultiPolygon"}
            shape = shapely.geometry.shape(feature["geometry"])
            placed = shapely.transform(
                shape,
                lambda xy, b=box, u=unit: xy * [u, -u] + [b.west, b.north],
            )
            wide = buffered(box, 64)
            cut = shapely.intersection(
                facts[feature["id"]]["geometry"],
                shapely.box(wide.west, wide.south, wide.east, wide.north),
            )
            assert shapely.hausdorff_distance(placed, cut) < 1.5 * unit
            checked += 1
    assert checked >= len(facts)


@whole
def test_tile_that_is_not_there_is_refused_with_a_code(world: World, of: str) -> None:
    body = tileset(world, of)
    one, last = body["tileMatrixSetLimits"][0], body["tileMatrixSetLimits"][-1]
    z, row, col = int(one["tileMatrix"]), one["maxTileRow"], one["minTileCol"]
    outside = [
        (z, row + 1, col),
        (z, one["minTileRow"] - 1, col),
        (z, row, one["maxTileCol"] + 1),
        (z, row, col - 1),
        (z, -1, col),
        (z, 2**31 - 1, 2**31 - 1),
        (z, 10**40, col),
        (z - 1, row // 2, col // 2),
        (int(last["tileMatrix"]) + 1, 2 * last["minTileRow"], 2 * last["minTileCol"]),
        (24, 0, 0),
    ]
    assert world.client.get(filled(body, z, row, col)).status_code in {200, 204}
    for place in outside:
        answer = world.client.get(filled(body, *place))
        assert (answer.status_code, answer.json["code"]) == (404, "tile_outside_limits"), place
    base = f"{of}/tiles/{QUAD}"
    for path, status, code in (
        (f"{base}/25/0/0", 404, "no_such_tile_matrix"),
        (f"{base}/-1/0/0", 404, "no_such_tile_matrix"),
        (f"{base}/015/{row}/{col}", 404, "no_such_tile_matrix"),
        (f"{base}/x/0/0", 404, "no_such_tile_matrix"),
        (f"{base}/{z}/x/{col}", 400, "bad_parameter"),
        (f"{base}/{z}/{row}/1.5", 400, "bad_parameter"),
        (f"{base}/{z}/{row}/١", 400, "bad_parameter"),
        (f"{base}/{z}/{row}/{col}?f=json", 400, "bad_parameter"),
        (f"{base}/{z}/{row}/{col}?datetime=2020-01-01", 400, "bad_parameter"),
        (f"{of}/tiles/WorldCRS84Quad", 404, "no_such_tile_matrix_set"),
        (f"{of}/tiles/WorldCRS84Quad/{z}/{row}/{col}", 404, "no_such_tile_matrix_set"),
        (f"{base}?f=xml", 400, "bad_parameter"),
        (f"{of}/tiles?limit=5", 400, "bad_parameter"),
    ):
        answer = world.client.get(path)
        assert (answer.status_code, answer.json["code"]) == (status, code), path
        assert answer.mimetype == "application/problem+json"


def test_tile_without_content_is_204(world: World) -> None:
    body = tileset(world, "/ogc/collections/units")
    places = (filled(body, 9, row, col) for row, col in tiles_of(body, 9))
    answers = [world.client.get(path, headers=GZIP) for path in places]
    empty = [one for one in answers if one.status_code == 204]
    assert empty
    assert all(one.data == b"" for one in empty)
    assert {one.status_code for one in answers} == {200, 204}


def test_sequence_and_formats_of_a_tile(world: World) -> None:
    body = tileset(world, "/ogc")
    path = filled(body, 15, *tiles_of(body, 15)[0])
    bad = world.client.get(path, headers={"Landgis-Sequence": "x"})
    assert (bad.status_code, bad.json["code"]) == (400, "bad_sequence")
    for accept in (MVT, "*/*", "text/html, */*; q=.2"):
        assert world.client.get(path, headers={"Accept": accept}).status_code in {200, 204}
    assert world.client.head(path).status_code in {200, 204}


@whole
def test_what_is_tiled_leads_to_its_tilesets(world: World, of: str) -> None:
    (link,) = (one for one in world.get(of).json["links"] if one["rel"] == f"{REL}tilesets-vector")
    assert link["href"].partition("?")[0].endswith(f"{of}/tiles")
    assert world.client.get(path_of(link["href"])).json["tilesets"]


def test_only_collections_that_are_drawn_have_tiles(world: World) -> None:
    for one in world.get("/ogc/collections").json["collections"]:
        is_drawn = f"/ogc/collections/{one['id']}" in SETS
        has_link = any(link["rel"] == f"{REL}tilesets-vector" for link in one["links"])
        assert has_link == is_drawn, one["id"]
    for rest in ("", f"/{QUAD}", f"/{QUAD}/15/0/0"):
        answer = world.get(f"/ogc/collections/sheets/tiles{rest}")
        assert (answer.status_code, answer.json["code"]) == (404, "no_such_tileset")
        answer = world.get(f"/ogc/collections/findings/tiles{rest}")  # a layer of officers
        assert (answer.status_code, answer.json["code"]) == (404, "no_such_collection")


@whole
def test_tilesets_are_listed_with_what_they_are(world: World, of: str) -> None:
    answer = world.client.get(f"{of}/tiles", headers={"Accept": "application/json"})
    assert answer.mimetype == "application/json"
    jsonschema.validate(answer.json, schema_of(world, "TileSets"))
    (one,) = answer.json["tilesets"]
    assert (one["dataType"], one["crs"]) == ("vector", f"{EPSG}3857")
    assert one["tileMatrixSetURI"] == QUAD_URI
    own, scheme = linked(one, "self"), linked(one, f"{REL}tiling-scheme")
    assert own["href"].endswith(f"{of}/tiles/{QUAD}")
    body = world.client.get(path_of(own["href"])).json
    assert {k: body[k] for k in one if k != "links"} == {k: one[k] for k in one if k != "links"}
    assert world.client.get(path_of(scheme["href"])).json["uri"] == QUAD_URI


@whole
def test_tileset_is_described(world: World, of: str) -> None:
    answer = world.client.get(f"{of}/tiles/{QUAD}", headers={"Accept": "application/json"})
    body = answer.json
    jsonschema.validate(body, schema_of(world, "TileSet"))
    assert answer.mimetype == "application/json"
    assert body["tileMatrixSetURI"] == QUAD_URI
    scheme, item = linked(body, f"{REL}tiling-scheme"), linked(body, "item")
    jsonschema.validate(
        world.client.get(path_of(scheme["href"])).json, schema_of(world, "TileMatrixSet")
    )
    assert (item["type"], item["templated"]) == (MVT, True)
    assert all(f"{{{name}}}" in item["href"] for name in ("tileMatrix", "tileRow", "tileCol"))
    assert [one["rel"] for one in body["links"] if "templated" in one] == ["item"]
    box = body["boundingBox"]
    assert box["crs"] == CRS84
    square = shapely.box(*box["lowerLeft"], *box["upperRight"])
    assert all(square.covers(fact["lonlat"]) for fact in world.parcels)
    described = {layer["id"]: layer for layer in body["layers"]}
    theirs = world.get(f"/tiles/{SETS[of]}.json").json
    assert {
        (one["id"], str(max(one["minzoom"], theirs["minzoom"])), frozenset(one["fields"]))
        for one in theirs["vector_layers"]
    } == {
        (name, one["minTileMatrix"], frozenset(one["propertiesSchema"]["properties"]))
        for name, one in described.items()
    }
    zooms = [str(z) for z in range(theirs["minzoom"], theirs["maxzoom"] + 1)]
    assert [one["tileMatrix"] for one in body["tileMatrixSetLimits"]] == zooms


def test_matrices_are_those_of_the_registered_set(world: World) -> None:
    (one,) = world.get("/ogc/tileMatrixSets").json["tileMatrixSets"]
    body = world.client.get(path_of(linked(one, "self")["href"])).json
    assert (one["id"], one["uri"], body["id"], body["uri"]) == (QUAD, QUAD_URI) * 2
    assert (body["crs"], body["orderedAxes"]) == (f"{EPSG}3857", ["X", "Y"])
    matrices = body["tileMatrices"]
    assert [matrix["id"] for matrix in matrices] == [str(z) for z in range(25)]
    for z, matrix in enumerate(matrices):
        # Source of both numbers: OGC 17-083r4, annex D.1, table 19.
        assert math.isclose(matrix["scaleDenominator"] * 2**z, 559082264.028717, rel_tol=1e-12)
        assert math.isclose(matrix["cellSize"] * 2**z, 156543.033928041, rel_tol=1e-12)
        assert matrix["pointOfOrigin"] == [-HALF_WORLD_M, HALF_WORLD_M]
        assert (matrix["tileWidth"], matrix["matrixWidth"]) == (256, 2**z)
    answer = world.get("/ogc/tileMatrixSets/WorldCRS84Quad")
    assert (answer.status_code, answer.json["code"]) == (404, "no_such_tile_matrix_set")


def test_definition_has_the_tile_parameters(world: World) -> None:
    document = world.get("/ogc/api").json
    shared = document["components"]["parameters"]
    for name, kind in (("tileMatrix", "string"), ("tileRow", "integer"), ("tileCol", "integer")):
        it = shared[name]
        assert (it["in"], it["required"], it["schema"]["type"]) == ("path", True, kind)
        assert it["schema"].get("minimum") == (0 if kind == "integer" else None)
    for of in SETS:
        path = of.removeprefix("/ogc") + "/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}"
        asked = document["paths"][path]["get"]["parameters"]
        named = {one["$ref"].rpartition("/")[2] for one in asked if "$ref" in one}
        assert {"tileMatrixSetId", "tileMatrix", "tileRow", "tileCol"} <= named


def test_definition_has_every_tileset_by_its_operations(world: World) -> None:
    document = world.get("/ogc/api").json
    operations = {path: one["get"]["operationId"] for path, one in document["paths"].items()}
    assert len(set(operations.values())) == len(operations)
    for of in SETS:
        path, origin = of.removeprefix("/ogc"), "collection" if "collections" in of else "dataset"
        rest = ("/tiles", "/{tileMatrixSetId}", "/{tileMatrix}/{tileRow}/{tileCol}")
        for part, what in zip(rest, ("getTileSetsList", "getTileSet", "getTile"), strict=True):
            path += part
            assert operations[path].endswith(f".{origin}.vector.{what}")
    drawn = {path.removesuffix("/tiles") for path in operations if path.endswith("/tiles")}
    assert drawn == {of.removeprefix("/ogc") for of in SETS}


def test_limits_follow_the_register(cluster: Cluster, template: str, tmp_path: Path) -> None:
    with own_services(cluster, template, tmp_path) as services:
        client, register = create_app(services).test_client(), Register(services.database)
        path = f"/ogc/collections/parcels/tiles/{QUAD}"
        before = client.get(path).json["boundingBox"]
        assert before["lowerLeft"][0] == -180  # nothing is known to lie anywhere

        def corner_at_18() -> Any:
            (one,) = (
                x for x in client.get(path).json["tileMatrixSetLimits"] if x["tileMatrix"] == "18"
            )
            return client.get(f"{path}/18/{one['maxTileRow']}/{one['minTileCol']}", headers=GZIP)

        register.publish(Land(square(0.0, 0.0, 20.0), "25645/1/1"))
        services.fresh.follow_now()
        first = corner_at_18()
        assert first.status_code == 200
        register.publish(Land(square(-900.0, -900.0, 20.0), "25645/1/2"))
        services.fresh.follow_now()
        second = corner_at_18()
        assert second.status_code == 200
        assert second.data != first.data
