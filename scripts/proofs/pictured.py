"""What MapLibre has of the map's tiles in a browser is what the tiles and the register hold."""

import shutil
from collections.abc import Callable
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright
from sqlalchemy import text

from landgis.geodesy import LONLAT, WEB_MERCATOR, transform_xy
from proofs import mvt
from proofs.server import Server
from proofs.tile_asking import Asker
from proofs.tile_truth import EXACT_FROM_ZOOM, Place
from proofs.world import World, free_port

ZOOMS = (13, 15, 16, 18)
ARGUMENTS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
MIDDLE = text("SELECT avg(ST_X(label_3857)), avg(ST_Y(label_3857)) FROM parcels")
INSIDE = text(
    "SELECT fid FROM parcels WHERE NOT withheld AND ST_X(label_3857) BETWEEN :west AND :east "
    "AND ST_Y(label_3857) BETWEEN :south AND :north"
)
LOOK = """([lon, lat, zoom]) => new Promise(done => {
  __map.once('idle', () => {
    const found = __map.querySourceFeatures('map', {sourceLayer: 'parcels'});
    const b = __map.getBounds();
    done([[...new Set(found.map(f => f.id))],
      [b.getWest(), b.getSouth(), b.getEast(), b.getNorth()]]);
  });
  __map.jumpTo({center: [lon, lat], zoom});
})"""


def faults(made: World, say: Callable[[str], object]) -> list[str]:
    """Look at some zooms in a headless Chromium; answer what differs."""
    log = made.home.with_name(f"{made.home.name}.log")
    server = Server(made.home, free_port(), {"LANDGIS_TEST_HOOKS": "1"}, log)
    server.start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=_chromium(), args=ARGUMENTS)
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            found = _look(made, server.url, page, say)
            browser.close()
        return found
    finally:
        server.kill()


def _look(made: World, url: str, page: Page, say: Callable[[str], object]) -> list[str]:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{url}/")
    page.wait_for_selector("body[data-map-idle]")
    with made.services.database.begin() as connection:
        x, y = connection.execute(MIDDLE).one()
    found = []
    for zoom in ZOOMS:
        ids, box = page.evaluate(LOOK, [*_lonlat(x, y), zoom])
        seen = set(ids)
        held = _held(url, [one for one in asked if f"/tiles/map/{zoom}/" in one])
        inside = _inside(made, box)
        say(f"  MapLibre at z{zoom}: {len(seen)} parcels, {len(inside)} by SQL in view")
        if zoom < EXACT_FROM_ZOOM:
            inside &= held  # a sliver may have no area between the integers
        if lost := inside - seen:
            found.append(f"MapLibre at z{zoom} lacks {len(lost)} parcels: {sorted(lost)[:5]}")
        if more := seen - held:
            found.append(f"MapLibre at z{zoom} has {len(more)} parcels of no tile")
    return found


def _held(url: str, addresses: list[str]) -> set[int]:
    """Answer the parcels in the tiles that the browser asked for."""
    asker = Asker(url)
    ids: set[int] = set()
    for address in addresses:
        z, x, y = address.split("?")[0].removesuffix(".mvt").rsplit("/", 3)[1:]
        tile = mvt.read(asker.tile(Place(int(z), int(x), int(y))).content)
        ids |= {f.id for f in tile.layer("parcels") if f.id is not None}
    asker.close()
    return ids


def _inside(made: World, box: list[float]) -> set[int]:
    (west, east), (south, north) = transform_xy(
        _array(box[0], box[2]), _array(box[1], box[3]), LONLAT, WEB_MERCATOR
    )
    values = {"west": west, "south": south, "east": east, "north": north}
    with made.services.database.begin() as connection:
        rows = connection.execute(INSIDE, {k: float(v) for k, v in values.items()})
        return {row[0] for row in rows}


def _lonlat(x: float, y: float) -> tuple[float, float]:
    (lon,), (lat,) = transform_xy(_array(x), _array(y), WEB_MERCATOR, LONLAT)
    return float(lon), float(lat)


def _array(*values: float) -> Any:
    return np.array(values, dtype=np.float64)


def _chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        raise SystemExit("MapLibre needs Chromium (Debian package chromium)")
    return found
