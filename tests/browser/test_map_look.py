"""The look of the map: theme, legend, images below it, paper."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from affine import Affine
from playwright.sync_api import Browser, Page, Route, expect

from landgis.geodesy import LONLAT, transform_xy
from tests.browser.conftest import DESKTOP, Visit
from tests.rasters import geotiff
from tests.running import landgis

pytestmark = pytest.mark.browser

LINK = "/#16.5/11.2623/106.1177"
OPEN = "Lớp bản đồ và chú giải"
STRONG = "Tương phản cao, màu chính thức"

COLOURS = """() => {
  const fill = __map.getPaintProperty('parcels', 'fill-color');
  const pairs = {};
  for (let i = 2; i < fill.length - 1; i += 2) pairs[fill[i]] = fill[i + 1];
  const uses = __map.queryRenderedFeatures({layers: ['parcels']}).map(f => f.properties.use);
  return Object.fromEntries([...new Set(uses)].filter(Boolean).map(use => [use, pairs[use]]));
}"""
INK = """() => {
  const canvas = document.querySelector('.print canvas');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const seen = new Set();
  for (let i = 0; i < data.length; i += 4 * 97) seen.add(data[i] << 16 | data[i+1] << 8 | data[i+2]);
  return { width: canvas.width, colours: seen.size };
}"""


STEP = """zoom => {
  window.fewest = Infinity;
  __map.on("render", () => {
    const found = __map.queryRenderedFeatures({ layers: ["blocks", "parcels"] }).length;
    window.fewest = Math.min(window.fewest, found);
  });
  __map.jumpTo({ zoom });
}"""
FEWEST = """() => new Promise(done => {
  let frames = 0;
  const look = () => {
    frames += 1;
    if (frames < 4) { __map.once("render", look); __map.triggerRepaint(); } else done(window.fewest);
  };
  look();
})"""


def open_look(page: Page) -> None:
    page.get_by_role("button", name=OPEN).click()
    expect(page.locator("#look .uses li").first).to_be_visible()


def swatches(page: Page) -> dict[str, str]:
    found: dict[str, str] = page.evaluate(
        "() => Object.fromEntries([...document.querySelectorAll('#look .uses li[data-use]')]"
        ".map(li => [li.dataset.use, li.querySelector('rect').getAttribute('fill')]))"
    )
    return found


def test_legend_has_what_is_in_view_in_the_colours_of_the_map(desktop: Visit) -> None:
    page = desktop.open_map(LINK)
    open_look(page)
    light = page.evaluate(COLOURS)
    assert len(light) > 3
    assert swatches(page) == light
    page.get_by_label(STRONG).check()
    expect(page.locator("#look li[data-use=ODT] rect")).to_have_attribute("fill", "#ffa0ff")
    desktop.settle()
    strong = page.evaluate(COLOURS)
    assert swatches(page) == strong
    assert all(strong[use] != light[use] for use in light)
    ground = page.evaluate("__map.getPaintProperty('ground', 'background-color')")
    assert ground == "#e4e4e4"

    expect(page.locator("#look .lines")).to_contain_text("Ranh giới thửa")
    page.get_by_role("link", name="EN", exact=True).click()
    expect(page.locator("#look .lines")).to_contain_text("Parcel boundary")
    page.evaluate("__map.jumpTo({zoom: 11})")
    desktop.settle()
    expect(page.locator("#look .lines")).to_contain_text("Edge of a sheet")
    # At sea: others of this session may have published anywhere in the province.
    page.evaluate("__map.jumpTo({center: [110, 5], zoom: 14})")
    expect(page.locator("#look .uses")).to_have_text("No parcels in view.")


def test_wish_for_contrast_is_followed_until_a_choice_is_made(
    browser: Browser, start_visit: Callable[..., Visit], sample: Any
) -> None:
    visit = start_visit(browser, contrast="more", **DESKTOP)
    page = visit.open_map(f"/{sample.link}/{sample.facts['fid']}")
    expect(page.locator(".card[data-kind=parcel]")).to_be_visible()
    theme = "__map.getStyle().metadata['landgis:theme']"
    assert page.evaluate(theme) == "contrast"
    open_look(page)
    expect(page.get_by_label(STRONG)).to_be_checked()
    page.get_by_label("Sáng dịu").check()
    expect(page.locator("#look li[data-use=ODT] rect")).not_to_have_attribute("fill", "#ffa0ff")
    visit.settle()
    assert page.evaluate(theme) == "light"
    assert visit.is_outlined(sample.facts["fid"])
    page.reload()
    page.wait_for_selector("body[data-map-idle]")
    assert page.evaluate(theme) == "light"


def fewest_before(visit: Visit, zoom: float, tiles: int) -> int:
    """Zoom while the new tiles are held up; answer the least that was drawn, then let them come."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    address = re.compile(rf"/tiles/map/{tiles}/")
    visit.context.route(address, hold)
    visit.page.evaluate(STEP, zoom)
    fewest: int = visit.page.evaluate(FEWEST)
    for route in held:
        route.continue_()
    visit.context.unroute(address)
    visit.settle()
    assert held
    return fewest


def test_blocks_stay_until_their_parcels_are_there_and_back(desktop: Visit) -> None:
    page = desktop.open_map("/#12.8/11.2623/106.1177")
    drawn = "layer => __map.queryRenderedFeatures({layers: [layer]}).length"
    assert fewest_before(desktop, 13.2, 13) > 0
    assert (page.evaluate(drawn, "blocks"), page.evaluate(drawn, "parcels") > 0) == (0, True)
    assert fewest_before(desktop, 11.8, 11) > 0
    assert (page.evaluate(drawn, "blocks") > 0, page.evaluate(drawn, "parcels")) == (True, 0)


def test_legend_on_a_phone_is_a_sheet_within_the_screen(phone: Visit) -> None:
    page = phone.open_map(LINK)
    open_look(page)
    box = page.locator("#look").bounding_box()
    assert box is not None
    assert (box["x"], box["width"], box["y"] + box["height"]) == (0, 390, 844)
    assert box["y"] > 300
    page.get_by_role("button", name="Đóng chú giải").click()
    expect(page.locator("#look")).to_have_count(0)


def test_paper_has_map_legend_scale_and_source(desktop: Visit) -> None:
    page = desktop.open_map(LINK)
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    sheet = page.locator(".print")
    expect(sheet).to_be_visible()
    expect(page.locator(".find")).to_be_hidden()
    expect(sheet.locator("[data-use=ODT]")).to_contain_text("Đất ở tại đô thị")
    expect(sheet).to_contain_text("Nguồn: Tỉnh Tây Ninh")
    expect(sheet).to_contain_text("Dữ liệu trình diễn")
    drawn = page.evaluate(INK)
    assert drawn["width"] == 2 * DESKTOP["viewport"]["width"]
    assert drawn["colours"] > 20


def test_image_lies_below_the_parcels_and_can_be_weakened(
    desktop: Visit, live_home: Path, tmp_path: Path
) -> None:
    (east,), (north,) = transform_xy(np.array([106.112]), np.array([11.266]), LONLAT, 9209)
    place = Affine.translation(float(east), float(north)) @ Affine.scale(4.0, -4.0)
    picture = np.full((3, 300, 300), [[[20]], [[120]], [[40]]], np.uint8)
    path = geotiff(tmp_path / "anh.tif", picture, transform=place)
    names = ("--name", "anh-thu", "--kind", "orthophoto", "--title-vi", "Ảnh thử nghiệm")
    done = landgis(live_home, "rasters", "add", str(path), *names, "--public")
    assert done.returncode == 0, done.stderr
    page = desktop.open_map(LINK)
    open_look(page)
    with page.expect_response("**/raster/anh-thu/**") as answer:
        page.get_by_label("Ảnh thử nghiệm").check()
    assert answer.value.ok
    order = page.evaluate("__map.getStyle().layers.map(layer => layer.id)")
    assert order.index("units") < order.index("raster") < order.index("parcels")
    page.get_by_label("Độ đậm của ảnh").fill("40")
    paint = "[__map.getPaintProperty('raster', 'raster-opacity'), "
    paint += "__map.getPaintProperty('parcels', 'fill-opacity')]"
    assert page.evaluate(paint) == [0.4, pytest.approx(0.66)]
    page.get_by_label("Không có ảnh nền").check()
    assert page.evaluate("__map.getLayer('raster') ?? null") is None
