"""What routes are asked: requests on drafts, files, images and accounts of an office."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

from landgis.cadastre.acceptance import FindingsWanted
from landgis.cadastre.drafts import Heading
from landgis.cadastre.rasters import Asked as RasterAsked
from landgis.ingest.evidence import Choices
from landgis.services.editing.asked import Asked
from landgis.services.editing.showing import Shown
from landgis.services.fixing import FixAsked
from landgis.services.identifying.claims import Claim
from landgis.tiling.grid import tile_at
from tests.fixable_rows import row as fixable_row
from tests.held_rows import feature, outline, written
from tests.office import PDF, SQUARES, Office
from tests.people import HOA_THANH, ROOT
from tests.rasters import geotiff, hill

WARD = frozenset({HOA_THANH})


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


def ogc_tile(office: Office) -> Request:
    """The same of the units, in the words of OGC API."""
    path = tile(office).values
    place = {"matrix": path["z"], "row": path["y"], "col": path["x"]}
    return Request({"name": "units", "matrix_set_id": "WebMercatorQuad", **place})


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


def an_identifier(office: Office) -> Request:
    """What an issuer says of a square of the own commune."""
    parcel = str(next(office.squares).parcel_id)
    claims = [Claim(1, "w652q6gtt0zn", parcel)]
    (found,) = office.services.identifiers.verifying.verify(claims, ROOT)
    assert found.canonical is not None
    rows = [{"national_id": found.canonical.national_id, "parcel": parcel}]
    said = {"issuer": "Sở Nông nghiệp và Môi trường", "decision": "12/QĐ", "rows": rows}
    return Request(more=lambda: {"json": said})


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
