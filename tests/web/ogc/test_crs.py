"""Features part 2: coordinate systems, their axes, and coordinates as they were surveyed."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely

from landgis.cadastre.audience import Audience
from landgis.cadastre.served import COLLECTIONS
from landgis.geodesy import LONLAT, transform
from landgis.services.deployment import DeploymentService
from landgis.services.ogc.features import FeatureService
from landgis.store.features import FeatureStore
from landgis.store.parcels import ParcelStore
from landgis.store.setup import SetupStore
from landgis.store.surveyed import SurveyedStore
from tests.web.ogc.world import CRS84, EPSG, PARCELS, World

pytestmark = pytest.mark.db

NORTH_FIRST = {4326, 4756}
"""EPSG registry: their first axis is the latitude; the others here begin with the easting."""

CRS = {CRS84: 4326, **{f"{EPSG}{epsg}": epsg for epsg in (4326, 3857, 9209, 9210, 3405, 4756)}}


def east_first(geometry: dict[str, Any], uri: str) -> Any:
    shape = shapely.geometry.shape(geometry)
    is_swapped = uri != CRS84 and CRS[uri] in NORTH_FIRST
    return shapely.transform(shape, lambda xy: xy[:, ::-1]) if is_swapped else shape


def known(world: World, name: str) -> list[str]:
    return world.get(f"/ogc/collections/{name}").json["crs"]


def test_every_collection_lists_its_systems_the_default_first(world: World) -> None:
    assert known(world, "parcels") == list(CRS)
    for name in COLLECTIONS:
        body = world.get(f"/ogc/collections/{name}").json
        assert body["crs"][0] == CRS84
        assert body["storageCrs"] in body["crs"]
    assert world.get("/ogc/collections/parcels").json["storageCrs"] == f"{EPSG}9209"


@pytest.mark.parametrize("name", COLLECTIONS)
def test_default_system_is_said_in_the_header(world: World, name: str) -> None:
    path = f"/ogc/collections/{name}/items"
    answer = world.get(path, limit=1)
    item = world.get(f"{path}/{answer.json['features'][0]['id']}")
    assert answer.headers["Content-Crs"] == item.headers["Content-Crs"] == f"<{CRS84}>"
    assert world.get(path, limit=1, crs=CRS84).json["features"] == answer.json["features"]


@pytest.mark.parametrize("uri", CRS)
def test_geometry_is_given_in_the_asked_system(world: World, uri: str) -> None:
    page = world.get(PARCELS, limit=1000, crs=uri)
    assert (page.status_code, page.headers["Content-Crs"]) == (200, f"<{uri}>")
    for feature, fact in zip(page.json["features"], world.parcels, strict=True):
        back = transform(east_first(feature["geometry"], uri), CRS[uri], LONLAT)
        assert shapely.hausdorff_distance(back, fact["lonlat"]) < 3e-9
    item = world.get(f"{PARCELS}/{world.parcels[3]['fid']}", crs=uri)
    assert item.headers["Content-Crs"] == f"<{uri}>"
    assert item.json["geometry"] == page.json["features"][3]["geometry"]


def surveyed_in(world: World, epsg: int) -> dict[int, Any]:
    """The boundaries of the parcels that were surveyed in a plane, by fid."""
    facts = ((fact["fid"], *fact["surveyed"]) for fact in world.parcels)
    return {fid: geom for fid, plane, geom in facts if plane == epsg}


def vertices(shape: Any) -> set[tuple[float, ...]]:
    return set(map(tuple, shapely.get_coordinates(shape)))


@pytest.mark.parametrize("epsg", [9209, 9210])
def test_plane_of_the_survey_gives_its_coordinates_to_a_tenth_of_a_millimetre(
    world: World, epsg: int
) -> None:
    features = world.get(PARCELS, limit=1000, crs=f"{EPSG}{epsg}").json["features"]
    given = {f["id"]: shapely.geometry.shape(f["geometry"]) for f in features}
    own = surveyed_in(world, epsg)
    assert len(own) > 5
    for fid, surveyed in own.items():
        assert shapely.hausdorff_distance(given[fid], surveyed) < 1e-4


def test_survey_is_given_bit_for_bit_where_the_table_lets_the_public_see_it(world: World) -> None:
    services, epsg = world.services, 9210
    table = services.jurisdiction.audience
    opened = {**table.fields, "survey_geometry": table.fields["area_m2"]}
    jurisdiction = replace(services.jurisdiction, audience=Audience(opened))
    database = services.database
    told = FeatureService(
        FeatureStore(database),
        SurveyedStore(database),
        ParcelStore(database),
        DeploymentService(SetupStore(database), ParcelStore(database), jurisdiction),
        jurisdiction,
    )
    own, exact = surveyed_in(world, epsg), 0
    for fid, surveyed in own.items():
        _, _, open_to_all = told.item("parcels", str(fid), f"{EPSG}{epsg}")
        _, _, as_usual = services.features.item("parcels", str(fid), f"{EPSG}{epsg}")
        assert vertices(open_to_all.geom) == vertices(surveyed)
        exact += vertices(as_usual.geom) == vertices(surveyed)
    assert exact < len(own), "else the table makes no difference here"


def test_latitude_comes_first_where_the_system_says_so(world: World) -> None:
    fid = world.parcels[0]["fid"]
    lonlat = world.get(f"{PARCELS}/{fid}").json["geometry"]["coordinates"]
    latlon = world.get(f"{PARCELS}/{fid}", crs=f"{EPSG}4326").json["geometry"]["coordinates"]
    assert np.array_equal(np.array(lonlat)[..., ::-1], np.array(latlon))
    assert latlon[0][0][0] < 12 < lonlat[0][0][0]


@pytest.mark.parametrize("uri", CRS)
def test_bbox_is_read_in_its_system(world: World, uri: str) -> None:
    place = transform(world.parcels[20]["lonlat"], LONLAT, CRS[uri])
    west, south, east, north = place.buffer((place.bounds[2] - place.bounds[0]) / 3).bounds
    sides = (west, south, east, north)
    if uri != CRS84 and CRS[uri] in NORTH_FIRST:
        sides = (south, west, north, east)
    box = shapely.box(west, south, east, north)
    expected = {
        fact["fid"]
        for fact in world.parcels
        if shapely.intersects(box, transform(fact["lonlat"], LONLAT, CRS[uri]))
    }
    text = ",".join(map(str, sides))
    assert world.ids(bbox=text, bbox_crs=uri) == expected
    assert 1 < len(expected) < 20
    if uri == CRS84:
        assert world.ids(bbox=text) == expected


@pytest.mark.parametrize("name", COLLECTIONS)
@pytest.mark.parametrize(
    "uri", [f"{EPSG}32648", f"{EPSG}9999999", "EPSG:4326", "CRS84", "", f"{EPSG}4326'--"]
)
def test_system_that_is_not_listed_is_refused(world: World, name: str, uri: str) -> None:
    path = f"/ogc/collections/{name}/items"
    item = f"{path}/{world.get(path, limit=1).json['features'][0]['id']}"
    box = {"bbox": "1,1,2,2", "bbox_crs": uri}
    for answer in (
        world.get(path, crs=uri),
        world.get(item, crs=uri),
        world.get(path, **box),
        world.get(path, filter="S_INTERSECTS(geometry,POINT(1 1))", filter_crs=uri),
    ):
        assert (answer.status_code, answer.json["code"]) == (400, "unknown_crs")


def test_json_fg_has_native_coordinates_beside_degrees(world: World) -> None:
    fact = next(f for f in world.parcels if f["surveyed"][0] == 9210 and f["effective_from"])
    answer = world.get(f"{PARCELS}/{fact['fid']}", f="jsonfg", crs=f"{EPSG}9210")
    body = answer.json
    assert answer.mimetype == "application/vnd.ogc.fg+json"
    assert "http://www.opengis.net/spec/json-fg-1/1.0/conf/core" in body["conformsTo"]
    assert body["coordRefSys"] == f"{EPSG}9210"
    native = shapely.geometry.shape(body["place"])
    assert shapely.hausdorff_distance(native, fact["surveyed"][1]) < 1e-4
    assert (
        shapely.hausdorff_distance(shapely.geometry.shape(body["geometry"]), fact["lonlat"]) < 1e-8
    )
    assert body["time"] == {"interval": [fact["effective_from"].isoformat(), ".."]}
    default = world.get(PARCELS, f="jsonfg", limit=2).json
    assert default["coordRefSys"] == CRS84
    assert [f["place"] for f in default["features"]] == [None, None]
    assert all(f["geometry"] for f in default["features"])
