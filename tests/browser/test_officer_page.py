"""The officer page: one person changes parcels, another approves, everybody sees it."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import DESKTOP, PHONE, Visit
from tests.browser.officers import (
    Person,
    check_in_force,
    children,
    cross_with_crosshair,
    open_dossier,
    pick,
    split_by_mouse,
    take,
)

pytestmark = [pytest.mark.db, pytest.mark.browser]

FIRST_LOAD_BYTES = 800_000
"""Scripts and styles of the officer page, gzipped (reference: front-end budget)."""


@pytest.fixture
def person(
    browser: Browser, live_url: str, live_home: Path
) -> Iterator[Callable[..., tuple[Person, Page]]]:
    """Answer a function that signs somebody in; every window is judged at the end."""
    lines = (live_home / "demo-accounts.txt").read_text("utf-8").splitlines()
    passwords = dict(line.split()[:2] for line in lines if not line.startswith("#"))
    people = []

    def start(login: str, **settings: Any) -> tuple[Person, Page]:
        context = browser.new_context(
            locale="vi-VN",
            timezone_id="Asia/Ho_Chi_Minh",
            reduced_motion="reduce",
            **(settings or DESKTOP),
        )
        people.append(Person(context, live_url))
        return people[-1], people[-1].sign_in(login, passwords[login])

    yield start
    for one in people:
        one.context.close()
        one.assert_clean()


UNTIL_DRAWN = """numbers => new Promise(done => {
  const look = () => {
    const drawn = __map.queryRenderedFeatures({ layers: ["parcel-numbers"] });
    const found = new Set(drawn.map(f => f.properties.number));
    if (numbers.every(n => found.has(n))) done(); else __map.once("render", look);
  };
  look();
})"""


def test_two_people_split_a_parcel_and_everybody_sees_it(
    person: Callable[..., tuple[Person, Page]], desktop: Visit
) -> None:
    officer, page = person("officer")
    parcel = pick(officer, "9")
    lon, lat = parcel.on_edge(0, 0.5)
    citizen = desktop.open_map(f"/#18.6/{lat}/{lon}")

    open_dossier(page, "HS 2026-0101")
    take(officer, parcel)
    officer.press_at(parcel.on_edge(0, 0.4))
    officer.press_at(parcel.on_edge(1, 0.5))
    expect(page.locator(".ledger-table .cell").first).to_be_visible()
    page.keyboard.press("Enter")
    cell = page.get_by_label("Hồ sơ của thửa").first
    cell.fill("100,5")
    rest = f"{parcel.facts['register_area_m2'] - 100.5:.1f}".replace(".", ",")
    expect(page.get_by_label("Hồ sơ của thửa").nth(1)).to_have_value(rest)
    expect(page.locator(".ledger-table .sum")).not_to_contain_text("≈")
    expect(page.get_by_text("Diện tích khớp")).to_be_visible()
    numbers = page.locator(".ledger-table tbody tr:not(.struck) th").all_inner_texts()
    cell.press("Enter")
    officer.panel("overview")
    page.get_by_role("button", name="Trình duyệt").click()
    officer.panel("reading")

    reviewer, other = person("reviewer")
    other.get_by_role("button", name="HS 2026-0101").click()
    panel = reviewer.panel("reading")
    expect(panel).to_contain_text("Nguyễn Thị Mai")
    expect(panel).to_contain_text("QĐ 118/QĐ-UBND")
    expect(panel.locator(".sum").last).to_contain_text("0,0")
    reviewer.settle()
    drawn = "() => __map.queryRenderedFeatures({layers: ['edit-veils']}).length"
    assert other.evaluate(drawn) >= len(numbers)
    panel.get_by_label("Trước").check()
    reviewer.settle()
    assert other.evaluate(drawn) == 0
    other.get_by_role("button", name="Duyệt", exact=True).click()
    expect(panel).to_contain_text("Đã ghi vào sổ")

    check_in_force(officer, parcel, numbers)
    assert {p["register_area_m2"] for p in children(officer, parcel)} >= {100.5}
    citizen.evaluate("() => { document.dispatchEvent(new Event('visibilitychange')); }")
    citizen.evaluate(UNTIL_DRAWN, numbers)
    child = children(officer, parcel)[0]
    story = page.request.get(f"{officer.url}/thua/{child['fid']}").text()
    assert f"/thua/{parcel.fid}" in story
    assert "HS 2026-0101" in story
    lines = officer.json(f"/api/v1/parcels/{child['fid']}/history")["events"]
    assert [(e["event"], e["from"][0]["fid"]) for e in lines if e["from"]] == [
        ("split", parcel.fid)
    ]


def test_the_same_story_by_keyboard_alone(person: Callable[..., tuple[Person, Page]]) -> None:
    officer, page = person("officer")
    parcel = pick(officer, "10", uses=2)
    keys = page.keyboard
    officer.tab_to(page.get_by_role("button", name="Lập hồ sơ"))
    keys.press("Enter")
    expect(page.get_by_label("Số hồ sơ")).to_be_focused()
    for text in ("HS 2026-0102", "Tách bằng bàn phím", "QĐ 119/QĐ-UBND"):
        keys.type(text)
        keys.press("Tab")
    officer.tab_to(page.locator(".panel footer .primary"))
    keys.press("Enter")
    officer.panel("overview")

    keys.press("f")
    keys.type(parcel.name)
    keys.press("Enter")
    expect(officer.panel("look")).to_contain_text(f"Thửa {parcel.facts['number']}")
    expect(page.locator(".crosshair")).to_be_visible()
    officer.settle()
    keys.press("l")
    cross_with_crosshair(officer, "ArrowUp")
    keys.press("Enter")
    cross_with_crosshair(officer, "ArrowDown")
    keys.press("Enter")
    keys.press("Enter")  # once more at the same place: the line ends
    expect(page.locator("[data-act=accept]")).to_be_enabled()
    numbers = page.locator(".ledger-table tbody tr:not(.struck) th").all_inner_texts()
    keys.press("Enter")
    officer.panel("overview")
    pill = page.locator(".bar .pill")
    keys.press("Control+z")
    expect(pill).to_have_text("Bản nháp")
    keys.press("Control+Shift+Z")
    expect(pill).to_have_text("Bản nháp · bước 1")
    keys.press("Control+Enter")
    expect(pill).to_have_text("Chờ duyệt")

    reviewer, other = person("reviewer")
    reviewer.tab_to(other.get_by_role("button", name="HS 2026-0102"))
    other.keyboard.press("Enter")
    panel = reviewer.panel("reading")
    for checked in ("Cả hai", "Trước", "Sau"):
        other.keyboard.press("b")
        expect(panel.get_by_label(checked)).to_be_checked()
    other.keyboard.press("Control+Enter")
    expect(panel).to_contain_text("Đã ghi vào sổ")
    check_in_force(officer, parcel, numbers)


def test_points_are_nodes_of_the_server_and_can_be_typed_or_chosen(
    person: Callable[..., tuple[Person, Page]],
) -> None:
    officer, page = person("officer")
    parcel = pick(officer, "11")
    open_dossier(page, "HS 2026-0103")
    with page.expect_response("**/context?*") as answer:
        take(officer, parcel)
    nodes = answer.value.json()["nodes"]
    corner = min(nodes, key=lambda n: math.dist((n["lon"], n["lat"]), parcel.ring[0]))
    officer.press_at((corner["lon"], corner["lat"]), off=5)
    typed = [page.get_by_label(f"{axis} của điểm 1") for axis in ("X (bắc)", "Y (đông)")]

    def shown(metres: float) -> str:
        return f"{metres:,.3f}".translate(str.maketrans(",.", "\u00a0,"))

    expect(typed[0]).to_have_value(shown(corner["y"]))
    expect(typed[1]).to_have_value(shown(corner["x"]))
    options = page.get_by_label("Thêm điểm từ đỉnh của thửa")
    assert options.locator("option").count() == len(parcel.ring)
    held: list[Route] = []
    page.route("**/preview", lambda route: held.append(route))  # noqa: PLW0108 - looked into
    with page.expect_request("**/preview"):
        options.select_option(index=len(parcel.ring) // 2 + 1)
    expect(page.locator(".points .dot:not(.next)")).to_have_count(2)
    typed[0].fill("somewhere")
    with page.expect_response("**/preview"):
        held[0].continue_()
    page.unroute("**/preview")
    officer.settle()
    # What is being typed is nobody else's to change: the page was drawn anew meanwhile.
    expect(typed[0]).to_have_value("somewhere")
    typed[0].press("Enter")
    expect(typed[0]).to_have_attribute("aria-invalid", "true")
    typed[0].fill(str(corner["y"] + 60).replace(".", ","))
    with page.expect_response("**/preview"):
        typed[0].press("Tab")
    expect(typed[0]).to_have_value(shown(corner["y"] + 60))
    officer.forgive(422)  # a line from here to there need not divide anything


def test_returned_dossier_comes_back_with_its_reason_and_a_reload_changes_nothing(
    person: Callable[..., tuple[Person, Page]],
) -> None:
    officer, page = person("officer")
    parcel = pick(officer, "8")
    open_dossier(page, "HS 2026-0104")
    split_by_mouse(officer, parcel)
    page.keyboard.press("Control+Enter")
    officer.panel("reading")
    _, other = person("reviewer")
    other.get_by_role("button", name="HS 2026-0104").click()
    other.get_by_role("button", name="Trả lại…").click()
    other.get_by_label("Cần sửa gì?").fill("Thiếu chữ ký của chủ đất liền kề.")
    other.get_by_role("button", name="Trả lại", exact=True).click()
    expect(other.locator(".bar .pill")).to_have_text("Bị trả lại")

    page.reload()
    panel = officer.panel("overview")
    expect(panel).to_contain_text("Trần Văn Hòa trả lại: “Thiếu chữ ký của chủ đất liền kề.”")
    expect(panel.locator("s")).to_have_text(parcel.facts["number"])
    page.get_by_role("button", name="Hủy hồ sơ…").click()
    page.get_by_role("button", name="Hủy hồ sơ", exact=True).click()
    expect(page.locator(".bar .pill")).to_have_text("Đã hủy")


def test_second_window_learns_that_the_first_was_quicker(
    person: Callable[..., tuple[Person, Page]],
) -> None:
    officer, page = person("officer")
    parcel = pick(officer, "7")
    open_dossier(page, "HS 2026-0105")
    late, second = person("officer")
    second.goto(page.url)
    second.reload()
    late.panel("overview")
    split_by_mouse(officer, parcel)
    second.get_by_role("button", name="Sửa thông tin").click()
    second.get_by_label("Lý do biến động").fill("Lý do khác")
    second.get_by_role("button", name="Lưu").click()

    told = second.get_by_role("alert")
    expect(told).to_contain_text("Chưa lưu được thông tin hồ sơ.")
    expect(told).to_contain_text("Mã: stale_draft")
    expect(second.locator(".bar .pill")).to_have_text("Bản nháp · bước 1")
    late.forgive(409)


def test_refused_line_says_why_and_what_to_do(
    person: Callable[..., tuple[Person, Page]],
) -> None:
    officer, page = person("officer")
    parcel = pick(officer, "6")
    open_dossier(page, "HS 2026-0106")
    take(officer, parcel)
    officer.press_at(parcel.on_edge(0, 0.5))
    x, y = officer.pixel(parcel.on_edge(0, 0.5))
    middle = [sum(axis) / len(axis) for axis in zip(*parcel.ring[:-1], strict=True)]
    inner_x, inner_y = officer.pixel((middle[0], middle[1]))
    page.mouse.click((x + inner_x) / 2, (y + inner_y) / 2)

    told = page.get_by_role("alert")
    expect(told).to_contain_text("Đường kết thúc bên trong thửa. Kéo dài đến ranh.")
    expect(told).to_contain_text("line_ends_inside")
    page.keyboard.press("Escape")
    expect(told).to_have_count(0)
    officer.forgive(422)


def test_narrow_screen_reads_and_says_why_it_does_not_draw(
    person: Callable[..., tuple[Person, Page]],
) -> None:
    officer, page = person("officer", **PHONE)
    page.get_by_role("button", name="HS 2026-01").first.click()
    officer.panel("reading")
    tool = page.get_by_role("button", name="Tách theo đường")
    expect(tool).to_have_attribute("aria-disabled", "true")
    assert "Màn hình hẹp" in (tool.get_attribute("aria-label") or "")


def test_page_is_for_people_with_a_role_and_light_enough(
    person: Callable[..., tuple[Person, Page]], desktop: Visit
) -> None:
    assert "/login?next=%2Fofficer" in desktop.open("/officer").url
    _, page = person("auditor")
    sizes = page.evaluate(
        "performance.getEntriesByType('resource')"
        ".filter(r => /\\.(js|css)$/.test(r.name)).map(r => r.encodedBodySize)"
    )
    assert 0 < sum(sizes) <= FIRST_LOAD_BYTES
    page.get_by_role("link", name="EN", exact=True).click()
    expect(page.get_by_role("heading", name="Parcel changes")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page).not_to_have_url("**/officer*")


IN_THE_DEMO = "__map.jumpTo({center: [106.1177, 11.2623], zoom: 14})"
FOUND = "() => __map.queryRenderedFeatures({ layers: ['findings'] }).length > 0"


def test_findings_are_a_layer_for_those_who_read_reports(
    person: Callable[..., tuple[Person, Page]],
) -> None:
    _, page = person("registrar")
    page.get_by_role("button", name="Lớp bản đồ và chú giải").click()
    page.evaluate(IN_THE_DEMO)  # others of this session may have published elsewhere
    with page.expect_response("**/tiles/findings/14/**/*.mvt") as answer:
        page.get_by_label("Lỗi và cảnh báo khi nhập").check()
    assert answer.value.headers["cache-control"].startswith("no-store")
    page.wait_for_function(FOUND)
    expect(page.locator("#look .lines")).to_contain_text("Lỗi: dòng bị giữ lại")
    page.get_by_label("Lỗi và cảnh báo khi nhập").uncheck()
    expect(page.locator("#look .lines")).not_to_contain_text("Lỗi: dòng bị giữ lại")
    assert page.evaluate("__map.getLayer('findings') ?? null") is None
    _, other = person("reviewer")
    other.get_by_role("button", name="Lớp bản đồ và chú giải").click()
    expect(other.get_by_label("Phạm vi ảnh và bản đồ quét")).to_be_visible()
    expect(other.get_by_label("Lỗi và cảnh báo khi nhập")).to_have_count(0)
