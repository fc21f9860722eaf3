"""Layers over HTTP: what describes them, one added without any Python, those of officers."""

import re
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import pytest
from flask.testing import FlaskClient

from landgis import bootstrap
from landgis.bootstrap import Services
from landgis.cadastre.acceptance import FindingsWanted
from landgis.cadastre.register import Principal
from landgis.tiling.grid import tile_at
from landgis.web.app import create_app
from tests.office import Office

pytestmark = pytest.mark.db
CENTRE = (106.1262, 11.2685)
CLERK = Principal.holding("tester", {"import"})

LAYER = """
title = { vi = "Thửa lớn", en = "Large parcels" }
minzoom = 12
maxzoom = 18
buffer = 0
fid = "fid"
attribution = "Phòng thử nghiệm"

[fields]
size = { type = "String", meaning = "large, or huge" }

[[legend]]
of = "large"
title = { vi = "Thửa lớn", en = "Large parcels" }

[legend.values]
large = { vi = "Lớn", en = "Large" }
huge = { vi = "Rất lớn", en = "Huge" }
"""
QUERY = """
-- Parameters: :west :south :east :north
SELECT fid, label_3857 AS geom_3857, NULL::smallint AS snap_zoom,
    CASE WHEN area_m2 < 2000 THEN 'large' ELSE 'huge' END AS size
FROM parcels
WHERE NOT withheld AND area_m2 >= 1000
    AND ST_X(label_3857) >= :west AND ST_X(label_3857) < :east
    AND ST_Y(label_3857) >= :south AND ST_Y(label_3857) < :north
ORDER BY fid
"""
STYLE = """
[{"id": "large", "type": "circle", "paint": {"circle-radius": "@line 4",
  "circle-color": ["match", ["get", "size"], "large", "@info", "huge", "#123456", "@info"]}}]
"""


def assert_tilejson(document: dict[str, Any]) -> None:
    """What the JSON schema of TileJSON 3.0.0 asks for, in our words."""
    assert re.fullmatch(r"\d+\.\d+\.\d+\w?[\w\d]*", document["tilejson"])
    assert re.fullmatch(r"\d+\.\d+\.\d+\w?[\w\d]*", document["version"])
    assert document["tiles"]
    assert all(isinstance(url, str) for url in document["tiles"])
    for layer in document["vector_layers"]:
        assert isinstance(layer["id"], str)
        assert all(isinstance(text, str) for text in layer["fields"].values())
        assert isinstance(layer.get("description", ""), str)
        assert 0 <= layer["minzoom"] <= layer["maxzoom"] <= 30
    assert 0 <= document["minzoom"] <= document["maxzoom"] <= 30
    assert all(isinstance(document.get(k, ""), str) for k in ("name", "description"))
    assert isinstance(document.get("attribution", ""), str)
    assert document["scheme"] in {"xyz", "tms"}
    west, south, east, north = document["bounds"]
    assert -180 <= west < east <= 180
    assert -90 <= south < north <= 90
    lon, lat, zoom = document["center"]
    assert west <= lon <= east
    assert south <= lat <= north
    assert document["minzoom"] <= zoom <= document["maxzoom"]
    assert isinstance(zoom, int)


def test_tilejson_of_every_public_set_keeps_the_standard(
    client: FlaskClient, demo: Services
) -> None:
    for name, tileset in demo.map_look.tilesets.items():
        if not tileset.is_public:
            continue
        document = client.get(f"/tiles/{name}.json").json
        assert_tilejson(document)
        shown = [layer["id"] for layer in document["vector_layers"]]
        assert shown == [layer.name for layer in tileset.layers]
        assert document["tiles"] == [f"http://localhost/tiles/{name}/{{z}}/{{x}}/{{y}}.mvt"]


def test_themes_are_asked_for_by_name(client: FlaskClient) -> None:
    usual, light, strong = (
        client.get(f"/tiles/style.json{query}").json
        for query in ("", "?theme=light", "?theme=contrast")
    )
    assert usual == light != strong
    assert strong["metadata"] == {"landgis:theme": "contrast"}
    refused = client.get("/tiles/style.json?theme=dark")
    assert (refused.status_code, refused.json["code"]) == (400, "no_such_theme")
    assert "light, contrast" in refused.json["detail"]
    for path in ("style", "legend"):
        assert client.get(f"/tiles/{path}.json?set=nothing").status_code == 404
        assert client.get(f"/tiles/{path}.json?lang=fr").status_code == 400


def test_added_folder_is_a_layer_without_any_python(demo: Services, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(demo.settings.tiles_dir, tmp_path / "tiles"))
    added = folder / "large_parcels"
    added.mkdir()
    for name, text in (("layer.toml", LAYER), ("query.sql", QUERY), ("style.json", STYLE)):
        (added / name).write_text(text, encoding="utf-8")
    (added / "README.md").write_text("# large_parcels\nA test.\n", encoding="utf-8")
    sets = folder / "tileset.toml"
    sets.write_text(sets.read_text().replace('"labels"]', '"labels", "large_parcels"]'))
    settings = replace(demo.settings, tiles_dir=folder, home=tmp_path / "home")
    services = bootstrap.build(settings)
    try:
        client = create_app(services).test_client()
        document = client.get("/tiles/map.json").json
        assert_tilejson(document)
        assert document["vector_layers"][-1]["id"] == "large_parcels"
        assert document["attribution"] == "Phòng thử nghiệm"
        drawn = client.get("/tiles/style.json?theme=contrast").json["layers"][-1]
        assert (drawn["id"], drawn["source-layer"]) == ("large", "large_parcels")
        assert drawn["paint"]["circle-radius"] == 6
        told = client.get("/tiles/legend.json?lang=en").json["layers"][0]
        assert told["title"] == "Large parcels"
        colours = {line["title"]: line["colour"] for line in told["entries"]}
        assert colours == {"Large": "#0b57d0", "Huge": "#123456"}
        x, y = tile_at(*CENTRE, 14)
        tile = mapbox_vector_tile.decode(client.get(f"/tiles/map/14/{x}/{y}.mvt").data)
        alone = mapbox_vector_tile.decode(client.get(f"/tiles/large_parcels/14/{x}/{y}.mvt").data)
    finally:
        services.close()
    sizes = {f["id"]: f["properties"]["size"] for f in tile["large_parcels"]["features"]}
    assert sizes == {f["id"]: f["properties"]["size"] for f in alone["large_parcels"]["features"]}
    with demo.database.begin() as connection:
        rows = connection.exec_driver_sql(
            "SELECT fid, area_m2 FROM parcels WHERE fid = ANY(%(fids)s)", {"fids": list(sizes)}
        ).all()
    assert sizes == {fid: "large" if area < 2000 else "huge" for fid, area in rows}
    assert set(sizes.values()) == {"large", "huge"}


def tiles(z: int) -> list[tuple[int, int]]:
    (x0, y1), (x1, y0) = tile_at(106.09, 11.24, z), tile_at(106.15, 11.29, z)
    return [(x, y) for x in range(x0, x1 + 1) for y in range(y0, y1 + 1)]


def drawn(client: FlaskClient, z: int, key: str) -> list[dict]:
    """Every finding that tiles of a zoom show to the holder of a key."""
    found = []
    for x, y in tiles(z):
        answer = client.get(
            f"/tiles/findings/{z}/{x}/{y}.mvt", headers={"Authorization": f"Bearer {key}"}
        )
        assert answer.status_code in (200, 204)
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Access-Control-Allow-Origin" not in answer.headers
        layers = mapbox_vector_tile.decode(answer.data) if answer.data else {}
        features = layers.get("findings", {"features": []})["features"]
        found += [feature["properties"] for feature in features]
    return found


def open_ones(services: Services) -> Counter[tuple[str, str]]:
    """Rule and severity of all findings of all batches that the tiles should show."""
    [batch] = services.load.batches()
    wanted = FindingsWanted(outcome="fail", accepted=False)
    page = services.findings.page(batch.batch_id, CLERK, wanted, after=0, limit=10_000)
    near = [f for f in page.findings if f["place"] is not None and is_near(f["place"])]
    return Counter((f["rule"], f["severity"]) for f in near)


def is_near(place: dict) -> bool:
    """The demonstration has one planted far outside of the province."""
    lon, lat = place["coordinates"]
    return 106.09 < lon < 106.15 and 11.24 < lat < 11.29


def test_every_open_finding_is_a_point_once(client: FlaskClient, demo: Services, key: str) -> None:
    shown = drawn(client, 15, key)
    assert Counter((f["rule"], f["severity"]) for f in shown) == open_ones(demo)
    assert all(f["count"] == 1 and f["batch"] and f["finding"] for f in shown)


def test_below_z15_points_count_what_they_stand_for(
    client: FlaskClient, demo: Services, key: str
) -> None:
    by_severity: Counter[str] = Counter()
    for finding in drawn(client, 11, key):
        by_severity[finding["severity"]] += finding["count"]
    expected: Counter[str] = Counter()
    for (_, severity), count in open_ones(demo).items():
        expected[severity] += count
    assert by_severity == expected


def test_accepted_finding_is_gone_until_it_is_taken_back(
    client: FlaskClient, demo: Services, key: str
) -> None:
    before = drawn(client, 15, key)
    chosen = next(f for f in before if f["severity"] == "warning")
    [batch] = demo.load.batches()
    demo.findings.accept(batch.batch_id, chosen["finding"], CLERK, "đúng như vậy")
    try:
        left = drawn(client, 15, key)
        assert chosen["finding"] not in {f["finding"] for f in left}
        assert Counter((f["rule"], f["severity"]) for f in left) == open_ones(demo)
    finally:
        demo.findings.take_back(batch.batch_id, chosen["finding"], CLERK)
    assert len(drawn(client, 15, key)) == len(before)


def test_who_imports_in_some_units_sees_own_files_only(client: FlaskClient, demo: Services) -> None:
    limited = demo.access.create("limited", frozenset({"import"}), frozenset({"25459"}))
    assert drawn(client, 14, limited) == []


def test_each_layer_asks_for_its_scope(office: Office) -> None:
    x, y = tile_at(106.12, 11.27, 14)
    may_see = {
        "findings": {"officer"},
        "raster_footprints": {"officer", "reviewer"},
    }
    askers = {role: office.browser(role) for role in ("officer", "reviewer", "department")}
    for name, roles in may_see.items():
        for path in (f"/tiles/{name}/14/{x}/{y}.mvt", f"/tiles/{name}.json"):
            assert office.app.test_client().get(path).status_code == 401
            for role, browser in askers.items():
                status = browser.get(path).status_code
                assert status in ((200, 204) if role in roles else (403,)), f"{role} {path}"


def test_place_that_is_no_tile_is_refused_after_the_right(client: FlaskClient, key: str) -> None:
    bearer = {"Authorization": f"Bearer {key}"}
    assert client.get("/tiles/findings/14/-1/0.mvt").status_code == 401
    assert client.get("/tiles/findings/14/-1/0.mvt", headers=bearer).status_code == 400
    assert client.get("/tiles/findings/2/0/0.mvt", headers=bearer).status_code == 404
