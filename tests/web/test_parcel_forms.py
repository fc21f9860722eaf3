"""Parcels in every form: what other programs read is what the register holds."""

import csv
import io
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pyogrio
import pytest
import shapely
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from landgis.bootstrap import Services
from landgis.geodesy import LONLAT, is_north_first, transform
from landgis.web.app import create_app
from tests.builders import square
from tests.conftest import Open
from tests.histories import Land, Register

pytestmark = pytest.mark.db


def ask(client: FlaskClient, path: str = "", /, **said: object) -> TestResponse:
    return client.get(f"/api/v1/parcels{path}?{urlencode(said)}")


def table(answer: TestResponse) -> list[dict[str, str]]:
    assert answer.data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))


def layer(answer: TestResponse, folder: Path) -> Any:
    path = folder / "parcels.fgb"
    path.write_bytes(answer.data)
    return pyogrio.read_dataframe(path)


def test_json_fg_has_the_coordinates_of_the_register(client: FlaskClient, demo: Services) -> None:
    answer = ask(client, unit=25645, sheet=5, f="jsonfg")
    assert answer.mimetype == "application/vnd.ogc.fg+json"
    body = answer.json
    assert body["coordRefSys"] == "http://www.opengis.net/def/crs/EPSG/0/9209"
    with demo.database.begin() as connection:
        rows = connection.exec_driver_sql("SELECT fid, ST_AsBinary(geom) FROM parcels").all()
    stored = {fid: shapely.from_wkb(bytes(wkb)) for fid, wkb in rows}
    assert body["features"]
    for feature in body["features"]:
        place = shapely.geometry.shape(feature["place"])
        native = shapely.transform(place, lambda xy: xy[:, ::-1]) if is_north_first(9209) else place
        assert native.equals(stored[feature["id"]])
        lonlat = shapely.geometry.shape(feature["geometry"])
        assert lonlat.hausdorff_distance(transform(native, 9209, LONLAT)) < 1e-8
    one = ask(client, f"/{feature['id']}", f="jsonfg").json
    assert (one["type"], one["coordRefSys"]) == ("Feature", body["coordRefSys"])
    assert {k: one[k] for k in feature} == feature


def test_every_form_holds_the_same_parcels(client: FlaskClient, tmp_path: Path) -> None:
    said = {"unit": 25645, "sheet": 5, "limit": 20}
    features = ask(client, **said).json["features"]
    rows = table(ask(client, f="csv", **said))
    frame = layer(ask(client, f="fgb", **said), tmp_path)
    expected = [feature["id"] for feature in features]
    assert [int(row["fid"]) for row in rows] == expected == frame["fid"].tolist()
    assert frame.crs.to_epsg() == 4326
    for feature, row, drawn in zip(features, rows, frame.geometry, strict=True):
        shape = shapely.geometry.shape(feature["geometry"])
        assert drawn.equals(shape)
        assert shape.contains(shapely.Point(float(row["lon"]), float(row["lat"])))
        said_then = feature["properties"]
        assert float(row["area_m2"]) == said_then["area_m2"]
        assert row["address"] == (said_then["address"] or "")
        assert row["land_uses"].split()[0] == said_then["land_uses"][0]["code"]
    assert set(rows[0]) - {"lon", "lat"} == set(features[0]["properties"])
    assert set(frame.columns) - {"geometry"} == set(features[0]["properties"])


def test_form_follows_accept_and_pages_keep_it(client: FlaskClient) -> None:
    kinds = {
        "text/csv": "text/csv",
        "application/flatgeobuf": "application/flatgeobuf",
        "application/vnd.ogc.fg+json": "application/vnd.ogc.fg+json",
        "application/geo+json": "application/geo+json",
        "application/json": "application/geo+json",
        "text/html,*/*;q=0.8": "application/geo+json",
        "": "application/geo+json",
    }
    for accepted, given in kinds.items():
        headers = {"Accept": accepted} if accepted else {}
        answer = client.get("/api/v1/parcels?sheet=5&limit=2", headers=headers)
        assert answer.mimetype == given, accepted
        assert "Accept" in answer.vary
        following = answer.headers["Link"].split(">")[0].strip("<")
        assert client.get(following).mimetype == given
        assert int(answer.headers["Landgis-Number-Matched"]) > 2
        answer.close()


def test_no_form_is_sent_twice(client: FlaskClient) -> None:
    for form in ("geojson", "jsonfg", "csv", "fgb"):
        for path in ("/1", "", "/1/neighbours"):
            said = {"f": form} | ({} if path else {"sheet": 5, "limit": 3})
            first = ask(client, path, **said)
            tag = first.headers["ETag"]
            assert tag.startswith('"')
            address = f"/api/v1/parcels{path}?{urlencode(said)}"
            again = client.get(address, headers={"If-None-Match": tag})
            assert (again.status_code, again.data) == (304, b""), (form, path)
            other = client.get(address, headers={"If-None-Match": '"0"'})
            assert (other.status_code, other.data) == (200, first.data)


def test_empty_answers_are_whole_files(client: FlaskClient, tmp_path: Path) -> None:
    said = {"sheet": "none"}
    assert ask(client, f="jsonfg", **said).json["features"] == []
    assert table(ask(client, f="csv", **said)) == []
    frame = layer(ask(client, f="fgb", **said), tmp_path)
    assert len(frame) == 0
    assert "fid" in frame.columns


def test_neighbours_are_files_too(client: FlaskClient, tmp_path: Path) -> None:
    path = f"/{ask(client, sheet=5).json['features'][20]['id']}/neighbours"
    body = ask(client, path).json
    lengths = [f["properties"]["common_boundary_m"] for f in body["features"]]
    assert lengths
    rows = table(ask(client, path, f="csv"))
    assert [float(row["common_boundary_m"]) for row in rows] == lengths
    frame = layer(ask(client, path, f="fgb"), tmp_path)
    assert frame["common_boundary_m"].tolist() == lengths


def test_no_cell_is_a_formula(open_services: Open, tmp_path: Path) -> None:
    services = open_services("vn-80")
    evil = [
        '=HYPERLINK("http://a.example")',
        "+cmd",
        "@SUM(A1)",
        "-1+1",
        "\tx",
        "＝1",
        'a "b", c\nd',
    ]
    lands = [
        Land(square(10.0 * i, 0), f"25645/12/{i}", address=text) for i, text in enumerate(evil)
    ]
    Register(services.database).publish(*lands)
    client = create_app(services).test_client()
    cells = [row["address"] for row in table(ask(client, sheet=12, f="csv"))]
    assert cells == [f"'{text}" for text in evil[:-1]] + evil[-1:]
    frame = layer(ask(client, sheet=12, f="fgb"), tmp_path)
    assert frame["address"].tolist() == evil
