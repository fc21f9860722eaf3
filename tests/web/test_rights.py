"""Every cell of rights.toml: route x method x role x commune, asked of the real application."""

import math
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from landgis.cadastre.acceptance import FindingsWanted
from landgis.cadastre.drafts import Heading
from landgis.cadastre.rasters import Asked as RasterAsked
from landgis.ingest.evidence import Choices
from landgis.services.editing.asked import Asked
from landgis.services.editing.showing import Shown
from landgis.services.fixing import FixAsked
from landgis.tiling.grid import tile_at
from landgis.web.access import SAFE
from tests.fixable_rows import row as fixable_row
from tests.held_rows import feature, outline, written
from tests.office import PDF, SQUARES, Office, a_file, login_of
from tests.people import HOA_THANH, PASSWORD, ROOT, Browser
from tests.rasters import geotiff, hill

pytestmark = pytest.mark.db

TABLE = tomllib.loads(Path(__file__).with_name("rights.toml").read_text("utf-8"))
COLUMNS = TABLE["columns"]
WARD = frozenset({HOA_THANH})


class Cell(NamedTuple):
    route: str
    role: str
    place: str
    code: int


def cells() -> Iterator[Cell]:
    for route, code in TABLE["anybody"].items():
        yield from (Cell(route, role, "own", code) for role in COLUMNS)
    for route, rows in TABLE.items():
        if route in {"columns", "anybody"}:
            continue
        for place, codes in rows.items():
            asked_at = "own" if place == "any" else place
            for role, code in zip(COLUMNS, codes, strict=True):
                yield Cell(route, role, asked_at, code)


CELLS = list(cells())


@dataclass(frozen=True)
class Request:
    """What a route is asked: the ids in its path, and what goes with it."""

    values: dict[str, object] = field(default_factory=dict)
    more: Callable[[], dict[str, Any]] = dict
    """Made anew for each request: a file can be read once."""


def of_draft(shown: Shown, **body: object) -> Request:
    more = {"headers": {"If-Match": f'"{shown.draft.rev}"'}} | ({"json": body} if body else {})
    return Request({"draft_id": shown.draft.draft_id}, lambda: more)


def target(office: Office) -> dict[str, object]:
    return {"login": office.newcomer(("officer", WARD))}


def tile(_office: Office) -> Request:
    """The tile of zoom 8 with the place of ``tests.builders`` in it."""
    lon, lat, n = 106.12, math.radians(11.27), 2**8
    x = int((lon + 180) / 360 * n)
    y = int((1 - math.asinh(math.tan(lat)) / math.pi) / 2 * n)
    return Request({"name": "map", "z": 8, "x": x, "y": y})


def image(office: Office) -> Request:
    """A tile of a public elevation model, and heights under a parcel that lies below it."""
    stories, name = office.services.images.rasters, "cao-do"
    if not any(raster.wanted.name == name for raster in stories.listed(ROOT)):
        path = geotiff(Path(office.services.settings.home) / "dem.tif", hill())
        stories.register(path, RasterAsked(name, "dem", audience="public"), ROOT)
    raster = stories.get(name, lambda: ROOT)
    west, south, _, _ = raster.bounds
    x, y = tile_at(west, south, raster.grid.maxzoom)
    parcel = next(office.foreign).parcel_id
    place = {"z": raster.grid.maxzoom, "x": x, "y": y, "form": "png"}
    return Request({"name": name, "parcel": parcel, "job_id": uuid4()} | place)


def preview(office: Office) -> Request:
    cut = next(office.squares).halving()
    allocation = [{"register_area_m2": 50.0, "land_uses": []}] * 2
    return of_draft(
        office.draft("new"),
        op="split",
        parcel_id=str(cut.parcel_id),
        line=cut.line,
        epsg=cut.epsg,
        allocation=allocation,
    )


def commit(office: Office) -> Request:
    shown, by = office.draft("new"), office.principal("officer-own")
    asked = Asked(by, shown.draft.rev)
    cut = next(office.squares).halving()
    tried = office.services.editing.previews.attempt(shown.draft.draft_id, asked, cut)
    return of_draft(shown, token=tried.token)


def redo(office: Office) -> Request:
    shown, by = office.draft(), office.principal("officer-own")
    asked = Asked(by, shown.draft.rev)
    return of_draft(office.services.editing.drafts.undo(shown.draft.draft_id, asked))


def document(office: Office) -> Request:
    shown, by = office.draft(), office.principal("officer-own")
    asked = Asked(by, shown.draft.rev)
    drafts = office.services.editing.drafts
    paper = drafts.attach(shown.draft.draft_id, asked, "a.pdf", PDF).draft.papers[0]
    return Request({"draft_id": shown.draft.draft_id, "sha256": paper.sha256.hex()})


def consent(office: Office) -> Request:
    request = of_draft(office.draft(), text="đồng ý")
    return Request(request.values | {"parcel_id": uuid4()}, request.more)


def attach(office: Office) -> Request:
    request = of_draft(office.draft())
    return Request(
        request.values, lambda: request.more() | {"data": {"file": (BytesIO(PDF), "a.pdf")}}
    )


def approve(office: Office) -> Request:
    shown = office.draft("submitted")
    return of_draft(shown, sha256=shown.sha256.hex())


def batch(office: Office) -> Request:
    return Request({"batch_id": office.batch()})


def upload(headers: dict[str, str] | None = None, data: bytes = b"") -> Callable[[Office], Request]:
    """An upload that the officer has begun."""

    def begun(office: Office) -> Request:
        by = office.principal("officer-own")
        upload_id = office.services.uploads.begin("a.zip", 4, None, by).upload_id
        more = {"headers": headers, "data": data} if headers else {}
        return Request({"upload_id": upload_id}, lambda: more)

    return begun


def held_row(office: Office) -> Request:
    """A row without geometry in a staged file."""
    path = Path(office.services.settings.home) / f"{next(office.numbers)}.geojson"
    rows = [feature(900, note=path.stem), feature(901, None)]
    by = office.principal("officer-own")
    batch_id = office.services.load.load(written(path, rows), Choices(), by).batch.batch_id
    body = {"values": {"number": "902"}, "reason": "sai số thửa"}
    more = {"json": body, "headers": {"If-Match": '"0"'}}
    return Request({"batch_id": batch_id, "row": 2}, lambda: more)


def dangling(office: Office) -> Request:
    """A finding that can be fixed, in a staged file."""
    number = 2000 + 10 * next(office.numbers)
    path = Path(office.services.settings.home) / f"{number}.geojson"
    spur = [(10, 5), (8, 5), (10, 5)]
    rows = [feature(number, fixable_row(number, *spur)), feature(number + 1)]
    by = office.principal("officer-own")
    batch_id = office.services.load.load(written(path, rows), Choices(), by).batch.batch_id
    every = office.services.load.findings(batch_id, by)
    (name,) = (f["id"] for f in every if f["rule"] == "topology.dangle")
    body = {"kind": "cut_spike", "reason": "đoạn thừa", "versions": {"1": 0}}
    return Request({"batch_id": batch_id, "finding_id": name}, lambda: {"json": body})


def fixed(office: Office) -> Request:
    """A finding that was fixed."""
    values, by = dangling(office).values, office.principal("officer-own")
    asked = FixAsked(by, "đoạn thừa")
    stories = office.services.fixing
    made = stories.make(values["batch_id"], values["finding_id"], "cut_spike", {1: 0}, asked)
    values = {"batch_id": values["batch_id"], "fix_id": made.fixes[0].fix_id}
    return Request(values, lambda: {"json": {"reason": "nhầm"}})


def stack(office: Office, *, accepted: bool) -> Request:
    """A warning in a staged file: two parcels on one square."""
    number = 2000 + 2 * next(office.numbers)
    path = Path(office.services.settings.home) / f"{number}.geojson"
    rows = [feature(number, outline(5)), feature(number + 1, outline(5))]
    by, stories = office.principal("officer-own"), office.services.findings
    batch_id = office.services.load.load(written(path, rows), Choices(), by).batch.batch_id
    wanted = FindingsWanted(rule="topology.stack", outcome="fail")
    (found,) = stories.page(batch_id, by, wanted, after=0, limit=10).findings
    body = {} if accepted else {"json": {"why": "nhà chung cư"}}
    if accepted:
        stories.accept(batch_id, found["id"], by, "nhà chung cư")
    return Request({"batch_id": batch_id, "finding_id": found["id"]}, lambda: body)


def approved_batch(office: Office) -> dict[str, object]:
    """A file that one person proposed and another approved."""
    number = 1000 + next(office.numbers)
    path = Path(office.services.settings.home) / f"{number}.geojson"
    by, stories = office.principal("officer-own"), office.services.editing
    rows = [feature(number)]
    batch_id = office.services.load.load(written(path, rows), Choices(), by).batch.batch_id
    heading = Heading(f"HS-{number}", "bản đồ mới", "Công văn 7")
    shown = stories.resends.propose(batch_id, by, heading, "none", None).shown
    shown = stories.drafts.submit(shown.draft.draft_id, Asked(by, shown.draft.rev))
    reviewer = office.principal("reviewer-own")
    asked = Asked(reviewer, shown.draft.rev)
    stories.approvals.approve(shown.draft.draft_id, asked, shown.sha256 or b"")
    return {"batch_id": batch_id}


def a_parcel(office: Office) -> Request:
    return Request({"name": next(office.foreign).parcel_id})


def a_table(**fields: str) -> Request:
    """A row that gives a square of the own commune another address."""
    text = f"xaid;so_to;so_thua;dc_thua\n{HOA_THANH};1;{SQUARES};số {uuid4().hex[:6]}\n"
    return Request(more=lambda: {"data": {"file": (BytesIO(text.encode()), "a.csv"), **fields}})


def form(**fields: object) -> Callable[[Office], Request]:
    return lambda _office: Request(more=lambda: {"data": fields})


def query(**words: object) -> Callable[[Office], Request]:
    return lambda _office: Request(more=lambda: {"query_string": words})


def on_account(**body: object) -> Callable[[Office], Request]:
    more = {"json": body} if body else {}
    return lambda office: Request({**target(office), "role": "officer"}, lambda: more)


DRAFTS = "/api/v1/drafts/<draft_id>"
IMPORTS = "/api/v1/imports/<batch_id>"
UPLOADS = "/api/v1/uploads"
TILE = "<int(signed=True):z>/<int(signed=True):x>/<int(signed=True):y>"
PART = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
ACCOUNTS = "/api/v1/accounts/<login>"

ARRANGE: dict[str, Callable[[Office], Request]] = {
    "GET /thua/<name>": a_parcel,
    "GET /parcel/<name>": a_parcel,
    "GET /api/v1/parcels/<name>": a_parcel,
    "GET /api/v1/parcels/<name>/history": a_parcel,
    "GET /api/v1/parcels": query(sheet="1"),
    "GET /api/v1/parcels/at": query(lon=106.12, lat=11.27),
    "GET /tiles/<name>/<int(signed=True):z>/<int(signed=True):x>/<int(signed=True):y>.mvt": tile,
    "GET /tiles/<name>.json": lambda _: Request({"name": "map"}),
    "GET /api/v1/rasters/<name>": image,
    "GET /api/v1/rasters/<name>/under/<parcel>": image,
    f"GET /raster/<name>/{TILE}.<any(png,webp):form>": image,
    "GET /raster/<name>.json": image,
    "POST /api/v1/rasters": lambda _: Request(
        more=lambda: {"data": {"file": (BytesIO(PDF), "a.tif"), "name": "a", "kind": "map"}}
    ),
    "DELETE /api/v1/rasters/<name>": image,
    "GET /api/v1/rasters/jobs/<job_id>": image,
    "GET /static/<path:name>": lambda _: Request({"name": "favicon.svg"}),
    "POST /login": form(login=login_of("reviewer", "own"), password=PASSWORD),
    "POST /account": form(act="totp_begin"),
    "POST /accounts": lambda o: Request(more=form(act="reset", **target(o))(o).more),
    "POST /api/v1/accounts": lambda o: Request(
        more=lambda: {"json": {"login": f"made{next(o.numbers)}", "shown_as": "Mới"}}
    ),
    f"GET {ACCOUNTS}": on_account(),
    f"PUT {ACCOUNTS}/roles/<role>": on_account(units=[HOA_THANH]),
    f"DELETE {ACCOUNTS}/roles/<role>": on_account(),
    f"POST {ACCOUNTS}/reset": on_account(),
    f"POST {ACCOUNTS}/disable": on_account(),
    f"POST {ACCOUNTS}/enable": on_account(),
    "POST /api/v1/imports": lambda _: Request(
        more=lambda: {"data": {"file": (BytesIO(a_file()), "a.geojson")}}
    ),
    f"POST {UPLOADS}": lambda _: Request(
        more=lambda: {
            "headers": {"Upload-Length": "4", "Upload-Metadata": "filename YS56aXA="},
        }
    ),
    f"GET {UPLOADS}/<upload_id>": upload(),
    f"PATCH {UPLOADS}/<upload_id>": upload(PART, b"abcd"),
    f"DELETE {UPLOADS}/<upload_id>": upload(),
    "GET /imports/<uuid:batch_id>": batch,
    "POST /imports/<uuid:batch_id>": lambda o: Request(
        batch(o).values, lambda: {"data": {"act": "cancel"}}
    ),
    f"GET {IMPORTS}": batch,
    f"GET {IMPORTS}/findings": batch,
    f"GET {IMPORTS}/findings/<finding_id>/fixes": lambda o: Request(dangling(o).values),
    f"POST {IMPORTS}/findings/<finding_id>/fixes": dangling,
    f"POST {IMPORTS}/findings/<finding_id>/fixes/propose": lambda o: Request(
        dangling(o).values,
        lambda: {"json": {"kind": "cut_spike", "record_no": "HS-4", "reason": "đoạn thừa"}},
    ),
    f"GET {IMPORTS}/fixes": batch,
    f"POST {IMPORTS}/fixes": lambda o: Request(
        dangling(o).values, lambda: {"json": {"rule": "topology.dangle", "reason": "đoạn thừa"}}
    ),
    f"POST {IMPORTS}/fixes/<fix_id>/undo": fixed,
    f"GET {IMPORTS}/findings/counts": batch,
    f"POST {IMPORTS}/findings/<finding_id>/accept": lambda o: stack(o, accepted=False),
    f"DELETE {IMPORTS}/findings/<finding_id>/accept": lambda o: stack(o, accepted=True),
    f"GET {IMPORTS}/rows": batch,
    f"GET {IMPORTS}/rows/<row>": held_row,
    f"PATCH {IMPORTS}/rows/<row>": held_row,
    f"POST {IMPORTS}/rows/<row>/retry": lambda o: Request(held_row(o).values),
    f"POST {IMPORTS}/retry": lambda o: Request(
        held_row(o).values, lambda: {"json": {"rows": "all"}}
    ),
    f"POST {IMPORTS}/rows/publish": batch,
    f"POST {IMPORTS}/rows/propose": lambda o: Request(
        batch(o).values, lambda: {"json": {"record_no": "HS-3", "reason": "đã sửa"}}
    ),
    f"POST {IMPORTS}/undo": lambda o: Request(
        approved_batch(o), lambda: {"json": {"record_no": "HS-2", "reason": "sai tờ bản đồ"}}
    ),
    f"GET {IMPORTS}/report": batch,
    f"GET {IMPORTS}/difference": batch,
    f"POST {IMPORTS}/propose": lambda o: Request(
        batch(o).values, lambda: {"json": {"record_no": "HS-1", "reason": "bản đồ mới"}}
    ),
    f"POST {IMPORTS}/publish": batch,
    f"POST {IMPORTS}/cancel": batch,
    "POST /api/v1/attributes": lambda _: a_table(),
    "POST /api/v1/attributes/propose": lambda _: a_table(record_no="HS-2", reason="làm sạch"),
    "POST /api/v1/drafts": lambda _: Request(
        more=lambda: {"json": {"record_no": "HS-0", "reason": "tách thửa"}}
    ),
    f"GET {DRAFTS}": lambda o: of_draft(o.draft()),
    f"GET {DRAFTS}/context": lambda o: Request(
        {"draft_id": o.draft().draft.draft_id},
        lambda: {"query_string": {"bbox": "106.12,11.27,106.121,11.271"}},
    ),
    f"GET {DRAFTS}/documents/<sha256>": document,
    f"PATCH {DRAFTS}": lambda o: of_draft(o.draft(), reason="chia di sản"),
    f"PUT {DRAFTS}/consents/<parcel_id>": consent,
    f"POST {DRAFTS}/documents": attach,
    f"POST {DRAFTS}/preview": preview,
    f"POST {DRAFTS}/commit": commit,
    f"POST {DRAFTS}/undo": lambda o: of_draft(o.draft()),
    f"POST {DRAFTS}/redo": redo,
    f"POST {DRAFTS}/submit": lambda o: of_draft(o.draft()),
    f"POST {DRAFTS}/abandon": lambda o: of_draft(o.draft()),
    f"POST {DRAFTS}/return": lambda o: of_draft(o.draft("submitted"), comment="thiếu bản vẽ"),
    f"POST {DRAFTS}/approve": approve,
}
"""Route -> what it is asked. Routes that need nothing are not here."""


class Asking:
    """Asks cells; what a refusal leaves as it was serves the next cell, too."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self._requests: dict[str, Request] = {}
        self._browsers: dict[tuple[str, str], Browser] = {}

    def ask(self, cell: Cell) -> TestResponse:
        method, rule = cell.route.split(" ")
        if cell.route not in self._requests:
            arrange = ARRANGE.get(cell.route, lambda _: Request())
            self._requests[cell.route] = arrange(self.office)
        request = self._requests[cell.route]
        path = re.sub(r"<(?:[^:>]+:)?(\w+)>", lambda m: str(request.values[m[1]]), rule)
        answer = self._as(cell)(method, path, request.more())
        answer.get_data()
        answer.close()  # a file that is sent stays open until then
        if method not in SAFE and answer.status_code < 400:
            del self._requests[cell.route]
            if rule in {"/login", "/logout"}:
                self._browsers.clear()
        return answer

    def _as(self, cell: Cell) -> Callable[[str, str, dict[str, Any]], TestResponse]:
        kind, _, scope = cell.role.partition("_")
        if kind in {"anonymous", "key"}:
            headers = {}
            if scope:
                headers["Authorization"] = f"Bearer {self.office.key(scope, cell.place)}"
            client = self.office.app.test_client()

            def send(method: str, path: str, more: dict[str, Any]) -> TestResponse:
                return client.open(
                    path, method=method, **more | {"headers": headers | more.get("headers", {})}
                )

            return send
        who = (cell.role, cell.place)
        if who not in self._browsers:
            self._browsers[who] = self.office.browser(*who)
        return lambda method, path, more: self._browsers[who].send(method, path, **more)


@pytest.fixture(scope="module")
def asking(office: Office) -> Asking:
    return Asking(office)


def routes(office: Office) -> set[str]:
    return {
        f"{method} {rule}"
        for rule in office.app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }


def test_every_route_is_in_the_table_and_the_other_way_round(office: Office) -> None:
    known = {*TABLE["anybody"], *TABLE} - {"columns", "anybody"}
    assert routes(office) - known == set(), "say in tests/web/rights.toml who gets what answer"
    assert known - routes(office) == set(), "these routes are gone; take them out of rights.toml"
    assert set(ARRANGE) - known == set()


@pytest.mark.parametrize(
    "cell", CELLS, ids=lambda cell: f"{cell.route} {cell.role} {cell.place}".replace(" ", "-")
)
def test_cell(asking: Asking, cell: Cell) -> None:
    answer = asking.ask(cell)
    assert answer.status_code == cell.code, answer.text[:500]


def test_methods_that_change_nothing_tell_nobody_more(office: Office) -> None:
    client = office.app.test_client()
    for route in {cell.route for cell in CELLS if cell.code == 401 and cell.role == "anonymous"}:
        method, rule = route.split(" ")
        if f"GET {rule}" in TABLE["anybody"]:  # whoever may read there may ask what else goes
            continue
        path = re.sub(r"<[^>]+>", "00000000-0000-0000-0000-000000000000", rule)
        for other in ("HEAD", "OPTIONS") if method == "GET" else ("OPTIONS",):
            assert client.open(path, method=other).status_code == 401, f"{other} {path}"
