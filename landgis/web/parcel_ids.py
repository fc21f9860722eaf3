"""National identifiers over HTTP: computed, explained, verified in bulk."""

from typing import Annotated

from flask import Response, json, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from landgis.bootstrap import Services
from landgis.errors import UsageError
from landgis.geodesy import LONLAT
from landgis.services.identifying import issuing
from landgis.services.identifying.explaining import ExplainingService
from landgis.services.identifying.reading import MOST_CLAIMS, claims_of, read_csv, read_json
from landgis.services.identifying.telling import (
    computed_document,
    explained_document,
    issued_document,
    verified_document,
)
from landgis.services.identifying.verifying import counts_of
from landgis.services.query import Point
from landgis.services.searching.asker import Asker
from landgis.web.access import principal, require
from landgis.web.errors import problem
from landgis.web.parcels import answer
from landgis.web.query_model import QueryModel

TAG = Tag(name="identifiers", description="National identifiers of parcels")

READERS = {"application/json": read_json, "text/csv": read_csv}

Word = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$")]

CLAIMS_BYTES = 4 * 1024**2
"""Room for the most rows, each with a parcel's UUID and a point."""

SENT = {
    "application/json": {
        "schema": {
            "type": "object",
            "required": ["rows"],
            "additionalProperties": False,
            "properties": {
                "rows": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": MOST_CLAIMS,
                    "items": {
                        "type": "object",
                        "additionalProperties": False,
                        "properties": {
                            "row": {"type": "integer"},
                            "national_id": {"type": "string"},
                            "parcel": {
                                "type": "string",
                                "description": "UUID, fid or unit/sheet/number; else the point "
                                "counts, else whoever bears it",
                            },
                            **{name: {"type": "number"} for name in ("lon", "lat", "x", "y")},
                            "srid": {"type": "integer"},
                        },
                    },
                }
            },
        }
    },
    "text/csv": {"schema": {"type": "string"}},
}


class IdentifierQuery(QueryModel):
    """A feature point, or an identifier."""

    id: Annotated[str | None, Field(max_length=64, description="national identifier")] = None
    lon: float | None = Field(None, ge=-180, le=180, allow_inf_nan=False)
    lat: float | None = Field(None, ge=-90, le=90, allow_inf_nan=False)
    x: float | None = Field(None, allow_inf_nan=False, description="east, or longitude")
    y: float | None = Field(None, allow_inf_nan=False, description="north, or latitude")
    srid: int | None = Field(None, gt=0, lt=1_000_000, description="EPSG code of x and y")

    def place(self) -> Point | None:
        """Answer the point; None where an identifier is asked for.

        Raises
        ------
        UsageError
            ``bad_question``: neither, or both, or half of a point.
        """
        given = {name for name in ("id", "lon", "lat", "x", "y", "srid") if name in self._said()}
        if given == {"id"}:
            return None
        if given == {"lon", "lat"}:
            return Point(self.lon or 0.0, self.lat or 0.0, LONLAT)
        if given == {"x", "y", "srid"}:
            return Point(self.x or 0.0, self.y or 0.0, self.srid or 0)
        raise UsageError("bad_question", "Give id, or lon and lat, or x, y and srid")

    def _said(self) -> set[str]:
        return {name for name, value in self.model_dump().items() if value is not None}


class OfficialRow(BaseModel):
    """An identifier and its parcel."""

    model_config = ConfigDict(extra="forbid")
    national_id: Word
    parcel: Word = Field(description="UUID, fid, or unit/sheet/number")


class OfficialBody(BaseModel):
    """What an issuer says."""

    model_config = ConfigDict(extra="forbid")
    issuer: Word = Field(description="who makes them official")
    decision: Word = Field(description="document by which they are")
    rows: Annotated[list[OfficialRow], Field(min_length=1, max_length=MOST_CLAIMS)]


def blueprint(services: Services) -> APIBlueprint:
    """Answer the routes of national identifiers."""
    api = APIBlueprint("parcel_ids", __name__, url_prefix="/api/v1/parcel-id", abp_tags=[TAG])
    jurisdiction, stories = services.jurisdiction, services.identifiers

    @api.get("", summary="An identifier computed from a point, or explained, step by step")
    @require("public")
    def explain(query: IdentifierQuery) -> Response:
        fields = Asker.of(principal(), jurisdiction).fields
        place = query.place()
        return answer(_document(stories.explaining, query, place, fields), "application/json")

    def _document(
        told: ExplainingService, query: IdentifierQuery, place: Point | None, fields: frozenset[str]
    ) -> dict[str, object]:
        if place is not None:
            return computed_document(told.compute(place, principal()), jurisdiction, fields)
        return explained_document(told.explain(query.id or "", principal()), jurisdiction, fields)

    @api.post(
        "",
        summary=f"Verify up to {MOST_CLAIMS} identifiers: distance and likely cause",
        openapi_extensions={"requestBody": {"required": True, "content": SENT}},
    )
    @require("register")
    def verify() -> Response:
        read = READERS.get(request.mimetype)
        if read is None:
            types = " or ".join(READERS)
            return problem(415, "unsupported_media_type", f"Send the rows as {types}")
        request.max_content_length = CLAIMS_BYTES
        verified = stories.verifying.verify(read(request.get_data()), principal())
        fields = Asker.of(principal(), jurisdiction).fields
        rows = [verified_document(one, fields) for one in verified]
        body = {"procedure": stories.explaining.procedure, "counts": counts_of(verified)}
        return Response(
            json.dumps({**body, "rows": rows}, ensure_ascii=False), mimetype="application/json"
        )

    @api.post("/official", summary="Make identifiers official: every row, or none (422)")
    @require("review")
    def official(body: OfficialBody) -> Response:
        claims = claims_of(row.model_dump(exclude_none=True) for row in body.rows)
        issued, is_written = stories.issuing.issue(claims, body.issuer, body.decision, principal())
        fields = Asker.of(principal(), jurisdiction).fields
        rows = [issued_document(one, fields) for one in issued]
        counts = issuing.counts_of(issued)
        told = {"counts": counts, "rows": rows}
        if not is_written:
            said = f"{counts['refused']} row(s) speak against it; nothing was written"
            return problem(422, "identifiers_refused", said, **told)
        return Response(json.dumps(told, ensure_ascii=False), mimetype="application/json")

    return api
