"""Imports over HTTP: a cheap gate at once, the work by a worker."""

from io import BytesIO
from pathlib import PurePath
from typing import Any, Literal
from uuid import UUID

from flask import Response, jsonify, request, send_file
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from landgis.bootstrap import Services
from landgis.cadastre.batches import Batch
from landgis.documents.formats import FORMS
from landgis.documents.shown import ImportReport
from landgis.documents.words import language
from landgis.services.load import may_see
from landgis.web.access import principal, require
from landgis.web.handing_in import Intake, Taken
from landgis.web.import_form import UploadBody
from landgis.web.parcels import NoQuery

TAG = Tag(name="imports", description="Hand in files, follow them, publish them")


class BatchPath(BaseModel):
    """Which batch."""

    model_config = ConfigDict(extra="forbid")
    batch_id: UUID


class ReportQuery(BaseModel):
    """In which form and language."""

    model_config = ConfigDict(extra="forbid")
    format: Literal["json", "html", "xlsx", "gpkg"] = "json"
    lang: Literal["vi", "en"] | None = Field(None, description="the jurisdiction's own if not said")


REPORT_CSP = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
"""The page carries its style in itself, so that it also works from a disk; it runs nothing."""


def blueprint(services: Services) -> APIBlueprint:
    """Answer the routes of imports."""
    api = APIBlueprint("imports", __name__, url_prefix="/api/v1/imports", abp_tags=[TAG])
    intake = Intake(services)

    @api.get("", summary="The newest files that were handed in")
    @require("import")
    def listed(query: NoQuery) -> Response:  # noqa: ARG001
        mine = [batch for batch in services.load.batches() if may_see(batch, principal())]
        return jsonify({"batches": [_document(batch) for batch in mine]})

    @api.post("", summary="Hand in a file: 202; 200 if it was before; 422 if refused at sight")
    @require("import")
    def upload(form: UploadBody) -> tuple[Response, int]:
        taken = intake.take(form)
        is_new = any(is_new for _, is_new in taken.batches)
        return jsonify(_answer(taken)), 202 if is_new else 200

    @api.get("/<batch_id>", summary="Status, progress, counts and evidence")
    @require("import")
    def status(path: BatchPath, query: NoQuery) -> Response:  # noqa: ARG001
        return jsonify(_document(services.load.get(path.batch_id, principal())))

    @api.get("/<batch_id>/report", summary="The whole report, as JSON, HTML, XLSX or GeoPackage")
    @require("import")
    def report(path: BatchPath, query: ReportQuery) -> Response:
        shown = services.load.shown(path.batch_id, principal())
        if query.format == "json":
            return jsonify(shown.document)
        lang = language(query.lang, services.jurisdiction)
        written = FORMS[query.format].write([shown], services.jurisdiction, lang)
        return _file(shown, query.format, written)

    @api.post("/<batch_id>/publish", summary="Have a staged batch published: 202")
    @require("import")
    def publish(path: BatchPath) -> tuple[Response, int]:
        services.load.get(path.batch_id, principal())
        return jsonify(_document(intake.publish(path.batch_id))), 202

    @api.post("/<batch_id>/cancel", summary="End a batch that is not published; its rows go")
    @require("import")
    def cancel(path: BatchPath) -> Response:
        batch = services.load.cancel(path.batch_id, principal())
        intake.remove(batch.batch_id)
        return jsonify(_document(batch))

    return api


def _answer(taken: Taken) -> dict[str, Any]:
    """Answer the batches of a file; of a file with one layer also as the one batch it is."""
    documents = [
        {**_document(batch), "already_imported": not is_new} for batch, is_new in taken.batches
    ]
    listed = {"batches": documents, "left_out": list(taken.left_out)}
    return {**documents[0], **listed} if len(documents) == 1 else listed


def _file(shown: ImportReport, form: str, written: bytes) -> Response:
    """Answer a written report: a page to be read here, or a file to be kept."""
    stem = PurePath(shown.document["file"]["name"]).stem
    response = send_file(
        BytesIO(written),
        mimetype=FORMS[form].media_type,
        as_attachment=form != "html",
        download_name=f"{stem}-report.{form}",
        max_age=0,
    )
    response.headers["Content-Security-Policy"] = REPORT_CSP
    return response


def _document(batch: Batch) -> dict[str, Any]:
    base = f"{request.url_root.rstrip('/')}/api/v1/imports/{batch.batch_id}"
    return {
        "id": str(batch.batch_id),
        "file": {"name": batch.file_name, "sha256": batch.sha256, "bytes": batch.bytes},
        "options": batch.options,
        "status": batch.status,
        "progress": batch.progress,
        "counts": batch.counts.as_dict(),
        "evidence": batch.evidence,
        "by_rule": batch.by_rule,
        "revision": batch.published_revision,
        "error": batch.error,
        "created_at": batch.created_at.isoformat(),
        "links": {n: f"{base}/{n}" for n in ("findings", "rows", "report", "publish", "cancel")},
    }
