"""Every cell of rights.toml: route x method x role x commune, asked of the real application."""

import re
import tomllib
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from werkzeug.test import TestResponse

from landgis.web.access import SAFE
from tests.office import PDF, Office, a_file, login_of
from tests.people import HOA_THANH, PASSWORD, Browser
from tests.web.requested import (
    Request,
    a_parcel,
    a_table,
    an_identifier,
    approve,
    approved_batch,
    attach,
    batch,
    commit,
    consent,
    dangling,
    document,
    fixed,
    form,
    held_row,
    image,
    of_draft,
    ogc_tile,
    on_account,
    preview,
    query,
    redo,
    stack,
    target,
    tile,
    upload,
)

pytestmark = pytest.mark.db

TABLE = tomllib.loads(Path(__file__).with_name("rights.toml").read_text("utf-8"))
COLUMNS = TABLE["columns"]


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
    "GET /api/v1/parcels/<name>/neighbours": a_parcel,
    "GET /api/v1/parcels": query(sheet="1"),
    "GET /api/v1/search": query(q="12/125"),
    "GET /api/v1/certificates": query(serial="BK 123456"),
    "GET /api/v1/parcels/at": query(lon=106.12, lat=11.27),
    "GET /api/v1/parcel-id": query(lon=106.12, lat=11.27),
    "POST /api/v1/parcel-id": lambda _: Request(
        more=lambda: {"json": {"rows": [{"national_id": "w652q6gtt0zn"}]}}
    ),
    "POST /api/v1/parcel-id/official": an_identifier,
    "GET /tiles/<name>/<int(signed=True):z>/<int(signed=True):x>/<int(signed=True):y>.mvt": tile,
    **{
        f"GET /ogc/collections/<name>{rest}": lambda _: Request({"name": "parcels"})
        for rest in ("", "/schema", "/queryables", "/sortables", "/items", "/tiles")
    },
    **{
        f"GET /ogc{path}/<matrix_set_id>": lambda _: Request(
            {"name": "units", "matrix_set_id": "WebMercatorQuad"}
        )
        for path in ("/tileMatrixSets", "/tiles", "/collections/<name>/tiles")
    },
    **{
        f"GET /ogc{path}/tiles/<matrix_set_id>/<matrix>/<row>/<col>": ogc_tile
        for path in ("", "/collections/<name>")
    },
    "GET /ogc/collections/<name>/items/<path:key>": lambda _: Request(
        {"name": "units", "key": f"{HOA_THANH}-20250701"}
    ),
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
