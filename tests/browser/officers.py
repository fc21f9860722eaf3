"""People who work on the officer page, the parcels they work on, and what they do again and again."""

import math
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visit

PAPER = {"name": "quyet-dinh.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n%%EOF\n"}
REFUSED = "the server responded with a status of"
LEAST_M2 = 300
"""Of a parcel that is large enough to be divided."""

MOST_STEPS = 80
"""Of the crosshair, from one side of a parcel in the middle of the map to the other."""


class Parcel:
    """A live parcel of the demonstration, as the public API tells of it."""

    def __init__(self, feature: dict[str, Any]) -> None:
        self.facts: dict[str, Any] = feature["properties"]
        self.fid: int = self.facts["fid"]
        self.ring: list[list[float]] = feature["geometry"]["coordinates"][0]
        self.name = f"{self.facts['sheet']}/{self.facts['number']}"

    def on_edge(self, rank: int, share: float) -> tuple[float, float]:
        """Answer a place on one of its edges, ranked by length."""
        edges = list(zip(self.ring[:-1], self.ring[1:], strict=True))
        a, b = sorted(edges, key=lambda edge: -math.dist(*edge))[rank]
        return a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])


class Person(Visit):
    """Somebody who is signed in and works on the page."""

    forgiven: int | None = None

    def sign_in(self, login: str, password: str) -> Page:
        """Come by the page one wants, sign in, and be there; the keyboard is enough."""
        page = self.open("/officer")
        expect(page.get_by_label("Tên đăng nhập")).to_be_focused()
        page.keyboard.type(login)
        page.keyboard.press("Tab")
        page.keyboard.type(password)
        page.keyboard.press("Enter")
        page.wait_for_selector("body[data-map-idle]")
        return page

    def panel(self, kind: str) -> Locator:
        """Answer the panel at the right, once it shows this."""
        found = self.page.locator(f".panel[data-kind={kind}]")
        expect(found).to_be_visible()
        return found

    def point_at(self, place: tuple[float, float], off: int) -> None:
        """Put the mouse a few pixels beside a place, which the page has to snap to."""
        x, y = self.pixel(place)
        self.page.mouse.move(x + off, y + off)
        expect(self.page.locator(".overlay .held")).to_be_visible()

    def press_at(self, place: tuple[float, float], off: int = 3) -> None:
        """Press the mouse a few pixels beside a place."""
        self.point_at(place, off)
        x, y = self.pixel(place)
        self.page.mouse.click(x + off, y + off)

    def tab_to(self, wanted: Locator) -> None:
        """Press Tab until something has the focus."""
        for _ in range(MOST_STEPS):
            if wanted.evaluate("wanted => wanted === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        pytest.fail(f"Tab never comes to {wanted}")

    def json(self, path: str) -> dict[str, Any]:
        """Ask the API in this person's name."""
        answer: dict[str, Any] = self.page.request.get(self.url + path).json()
        return answer

    def forgive(self, status: int) -> None:
        """Leave a refusal that the test is about out of what must not happen.

        The browser may tell of it only after this.
        """
        self.forgiven = status

    def assert_clean(self) -> None:
        """See ``Visit.assert_clean``."""
        status = self.forgiven
        self.complaints = [
            text
            for text in self.complaints
            if not text.startswith(f"{status} ") and f"{REFUSED} {status}" not in text
        ]
        super().assert_clean()


def pick(visit: Visit, sheet: str, *, uses: int = 1) -> Parcel:
    """Choose a parcel of a sheet: so many land uses, four to seven corners, not small."""
    for number in range(20, 120):
        query = f"/api/v1/parcels?sheet={sheet}&number={number}"
        found = visit.page.request.get(visit.url + query).json()["features"]
        if len(found) != 1 or len(found[0]["geometry"]["coordinates"][0]) not in range(5, 9):
            continue
        parcel = Parcel(found[0])
        if parcel.facts["area_m2"] >= LEAST_M2 and len(parcel.facts["land_uses"]) == uses:
            return parcel
    pytest.fail(f"Sheet {sheet} has no such parcel")


def open_dossier(page: Page, record_no: str) -> None:
    """Start a dossier with a file for its basis."""
    page.get_by_role("button", name="Lập hồ sơ").click()
    page.get_by_label("Số hồ sơ").fill(record_no)
    page.get_by_label("Lý do biến động").fill("Tách thửa theo đơn")
    page.get_by_label("Căn cứ pháp lý").fill("QĐ 118/QĐ-UBND")
    page.get_by_label("Tệp căn cứ").set_input_files(PAPER)
    page.locator(".panel footer .primary").click()
    expect(page.get_by_role("link", name=PAPER["name"])).to_be_visible()


def take(officer: Person, parcel: Parcel) -> None:
    """Find a parcel by its number and take the tool that splits."""
    page = officer.page
    page.get_by_label("Tìm thửa").fill(parcel.name)
    page.keyboard.press("Enter")
    expect(officer.panel("look")).to_contain_text(f"Thửa {parcel.facts['number']}")
    page.keyboard.press("l")
    officer.panel("split")
    officer.settle()


def split_by_mouse(officer: Person, parcel: Parcel) -> list[str]:
    """Cut a parcel from its longest edge to the next, accept; answer the children's numbers."""
    page = officer.page
    take(officer, parcel)
    officer.press_at(parcel.on_edge(0, 0.45))
    officer.press_at(parcel.on_edge(1, 0.55))
    page.get_by_role("button", name="Kết thúc đường").click()
    accept = page.locator("[data-act=accept]")
    expect(accept).to_be_enabled()
    numbers = page.locator(".ledger-table tbody tr:not(.struck) th").all_inner_texts()
    accept.click()
    officer.panel("overview")
    return numbers


def children(visit: Visit, parcel: Parcel) -> list[dict[str, Any]]:
    """Answer what became of a parcel that is no more, as anybody is told."""
    gone = visit.page.request.get(f"{visit.url}/api/v1/parcels/{parcel.fid}")
    assert (gone.status, gone.json()["code"]) == (404, "parcel_retired")
    successors = gone.json()["successors"]
    return [
        visit.page.request.get(f"{visit.url}/api/v1/parcels/{ref['fid']}").json()["properties"]
        for ref in successors
    ]


def check_in_force(visit: Visit, parcel: Parcel, numbers: list[str]) -> None:
    """Assert that the register holds the children for the parent, and nothing was lost."""
    found = children(visit, parcel)
    assert sorted(p["number"] for p in found) == sorted(numbers)
    for field, tolerance in (("area_m2", 0.15), ("register_area_m2", 1e-6)):
        whole = sum(p[field] for p in found)
        assert whole == pytest.approx(parcel.facts[field], abs=tolerance)
    codes = {use["code"] for p in found for use in p["land_uses"]}
    assert codes == {use["code"] for use in parcel.facts["land_uses"]}


def cross_with_crosshair(officer: Person, key: str) -> None:
    """Move the crosshair until it is held by the boundary at the other side."""
    held, place = officer.page.locator(".overlay .held"), officer.page.locator(".status .place")
    start = place.inner_text() if held.count() else None
    for _ in range(MOST_STEPS):
        before = officer.page.locator(".crosshair").get_attribute("style")
        officer.page.keyboard.press(key)
        expect(officer.page.locator(".crosshair")).not_to_have_attribute("style", before or "")
        is_new = start is None or officer.page.locator(".overlay text").count() > 0
        if held.count() and is_new and place.inner_text() != start:
            return
        if not held.count():
            start = None
    pytest.fail("The crosshair met no boundary")
