"""A newer file for units that hold parcels: its difference, and the draft made of it."""

from typing import Annotated, Any

from flask import Response, jsonify
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from landgis.bootstrap import Services
from landgis.cadastre.drafts import Heading
from landgis.cadastre.resend import Scope
from landgis.web.access import principal, require
from landgis.web.draft_bodies import HeadingBody
from landgis.web.draft_render import DraftRenderer
from landgis.web.idempotency import token
from landgis.web.imports import BatchPath

TAG = Tag(name="imports", description="Hand in files, follow them, publish them")

Complete = Annotated[
    Scope, Field(description="what the file is complete for: what it leaves out there is retired")
]


class DifferenceQuery(BaseModel):
    """How much a missing parcel says."""

    model_config = ConfigDict(extra="forbid")
    scope: Complete = "none"


class ProposeBody(HeadingBody):
    """A draft's heading, and how much a missing parcel says."""

    scope: Complete = "none"


def blueprint(services: Services) -> APIBlueprint:
    """Answer the routes of a batch's difference to the live register."""
    api = APIBlueprint("resend", __name__, url_prefix="/api/v1/imports", abp_tags=[TAG])
    renderer = DraftRenderer(services.jurisdiction)
    stories = services.editing.resends

    @api.get("/<batch_id>/difference", summary="What a staged batch would change")
    @require("import")
    def difference(path: BatchPath, query: DifferenceQuery) -> Response:
        services.load.get(path.batch_id, principal())
        found = stories.difference(path.batch_id, principal(), query.scope)
        return jsonify(found.document())

    @api.post("/<batch_id>/propose", summary="Make a draft of the difference: 201")
    @require("edit")
    def propose(path: BatchPath, body: ProposeBody) -> tuple[Response, int]:
        services.load.get(path.batch_id, principal())
        heading = Heading(body.record_no, body.reason, body.basis)
        made = stories.propose(path.batch_id, principal(), heading, body.scope, token())
        document: dict[str, Any] = renderer.draft(made.shown)
        response = jsonify({**document, "difference": made.difference.document()})
        response.set_etag(str(made.shown.draft.rev))
        return response, 201

    return api
