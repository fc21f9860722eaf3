"""The findings of a batch over HTTP: list, filter and count them, accept them as they are."""

from collections import Counter
from typing import Annotated, Any, Literal

from flask import Response, jsonify, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from landgis.bootstrap import Services
from landgis.cadastre.acceptance import FindingsCount, FindingsWanted, bbox_of
from landgis.web.access import principal, require
from landgis.web.draft_bodies import Text
from landgis.web.imports import BatchPath
from landgis.web.parcels import Name, NoQuery

TAG = Tag(name="imports", description="Hand in files, follow them, publish them")
PAGE = 1_000
MOST = 10_000
"""Findings of one answer: so many if nothing is said, so many at most."""

FindingName = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$", description="id of a finding")]


class FindingPath(BatchPath):
    """Which finding of which batch."""

    finding_id: FindingName


class FindingsQuery(BaseModel):
    """Which findings; what is left out does not matter."""

    model_config = ConfigDict(extra="forbid")
    rule: Name | None = Field(None, description="code of a rule")
    severity: Literal["block", "error", "warning", "info"] | None = None
    outcome: Literal["fail", "untested"] | None = None
    row: int | None = Field(None, gt=0, lt=2**53, description="a row that it is on")
    bbox: Name | None = Field(None, description="west,south,east,north in degrees, of its place")
    accepted: bool | None = Field(None, description="whether somebody has accepted it as it is")
    after: int = Field(0, ge=0, lt=2**31, description="number to continue after: what next says")
    limit: int = Field(PAGE, ge=1, le=MOST)


class AcceptBody(BaseModel):
    """Why it is right as it is."""

    model_config = ConfigDict(extra="forbid")
    why: Text


def blueprint(services: Services) -> APIBlueprint:
    """Answer the routes of a batch's findings."""
    api = APIBlueprint("findings", __name__, url_prefix="/api/v1/imports", abp_tags=[TAG])
    stories = services.findings

    @api.before_request
    def precede() -> None:
        """Answer 403 and 404 before anything is said about the body."""
        asked = request.view_args or {}
        try:
            path = FindingPath.model_validate(asked) if "finding_id" in asked else None
        except ValueError:
            return  # the view answers for a path that is malformed
        if path is not None:
            stories.named(path.batch_id, path.finding_id, principal())

    _add_reading(api, services)

    @api.post("/<batch_id>/findings/<finding_id>/accept", summary="Accept it as it is, and say why")
    @require("import")
    def accept(path: FindingPath, body: AcceptBody) -> Response:
        stories.accept(path.batch_id, path.finding_id, principal(), body.why)
        return _now(services, path)

    @api.delete("/<batch_id>/findings/<finding_id>/accept", summary="Take an acceptance back")
    @require("import")
    def take_back(path: FindingPath) -> Response:
        stories.take_back(path.batch_id, path.finding_id, principal())
        return _now(services, path)

    return api


def _add_reading(api: APIBlueprint, services: Services) -> None:
    @api.get("/<batch_id>/findings", summary="What was found, in the order of the report")
    @require("import")
    def findings(path: BatchPath, query: FindingsQuery) -> Response:
        wanted = FindingsWanted(
            rule=query.rule,
            severity=query.severity,
            outcome=query.outcome,
            row=query.row,
            bbox=None if query.bbox is None else bbox_of(query.bbox),
            accepted=query.accepted,
        )
        page = services.findings.page(
            path.batch_id, principal(), wanted, after=query.after, limit=query.limit
        )
        return jsonify({"findings": page.findings, "next": page.next})

    @api.get("/<batch_id>/findings/counts", summary="How many of each rule, severity and outcome")
    @require("import")
    def counts(path: BatchPath, query: NoQuery) -> Response:  # noqa: ARG001
        return jsonify(_counts(services.findings.counts(path.batch_id, principal())))


def _counts(counted: list[FindingsCount]) -> dict[str, Any]:
    """Answer the counts of every kind, and of what failed by severity."""
    found: Counter[str] = Counter()
    accepted: Counter[str] = Counter()
    for one in counted:
        if one.outcome == "fail":
            found[one.severity] += one.findings
            accepted[one.severity] += one.accepted
    by_severity = {s: {"findings": found[s], "accepted": accepted[s]} for s in found}
    return {
        "findings": found.total(),
        "accepted": accepted.total(),
        "by_severity": by_severity,
        "by_rule": [
            {
                "rule": one.rule,
                "severity": one.severity,
                "outcome": one.outcome,
                "findings": one.findings,
                "accepted": one.accepted,
            }
            for one in counted
        ],
    }


def _now(services: Services, path: FindingPath) -> Response:
    """Answer a finding as it is from now on."""
    return jsonify(services.findings.named(path.batch_id, path.finding_id, principal())[0])
