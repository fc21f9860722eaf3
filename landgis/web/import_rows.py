"""The rows of a batch over HTTP: read them, mend those held back, let them in, take it all back."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Annotated, Any, Literal
from uuid import UUID

from flask import Response, jsonify, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from werkzeug.http import parse_etags

from landgis.bootstrap import Services
from landgis.cadastre.batches import Batch
from landgis.cadastre.drafts import Heading
from landgis.cadastre.mends import StagedRow
from landgis.documents.rows import Line, as_csv, write_xlsx
from landgis.errors import PreconditionMissing, UsageError
from landgis.ingest.evidence import parse_epsg
from landgis.services.editing.showing import Shown
from landgis.services.mended_values import Said
from landgis.services.mending import MendAsked
from landgis.services.rows import RowsWanted
from landgis.web.access import principal, require
from landgis.web.draft_bodies import HeadingBody, Text
from landgis.web.draft_render import DraftRenderer
from landgis.web.idempotency import token
from landgis.web.imports import BatchPath
from landgis.web.parcels import Name, NoQuery
from landgis.web.row_render import history_json, row_json, staged_json, tried_json

TAG = Tag(name="imports", description="Hand in files, follow them, publish them")
ROWS_LIMIT = 1000
CSV_TYPE = "text/csv"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CHUNK_BYTES = 64 * 1024

RowNumber = Annotated[int, Field(gt=0, lt=2**53)]
Value = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]
"""A value of one field, in one line; empty: nothing is known."""

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class RowPath(BatchPath):
    """Which row of which batch."""

    row: RowNumber


class RowsQuery(_Model):
    """Which rows, in which form."""

    state: Literal["accepted", "quarantined", "unreadable"] | None = None
    rule: Name | None = Field(None, description="only rows that this rule found something on")
    after: int = Field(0, ge=0, lt=2**53, description="row number to continue after (JSON)")
    limit: int = Field(100, ge=1, le=ROWS_LIMIT, description="of JSON; tables hold all rows")
    format: Literal["json", "csv", "xlsx"] | None = Field(None, description="else by Accept")
    personal: bool = Field(default=False, description="with the columns about persons")
    lang: Literal["vi", "en"] | None = None


class RowQuery(_Model):
    """How much of a row."""

    personal: bool = False


class MendBody(_Model):
    """What is to be otherwise about a row; what is left out stays."""

    values: dict[Name, Value | Number | None] = Field(
        default_factory=dict, description="target -> value as a file would have it; null: unknown"
    )
    geometry: dict[str, Any] | None = Field(None, description="GeoJSON Polygon or MultiPolygon")
    crs: Name | None = Field(None, description="EPSG:n of the geometry; x is east or longitude")
    reason: Text


class RetryBody(_Model):
    """Which rows to examine again."""

    rows: Annotated[list[RowNumber], Field(min_length=1, max_length=ROWS_LIMIT)] | Literal["all"]


def blueprint(services: Services) -> APIBlueprint:
    """Answer the routes of a batch's rows."""
    api = APIBlueprint("import_rows", __name__, url_prefix="/api/v1/imports", abp_tags=[TAG])

    @api.before_request
    def precede() -> None:
        """Answer 404 and 428 before anything is said about the body."""
        batch_id = _batch_id()
        if batch_id is not None:
            services.rows.reading.admit(batch_id, principal())
        if request.method == "PATCH":
            _version()

    _add_reading(api, services)
    _add_mending(api, services)
    _add_proposals(api, services)
    return api


def _add_reading(api: APIBlueprint, services: Services) -> None:
    @api.get("/<batch_id>/rows", summary="What became of each row, as JSON, CSV or XLSX")
    @require("import")
    def rows(path: BatchPath, query: RowsQuery) -> Response:
        wanted = RowsWanted(query.state, query.rule, query.personal)
        form = query.format or _accepted_form()
        if form == "json":
            found = services.rows.reading.page(
                path.batch_id, principal(), wanted, after=query.after, limit=query.limit
            )
            return jsonify({"rows": [row_json(shown) for shown in found]})
        batch, every = services.rows.reading.every(path.batch_id, principal(), wanted)
        lines = (Line(shown.row, shown.attributes) for shown in every)
        if form == "csv":
            text = as_csv(lines, services.jurisdiction, query.lang)
            return _table((line.encode() for line in text), CSV_TYPE, batch, form)
        return _table(_workbook(services, lines, query.lang), XLSX_TYPE, batch, form)

    @api.get("/<batch_id>/rows/<row>", summary="One row with everything that happened to it")
    @require("import")
    def row(path: RowPath, query: RowQuery) -> Response:
        history = services.rows.reading.one(
            path.batch_id, path.row, principal(), personal=query.personal
        )
        return _tagged(history_json(history), history.shown.row)


def _add_mending(api: APIBlueprint, services: Services) -> None:
    stories = services.rows

    @api.patch("/<batch_id>/rows/<row>", summary="Say otherwise what a waiting row says")
    @require("import")
    def mend(path: RowPath, body: MendBody) -> Response:
        said = Said(body.values, body.geometry, parse_epsg(body.crs) if body.crs else None)
        asked = MendAsked(principal(), _version(), body.reason)
        now = stories.mending.mend(path.batch_id, path.row, said, asked)
        return _tagged(staged_json(now), now)

    @api.post("/<batch_id>/rows/<row>/retry", summary="Examine a row again")
    @require("import")
    def retry_one(path: RowPath, query: NoQuery) -> Response:  # noqa: ARG001
        done = stories.mending.retry(path.batch_id, [path.row], principal())
        return jsonify({**tried_json(done.rows[0]), "counts": done.batch.counts.as_dict()})

    @api.post("/<batch_id>/retry", summary="Examine rows again, or all that are quarantined")
    @require("import")
    def retry(path: BatchPath, body: RetryBody) -> Response:
        wanted = None if body.rows == "all" else list(body.rows)
        done = stories.mending.retry(path.batch_id, wanted, principal())
        rows = [tried_json(tried) for tried in done.rows]
        return jsonify({"rows": rows, "counts": done.batch.counts.as_dict()})

    @api.post("/<batch_id>/rows/publish", summary="Let in what was accepted after the batch")
    @require("import")
    def publish(path: BatchPath) -> Response:
        done = stories.late.publish(path.batch_id, principal())
        return jsonify(
            {
                "revision": done.revision,
                "rows": list(done.rows),
                "known": list(done.known),
                "held": [tried_json(tried) for tried in done.held],
            }
        )


def _add_proposals(api: APIBlueprint, services: Services) -> None:
    renderer = DraftRenderer(services.jurisdiction)

    @api.post("/<batch_id>/rows/propose", summary="Make a draft of the late rows: 201")
    @require("edit")
    def propose(path: BatchPath, body: HeadingBody) -> tuple[Response, int]:
        heading = Heading(body.record_no, body.reason, body.basis)
        made = services.rows.proposals.propose(path.batch_id, principal(), heading, token())
        held = [tried_json(tried) for tried in made.held]
        return _draft(renderer, made.shown, rows=list(made.rows), held=held), 201

    @api.post("/<batch_id>/undo", summary="Make a draft that takes a published batch back: 201")
    @require("edit")
    def undo(path: BatchPath, body: HeadingBody) -> tuple[Response, int]:
        heading = Heading(body.record_no, body.reason, body.basis)
        made = services.editing.batch_undo.propose(path.batch_id, principal(), heading, token())
        return _draft(renderer, made.shown, kept=[kept.document() for kept in made.kept]), 201


def _draft(renderer: DraftRenderer, shown: Shown, **more: Any) -> Response:
    document = {name: said for name, said in renderer.draft(shown).items() if name != "change"}
    response = jsonify({**document, **more})
    response.set_etag(str(shown.draft.rev))
    return response


def _accepted_form() -> str:
    best = request.accept_mimetypes.best_match(["application/json", CSV_TYPE, XLSX_TYPE])
    return {CSV_TYPE: "csv", XLSX_TYPE: "xlsx"}.get(best or "", "json")


def _table(chunks: Iterator[bytes], media_type: str, batch: Batch, form: str) -> Response:
    response = Response(chunks, mimetype=media_type)
    name = f"{PurePath(batch.file_name).stem}-rows.{form}"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Cache-Control"] = "no-store"
    return response


def _workbook(services: Services, lines: Iterator[Line], lang: str | None) -> Iterator[bytes]:
    """Write a workbook to a file that is gone when it is sent: it may be large."""
    handle, name = tempfile.mkstemp(suffix=".xlsx")
    os.close(handle)
    path = Path(name)
    try:
        write_xlsx(path, lines, services.jurisdiction, lang)
        with path.open("rb") as book:
            while chunk := book.read(CHUNK_BYTES):
                yield chunk
    finally:
        path.unlink(missing_ok=True)


def _tagged(document: dict[str, Any], row: StagedRow) -> Response:
    response = jsonify(document)
    response.set_etag(str(row.version))
    return response


def _version() -> int:
    """Answer which version of a row a mend was made for."""
    header = request.headers.get("If-Match")
    if header is None:
        raise PreconditionMissing(
            "if_match_missing",
            'Send If-Match: "<version>" with the version of the row as you read it',
        )
    tags = parse_etags(header).as_set()
    version = tags.pop() if len(tags) == 1 else ""
    if not (version.isascii() and version.isdigit() and len(version) < len(str(2**31))):
        raise UsageError("bad_if_match", f'If-Match must be "<version>", not {header}')
    return int(version)


def _batch_id() -> UUID | None:
    """Answer the batch that the path names; None for none, which the view answers."""
    try:
        return UUID((request.view_args or {})["batch_id"])
    except (KeyError, ValueError):
        return None
