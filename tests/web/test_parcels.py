"""Parcel queries: answers, absent things, bad questions."""

import pytest
import shapely
from flask.testing import FlaskClient

from landgis.bootstrap import Services
from landgis.cadastre.register import Principal

pytestmark = pytest.mark.db

DESIGN_10 = {
    *("parcel_id", "fid", "national_id", "national_id_status", "unit_code", "unit_name", "sheet"),
    *("number", "area_m2", "register_area_m2", "land_uses", "address", "status", "revision"),
    "effective_from",
}


def one(client: FlaskClient) -> dict:
    return client.get("/api/v1/parcels?unit=25645&sheet=5&number=12").json["features"][0]


def test_parcel_by_name_has_the_agreed_properties(client: FlaskClient) -> None:
    feature = one(client)
    assert set(feature["properties"]) >= DESIGN_10
    assert feature["properties"]["unit_name"] == "Phường Hoà Thành"
    assert feature["properties"]["land_uses"][0]["name"]["vi"] == "Đất ở tại đô thị"


def test_parcel_is_found_by_every_id_it_has(client: FlaskClient) -> None:
    feature = one(client)
    for name in (feature["properties"]["parcel_id"], feature["properties"]["fid"]):
        assert client.get(f"/api/v1/parcels/{name}").json == feature


def test_geometry_is_rfc_7946_and_in_place(client: FlaskClient) -> None:
    shape = shapely.geometry.shape(one(client)["geometry"])
    assert shape.exterior.is_ccw
    assert 106.0 < shape.centroid.x < 106.3
    assert 11.1 < shape.centroid.y < 11.4


def test_parcel_at_a_point_in_three_systems(client: FlaskClient) -> None:
    feature = one(client)
    inside = shapely.geometry.shape(feature["geometry"]).representative_point()
    asks = [f"lon={inside.x}&lat={inside.y}", f"x={inside.x}&y={inside.y}&srid=4326"]
    import numpy as np

    from landgis.geodesy import transform_xy

    for epsg in (9209, 9210):
        (x,), (y,) = transform_xy(np.array([inside.x]), np.array([inside.y]), 4326, epsg)
        asks.append(f"x={x}&y={y}&srid={epsg}")
    for ask in asks:
        found = client.get(f"/api/v1/parcels/at?{ask}").json
        assert [f["id"] for f in found["features"]] == [feature["id"]], ask


def test_point_without_parcels_is_an_empty_collection(client: FlaskClient) -> None:
    found = client.get("/api/v1/parcels/at?lon=105.6&lat=11.5")
    assert (found.status_code, found.json["features"]) == (200, [])


def test_answer_is_not_sent_twice(client: FlaskClient) -> None:
    for path in ("/api/v1/revision", "/api/v1/parcels?sheet=5&number=12"):
        first = client.get(path)
        again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/v1/parcels", 400, "too_wide"),
        ("/api/v1/parcels?unit=25645", 400, "too_wide"),
        ("/api/v1/parcels?sheet=5&colour=red", 400, "bad_parameter"),
        ("/api/v1/parcels/999999999", 404, "no_such_parcel"),
        ("/api/v1/parcels/99999999999999999999999", 404, "no_such_parcel"),
        ("/api/v1/parcels/w652q6gtt0zn", 404, "no_such_parcel"),
        ("/api/v1/parcels/00000000-0000-0000-0000-000000000000", 404, "no_such_parcel"),
        ("/api/v1/parcels/%00", 400, "bad_parameter"),
        ("/api/v1/parcels?sheet=%00", 400, "bad_parameter"),
        ("/api/v1/parcels/at", 400, "bad_point"),
        ("/api/v1/parcels/at?lon=106", 400, "bad_point"),
        ("/api/v1/parcels/at?lon=106&lat=11&x=1&y=2&srid=4326", 400, "bad_point"),
        ("/api/v1/parcels/at?lon=nan&lat=11", 400, "bad_parameter"),
        ("/api/v1/parcels/at?lon=106&lat=inf", 400, "bad_parameter"),
        ("/api/v1/parcels/at?lon=1060&lat=11", 400, "bad_parameter"),
        ("/api/v1/parcels/at?x=1&y=2&srid=4978", 400, "unknown_crs"),
        ("/api/v1/parcels/at?x=1e300&y=2&srid=9210", 400, "bad_point"),
        ("/api/v1/revision?x=1", 400, "bad_parameter"),
        ("/api/v1/nothing", 404, "not_found"),
        ("/api/v1/parcels/%0a", 404, "no_such_parcel"),
    ],
)
def test_bad_question_has_a_clear_answer(
    client: FlaskClient, path: str, status: int, code: str | None
) -> None:
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    if code:
        assert answer.mimetype == "application/problem+json"
        assert (answer.json["code"], answer.json["status"]) == (code, status)


def test_page_of_an_unknown_parcel_says_so_in_words(client: FlaskClient) -> None:
    for path in ("/thua/999999999", "/parcel/999999999", "/thua/%00", "/thua/w652q6gtt0zn"):
        answer = client.get(path)
        assert (answer.status_code, answer.mimetype) == (404, "text/html"), path
        assert "no_such_parcel" in answer.text


def test_defence_land_is_nowhere_public(client: FlaskClient, demo: Services) -> None:
    with demo.database.begin() as connection:
        hidden = connection.exec_driver_sql(
            "SELECT fid, parcel_id, sheet, number, ST_X(ST_Centroid(geom)) x,"
            " ST_Y(ST_Centroid(geom)) y FROM parcels WHERE withheld"
        ).all()
    assert len(hidden) == 2
    for row in hidden:
        for path in (f"/api/v1/parcels/{row.fid}", f"/api/v1/parcels/{row.parcel_id}"):
            assert client.get(path).status_code == 404
        assert client.get(f"/thua/{row.fid}").status_code == 404
        named = client.get(f"/api/v1/parcels?sheet={row.sheet}&number={row.number}").json
        here = client.get(f"/api/v1/parcels/at?x={row.x}&y={row.y}&srid=9209").json
        assert (named["features"], here["features"]) == ([], [])
    trusted = Principal.holding("auditor", {"public", "withheld"})
    assert demo.query.parcel(str(hidden[0].fid), trusted).fid == hidden[0].fid
