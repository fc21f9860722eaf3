"""The one search field of the map page: people ask as they speak, and choose where it is unsure."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser


def field(page: Page) -> Locator:
    return page.get_by_role("combobox")


def ask(page: Page, question: str) -> None:
    field(page).fill(question)
    page.keyboard.press("Enter")


def card(page: Page, kind: str) -> Locator:
    return page.locator(f".card[data-kind={kind}]")


def title(facts: dict[str, Any]) -> str:
    return f"Thửa {facts['number']} · Tờ {facts['sheet']}"


def questions(visit: Any) -> list[str]:
    """Answer what the page has asked the server to find."""
    asked = [urlsplit(url) for url in visit.addresses]
    return [parse_qs(url.query)["q"][0] for url in asked if url.path == "/api/v1/search"]


def test_two_numbers_are_a_list_to_choose_from_and_to_come_back_to(desktop: Any) -> None:
    page = desktop.open_map()
    ask(page, "5/12")
    found = card(page, "results")
    expect(found.get_by_role("heading")).to_be_focused()
    lines = found.locator("li")
    expect(lines).to_have_count(2)
    expect(lines.first).to_contain_text("Thửa 12, tờ 5, Phường Hoà Thành")
    expect(lines.first).to_contain_text("Hiểu là tờ 5 thửa 12")
    expect(lines.last).to_contain_text("Thửa 5, tờ 12, Phường Hoà Thành")
    expect(found).to_contain_text("Thêm tên xã, phường để chọn đúng")
    expect(page.locator("#landgis-map .pin")).to_have_text(["1", "2"])

    for _ in range(4):  # the close button, the card's body, both lines
        page.keyboard.press("Tab")
    expect(lines.last.get_by_role("button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(card(page, "parcel").locator("h2")).to_have_text("Thửa 5 · Tờ 12")
    expect(card(page, "parcel")).to_contain_text("Hiểu là tờ 12 thửa 5")
    page.get_by_role("button", name="Danh sách (2)").click()
    expect(lines).to_have_count(2)
    page.locator("#landgis-map .pin").first.click()
    expect(card(page, "parcel").locator("h2")).to_have_text("Thửa 12 · Tờ 5")


def test_name_of_an_old_unit_tells_what_became_of_it_and_shows_the_new_one(desktop: Any) -> None:
    page = desktop.open_map()
    ask(page, "xã Thạnh Bình cũ")
    place = card(page, "place")
    expect(place.locator("h2")).to_have_text("Xã Thạnh Bình")
    expect(place).to_contain_text("sáp nhập vào Xã Thạnh Bình (mới)")
    expect(place).to_contain_text("từ 01/07/2025 theo")
    (found,) = page.request.get(
        f"{desktop.url}/api/v1/search", params={"q": "xã Thạnh Bình cũ"}
    ).json()["results"]
    west, south, east, north = found["bbox"]
    corners = [desktop.pixel(corner) for corner in ((west, south), (east, north))]
    rail = page.locator(".rail").bounding_box()
    assert rail is not None
    assert all(rail["x"] + rail["width"] < x < 1366 and 0 < y < 800 for x, y in corners)


def test_coordinates_open_the_parcel_there_and_say_how_they_were_read(
    desktop: Any, sample: Any
) -> None:
    page = desktop.open_map()
    lon, lat = sample.place
    ask(page, f"{lat:.6f}, {lon:.6f}")
    opened = card(page, "parcel")
    expect(opened.locator("h2")).to_have_text(title(sample.facts))
    expect(opened).to_contain_text(f"Hiểu là vĩ độ {lat:.6f}, kinh độ {lon:.6f}")
    assert desktop.is_outlined(sample.facts["fid"])
    expect(page.locator("#landgis-map .pin")).to_have_count(1)


def test_coordinates_where_no_parcel_is_say_so_at_the_place(desktop: Any) -> None:
    page = desktop.open_map("/en/")
    ask(page, "11.2, 106.17")
    place = card(page, "place")
    expect(place.locator("h2")).to_have_text("Point 11.200000, 106.170000")
    expect(place).to_contain_text("There is no parcel here in the published data.")
    expect(place).to_contain_text("Read as latitude 11.200000, longitude 106.170000 (WGS 84)")
    x, y = desktop.pixel((106.17, 11.2))
    pin = page.locator("#landgis-map .pin").bounding_box()
    assert pin is not None
    assert pin["x"] < x < pin["x"] + pin["width"]
    assert pin["y"] < y < pin["y"] + pin["height"]


def test_what_is_not_there_says_what_would_help(desktop: Any) -> None:
    page = desktop.open_map()
    ask(page, "tờ 999 thửa 9999")
    found = card(page, "results")
    expect(found.locator("h2")).to_have_text("Không có kết quả cho “tờ 999 thửa 9999”")
    expect(found).to_contain_text("kiểm tra số tờ, số thửa và tên xã phường")
    ask(page, "tờ 12 thửa 125 Sài Gòn")
    expect(found.locator("h2")).to_have_text("Có phải bạn tìm")
    expect(found).to_contain_text("Không hiểu “sài gòn”")
    page.get_by_role("link", name="EN", exact=True).click()
    expect(found.locator("h2")).to_have_text("Did you mean")
    expect(found).to_contain_text("“sài gòn” was not understood and is left aside")
    expect(found.locator("li")).to_contain_text("Parcel 125, sheet 12")


def test_suggestions_are_used_by_keyboard_alone(desktop: Any, sample: Any) -> None:
    page = desktop.open_map()
    page.locator("#landgis-map canvas").focus()
    page.keyboard.press("f")
    expect(field(page)).to_be_focused()
    page.keyboard.type(f"to {sample.facts['sheet']} thua {sample.facts['number']} hoa thanh")
    option = page.get_by_role("option").first
    expect(option).to_contain_text(f"Thửa {sample.facts['number']}, tờ {sample.facts['sheet']}")
    expect(field(page)).to_have_attribute("aria-expanded", "true")

    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(field(page)).to_be_focused()
    expect(field(page)).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowDown")
    expect(option).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")
    marked = field(page).get_attribute("aria-activedescendant")
    assert marked == option.get_attribute("id")
    page.keyboard.press("Enter")

    opened = card(page, "parcel")
    expect(opened.locator("h2")).to_be_focused()
    expect(opened.locator("h2")).to_have_text(title(sample.facts))
    expect(page.get_by_role("listbox")).to_be_hidden()


def test_half_a_syllable_asks_for_nothing(desktop: Any) -> None:
    page = desktop.open_map()
    field(page).focus()
    keyboard = desktop.context.new_cdp_session(page)
    page.clock.install()
    half = {"text": "hoà", "selectionStart": 3, "selectionEnd": 3}
    keyboard.send("Input.imeSetComposition", half)
    page.clock.run_for(2_000)
    assert field(page).input_value() == "hoà"
    with page.expect_response("**/api/v1/search?*"):
        keyboard.send("Input.insertText", {"text": "hoà thành"})
        page.clock.run_for(2_000)
    assert questions(desktop) == ["hoà thành"]


def test_phone_suggests_over_the_map_and_nothing_jumps(phone: Any, sample: Any) -> None:
    page = phone.open_map()
    before = field(page).bounding_box()
    field(page).tap()
    page.keyboard.type(f"tờ {sample.facts['sheet']} thửa {sample.facts['number']}")
    option = page.get_by_role("option").first
    expect(option).to_contain_text(f"Thửa {sample.facts['number']}, tờ {sample.facts['sheet']}")
    now = field(page).bounding_box()
    assert (now["x"], now["y"], now["height"]) == (before["x"], before["y"], before["height"])
    assert option.bounding_box()["height"] >= 44
    option.tap()

    sheet = card(page, "parcel")
    expect(sheet.locator("h2")).to_have_text(title(sample.facts))
    after = field(page).bounding_box()
    assert (after["x"], after["y"], after["width"]) == (now["x"], now["y"], now["width"])
    phone.settle()
    _, y = phone.pixel(sample.place)
    assert now["y"] + now["height"] < y < sheet.bounding_box()["y"]
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide == 390


def test_phone_lists_what_is_unsure_and_a_touch_chooses(phone: Any) -> None:
    page = phone.open_map()
    field(page).fill("5/12")
    page.get_by_role("button", name="Tìm", exact=True).tap()
    lines = card(page, "results").locator("li")
    expect(lines).to_have_count(2)
    lines.last.tap()
    expect(card(page, "parcel").locator("h2")).to_have_text("Thửa 5 · Tờ 12")
    page.get_by_role("button", name="Danh sách (2)").tap()
    expect(lines).to_have_count(2)


def test_serial_of_a_certificate_leads_to_its_parcels(desktop: Any) -> None:
    page = desktop.open_map()
    ask(page, "mh100003")
    parcel = card(page, "parcel")
    expect(parcel.locator("h2")).to_have_text("Thửa 3 · Tờ 5")
    expect(parcel).to_contain_text("Hiểu là số phát hành của giấy chứng nhận: MH 100003")
    ask(page, "MH 100021")
    lines = card(page, "results").locator("li")
    expect(lines).to_have_text([re.compile("Thửa 7 · Tờ 3"), re.compile("Thửa 8 · Tờ 3")])
    lines.last.get_by_role("button").click()
    expect(parcel.locator("h2")).to_have_text("Thửa 8 · Tờ 3")
    ask(page, "MH 100022")
    expect(parcel).to_contain_text("Giấy chứng nhận này không còn hiệu lực")
    ask(page, "MH 999999")
    expect(card(page, "results")).to_contain_text("Chưa ghi nhận giấy chứng nhận số MH 999999")
    assert all("404" in complaint for complaint in desktop.complaints)
    desktop.complaints.clear()
