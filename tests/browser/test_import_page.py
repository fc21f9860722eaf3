"""The page of imports: hand in a file, read what it became, publish; with keys, and on a phone."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESKTOP, Visit
from tests.browser.officers import Person
from tests.flow.test_remote import place_of
from tests.sending import parcels, shapefile, vilis, zipped

pytestmark = [pytest.mark.db, pytest.mark.browser]

NARROW = {"viewport": {"width": 360, "height": 740}}
UNIT = "25489"
# A browser throws away the keys that come before a page was painted for the first time.
PAINTED = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
Start = Callable[..., Page]


@pytest.fixture
def start(browser: Browser, live_url: str, live_home: Path) -> Iterator[Start]:
    """Answer a function that signs the registrar in and opens the page of imports."""
    lines = (live_home / "demo-accounts.txt").read_text("utf-8").splitlines()
    passwords = dict(line.split()[:2] for line in lines if not line.startswith("#"))
    visits: list[Visit] = []

    def open_(**settings: Any) -> Page:
        context = browser.new_context(locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh", **settings)
        visits.append(Person(context, live_url))
        page = visits[-1].open("/imports")
        page.get_by_label("Tên đăng nhập").fill("registrar")
        page.get_by_label("Mật khẩu").fill(passwords["registrar"])
        page.keyboard.press("Enter")
        page.wait_for_url("**/imports")
        return page

    yield open_
    for visit in visits:
        visit.context.close()
        visit.assert_clean()


def a_sheet(folder: Path, sheet: str, *, crossing: bool = False) -> Path:
    """A sheet of sixty parcels in an archive; perhaps one with a boundary that crosses itself."""
    x, y = place_of(UNIT)
    shapes = parcels(x, y, seed=int(sheet))
    if crossing:
        a, b, c, d = shapely.get_coordinates(shapes[7])[:4]
        shapes[7] = shapely.Polygon([a, c, b, d])
    fields = vilis() | {"XAID": [UNIT] * 60, "SHBANDO": [sheet] * 60}
    path = folder / f"Tờ {sheet} đo mới.zip"
    path.write_bytes(zipped((f"to{sheet}", shapefile(folder / f"{sheet}.shp", shapes, fields))))
    return path


def is_within(page: Page) -> bool:
    """Answer whether nothing sticks out at the side."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_file_is_handed_in_read_and_published(start: Start, tmp_path: Path) -> None:
    page = start(**DESKTOP)
    page.locator("#files").set_input_files(a_sheet(tmp_path, "41", crossing=True))
    page.get_by_role("button", name="Gửi và kiểm tra").click()
    page.wait_for_url("**/imports/*-*")
    expect(page.locator("#status")).to_have_text("chờ công bố", timeout=60_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("Tờ 41 đo mới.zip")
    assert page.locator(".sum dd").all_inner_texts() == ["60", "59", "1", "0"]
    expect(page.locator(".findings").first).to_contain_text("Dòng 8")
    expect(page.locator(".evidence")).to_contain_text("EPSG:9209")
    expect(page.locator(".evidence")).to_contain_text("TENCHU")
    assert not page.get_by_text("Nguyễn Thị Mỹ Hạnh").count(), "names of people are not shown"
    with page.expect_download() as download:
        page.get_by_role("link", name="Excel").click()
    assert download.value.suggested_filename.endswith(".xlsx")
    page.get_by_role("button", name="Công bố 59 thửa đạt").click()
    expect(page.locator("#status")).to_have_text("đã công bố", timeout=60_000)
    page.get_by_role("link", name="EN").click()
    expect(page.locator("#status")).to_have_text("published")


def test_narrow_phone_and_keys_alone_are_enough(start: Start, tmp_path: Path) -> None:
    page = start(**NARROW)
    assert is_within(page)
    page.evaluate(PAINTED)
    with page.expect_file_chooser() as chooser:
        page.locator("#files").press("Space")
    chooser.value.set_files([a_sheet(tmp_path, "42"), a_sheet(tmp_path, "43")])
    page.locator("summary").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Đơn vị hành chính của mọi thửa").fill(UNIT)
    page.get_by_role("button", name="Gửi và kiểm tra").press("Enter")
    expect(page.locator(".batches li").first).to_contain_text("Tờ 43", timeout=60_000)
    assert is_within(page)
    page.get_by_role("link", name="Tờ 43 đo mới.zip").first.press("Enter")
    expect(page.locator("#status")).to_have_text("chờ công bố", timeout=60_000)
    assert is_within(page)
    page.get_by_role("button", name="Hủy tệp này").press("Enter")
    expect(page.locator("#status")).to_have_text("đã hủy")


def test_page_works_without_its_script(start: Start, tmp_path: Path) -> None:
    page = start(**DESKTOP, java_script_enabled=False)
    page.locator("#files").set_input_files(a_sheet(tmp_path, "44"))
    page.get_by_role("button", name="Gửi và kiểm tra").click()
    page.wait_for_url("**/imports/*-*")
    expect(page.get_by_role("heading", level=1)).to_have_text("Tờ 44 đo mới.zip")
