"""Programs of others over HTTP: GDAL and OWSLib read what SQL has."""

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import shapely
from owslib.ogcapi.features import Features
from werkzeug.serving import WSGIRequestHandler, make_server

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
