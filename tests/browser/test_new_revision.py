"""An open map learns of what is published after it was opened, without a reload."""

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from playwright.sync_api import Request

from landgis.cadastre import jurisdiction
from landgis.geodesy import LONLAT, transform_xy
from tests.browser.conftest import Visit
from tests.running import landgis

pytestmark = [pytest.mark.db, pytest.mark.browser]
UNIT = "25459"
UNTIL_DRAWN = """() => new Promise((done) => {
  const look = () => {
    const found = __map.queryRenderedFeatures({ layers: ["parcels"] }).length;
    if (found > 0) done(found); else __map.once("render", look);
  };
  look();
})"""


WATCH = """() => {
  window.fewest = Infinity;
  __map.on("render", () => {
    const units = __map.queryRenderedFeatures({ layers: ["units"] }).length;
    window.fewest = Math.min(window.fewest, units);
  });
}"""


def told(request: Request) -> str | None:
    """Answer the change that a request for a tile says it must show."""
    return request.headers.get("landgis-sequence")


def square_in(unit: str) -> tuple[shapely.Polygon, tuple[float, float]]:
    """A square of 40 m in the middle of a unit, in EPSG:9209, and its middle in degrees."""
    middle = jurisdiction.load(jurisdiction.find("vn-80")).outlines[unit].representative_point()
    (x,), (y,) = transform_xy(np.array([middle.x]), np.array([middle.y]), LONLAT, 9209)
    x, y = round(float(x), 3), round(float(y), 3)
    return shapely.box(x - 20, y - 20, x + 20, y + 20), (middle.x, middle.y)


def publish(home: Path, folder: Path, shape: shapely.Polygon) -> None:
    """Hand in a file and publish it from the command line, beside the running server."""
    properties = {"XAID": UNIT, "SHBANDO": "1", "SHTHUA": "1", "KHLOAIDAT": "ODT"}
    document = {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::9209"}},
        "features": [
            {
                "type": "Feature",
                "properties": properties,
                "geometry": shapely.geometry.mapping(shape),
            }
        ],
    }
    path = folder / "new.geojson"
    path.write_text(json.dumps(document), encoding="utf-8")
    done = landgis(home, "import", str(path), "--publish")
    assert done.returncode == 0, done.stderr


def test_open_map_shows_what_was_published_meanwhile(
    desktop: Visit, live_home: Path, tmp_path: Path
) -> None:
    shape, middle = square_in(UNIT)
    page = desktop.open_map(f"/#17/{middle[1]}/{middle[0]}")
    assert page.evaluate("() => __map.queryRenderedFeatures({layers: ['parcels']}).length") == 0
    page.evaluate(WATCH)
    asked: list[str | None] = []
    page.on("request", lambda one: asked.append(told(one)) if one.url.endswith(".mvt") else None)
    publish(live_home, tmp_path, shape)
    # What the page does when somebody looks at it again, or after its twenty seconds.
    page.evaluate("() => { document.dispatchEvent(new Event('visibilitychange')); }")
    page.evaluate(UNTIL_DRAWN)
    now = page.request.get(f"{desktop.url}/api/v1/revision").json()["sequence"]
    assert asked
    assert set(asked) == {str(now)}
    desktop.settle()
    # The border of the unit, which did not change, was there in every frame.
    assert page.evaluate("window.fewest") > 0
    page.mouse.click(*desktop.pixel(middle))
    page.get_by_role("heading", name="Thửa 1 · Tờ 1").wait_for()
