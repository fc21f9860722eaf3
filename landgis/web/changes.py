"""The change feed over HTTP.

Who follows it has the whole register in the end, and no decision opens bulk download to the public:
it is for departments. What it tells is what anyone may see of each parcel.
"""

from http import HTTPStatus

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from landgis.cadastre.feed import FeedAsked, Position
from landgis.errors import Conflict
from landgis.services.feed.service import FeedService
from landgis.web.access import principal, require
from landgis.web.errors import Problem, problem
from landgis.web.parcels import Name, answer
from landgis.web.query_model import QueryModel

TAG = Tag(name="changes", description="What changed, in commit order, for who keeps a copy")
JSON = "application/json"
MOST_PARCELS = 1000


class ChangesQuery(QueryModel):
    """Behind which place of the feed, and how much of it."""

    since: str = Field(
        "0", max_length=64, description="a revision, or the next of a page; 0: from the beginning"
    )
    limit: int = Field(500, ge=1, le=MOST_PARCELS, description="parcels at most")
    unit: Name | None = Field(None, description="code of a unit that they were or are in")
    geometry: bool = Field(default=True, description="with geometries, in degrees")


class DigestQuery(QueryModel):
    """Of which unit, at which revision."""

    unit: Name | None = Field(None, description="code of a unit; without it: of every unit")
    revision: int | None = Field(None, ge=0, lt=2**63, description="has to be the newest")


def blueprint(feed: FeedService) -> APIBlueprint:
    """Answer the routes of the change feed."""
    api = APIBlueprint("changes", __name__, url_prefix="/api/v1", abp_tags=[TAG])

    @api.get(
        "/changes",
        summary="What changed behind a revision, in commit order; next leads on",
        responses={HTTPStatus.GONE: Problem},
    )
    @require("register")
    def changes(query: ChangesQuery) -> Response:
        since = Position.parse(query.since)
        asked = FeedAsked(since, query.limit, query.unit, query.geometry)
        try:
            page = feed.page(asked, principal())
        except Conflict as conflict:
            if conflict.code != "since_unknown":
                raise
            return problem(HTTPStatus.GONE, conflict.code, conflict.message, **conflict.data)
        return answer(page.document(), JSON)

    @api.get("/changes/digest", summary="Count and hash of each unit's parcels, to prove a copy")
    @require("register")
    def digest(query: DigestQuery) -> Response:
        return answer(feed.digest(query.unit, query.revision, principal()).document(), JSON)

    return api
