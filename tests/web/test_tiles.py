"""Tiles: what is in them, what they cost when nothing changed, who can read them."""

import gzip
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from urllib.request import Request, urlopen

import mapbox_vector_tile
import pytest
from flask.testing import FlaskClient

from landgis import bootstrap
from landgis.bootstrap import Services
from landgis.config import Settings
from landgis.store.staging import StagingStore
from landgis.tiling.grid import tile_at
from landgis.web.app import create_app

pytestmark = pytest.mark.db
CENTRE = (106.1262, 11.2685)
GZIP = {"Accept-Encoding": "gzip, deflate, br"}


def tiles_of(services: Services, z: int) -> list[tuple[int, int]]:
    """Every tile that the register's extent touches."""
    west, south, east, north = services.tiles._parcels.extent_lonlat()
    (x0, y1), (x1, y0) = tile_at(west, south, z), tile_at(east, north, z)
    return [(x, y) for x in range(x0, x1 + 1) for y in range(y0, y1 + 1)]


def decoded(client: FlaskClient, z: int, x: int, y: int, name: str = "map") -> dict:
    answer = client.get(f"/tiles/{name}/{z}/{x}/{y}.mvt", headers=GZIP)
    if answer.status_code == 204:
        return {}
    assert answer.status_code == 200
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.mimetype == "application/vnd.mapbox-vector-tile"
    return mapbox_vector_tile.decode(gzip.decompress(answer.data))


def test_every_public_parcel_is_drawn_and_no_other(client: FlaskClient, demo: Services) -> None:
    # At the largest scale, where no parcel is narrower than the grid of the tile.
    drawn: set[int] = set()
    for x, y in tiles_of(demo, 17):
        features = decoded(client, 17, x, y, "parcels").get("parcels", {}).get("features", [])
        for feature in features:
            assert set(feature["properties"]) <= {"number", "sheet", "use"}
            drawn.add(feature["id"])
    with demo.database.begin() as connection:
        rows = connection.exec_driver_sql("SELECT fid FROM parcels WHERE NOT withheld").scalars()
        assert drawn == set(rows)


def test_every_number_stands_in_exactly_one_tile(client: FlaskClient, demo: Services) -> None:
    seen: list[int] = []
    for x, y in tiles_of(demo, 16):
        layer = decoded(client, 16, x, y, "labels").get("labels", {"features": []})
        seen += [feature["id"] for feature in layer["features"]]
    with demo.database.begin() as connection:
        rows = connection.exec_driver_sql("SELECT fid FROM parcels WHERE NOT withheld").scalars()
        assert sorted(seen) == sorted(rows)


def test_low_zoom_shows_units_and_no_parcels(client: FlaskClient) -> None:
    layers = decoded(client, 9, *tile_at(*CENTRE, 9))
    assert set(layers) == {"units", "unit_labels"}
    names = {f["properties"]["name"] for f in layers["units"]["features"]}
    assert "Phường Hoà Thành" in names


def test_unchanged_tile_is_not_sent_again(client: FlaskClient) -> None:
    path = "/tiles/map/15/{}/{}.mvt".format(*tile_at(*CENTRE, 15))
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(path).data == first.data


def test_encoding_is_what_was_asked_for(client: FlaskClient) -> None:
    path = "/tiles/map/15/{}/{}.mvt".format(*tile_at(*CENTRE, 15))
    plain, packed = client.get(path), client.get(path, headers=GZIP)
    refused = client.get(path, headers={"Accept-Encoding": "gzip;q=0, br"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data == refused.data
    assert plain.headers["Vary"] == "Accept-Encoding"
    assert plain.headers["ETag"] != packed.headers["ETag"]
    known = {**GZIP, "If-None-Match": plain.headers["ETag"]}
    assert client.get(path, headers=known).status_code == 200
    weak = {**GZIP, "If-None-Match": f'"x", W/{packed.headers["ETag"]}'}
    assert client.get(path, headers=weak).status_code == 304


def test_head_says_what_get_says(client: FlaskClient) -> None:
    path = "/tiles/map/15/{}/{}.mvt".format(*tile_at(*CENTRE, 15))
    head, get = client.head(path), client.get(path)
    assert head.data == b""
    assert dict(head.headers) == dict(get.headers)
    assert int(get.headers["Content-Length"]) == len(get.data) > 1000


def test_any_page_may_show_the_tiles(client: FlaskClient) -> None:
    path = "/tiles/map/15/{}/{}.mvt".format(*tile_at(*CENTRE, 15))
    for address in (path, "/tiles/map.json", "/tiles/style.json"):
        assert client.get(address).headers["Access-Control-Allow-Origin"] == "*"
    asked = client.options(path, headers={"Access-Control-Request-Method": "GET"})
    assert asked.status_code == 200
    assert "If-None-Match" in asked.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Origin" not in client.get("/api/v1/revision").headers


def test_pinned_address_is_for_good_where_nothing_changed_since(client: FlaskClient) -> None:
    path = "/tiles/map/15/{}/{}.mvt".format(*tile_at(*CENTRE, 15))
    live = client.get(path)
    now = int(live.headers["Landgis-Sequence"])
    assert live.headers["Cache-Control"] == "no-cache"
    assert "immutable" in client.get(f"{path}?v={now}").headers["Cache-Control"]
    assert client.get(f"{path}?v={now + 1}").headers["Cache-Control"] == "no-cache"
    assert client.get(f"{path}?v=0").headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("query", "headers", "code"),
    [
        ("?v=x", {}, "bad_sequence"),
        ("?v=-1", {}, "bad_sequence"),
        ("?v=1&v=2&w=1", {}, "unknown_parameter"),
        ("?x=1", {}, "unknown_parameter"),
        ("", {"Landgis-Sequence": "1e3"}, "bad_sequence"),
        ("", {"Landgis-Sequence": "9" * 30}, "bad_sequence"),
    ],
)
def test_what_is_asked_wrongly_is_refused_kept_or_not(
    client: FlaskClient, query: str, headers: dict[str, str], code: str
) -> None:
    path = "/tiles/map/15/{}/{}.mvt".format(*tile_at(*CENTRE, 15))
    client.get(path)
    answer = client.get(path + query, headers=headers)
    assert (answer.status_code, answer.json["code"]) == (400, code)


def test_other_layers_have_other_tiles(demo: Services, tmp_path: Path) -> None:
    x, y = tile_at(*CENTRE, 15)
    folder = tmp_path / "tiles"
    shutil.copytree(demo.settings.tiles_dir, folder)
    query = folder / "parcels" / "query.sql"
    query.write_text(query.read_text().replace("NOT p.withheld", "false"))
    before = demo.tiles.tile("map", 15, x, y)[1]
    changed = bootstrap.build(replace(demo.settings, tiles_dir=folder))
    try:
        assert changed.tiles.tile("map", 15, x, y)[1].etag != before.etag
    finally:
        changed.close()
    demo.fresh.kept.begin_anew(demo.fresh.kept.position())


def test_empty_place_is_204(client: FlaskClient) -> None:
    assert client.get("/tiles/map/15/0/0.mvt").status_code == 204


@pytest.mark.parametrize(
    ("tile", "status", "code"),
    [
        ("map/23/0/0", 400, "no_such_tile"),
        ("map/14/-1/0", 400, "no_such_tile"),
        ("map/14/16384/0", 400, "no_such_tile"),
        ("map/3/0/0", 404, "zoom_not_served"),
        ("map/19/0/0", 404, "zoom_not_served"),
        ("nothing/14/0/0", 404, "no_such_tileset"),
        ("map/1.0/0/0", 404, "not_found"),
        ("map/%2e%2e/0/0", 404, "not_found"),
    ],
)
def test_tile_out_of_range_is_refused(
    client: FlaskClient, tile: str, status: int, code: str
) -> None:
    answer = client.get(f"/tiles/{tile}.mvt")
    assert (answer.status_code, answer.json["code"]) == (status, code)


def test_style_names_only_layers_the_tiles_have(client: FlaskClient) -> None:
    style = client.get("/tiles/style.json").json
    layers = {layer["id"] for layer in client.get("/tiles/map.json").json["vector_layers"]}
    used = {layer["source-layer"] for layer in style["layers"] if "source-layer" in layer}
    assert used <= layers


def test_owners_are_in_no_tile_and_no_answer(client: FlaskClient, demo: Services) -> None:
    (batch,) = demo.load.batches()
    rows = StagingStore(demo.database).rows(batch.batch_id, state=None, after=0, limit=10_000)
    owners = {row["attributes"]["TENCHU"] for row in rows if row["attributes"]}
    names = {name.encode() for name in owners if name}
    assert len(names) > 100
    bodies = [client.get(f"/tiles/map/15/{x}/{y}.mvt").data for x, y in tiles_of(demo, 15)]
    bodies += [client.get(f"/api/v1/parcels?sheet={s}").data for s in range(1, 17)]
    bodies += [client.get(path).data for path in ("/", "/en/", "/thua/1", "/tiles/style.json")]
    everything = b"\n".join(bodies)
    assert not [name for name in names if name in everything]


def test_gdal_reads_a_served_tile(client: FlaskClient, tmp_path: Path) -> None:
    x, y = tile_at(*CENTRE, 16)
    path = tmp_path / "16" / str(x) / f"{y}.mvt"
    path.parent.mkdir(parents=True)
    path.write_bytes(client.get(f"/tiles/map/16/{x}/{y}.mvt").data)
    done = subprocess.run(
        ["ogrinfo", "-al", "-so", str(path)], capture_output=True, text=True, check=True
    )
    assert "Layer name: parcels" in done.stdout
    assert "Layer name: labels" in done.stdout
    assert "Geometry: Multi Polygon" in done.stdout or "Geometry: Polygon" in done.stdout
    for field in ("number: String", "sheet: String", "use: String"):
        assert field in done.stdout


def test_same_bytes_through_the_real_server(live_url: str, live_home: Path) -> None:
    """The test client and granian answer alike, on one and the same database."""
    settings = replace(Settings.from_env({}), home=live_home, test_hooks=True)
    services = bootstrap.build(settings, for_web=True)
    client = create_app(services).test_client()
    x, y = tile_at(*CENTRE, 15)
    paths = [f"/tiles/map/15/{x}/{y}.mvt", "/tiles/map.json", "/tiles/style.json", "/"]
    paths += [
        "/api/v1/parcels?sheet=5&number=12",
        "/api/v1/parcels/0",
        "/thua/1",
        "/api/v1/imports/x",
    ]
    try:
        for path in paths:
            ours = client.get(path, base_url=live_url, headers={"Accept-Encoding": "gzip"})
            status, headers, body = fetch(live_url + path)
            assert (status, body) == (ours.status_code, ours.data), path
            for name in ("ETag", "Content-Type", "Content-Encoding", "Cache-Control"):
                assert headers.get(name) == ours.headers.get(name), f"{path} {name}"
    finally:
        services.close()


def fetch(url: str) -> tuple[int, dict[str, str], bytes]:
    from urllib.error import HTTPError

    try:
        with urlopen(Request(url, headers={"Accept-Encoding": "gzip"}), timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except HTTPError as error:
        with error:
            return error.code, error.headers, error.read()
