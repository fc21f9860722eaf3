"""A real browser before a real server; every visit must end clean."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import shapely
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

# Software drawing is asked for by name: the automatic fallback is being removed from Chromium.
# Every name but this machine's own fails at once, so a page that needs the internet cannot pass.
ARGUMENTS = [
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]
DESKTOP = {"viewport": {"width": 1366, "height": 800}}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 1,
}
FIRST_ERROR = 400


class Visit:
    """One person's browser window, with what a test needs to say about it."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.url = url
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.addresses: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._hear)
        self.page.on("request", lambda request: self.addresses.append(request.url))
        self.page.on("response", self._judge)

    def open(self, path: str = "/") -> Page:
        """Open a page that needs no map."""
        self.page.goto(self.url + path)
        return self.page

    def open_map(self, path: str = "/") -> Page:
        """Open a map page and wait until the map has drawn itself once."""
        self.open(path)
        self.page.wait_for_selector("body[data-map-idle]")
        return self.page

    def settle(self) -> None:
        """Wait until the map neither moves nor loads."""
        self.page.evaluate(
            "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() =>"
            " __map.loaded() && !__map.isMoving() ? done() : __map.once('idle', () => done()))))"
        )

    def pixel(self, lonlat: tuple[float, float]) -> tuple[float, float]:
        """Answer where on the page a place is drawn."""
        self.settle()
        x, y = self.page.evaluate(
            "place => { const p = __map.project(place);"
            " const r = __map.getCanvas().getBoundingClientRect(); return [p.x + r.x, p.y + r.y] }",
            list(lonlat),
        )
        return x, y

    def is_outlined(self, fid: int) -> bool:
        """Answer whether the map shows a parcel as selected."""
        target = {"source": "map", "sourceLayer": "parcels", "id": fid}
        state = self.page.evaluate("target => __map.getFeatureState(target)", target)
        return bool(state.get("selected"))

    def _hear(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _judge(self, response: Any) -> None:
        if response.status >= FIRST_ERROR:
            self.complaints.append(f"{response.status} {response.url}")

    def assert_clean(self) -> None:
        """Fail on an error in the console, a failed request, or a request to another machine."""
        assert self.complaints == []
        hosts = {urlsplit(url).hostname for url in self.addresses if url.startswith("http")}
        assert hosts <= {"127.0.0.1"}


class Sample:
    """A parcel of the register, as the API tells of it, and a place inside it."""

    def __init__(self, feature: dict[str, Any]) -> None:
        self.facts: dict[str, Any] = feature["properties"]
        inside = shapely.geometry.shape(feature["geometry"]).representative_point()
        self.place = (inside.x, inside.y)
        self.link = f"#18/{inside.y}/{inside.x}"


@pytest.fixture(scope="session")
def chromium() -> str:
    """Find the browser; where everything is required, not finding it is a failure."""
    found = shutil.which("chromium")
    if found is None and os.environ.get("LANDGIS_REQUIRE_ALL"):
        pytest.fail("The browser tests must run here and there is no chromium on the PATH")
    return found or pytest.skip("There is no chromium on the PATH (Debian package: chromium)")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture
def browser_without_webgl(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    arguments = ["--no-sandbox", "--disable-3d-apis"]
    browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
    yield browser
    browser.close()


@pytest.fixture
def start_visit(live_url: str) -> Iterator[Callable[..., Visit]]:
    """Answer a function that opens a window in a browser; every one is judged at the end."""
    visits = []

    def start(browser: Browser, **settings: Any) -> Visit:
        context = browser.new_context(
            locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh", reduced_motion="reduce", **settings
        )
        visits.append(Visit(context, live_url))
        return visits[-1]

    yield start
    for visit in visits:
        visit.context.close()
        visit.assert_clean()


@pytest.fixture
def desktop(browser: Browser, start_visit: Callable[..., Visit]) -> Visit:
    return start_visit(browser, **DESKTOP)


@pytest.fixture
def phone(browser: Browser, start_visit: Callable[..., Visit]) -> Visit:
    return start_visit(browser, **PHONE)


@pytest.fixture(scope="session")
def sample(playwright: Playwright, live_url: str) -> Sample:
    """Choose a parcel that is alone at its place and has both areas and a known land use."""
    api = playwright.request.new_context(base_url=live_url)
    for number in range(1, 200):
        found = api.get("/api/v1/parcels", params={"number": str(number)}).json()["features"]
        for chosen in map(Sample, found):
            here = {"lon": chosen.place[0], "lat": chosen.place[1]}
            there = api.get("/api/v1/parcels/at", params=here).json()["features"]
            uses = chosen.facts["land_uses"]
            areas = chosen.facts["register_area_m2"], chosen.facts["area_m2"]
            if len(there) == 1 and None not in areas and uses and uses[0]["name"]:
                api.dispose()
                return chosen
    pytest.fail("The demonstration register has no plain parcel numbered 1 to 199")
