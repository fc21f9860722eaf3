"""The page of one parcel: everything is there without a script."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.browser

WORDS: Mapping[str, Mapping[str, str]] = {
    "vi": {"path": "/thua/", "parcel": "Thửa", "register": "Theo hồ sơ", "map": "Đo trên bản đồ"},
    "en": {
        "path": "/parcel/",
        "parcel": "Parcel",
        "register": "By the register",
        "map": "Measured on the map",
    },
}


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_page_is_whole_without_javascript(
    browser: Browser, start_visit: Callable[..., Any], sample: Any, lang: str
) -> None:
    page = start_visit(browser, java_script_enabled=False).open(
        f"{WORDS[lang]['path']}{sample.facts['fid']}"
    )

    expect(page.locator("html")).to_have_attribute("lang", lang)
    title = page.get_by_role("heading", level=1)
    expect(title).to_contain_text(f"{WORDS[lang]['parcel']} {sample.facts['number']}")
    for use in sample.facts["land_uses"]:
        expect(page.get_by_text(use["name"][lang])).to_be_visible()
    for areas, key in (("register", "register_area_m2"), ("map", "area_m2")):
        row = page.locator("dl > div").filter(has_text=WORDS[lang][areas])
        text = f"{sample.facts[key]:,.1f}"
        expected = text if lang == "en" else text.translate(str.maketrans(",.", ".,"))
        expect(row.locator("dd")).to_have_text(f"{expected}\u00a0m²")
    outline = page.locator("figure svg path").bounding_box()
    assert outline is not None
    assert max(outline["width"], outline["height"]) > 100  # a drawing, not a dot


def test_page_leads_to_the_parcel_on_the_map(desktop: Any, sample: Any) -> None:
    page = desktop.open(f"/thua/{sample.facts['fid']}")
    page.get_by_role("link", name="Xem trên bản đồ").click()

    title = page.locator(".card[data-kind=parcel] h2")
    expect(title).to_contain_text(f"Thửa {sample.facts['number']}")
    page.wait_for_selector("body[data-map-idle]")
    x, y = desktop.pixel(sample.place)
    assert 0 < x < 1366  # the window
    assert 0 < y < 800


def test_language_of_the_page_is_a_link(desktop: Any, sample: Any) -> None:
    page = desktop.open(f"/thua/{sample.facts['fid']}")
    page.get_by_role("link", name="EN", exact=True).click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Parcel")
    assert "/parcel/" in page.url
