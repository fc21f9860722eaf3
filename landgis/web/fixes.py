"""Fixes of a batch's rows over HTTP: look at them, make them, take them back."""

from typing import Annotated
from uuid import UUID

from flask import Response, jsonify, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from landgis.bootstrap import Services
from landgis.cadastre.drafts import Heading
from landgis.services.fixing import FixAsked
from landgis.web.access import principal, require
from landgis.web.draft_bodies import HeadingBody, Text
from landgis.web.draft_render import DraftRenderer
from landgis.web.fix_render import MOVED_DECIMALS, made_json, preview_json, record_json
from landgis.web.idempotency import token
from landgis.web.imports import BatchPath
from landgis.web.parcels import Name, NoQuery

TAG = Tag(name="imports", description="Hand in files, follow them, publish them")
MOST_ROWS = 1000

RowNumber = Annotated[int, Field(gt=0, lt=2**53)]
Version = Annotated[int, Field(ge=0, lt=2**31)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FindingFixPath(BatchPath):
    """Which finding of which batch."""

    finding_id: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


class FixPath(BatchPath):
    """Which fix of which batch."""

    fix_id: UUID


class FixBody(_Model):
    """Which of the fixes that were shown, and why."""

    kind: Name
    reason: Text
    versions: dict[RowNumber, Version] = Field(
        max_length=MOST_ROWS, description="row -> its version as it was shown, of each touched row"
    )


class FixDraftBody(HeadingBody):
    """Which fix, and the heading of the draft."""

    kind: Name


class FixRuleBody(_Model):
    """Which findings to fix, and why."""

    rule: Name
    kind: Name | None = Field(None, description="the first that can be made if not said")
    reason: Text
    dry_run: bool = Field(default=False, description="say what would be done; write nothing")


class UndoBody(_Model):
    """Why a fix is taken back."""

    reason: Text


def blueprint(services: Services) -> APIBlueprint:
    """Answer the routes of fixes."""
    api = APIBlueprint("fixes", __name__, url_prefix="/api/v1/imports", abp_tags=[TAG])

    @api.before_request
    def precede() -> None:
        """Answer 403 and 404 before anything is said about the body."""
        try:
            batch_id = UUID((request.view_args or {})["batch_id"])
        except ValueError:
            return  # the view answers for a path that is malformed
        services.rows.reading.admit(batch_id, principal())

    _add_of_finding(api, services)
    _add_of_batch(api, services)
    return api


def _add_of_finding(api: APIBlueprint, services: Services) -> None:
    stories, renderer = services.fixing, DraftRenderer(services.jurisdiction)

    @api.get("/<batch_id>/findings/<finding_id>/fixes", summary="Fixes of a finding, as previews")
    @require("import")
    def previews(path: FindingFixPath, query: NoQuery) -> Response:  # noqa: ARG001
        batch = services.load.get(path.batch_id, principal())
        found = stories.propose(path.batch_id, path.finding_id, principal())
        epsg = batch.survey_epsg or 0
        return jsonify(
            {
                "finding_id": path.finding_id,
                "crs": f"EPSG:{epsg}",
                "fixes": [preview_json(preview, epsg) for preview in found],
            }
        )

    @api.post("/<batch_id>/findings/<finding_id>/fixes", summary="Fix a finding as shown: 201")
    @require("import")
    def make(path: FindingFixPath, body: FixBody) -> tuple[Response, int]:
        asked = FixAsked(principal(), body.reason)
        made = stories.make(path.batch_id, path.finding_id, body.kind, body.versions, asked)
        return jsonify(made_json(made)), 201

    @api.post(
        "/<batch_id>/findings/<finding_id>/fixes/propose",
        summary="Make a draft that fixes parcels of the register: 201",
    )
    @require("edit")
    def propose(path: FindingFixPath, body: FixDraftBody) -> tuple[Response, int]:
        heading = Heading(body.record_no, body.reason, body.basis)
        made = services.fix_proposals.propose(
            path.batch_id, path.finding_id, body.kind, heading, principal(), token()
        )
        document = renderer.draft(made.shown)
        response = jsonify({**document, "moved_m": round(made.fix.moved_m, MOVED_DECIMALS)})
        response.set_etag(str(made.shown.draft.rev))
        return response, 201


def _add_of_batch(api: APIBlueprint, services: Services) -> None:
    stories = services.fixing

    @api.get("/<batch_id>/fixes", summary="The fixes that were made, oldest first")
    @require("import")
    def listed(path: BatchPath, query: NoQuery) -> Response:  # noqa: ARG001
        found = stories.listed(path.batch_id, principal())
        return jsonify({"fixes": [record_json(record) for record in found]})

    @api.post("/<batch_id>/fixes", summary="Fix all findings of a rule; dry_run only says how")
    @require("import")
    def make_all(path: BatchPath, body: FixRuleBody) -> Response:
        asked = FixAsked(principal(), body.reason)
        made = stories.make_all(path.batch_id, body.rule, body.kind, asked, dry_run=body.dry_run)
        return jsonify({**made_json(made), "dry_run": body.dry_run})

    @api.post("/<batch_id>/fixes/<fix_id>/undo", summary="Take a fix back")
    @require("import")
    def undo(path: FixPath, body: UndoBody) -> Response:
        made = stories.undo(path.batch_id, path.fix_id, FixAsked(principal(), body.reason))
        return jsonify(made_json(made))
