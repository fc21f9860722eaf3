"""The public map page: a citizen finds a parcel and reads its card."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

ENGLISH_AREA = re.compile(r"^[\d,]+\.\d m²$")
VIETNAMESE_AREA = re.compile(r"^[\d.]+,\d m²$")


def area(lang: str, value: float) -> str:
    text = f"{value:,.1f} m²"
    return text if lang == "en" else text.translate(str.maketrans(",.", ".,"))


def card(page: Page) -> Any:
    return page.locator(".card[data-kind=parcel]")


def shown_areas(page: Page) -> list[str]:
    texts = card(page).locator("dl.ledger").first.locator("dd").all_inner_texts()
    return [text.replace("\u00a0", " ") for text in texts]


def test_click_opens_the_card_with_both_areas(desktop: Any, sample: Any) -> None:
    page = desktop.open_map(f"/{sample.link}")
    page.mouse.click(*desktop.pixel(sample.place))

    facts = sample.facts
    expect(card(page).locator("h2")).to_have_text(f"Thửa {facts['number']} · Tờ {facts['sheet']}")
    expect(card(page)).to_contain_text("Hiện hành")
    expect(card(page)).to_contain_text(facts["land_uses"][0]["name"]["vi"])
    expect(card(page).get_by_text("Theo hồ sơ", exact=True)).to_be_visible()
    expect(card(page).get_by_text("Đo trên bản đồ", exact=True)).to_be_visible()
    assert shown_areas(page) == [
        area("vi", facts["register_area_m2"]),
        area("vi", facts["area_m2"]),
    ]
    assert all(VIETNAMESE_AREA.match(text) for text in shown_areas(page))
    expect(card(page)).to_contain_text(f"bản {facts['revision']}")
    expect(page.get_by_role("status").first).to_contain_text(f"Thửa {facts['number']}")
    assert desktop.is_outlined(facts["fid"])


def test_english_keeps_the_parcel_that_is_open(desktop: Any, sample: Any) -> None:
    page = desktop.open_map(f"/{sample.link}/{sample.facts['fid']}")
    expect(card(page)).to_be_visible()
    page.get_by_role("link", name="EN", exact=True).click()

    facts = sample.facts
    title = f"Parcel {facts['number']} · Sheet {facts['sheet']}"
    expect(card(page).locator("h2")).to_have_text(title)
    expect(card(page)).to_contain_text(facts["land_uses"][0]["name"]["en"])
    expect(card(page).get_by_text("By the register", exact=True)).to_be_visible()
    assert all(ENGLISH_AREA.match(text) for text in shown_areas(page))
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert "/en/#" in page.url
    assert page.url.endswith(f"/{facts['fid']}")
    assert desktop.is_outlined(facts["fid"])


@pytest.mark.parametrize(
    ("path", "asked", "title"),
    [
        ("/", "tờ 12 thửa 152 Hòa Thành", "Thửa 152 · Tờ 12"),
        ("/", "thua 152 to 12 phuong hoa thanh", "Thửa 152 · Tờ 12"),
        ("/en/", "sheet 12 parcel 152 Hoa Thanh", "Parcel 152 · Sheet 12"),
    ],
)
def test_search_opens_the_parcel_and_shows_it(
    desktop: Any, path: str, asked: str, title: str
) -> None:
    page = desktop.open_map(path)
    page.get_by_role("combobox").fill(asked)
    page.keyboard.press("Enter")

    expect(card(page).locator("h2")).to_be_focused()
    expect(card(page).locator("h2")).to_have_text(title)
    found = page.request.get(f"{desktop.url}/api/v1/search", params={"q": asked}).json()
    (wanted,) = found["results"]
    assert desktop.is_outlined(wanted["parcel"]["fid"])
    x, y = desktop.pixel(wanted["point"])
    rail = page.locator(".rail").bounding_box()
    assert rail is not None
    assert rail["x"] + rail["width"] < x < 1366
    assert 0 < y < 800  # height of the window


def test_keyboard_alone_selects_the_parcel_in_the_middle(desktop: Any, sample: Any) -> None:
    page = desktop.open_map(f"/{sample.link}")
    page.locator("#landgis-map canvas").focus()
    expect(page.locator(".crosshair")).to_be_visible()
    page.keyboard.press("Enter")

    expect(card(page).locator("h2")).to_be_focused()
    expect(card(page).locator("h2")).to_contain_text(f"Thửa {sample.facts['number']}")
    page.keyboard.press("Escape")
    expect(card(page)).to_have_count(0)
    expect(page.locator("#landgis-map canvas")).to_be_focused()


def test_parcels_in_view_are_a_list_of_buttons(desktop: Any, sample: Any) -> None:
    page = desktop.open_map(f"/{sample.link}")
    page.get_by_role("button", name="Danh sách thửa trong khung nhìn").click()
    choices = page.locator(".choices button")

    expect(choices.first).to_be_visible()
    wanted = f"Thửa {sample.facts['number']} · Tờ {sample.facts['sheet']}"
    page.locator(".choices button").filter(has=page.get_by_text(wanted, exact=True)).first.click()
    expect(card(page).locator("h2")).to_have_text(wanted)


def test_open_page_asks_for_the_revision_and_hears_that_it_is_the_same(desktop: Any) -> None:
    page = desktop.open_map()
    statuses = []
    for _ in range(2):
        with page.expect_response("**/api/v1/revision") as answer:
            page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        statuses.append(answer.value.status)

    assert statuses == [200, 304]


def test_map_letters_come_from_our_own_files(desktop: Any, sample: Any) -> None:
    lon, lat = sample.place
    page = desktop.page
    with page.expect_response("**/7680-7935.pbf") as answer:
        desktop.open_map(f"/#11/{lat}/{lon}")

    assert answer.value.ok
    names = page.evaluate(
        "__map.queryRenderedFeatures({layers: ['unit-names']}).map(f => f.properties.name)"
    )
    assert names
    assert all(page.evaluate("names => names.map(n => n === n.normalize('NFC'))", names))


def test_card_on_a_phone_is_a_sheet_with_three_heights(phone: Any, sample: Any) -> None:
    page = phone.open_map(f"/{sample.link}")
    page.touchscreen.tap(*phone.pixel(sample.place))
    sheet = card(page)
    expect(sheet).to_have_attribute("data-stop", "half")
    phone.settle()

    box = sheet.bounding_box()
    assert (box["x"], box["width"], box["y"] + box["height"]) == (0, 390, 844)
    assert phone.pixel(sample.place)[1] < box["y"]
    grip = page.get_by_role("button", name="Mở rộng thẻ")
    grip.click()
    expect(sheet).to_have_attribute("data-stop", "full")
    page.get_by_role("button", name="Thu gọn thẻ").click()
    expect(sheet).to_have_attribute("data-stop", "peek")
    assert sheet.bounding_box()["height"] < box["height"]


def test_sheet_follows_the_finger(phone: Any, sample: Any) -> None:
    page = phone.open_map(f"/{sample.link}/{sample.facts['fid']}")
    sheet = card(page)
    expect(sheet).to_have_attribute("data-stop", "half")
    head = sheet.locator("header").bounding_box()
    x, y = head["x"] + 40, head["y"] + 20
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, 9):
        page.mouse.move(x, y - 40 * step)
    page.mouse.up()

    expect(sheet).to_have_attribute("data-stop", "full")


def test_search_works_where_the_map_cannot_be_drawn(
    browser_without_webgl: Browser, start_visit: Callable[..., Any]
) -> None:
    visit = start_visit(browser_without_webgl)
    page = visit.open()
    expect(page.get_by_role("heading", name="Thiết bị này không vẽ được bản đồ")).to_be_visible()
    page.get_by_role("combobox").fill("tờ 12 thửa 152")
    page.get_by_role("button", name="Tìm", exact=True).click()

    expect(card(page).locator("h2")).to_have_text("Thửa 152 · Tờ 12")
    # What MapLibre itself says of the missing WebGL is the point of this test, not a fault.
    visit.complaints = [text for text in visit.complaints if "WebGL" not in text]


def test_problem_of_the_server_is_told_with_its_code(
    browser: Browser, start_visit: Callable[..., Any]
) -> None:
    visit = start_visit(browser)
    page = visit.open_map()
    visit.context.set_offline(offline=True)
    page.get_by_role("combobox").fill("tờ 12 thửa 125")
    page.get_by_role("button", name="Tìm", exact=True).click()

    problem = page.locator(".card[data-kind=problem]")
    expect(problem).to_contain_text("Không kết nối được máy chủ")
    visit.context.set_offline(offline=False)
    problem.get_by_role("button", name="Thử lại").click()
    expect(card(page).locator("h2")).to_have_text("Thửa 125 · Tờ 12")
    visit.complaints = [text for text in visit.complaints if "ERR_INTERNET" not in text]
