"""Lists of parcels on the demonstration register: conditions, pages, places, neighbours, gates."""

import json
from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
import shapely
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from landgis.bootstrap import Services
from landgis.cadastre.audience import Audience
from landgis.cadastre.parcel_lists import ParcelsWanted
from landgis.geodesy import LONLAT, transform, transform_xy
from landgis.services.axis_order import AxisOrders
from landgis.services.parcel_lists import ParcelListService
from landgis.store.parcel_lists import ParcelListStore
from landgis.store.past_states import PastStateStore
from landgis.web.app import create_app

pytestmark = pytest.mark.db

WHOLE = "105.5,10.9,106.6,11.8"
"""A box around the whole register."""

FIJI = 3460
"""A grid on both sides of the antimeridian."""


def ask(client: FlaskClient, path: str = "", /, **said: object) -> TestResponse:
    return client.get(f"/api/v1/parcels{path}?{urlencode(said)}")


def ids(client: FlaskClient, **said: object) -> set[int]:
    answer = ask(client, limit=1000, **said)
    assert answer.status_code == 200, answer.text
    body = answer.json
    assert body["numberMatched"] == len(body["features"]) == body["numberReturned"]
    return {feature["id"] for feature in body["features"]}


def rows(demo: Services, sql: str, *values: object) -> list[Any]:
    with demo.database.begin() as connection:
        return list(connection.exec_driver_sql(sql, values).all())


def fids(demo: Services, condition: str, *values: object) -> set[int]:
    sql = f"SELECT fid FROM parcels WHERE NOT withheld AND {condition}"
    return {row.fid for row in rows(demo, sql, *values)}


def some_parcel(demo: Services) -> Any:
    """A parcel in storage coordinates, with neighbours on every side."""
    sql = "SELECT fid, ST_AsBinary(geom) wkb FROM parcels WHERE NOT withheld AND sheet = '5' ORDER BY fid LIMIT 1 OFFSET 20"
    (row,) = rows(demo, sql)
    return row.fid, shapely.from_wkb(bytes(row.wkb))


def test_every_condition_finds_what_sql_finds(client: FlaskClient, demo: Services) -> None:
    assert ids(client, sheet=5, unit=25645) == fids(demo, "sheet = '5' AND unit_code = '25645'")
    asked = {
        "land_use": ("ODT", """land_uses @> '[{"code": "ODT"}]'"""),
        "area_min": (500, "area_m2 >= 500"),
        "area_max": (120.5, "area_m2 <= 120.5"),
        "status": ("current", "status = 'current'"),
        "number": ("12", "number = '12'"),
    }
    for name, (value, condition) in asked.items():
        expected = fids(demo, f"sheet = '5' AND {condition}")
        assert ids(client, sheet=5, **{name: value}) == expected, name
        assert expected, name
    assert ids(client, unit=25645, land_use="CLN", area_min=2000) == fids(
        demo, """unit_code = '25645' AND land_uses @> '[{"code": "CLN"}]' AND area_m2 >= 2000"""
    )
    assert ids(client, sheet=5, status="retired") == set()


def test_old_names_find_parcels(client: FlaskClient, demo: Services) -> None:
    name = "old_unit_code, old_sheet, old_number"
    sql = f"SELECT {name} FROM parcels WHERE old_number IS NOT NULL AND NOT withheld LIMIT 1"
    (old,) = rows(demo, sql)
    asked = {"old_unit": old[0], "old_sheet": old[1], "old_number": old[2]}
    given = {name: value for name, value in asked.items() if value is not None}
    condition = " AND ".join(f"{n} IS NOT DISTINCT FROM %s" for n in name.split(", "))
    expected = fids(demo, condition, *old)
    assert ids(client, **given) >= expected > set()


def test_box_in_degrees_and_in_two_zones(client: FlaskClient, demo: Services) -> None:
    _, shape = some_parcel(demo)
    west, south, east, north = shape.buffer(30).bounds
    expected = fids(demo, "ST_Intersects(geom, ST_MakeEnvelope(%s, %s, %s, %s, ST_SRID(geom)))",
                    west, south, east, north)  # fmt: skip
    assert len(expected) > 3
    assert ids(client, bbox=f"{west},{south},{east},{north}", bbox_srid=9209) == expected
    for epsg in (LONLAT, 9210):
        there = transform(shapely.box(west, south, east, north).segmentize(10.0), 9209, epsg)
        as_polygon = ids(client, within=there.wkt, within_srid=epsg)
        assert as_polygon == expected, epsg
        box = ",".join(map(repr, map(float, there.bounds)))
        assert ids(client, bbox=box, bbox_srid=epsg) >= expected
    whole = json.dumps(shapely.geometry.mapping(shapely.box(west, south, east, north)))
    assert ids(client, within=whole, within_srid=9209) == expected
    assert ids(client, within=whole, within_srid=9209, bbox="0,0,1,1") == set()


def test_pages_hold_every_parcel_once(client: FlaskClient, demo: Services) -> None:
    expected = fids(demo, "sheet = '5'")
    answer, seen = ask(client, sheet=5, limit=7, area_min=1), []
    while True:
        body = answer.json
        seen += [feature["id"] for feature in body["features"]]
        assert body["numberMatched"] == len(expected)
        assert body["numberMatchedCapped"] is False
        following = [link["href"] for link in body["links"] if link["rel"] == "next"]
        if not following:
            assert "Link" not in answer.headers
            break
        assert answer.headers["Link"].startswith(f'<{following[0]}>; rel="next"')
        answer = client.get(following[0])
    assert seen == sorted(expected)


def test_count_is_capped_and_says_so(
    client: FlaskClient, demo: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("landgis.services.parcel_lists.COUNT_CAP", 20)
    answer = ask(client, bbox=WHOLE, limit=5)
    assert (answer.json["numberMatched"], answer.json["numberMatchedCapped"]) == (20, True)
    assert answer.headers["Landgis-Number-Matched"] == ">20"
    store = ParcelListStore(demo.database)
    assert store.count(ParcelsWanted(), 10_001) == min(len(fids(demo, "true")), 10_001)


def test_collection_keeps_its_shape(client: FlaskClient) -> None:
    body = ask(client, unit=25645, sheet=5, number=12).json
    assert body["type"] == "FeatureCollection"
    assert body["numberReturned"] == len(body["features"]) == 1
    at = ask(client, "/at", lon=0, lat=0).json
    assert (at["type"], at["numberReturned"], at["features"]) == ("FeatureCollection", 0, [])


@pytest.mark.parametrize("epsg", [9209, 9210, 9213, 5897, 3405, 32648, 4326, 4756, 3857])
def test_point_in_either_order_of_its_axes(client: FlaskClient, demo: Services, epsg: int) -> None:
    fid, shape = some_parcel(demo)
    inside = shape.representative_point()
    (x,), (y,) = transform_xy(np.array([inside.x]), np.array([inside.y]), 9209, epsg)
    for order, first, second in (("east,north", x, y), ("north,east", y, x)):
        body = ask(client, "/at", x=first, y=second, srid=epsg).json
        assert body["axis_order"] == order
        assert fid in [feature["id"] for feature in body["features"]]


def test_point_that_means_two_places_is_refused_with_both(client: FlaskClient) -> None:
    answer = ask(client, "/at", x=20, y=30, srid=4326)
    assert (answer.status_code, answer.json["code"]) == (400, "ambiguous_axis_order")
    assert answer.json["readings"] == [
        {"axis_order": "east,north", "lon": 20.0, "lat": 30.0},
        {"axis_order": "north,east", "lon": 30.0, "lat": 20.0},
    ]
    assert ask(client, "/at", x=20, y=20, srid=4326).json["axis_order"] == "east,north"


def test_zone_across_the_antimeridian_has_an_order(demo: Services) -> None:
    axes = AxisOrders(demo.query, demo.jurisdiction)
    (x,), (y,) = transform_xy(np.array([-179.5]), np.array([-17.0]), LONLAT, FIJI)
    reading = axes.recognised(float(y), float(x), FIJI)
    assert reading.axis_order == "north,east"
    assert reading.lon == pytest.approx(-179.5)


def test_neighbours_share_boundary(client: FlaskClient, demo: Services) -> None:
    fid, shape = some_parcel(demo)
    answer = ask(client, f"/{fid}/neighbours")
    assert answer.status_code == 200
    lengths = {f["id"]: f["properties"]["common_boundary_m"] for f in answer.json["features"]}
    sql = """
        SELECT p.fid, ST_AsBinary(p.geom) wkb FROM parcels p, parcels one
        WHERE one.fid = %s AND p.fid <> one.fid AND NOT p.withheld
          AND ST_Intersects(p.geom, one.geom)
    """
    exact = {row.fid: shapely.from_wkb(bytes(row.wkb)) for row in rows(demo, sql, fid)}
    assert set(lengths) >= set(exact) > set()
    for other, geom in exact.items():
        common = shape.boundary.intersection(geom.boundary).length
        assert lengths[other] == pytest.approx(common, abs=0.02), other
    assert max(lengths.values()) > 1
    first = ask(client, f"/{fid}/neighbours", limit=1).json
    assert first["numberMatched"] == len(lengths)
    rest = client.get(first["links"][0]["href"]).json["features"]
    assert first["features"][0]["id"] not in [f["id"] for f in rest]
    assert ask(client, "/999999999/neighbours").json["code"] == "no_such_parcel"


def test_withheld_land_is_in_no_list_count_or_error(client: FlaskClient, demo: Services) -> None:
    hidden = rows(demo, "SELECT fid, sheet, main_use, ST_XMin(geom_3857) x, ST_YMin(geom_3857) y,"
                  " ST_XMax(geom_3857) e, ST_YMax(geom_3857) n FROM parcels WHERE withheld")  # fmt: skip
    assert hidden
    for row in hidden:
        box = f"{row.x},{row.y},{row.e},{row.n}"
        for said in (
            {"sheet": row.sheet},
            {"sheet": row.sheet, "as_of": 1},
            {"bbox": box, "bbox_srid": 3857},
            {"bbox": box, "bbox_srid": 3857, "as_of": 1},
            {"bbox": WHOLE, "land_use": row.main_use},
            {"bbox": WHOLE, "land_use": row.main_use, "as_of": 1},
        ):
            assert row.fid not in ids(client, **said)
            lines = ask(client, f="csv", limit=1000, **said).text.splitlines()
            assert not any(line.startswith(f"{row.fid},") for line in lines)
        for path in (f"/{row.fid}/neighbours", f"/{row.fid}"):
            said = {"as_of": 1} if "neighbours" not in path else {}
            nowhere = ask(client, path.replace(str(row.fid), "999999999"), **said)
            there = ask(client, path, **said)
            assert (there.status_code, there.json["code"]) == (404, "no_such_parcel")
            assert there.json.keys() == nowhere.json.keys()
        near = rows(demo, "SELECT p.fid FROM parcels p, parcels h WHERE h.fid = %s AND NOT p.withheld"
                    " AND ST_DWithin(p.geom, h.geom, 0.001)", row.fid)  # fmt: skip
        for one in near:
            found = ask(client, f"/{one.fid}/neighbours").json["features"]
            assert row.fid not in [feature["id"] for feature in found]


SQUARE = "POLYGON((106 11,106.1 11,106.1 11.1,106 11))"


def many_vertices(n: int) -> str:
    ring = shapely.Point(106, 11).buffer(0.1, quad_segs=n // 4)
    return shapely.to_wkt(ring, rounding_precision=6)


HOSTILE = [
    ({"unit": 25645}, "too_wide"),
    ({"land_use": "ODT"}, "too_wide"),
    ({"area_min": 5}, "too_wide"),
    ({"as_of": 1}, "too_wide"),
    ({"bbox": "106,11,107"}, "bad_bbox"),
    ({"bbox": "106,11,107,12,13"}, "bad_bbox"),
    ({"bbox": "nan,11,107,12"}, "bad_bbox"),
    ({"bbox": "inf,11,107,12"}, "bad_bbox"),
    ({"bbox": "1e400,11,107,12"}, "bad_bbox"),
    ({"bbox": "1e999,11,107,12"}, "bad_bbox"),
    ({"bbox": "106,12,107,11"}, "bad_bbox"),
    ({"bbox": "206,11,207,12"}, "bad_bbox"),
    ({"bbox": "1_0,11,107,12"}, "bad_bbox"),
    ({"bbox": "١٠٦,11,107,12"}, "bad_bbox"),
    ({"bbox": ""}, "bad_bbox"),
    ({"bbox": "," * 20_000}, "bad_bbox"),
    ({"bbox": "1,2,3,4", "bbox_srid": 4978}, "unknown_crs"),
    ({"bbox": "1,2,3,4", "bbox_srid": 999_999}, "unknown_crs"),
    ({"bbox": "1,2,3,4", "bbox_srid": -1}, "bad_parameter"),
    ({"bbox": "1,2,3,4", "bbox_srid": "9209;DROP"}, "bad_parameter"),
    ({"bbox": "9,2,3,4", "bbox_srid": 9209}, "bad_bbox"),
    ({"bbox": "-1e300,-1e300,1e300,1e300", "bbox_srid": 9209}, "bad_bbox"),
    ({"within": ""}, "bad_within"),
    ({"within": "POINT(106 11)"}, "bad_within"),
    ({"within": "LINESTRING(106 11,107 12)"}, "bad_within"),
    ({"within": "POLYGON EMPTY"}, "bad_within"),
    ({"within": "POLYGON((106 11,107 12))"}, "bad_within"),
    ({"within": "POLYGON((106 11,107 12,107 11,106 12,106 11))"}, "bad_within"),
    ({"within": "POLYGON((nan 11,107 12,107 11,nan 11))"}, "bad_within"),
    ({"within": "POLYGON((206 11,207 12,207 11,206 11))"}, "bad_within"),
    ({"within": "CURVEPOLYGON((106 11,107 12,107 11,106 11))"}, "bad_within"),
    ({"within": "SRID=4326;" + SQUARE}, "bad_within"),
    ({"within": "((((" * 4_000}, "bad_within"),
    ({"within": "'; DROP TABLE parcels --"}, "bad_within"),
    ({"within": many_vertices(1_200)}, "bad_within"),
    ({"within": " " * 20_001}, "bad_within"),
    ({"within": "{"}, "bad_within"),
    ({"within": '{"type":"Polygon"}'}, "bad_within"),
    ({"within": '{"type":"Polygon","coordinates":[[[1e999,1],[2,2],[3,1],[1,1]]]}'}, "bad_within"),
    ({"within": '{"type":"Polygon","coordinates":' + "[" * 9_000}, "bad_within"),
    ({"within": '{"type":"Polygon","coordinates":[[["a",1],[2,2],[3,1],["a",1]]]}'}, "bad_within"),
    ({"within": '{"type":"GeometryCollection","geometries":[]}'}, "bad_within"),
    ({"within": '{"type":["Polygon"]}'}, "bad_within"),
    ({"within": "[1]"}, "bad_within"),
    ({"within": SQUARE, "within_srid": 4978}, "unknown_crs"),
    ({"sheet": 5, "area_min": 9, "area_max": 8}, "bad_area"),
    ({"sheet": 5, "area_min": "nan"}, "bad_parameter"),
    ({"sheet": 5, "area_max": "1e400"}, "bad_parameter"),
    ({"sheet": 5, "area_min": -1}, "bad_parameter"),
    ({"sheet": 5, "limit": 0}, "bad_parameter"),
    ({"sheet": 5, "limit": -1}, "bad_parameter"),
    ({"sheet": 5, "limit": 1001}, "bad_parameter"),
    ({"sheet": 5, "limit": "1e9"}, "bad_parameter"),
    ({"sheet": 5, "offset": 10}, "bad_parameter"),
    ({"sheet": 5, "after": ""}, "bad_parameter"),
    ({"sheet": 5, "after": "x"}, "bad_parameter"),
    ({"sheet": 5, "after": "W10"}, "bad_parameter"),
    ({"sheet": 5, "after": "W251bGxd"}, "bad_parameter"),
    ({"sheet": 5, "after": "WyIxIl0"}, "bad_parameter"),
    ({"sheet": 5, "after": "Wzk5OTk5OTk5OTk5OTk5OTk5OTk5OTld"}, "bad_parameter"),
    ({"sheet": 5, "after": "é" * 50}, "bad_parameter"),
    ({"sheet": 5, "f": "xml"}, "bad_parameter"),
    ({"sheet": "\x00"}, "bad_parameter"),
    ({"sheet": "5" * 65}, "bad_parameter"),
    ({"sheet": 5, "as_of": "yesterday"}, "bad_as_of"),
    ({"sheet": 5, "as_of": ""}, "bad_as_of"),
    ({"sheet": 5, "as_of": "2026-13-01"}, "bad_as_of"),
    ({"sheet": 5, "as_of": "2026-01-01T00:00:00"}, "bad_as_of"),
    ({"sheet": 5, "as_of": "9999-12-31"}, "bad_as_of"),
    ({"sheet": 5, "as_of": "9999-12-31T23:59:59-12:00"}, "bad_as_of"),
    ({"sheet": 5, "as_of": "2999-01-01T00:00:00Z"}, "bad_as_of"),
    ({"sheet": 5, "as_of": 2}, "bad_as_of"),
    ({"sheet": 5, "as_of": "9" * 30}, "bad_as_of"),
    ({"sheet": 5, "as_of": -1}, "bad_as_of"),
    ({"sheet": 5, "effective_on": "2026-02-30"}, "bad_effective_on"),
    ({"sheet": 5, "effective_on": "2026"}, "bad_effective_on"),
    ({"sheet": 5, "effective_on": "２０２６-01-01"}, "bad_effective_on"),
]


@pytest.mark.parametrize(
    ("said", "code"), HOSTILE, ids=[f"{i}-{code}" for i, (_, code) in enumerate(HOSTILE)]
)
def test_hostile_question_is_400_with_a_code(
    client: FlaskClient, said: dict[str, object], code: str
) -> None:
    answer = ask(client, **said)
    assert answer.status_code == 400, answer.text
    assert answer.mimetype == "application/problem+json"
    assert answer.json["code"] == code, answer.text


def test_places_at_the_edges_are_no_error(client: FlaskClient, demo: Services) -> None:
    everything = len(fids(demo, "true"))
    for box in ("-180,-90,180,90", "100,-90,-170,90", "105,10,-1000,107,12,9000"):
        for more in ({}, {"as_of": 1}):
            body = ask(client, bbox=box, limit=1, **more).json
            assert body["numberMatched"] == min(everything, 10_000), (box, more)


@pytest.fixture
def shut(demo: Services) -> Iterator[FlaskClient]:
    """The application where nobody may see land uses, areas or boundaries."""
    table = demo.jurisdiction.audience.fields
    closed = {"land_uses", "area_m2", "geometry", "effective_from"}
    seen = {name: entry for name, entry in table.items() if name not in closed}
    law = replace(demo.jurisdiction, audience=Audience(MappingProxyType(seen)))
    states = PastStateStore(demo.database, law.withheld_uses)
    store = ParcelListStore(demo.database)
    lists = ParcelListService(store, states, demo.query, demo.history, law)
    return create_app(replace(demo, jurisdiction=law, parcel_lists=lists)).test_client()


def test_what_the_audience_forbids_is_no_field(shut: FlaskClient) -> None:
    asked: list[tuple[str, dict[str, object]]] = [
        ("", {"sheet": 5, "land_use": "ODT"}),
        ("", {"sheet": 5, "area_min": 1}),
        ("", {"sheet": 5, "area_max": 1}),
        ("", {"bbox": WHOLE}),
        ("", {"bbox": "rubbish"}),
        ("", {"within": SQUARE}),
        ("", {"sheet": 5, "effective_on": "2025-01-01"}),
        ("/at", {"lon": 106, "lat": 11}),
        ("/1/neighbours", {}),
        ("", {"sheet": 5, "f": "fgb"}),
    ]
    for path, said in asked:
        answer = ask(shut, path, **said)
        assert (answer.status_code, answer.json["code"]) == (400, "no_such_field"), (path, said)
    body = ask(shut, sheet=5, limit=3).json
    for feature in body["features"]:
        assert feature["geometry"] is None
        assert not {"land_uses", "area_m2", "effective_from"} & set(feature["properties"])
    native = ask(shut, sheet=5, limit=3, f="jsonfg").json
    assert all(f["place"] is f["geometry"] is f["time"] is None for f in native["features"])
    head = ask(shut, sheet=5, limit=3, f="csv").text.splitlines()[0]
    assert not {"land_uses", "area_m2", "lon", "effective_from"} & set(head.split(","))
