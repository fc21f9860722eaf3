"""Programs of others over HTTP: GDAL and OWSLib read what SQL has."""

import json
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyogrio
import pytest
import shapely
from owslib.ogcapi.features import Features
from werkzeug.serving import WSGIRequestHandler, make_server

from landgis.cadastre.register import Principal
from landgis.cadastre.roles import SCOPES
from landgis.geodesy import transform
from landgis.ingest.evidence import Choices
from landgis.store.cluster import Cluster
from landgis.store.surveyed import SurveyedStore
from tests.own import own_services
from tests.web.ogc.world import EPSG, World

pytestmark = pytest.mark.db


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def address(world: World) -> Iterator[str]:
    """The landing page, served on a port of its own."""
    server = make_server("127.0.0.1", 0, world.app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}/ogc"
    server.shutdown()
    thread.join()


def gdal(*arguments: str) -> str:
    program = shutil.which(arguments[0])
    if program is None:
        pytest.skip("GDAL's programs are not installed")
    done = subprocess.run(
        [program, *arguments[1:]], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout


def count(address: str, *arguments: str) -> int:
    told = gdal("ogrinfo", "-ro", "-so", f"OAPIF:{address}", "parcels", *arguments)
    (line,) = (line for line in told.splitlines() if line.startswith("Feature Count"))
    return int(line.rpartition(" ")[2])


def test_ogrinfo_counts_what_sql_counts(world: World, address: str) -> None:
    assert count(address) == len(world.parcels)
    wanted = [f for f in world.parcels if f["sheet"] == "2"]
    assert count(address, "-where", "sheet = '2'") == len(wanted)
    box = shapely.box(106.12475, 11.2666, 106.1250, 11.2670)
    inside = [f for f in world.parcels if shapely.intersects(box, f["lonlat"])]
    assert count(address, "-spat", *map(str, box.bounds)) == len(inside)


def test_ogr2ogr_takes_every_boundary_over_many_pages(
    world: World, address: str, tmp_path: Path
) -> None:
    out = tmp_path / "out.geojson"
    paged = ["-oo", "PAGE_SIZE=9", "-lco", "COORDINATE_PRECISION=10"]
    gdal("ogr2ogr", "-f", "GeoJSON", *paged, str(out), f"OAPIF:{address}", "parcels")
    got = {f["properties"]["fid"]: f for f in json.loads(out.read_text("utf-8"))["features"]}
    assert set(got) == {fact["fid"] for fact in world.parcels}
    for fact in world.parcels:
        shape = shapely.geometry.shape(got[fact["fid"]]["geometry"])
        assert shapely.hausdorff_distance(shape, fact["lonlat"]) < 1e-8
        assert got[fact["fid"]]["properties"]["address"] == fact["address"]


def members(path: Path) -> list[dict[str, Any]]:
    """Every row of a GeoPackage as SQLite has it, with its shape."""
    with sqlite3.connect(path) as connection:
        connection.row_factory = sqlite3.Row
        rows = [dict(row) for row in connection.execute("SELECT * FROM parcels ORDER BY fid")]
    connection.close()
    _, fids, wkb, _ = pyogrio.raw.read(path, columns=[], return_fids=True)
    shapes = dict(zip(fids.tolist(), shapely.from_wkb(wkb), strict=True))
    return [row | {"shape": shapes[row["fid"]]} for row in rows]


def test_geopackage_of_all_pages_holds_what_sql_has(
    world: World, address: str, tmp_path: Path
) -> None:
    out = tmp_path / "out.gpkg"
    gdal("ogr2ogr", "-oo", "PAGE_SIZE=20", str(out), f"OAPIF:{address}", "parcels")
    rows = members(out)
    assert [row["fid"] for row in rows] == [fact["fid"] for fact in world.parcels]
    texts = ("unit_code", "unit_name", "sheet", "number", "address", "status", "national_id")
    for row, fact in zip(rows, world.parcels, strict=True):
        names = (*texts, "area_m2", "register_area_m2", "revision")
        assert {name: row[name] for name in names} == {name: fact[name] for name in names}
        assert row["parcel_id"] == str(fact["parcel_id"])
        day = row["effective_from"]
        assert (date.fromisoformat(day) if day else None) == fact["effective_from"]
        published = datetime.fromisoformat(row["published_at"])
        assert abs((published - fact["published_at"]).total_seconds()) < 0.001
        assert json.loads(row["land_uses"])[0]["code"] == fact["main_use"]
        assert shapely.hausdorff_distance(row["shape"], fact["lonlat"]) < 1e-8
    assert {row["address"] for row in rows} >= {"Đường Hùng Vương", "ẤP LONG THỚI", "Οδος"}


def test_geopackage_in_a_zone_is_imported_as_the_same_parcels(
    world: World, address: str, tmp_path: Path, cluster: Cluster, template: str
) -> None:
    out, crs = tmp_path / "zone.gpkg", f"{EPSG}9209"
    items = f"{address}/collections/parcels/items?f=json&limit=2500&crs={crs}"
    gdal("ogr2ogr", "-a_srs", "EPSG:9209", "-nln", "parcels", str(out), items)
    facts = {(f["unit_code"], f["sheet"], f["number"]): f for f in world.parcels}
    by = Principal.holding("local:an", SCOPES)
    with own_services(cluster, template, tmp_path) as services:
        batch = services.load.load(out, Choices(profile="landgis"), by).batch
        assert (batch.counts.accepted, batch.counts.quarantined) == (len(facts), 0)
        services.publish.publish(batch.batch_id, by)
        got = SurveyedStore(services.database).written_by(1)
    assert {(p.unit_code, p.sheet, p.number) for p in got} == set(facts)
    for parcel in got:
        fact = facts[parcel.unit_code or "", parcel.sheet or "", parcel.number or ""]
        assert (parcel.address, parcel.register_area_m2) == (
            fact["address"],
            fact["register_area_m2"],
        )
        epsg, geom = fact["surveyed"]
        right = transform(geom, epsg, 9209) if epsg != 9209 else geom
        assert parcel.survey_epsg == 9209
        assert shapely.hausdorff_distance(parcel.geom, right) < 1e-4


def test_owslib_reads_collections_items_and_queryables(world: World, address: str) -> None:
    server = Features(f"{address}/")
    assert server.feature_collections() == ["parcels", "units", "sheets"]
    assert server.conformance()["conformsTo"]
    assert server.api()["openapi"].startswith("3.0")
    assert "area_m2" in server.collection_queryables("parcels")["properties"]
    items = server.collection_items("parcels", limit=5, filter="sheet = '2'")
    assert items["numberMatched"] == sum(f["sheet"] == "2" for f in world.parcels)
    fact = world.parcels[4]
    assert server.collection_item("parcels", fact["fid"])["properties"]["number"] == fact["number"]
    west, south, east, north = fact["lonlat"].bounds
    near = server.collection_items("parcels", bbox=[west, south, east, north], limit=100)
    assert fact["fid"] in {feature["id"] for feature in near["features"]}
    assert f"{EPSG}9209" in server.collection("parcels")["crs"]
