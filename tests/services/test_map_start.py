"""Where the map opens: on something to see."""

import json
from pathlib import Path

import pytest
import shapely

from landgis.cadastre.register import Principal
from landgis.ingest.evidence import Choices
from tests.builders import square
from tests.conftest import SAMPLES, Open
from tests.histories import Land, Register

pytestmark = pytest.mark.db
BY = Principal.holding("officer", {"import"})
DEMO = SAMPLES / "demo-register" / "demo_hoa_thanh_vilis.zip"


def geojson(folder: Path, *places: tuple[float, float]) -> Path:
    features = [
        {
            "type": "Feature",
            "properties": {},
            "geometry": shapely.geometry.mapping(shapely.box(x, y, x + 0.001, y + 0.001)),
        }
        for x, y in places
    ]
    path = folder / "far.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def test_empty_register_opens_on_its_jurisdiction(open_services: Open) -> None:
    services = open_services("vn-80")
    assert services.tiles.start() == (services.jurisdiction.centre, services.jurisdiction.zoom)


def test_register_of_one_commune_opens_on_all_of_it(open_services: Open) -> None:
    services = open_services("vn-80")
    batch = services.load.load(DEMO, Choices(), BY).batch
    services.publish.publish(batch.batch_id, BY)
    (lon, lat), zoom = services.tiles.start()
    assert shapely.contains_xy(services.jurisdiction.outlines["25645"], lon, lat)
    assert 13.5 < zoom < 15.5


def test_scattered_register_without_outlines_opens_on_a_parcel(
    open_services: Open, tmp_path: Path
) -> None:
    services = open_services("generic")
    path = geojson(tmp_path, (2.3, 48.6), (4.8, 45.7))
    batch = services.load.load(path, Choices(), BY).batch
    services.publish.publish(batch.batch_id, BY)
    (lon, lat), zoom = services.tiles.start()
    assert (lon, lat) == pytest.approx((2.3005, 48.6005), abs=0.0005)
    assert zoom == 14.0


def test_withheld_land_far_away_moves_nothing_that_anybody_sees(open_services: Open) -> None:
    services = open_services("vn-80")
    register = Register(services.database)
    register.publish(Land(square(0, 0), "25645/12/1"))
    seen = services.tiles.start(), services.tiles.bounds()
    register.publish(Land(square(400_000, 0), "25645/12/2", uses=(("CQP", None),)))
    assert (services.tiles.start(), services.tiles.bounds()) == seen
    register.publish(Land(square(400_000, 100), "25645/12/3"))
    assert services.tiles.start() != seen[0]
