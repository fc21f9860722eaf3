"""Imports over HTTP: a cheap gate at once, the work by a worker."""

import contextlib
import shutil
import time
from io import BytesIO
from pathlib import Path, PurePath
from typing import Any, Literal
from uuid import UUID, uuid4

from flask import Response, jsonify, request, send_file
from flask_openapi3 import APIBlueprint, FileStorage, Tag
from pydantic import BaseModel, ConfigDict, Field

from landgis.bootstrap import Services
from landgis.cadastre.batches import Batch
from landgis.documents.formats import FORMS
from landgis.documents.shown import ImportReport
from landgis.documents.words import language
from landgis.errors import Conflict, TooLarge, Unavailable, UsageError
from landgis.ingest.archive import open_source
from landgis.ingest.evidence import Choices, parse_axis_order, parse_epsg
from landgis.ingest.gate import look_at
from landgis.services.examine import work_folder
from landgis.services.load import may_see
from landgis.web.access import principal, require
from landgis.web.parcels import Name, NoQuery

TAG = Tag(name="imports", description="Hand in files, follow them, publish them")
ROWS_LIMIT = 1000

LEFT_AFTER_S = 3600.0
"""An upload this old that no batch waits for was left by a server that died at it."""


class UploadBody(BaseModel):
    """A file with what its sender knows about it."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
    file: FileStorage
    crs: Name | None = Field(None, description="EPSG:n")
    axis: Name | None = Field(None, description="east,north or north,east: which is first")
    encoding: Name | None = None
    profile: Name | None = None
    unit: Name | None = None
    layer: Name | None = None


class BatchPath(BaseModel):
    """Which batch."""

    model_config = ConfigDict(extra="forbid")
    batch_id: UUID


class RowsQuery(BaseModel):
    """Which rows."""

    model_config = ConfigDict(extra="forbid")
    state: Literal["accepted", "quarantined", "unreadable"] | None = None
    after: int = Field(0, ge=0, lt=2**53, description="row number to continue after")
    limit: int = Field(100, ge=1, le=ROWS_LIMIT)


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

    @api.post("", summary="Hand in a file: 202; 200 if it was before; 422 if refused at sight")
    @require("import")
    def upload(form: UploadBody) -> tuple[Response, int]:
        batch, is_new = _take(services, form)
        return jsonify({**_document(batch), "already_imported": not is_new}), 202 if is_new else 200

    @api.get("/<batch_id>", summary="Status, progress, counts and evidence")
    @require("import")
    def status(path: BatchPath, query: NoQuery) -> Response:  # noqa: ARG001
        return jsonify(_document(services.load.get(path.batch_id, principal())))

    @api.get("/<batch_id>/findings", summary="What was found")
    @require("import")
    def findings(path: BatchPath, query: NoQuery) -> Response:  # noqa: ARG001
        return jsonify({"findings": services.load.findings(path.batch_id, principal())})

    @api.get("/<batch_id>/rows", summary="What became of each row, with its raw attributes")
    @require("import")
    def rows(path: BatchPath, query: RowsQuery) -> Response:
        found = services.load.rows(
            path.batch_id, principal(), state=query.state, after=query.after, limit=query.limit
        )
        return jsonify({"rows": found})

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
        batch = services.publish.request(path.batch_id)
        if batch.status != "published":
            by = principal()
            units = by.grants["import"]
            services.queue.publish(
                batch.batch_id, by.name, None if units is None else sorted(units)
            )
        return jsonify(_document(batch)), 202

    @api.post("/<batch_id>/cancel", summary="End a batch that is not published; its rows go")
    @require("import")
    def cancel(path: BatchPath) -> Response:
        batch = services.load.cancel(path.batch_id, principal())
        _remove(services, batch.batch_id)
        return jsonify(_document(batch))

    return api


def _take(services: Services, form: UploadBody) -> tuple[Batch, bool]:
    """Keep an upload for the worker, unless it is refused at sight or was handed in before."""
    _sweep(services)
    batch_id, is_kept = uuid4(), False
    stored = _store(services, form.file, batch_id)
    try:
        batch, is_kept = _admit(services, stored, form, batch_id)
    except Unavailable as problem:
        # The database may have recorded the batch before it went; if not, the sweep finds this.
        is_kept = problem.code == "database_unavailable"
        raise
    finally:
        if not is_kept:
            _remove(services, batch_id)
    return batch, is_kept


def _remove(services: Services, batch_id: UUID) -> None:
    """Remove the upload of a batch, if it is still there."""
    shutil.rmtree(_folder(services, batch_id), ignore_errors=True)


def _folder(services: Services, batch_id: UUID) -> Path:
    return services.settings.uploads_dir / str(batch_id)


def _sweep(services: Services) -> None:
    """Remove uploads that no batch waits for: a server that was killed left them."""
    uploads = services.settings.uploads_dir
    if not uploads.is_dir():
        return
    for folder in uploads.iterdir():
        with contextlib.suppress(OSError, ValueError):  # gone by now; not ours
            is_old = time.time() - folder.stat().st_mtime > LEFT_AFTER_S
            if is_old and not services.load.is_waiting(UUID(folder.name)):
                shutil.rmtree(folder)


def _store(services: Services, file: FileStorage, batch_id: UUID) -> Path:
    """Copy an upload to its batch's folder, under a name of ours with the suffix as sent."""
    suffix = PurePath(_name(file)).suffix.lower()
    # Files hold names of people.
    services.settings.uploads_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = _folder(services, batch_id)
    folder.mkdir(mode=0o700)
    target = folder / f"upload{suffix}"
    limit = services.settings.upload_limit_bytes
    with target.open("wb") as out:
        while chunk := file.stream.read(1024 * 1024):
            out.write(chunk)
            if out.tell() > limit:
                shutil.rmtree(folder)
                raise TooLarge("too_large", f"The file is larger than {limit} bytes", limit=limit)
    return target


def _name(file: FileStorage) -> str:
    name = PurePath((file.filename or "").replace("\\", "/")).name
    if not name:
        raise UsageError("file_missing", "Send the file as the form field 'file', with its name")
    # What is not printable has no place in a list that people read, NUL none in the database.
    return "".join(letter if letter.isprintable() else "?" for letter in name)


def _admit(
    services: Services, stored: Path, form: UploadBody, batch_id: UUID
) -> tuple[Batch, bool]:
    """Look at the outside of a file and queue it; the same file again answers with its batch.

    Raises
    ------
    Refused
        When the outside is enough to say no.
    """
    name = _name(form.file)
    choices = Choices(
        crs=parse_epsg(form.crs) if form.crs else None,
        axis_order=parse_axis_order(form.axis) if form.axis else None,
        encoding=form.encoding,
        profile=form.profile,
        unit=form.unit,
        layer=form.layer,
    )
    with work_folder() as workdir:
        opened = open_source(stored, workdir, name)
        first = services.load.known(opened.source, choices)
        if first is not None:
            if not may_see(first, principal()):
                raise Conflict("already_imported", f"{name} was handed in before by somebody else")
            return first, False
        look_at(opened)

    def enqueue(batch: Batch, connection: Any) -> None:
        services.queue.load(batch_id, stored, batch.options, batch.created_by, connection)

    return services.load.queue(opened.source, choices, principal(), batch_id, enqueue), True


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
