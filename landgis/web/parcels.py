"""What the routes of parcels share, and what revision is shown."""

import hashlib
from typing import Annotated, Any

from flask import Response, json, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from landgis.services.query import QueryService
from landgis.web.access import require
from landgis.web.render import ParcelRenderer

TAG = Tag(name="parcels", description="Parcels of the published register")


Name = Annotated[str, Field(max_length=64, pattern=r"^[^\x00]*$")]
"""What a parcel, sheet or unit can be called: PostgreSQL's text holds no NUL."""


class ParcelPath(BaseModel):
    """Which parcel."""

    model_config = ConfigDict(extra="forbid")
    name: Name = Field(description="UUID, fid or national identifier")


class NoQuery(BaseModel):
    """No parameter at all."""

    model_config = ConfigDict(extra="forbid")


def blueprint(stories: QueryService, renderer: ParcelRenderer) -> APIBlueprint:
    """Answer the route of the revision."""
    api = APIBlueprint("parcels", __name__, url_prefix="/api/v1", abp_tags=[TAG])

    @api.get("/revision", summary="What revision the map shows")
    @require("public")
    def revision(query: NoQuery) -> Response:  # noqa: ARG001 - refuses parameters
        state = stories.state()
        return answer(
            {
                "revision": state.revision,
                "sequence": state.sequence,
                "published_at": renderer.local_time(state.published_at),
            },
            "application/json",
        )

    return api


def answer(body: dict[str, Any], mimetype: str = "application/geo+json") -> Response:
    """Answer JSON with a strong ETag of its bytes, 304 when the asker has it already."""
    return tagged(json.dumps(body, ensure_ascii=False).encode(), mimetype)


def tagged(data: bytes, mimetype: str) -> Response:
    """Answer bytes with a strong ETag of them, 304 when the asker has them already."""
    response = Response(data, mimetype=mimetype)
    response.set_etag(hashlib.sha256(data).hexdigest()[:32])
    response.headers["Cache-Control"] = "no-cache"
    response.make_conditional(request)
    return response
