"""Parcel queries over HTTP."""

import hashlib
from typing import Annotated, Any

from flask import Response, json, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from landgis.cadastre.register import ParcelRecord
from landgis.errors import UsageError
from landgis.geodesy import LONLAT
from landgis.services.history import HistoryService
from landgis.services.query import Point, QueryService
from landgis.web.access import principal, require
from landgis.web.render import ParcelRenderer

TAG = Tag(name="parcels", description="Live parcels of the published revision")


Name = Annotated[str, Field(max_length=64, pattern=r"^[^\x00]*$")]
"""What a parcel, sheet or unit can be called: PostgreSQL's text holds no NUL."""


class ParcelPath(BaseModel):
    """Which parcel."""

    model_config = ConfigDict(extra="forbid")
    name: Name = Field(description="UUID, fid or national identifier")


class NoQuery(BaseModel):
    """No parameter at all."""

    model_config = ConfigDict(extra="forbid")


class NameQuery(BaseModel):
    """A parcel by the names people use."""

    model_config = ConfigDict(extra="forbid")
    unit: Name | None = Field(None, description="code of the unit")
    sheet: Name | None = Field(None, description="number of the map sheet")
    number: Name | None = Field(None, description="parcel number")


class AtQuery(BaseModel):
    """A place: ``lon`` and ``lat``, or ``x`` (east), ``y`` (north) and ``srid``."""

    model_config = ConfigDict(extra="forbid")
    lon: float | None = Field(None, ge=-180, le=180, allow_inf_nan=False)
    lat: float | None = Field(None, ge=-90, le=90, allow_inf_nan=False)
    x: float | None = Field(None, allow_inf_nan=False, description="east, or longitude")
    y: float | None = Field(None, allow_inf_nan=False, description="north, or latitude")
    srid: int | None = Field(None, gt=0, lt=1_000_000, description="EPSG code of x and y")


def blueprint(
    stories: QueryService, histories: HistoryService, renderer: ParcelRenderer
) -> APIBlueprint:
    """Answer the routes of parcels."""
    api = APIBlueprint("parcels", __name__, url_prefix="/api/v1", abp_tags=[TAG])

    def collection(records: list[ParcelRecord]) -> Response:
        plane = stories.storage_epsg() if records else LONLAT
        return answer(renderer.collection(records, plane))

    @api.get("/parcels/<name>", summary="One parcel as a GeoJSON Feature")
    @require("public")
    def parcel(path: ParcelPath, query: NoQuery) -> Response:  # noqa: ARG001 - refuses parameters
        record = histories.live(path.name, principal())
        return answer(renderer.feature(record, stories.storage_epsg()))

    @api.get("/parcels", summary="Parcels by unit, sheet and number")
    @require("public")
    def named(query: NameQuery) -> Response:
        return collection(stories.named(query.unit, query.sheet, query.number, principal()))

    @api.get("/parcels/at", summary="Parcels that cover a point")
    @require("public")
    def at(query: AtQuery) -> Response:
        return collection(stories.at(_point(query), principal()))

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


def _point(asked: AtQuery) -> Point:
    lonlat, xy = (asked.lon, asked.lat), (asked.x, asked.y, asked.srid)
    if None not in lonlat and set(xy) == {None}:
        return Point(asked.lon or 0.0, asked.lat or 0.0, LONLAT)
    if None not in xy and set(lonlat) == {None}:
        return Point(asked.x or 0.0, asked.y or 0.0, asked.srid or 0)
    raise UsageError("bad_point", "Give either lon and lat, or x, y and srid")


def answer(body: dict[str, Any], mimetype: str = "application/geo+json") -> Response:
    """Answer JSON with a strong ETag of its bytes, 304 when the asker has it already."""
    data = json.dumps(body, ensure_ascii=False).encode()
    response = Response(data, mimetype=mimetype)
    response.set_etag(hashlib.sha256(data).hexdigest()[:32])
    response.headers["Cache-Control"] = "no-cache"
    response.make_conditional(request)
    return response
