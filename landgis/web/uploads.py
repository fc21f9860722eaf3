"""Uploads that can be interrupted: tus 1.0 with creation, expiration and termination.

Source: tus resumable upload protocol 1.0.0 (2016-03-25).
"""

import base64
import binascii
import re
from http import HTTPStatus
from typing import Any
from uuid import UUID
from wsgiref.handlers import format_date_time

from flask import Response, jsonify, make_response, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from landgis.errors import UsageError
from landgis.services.upload_folder import Upload
from landgis.services.uploads import UploadService
from landgis.web.access import principal, require
from landgis.web.errors import problem
from landgis.web.handing_in import printable
from landgis.web.parcels import NoQuery

TAG = Tag(name="uploads", description="Send a file in parts and go on after an interruption (tus)")
VERSION = "1.0.0"
EXTENSIONS = "creation,expiration,termination"
PART = "application/offset+octet-stream"
SHA256 = re.compile(r"[0-9a-f]{64}")


class UploadPath(BaseModel):
    """Which upload."""

    model_config = ConfigDict(extra="forbid")
    upload_id: UUID


class CreateHeaders(BaseModel):
    """What an upload is begun with."""

    length: int = Field(alias="Upload-Length", ge=1, lt=2**63, description="bytes of the file")
    metadata: str = Field(
        alias="Upload-Metadata",
        max_length=4096,
        description="filename <base64>, and sha256 <base64 of its hex digits> if known",
    )


class PartHeaders(BaseModel):
    """Where a part belongs."""

    offset: int = Field(alias="Upload-Offset", ge=0, lt=2**63)


def blueprint(uploads: UploadService) -> APIBlueprint:
    """Answer the routes of uploads."""
    api = APIBlueprint("uploads", __name__, url_prefix="/api/v1/uploads", abp_tags=[TAG])

    @api.before_request
    def speak_the_same() -> Response | None:
        if request.headers.get("Tus-Resumable", VERSION) == VERSION:
            return None
        return problem(412, "tus_version", f"This server speaks tus {VERSION}")

    @api.after_request
    def introduce(response: Response) -> Response:
        response.headers["Tus-Resumable"] = VERSION
        if request.method == "OPTIONS" or response.status_code == HTTPStatus.PRECONDITION_FAILED:
            response.headers["Tus-Version"] = VERSION
            response.headers["Tus-Extension"] = EXTENSIONS
            response.headers["Tus-Max-Size"] = str(uploads.limit_bytes)
        return response

    @api.post("", summary="Begin an upload: 201 with its Location")
    @require("import")
    def begin(header: CreateHeaders) -> tuple[Response, int]:
        name, sha256 = _named(header.metadata)
        upload = uploads.begin(name, header.length, sha256, principal())
        response = _told(jsonify(_document(upload)), upload)
        response.headers["Location"] = _url(upload)
        return response, 201

    @api.get("/<upload_id>", summary="How far an upload is; HEAD tells it in Upload-Offset")
    @require("import")
    def status(path: UploadPath, query: NoQuery) -> Response:  # noqa: ARG001
        upload = uploads.get(path.upload_id, principal())
        response = _told(jsonify(_document(upload)), upload)
        response.headers["Cache-Control"] = "no-store"
        return response

    @api.patch("/<upload_id>", summary="Add bytes at Upload-Offset: 204; 409 for a wrong offset")
    @require("import")
    def append(path: UploadPath, header: PartHeaders) -> Response:
        if request.mimetype != PART:
            return problem(415, "unsupported_media_type", f"Send the bytes as {PART}")
        upload = uploads.append(
            path.upload_id,
            principal(),
            header.offset,
            request.stream,
            announced=request.content_length,
        )
        return _told(make_response("", 204), upload)

    @api.delete("/<upload_id>", summary="Forget an upload")
    @require("import")
    def remove(path: UploadPath) -> tuple[str, int]:
        uploads.remove(path.upload_id, principal())
        return "", 204

    return api


def _named(metadata: str) -> tuple[str, str | None]:
    """Answer what a file is called, and its SHA-256 if that is said."""
    said = _metadata(metadata)
    sha256 = said.get("sha256", "").lower() or None
    if sha256 is not None and not SHA256.fullmatch(sha256):
        raise UsageError("bad_metadata", "sha256 in Upload-Metadata must be 64 hex digits")
    return printable(said.get("filename", "")), sha256


def _metadata(header: str) -> dict[str, str]:
    """Answer ``key base64, key base64 …`` as texts."""
    said = {}
    for pair in header.split(","):
        key, _, value = pair.strip().partition(" ")
        try:
            said[key] = base64.b64decode(value, validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError) as wrong:
            raise UsageError(
                "bad_metadata", f"Upload-Metadata: {key[:40]!r} is not followed by base64 of UTF-8"
            ) from wrong
    return said


def _told(response: Response, upload: Upload) -> Response:
    response.headers["Upload-Offset"] = str(upload.offset)
    response.headers["Upload-Length"] = str(upload.said.length)
    response.headers["Upload-Expires"] = format_date_time(upload.expires_at.timestamp())
    return response


def _url(upload: Upload) -> str:
    return f"{request.url_root.rstrip('/')}/api/v1/uploads/{upload.upload_id}"


def _document(upload: Upload) -> dict[str, Any]:
    return {
        "id": str(upload.upload_id),
        "name": upload.said.name,
        "length": upload.said.length,
        "offset": upload.offset,
        "expires_at": upload.expires_at.isoformat(),
        "batches": list(upload.said.batches),
        "url": _url(upload),
    }
