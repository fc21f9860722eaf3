"""Parcel queries over HTTP: one, lists by name, fact, place and time, at a point, neighbours."""

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from flask import Response, request
from flask_openapi3 import APIBlueprint
from pydantic import Field

from landgis.cadastre.filters import Value
from landgis.cadastre.parcel_lists import KnownAt, ParcelPage
from landgis.errors import UsageError
from landgis.geodesy import LONLAT
from landgis.services.axis_order import AxisOrders
from landgis.services.history import HistoryService
from landgis.services.ogc.asked import token_of
from landgis.services.parcel_lists import ParcelListService
from landgis.services.parcel_questions import DEFAULT_LIMIT, MAX_LIMIT, ParcelsAsked
from landgis.services.query import Point, QueryService
from landgis.web.access import principal, require
from landgis.web.parcel_forms import MEDIA_TYPES, Form, ParcelForms, asked_form
from landgis.web.parcels import TAG, Name, ParcelPath
from landgis.web.query_model import QueryModel
from landgis.web.render import ParcelRenderer

Area = Annotated[float, Field(ge=0, le=1e15, allow_inf_nan=False)]
"""Square metres, as measured; the earth has 5.1e14."""

Text = Annotated[str, Field(max_length=30_000, pattern=r"^[^\x00]*$")]
Srid = Annotated[int, Field(gt=0, lt=1_000_000)]
Token = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]
FORM = "form of the answer; else by Accept"
AS_OF = "as the register knew it then: a time (RFC 3339), a day (its end), or a revision"
AFTER = "where the page begins; from a next link"
DEEP = (
    f"{AFTER}; behind the first 10000 parcels of an answer, or as many as the jurisdiction says, "
    "the scope register is needed (too_deep)"
)


class OneQuery(QueryModel):
    """Which state of a parcel, in which form."""

    as_of: Name | None = Field(None, description=AS_OF)
    f: Form | None = Field(None, description=FORM)


class ListQuery(QueryModel):
    """Which parcels: every condition holds for each of them."""

    unit: Name | None = Field(None, description="code of the unit")
    sheet: Name | None = Field(None, description="number of the map sheet")
    number: Name | None = Field(None, description="parcel number")
    old_unit: Name | None = Field(None, description="code of the unit before the last reform")
    old_sheet: Name | None = Field(None, description="map sheet before renumbering")
    old_number: Name | None = Field(None, description="parcel number before renumbering")
    land_use: Name | None = Field(None, description="code among the land uses")
    area_min: Area | None = Field(None, description="square metres, measured")
    area_max: Area | None = Field(None, description="square metres, measured")
    status: Name | None = None
    bbox: Text | None = Field(
        None, description="west,south,east,north that the parcel meets; east first in every system"
    )
    bbox_srid: Srid = Field(LONLAT, description="EPSG code of bbox")
    within: Text | None = Field(
        None, description="polygon that the parcel lies in or meets: WKT or GeoJSON, east first"
    )
    within_srid: Srid = Field(LONLAT, description="EPSG code of within")
    as_of: Name | None = Field(None, description=AS_OF)
    effective_on: Name | None = Field(None, description="in force in law on this day: 2025-07-01")
    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="parcels of a page at most")
    after: Token | None = Field(None, description=DEEP)
    f: Form | None = Field(None, description=FORM)


class AtQuery(QueryModel):
    """A place: ``lon`` and ``lat``, or ``x``, ``y`` (in either order) and ``srid``."""

    lon: float | None = Field(None, ge=-180, le=180, allow_inf_nan=False)
    lat: float | None = Field(None, ge=-90, le=90, allow_inf_nan=False)
    x: float | None = Field(None, allow_inf_nan=False, description="east, or longitude")
    y: float | None = Field(None, allow_inf_nan=False, description="north, or latitude")
    srid: int | None = Field(None, gt=0, lt=1_000_000, description="EPSG code of x and y")
    f: Form | None = Field(None, description=FORM)


class NeighbourQuery(QueryModel):
    """Which page of the neighbours, in which form."""

    limit: int = Field(MAX_LIMIT, ge=1, le=MAX_LIMIT, description="parcels of a page at most")
    after: Token | None = Field(None, description=AFTER)
    f: Form | None = Field(None, description=FORM)


def blueprint(
    stories: QueryService,
    histories: HistoryService,
    lists: ParcelListService,
    renderer: ParcelRenderer,
    forms: ParcelForms,
) -> APIBlueprint:
    """Answer the routes of parcel queries."""
    api = APIBlueprint("parcel_queries", __name__, url_prefix="/api/v1", abp_tags=[TAG])

    @api.get("/parcels/<name>", summary="One parcel as a GeoJSON Feature")
    @require("public")
    def parcel(path: ParcelPath, query: OneQuery) -> Response:
        form = asked_form(query.f)
        if query.as_of is None:
            return forms.one(histories.live(path.name, principal()), form, {})
        record, known = lists.as_of(path.name, query.as_of, principal())
        return forms.one(record, form, {"as_of": _known(known, renderer)})

    def paged(page: ParcelPage, form: Form, more: Sequence[dict[str, Any]] | None) -> Response:
        heading = _times(page, renderer)
        matched = {"numberMatched": page.matched, "numberMatchedCapped": page.is_capped}
        links = [] if page.after is None else [_next(page, form)]
        body = {**heading, **matched, "links": links}
        response = forms.many(page.records, form, body, more)
        response.headers["Landgis-Number-Matched"] = f"{'>' * page.is_capped}{page.matched}"
        for link in links:
            response.headers.add("Link", f'<{link["href"]}>; rel="next"; type="{link["type"]}"')
        return response

    @api.get("/parcels", summary="Parcels by name, fact, place and time, page by page")
    @require("public")
    def listed(query: ListQuery) -> Response:
        said = query.model_dump(exclude={"f"})
        return paged(lists.page(ParcelsAsked(**said), principal()), asked_form(query.f), None)

    @api.get("/parcels/at", summary="Parcels that cover a point")
    @require("public")
    def at(query: AtQuery) -> Response:
        lists.require_fields(principal(), ["bbox"])
        point, heading = _point(query, lists.axis_orders)
        return forms.many(stories.at(point, principal()), asked_form(query.f), heading)

    @api.get("/parcels/<name>/neighbours", summary="Parcels that share boundary or a node with one")
    @require("public")
    def neighbours(path: ParcelPath, query: NeighbourQuery) -> Response:
        page, lengths = lists.neighbours(path.name, query.limit, query.after, principal())
        more = [{"common_boundary_m": length} for length in lengths]
        return paged(page, asked_form(query.f), more)

    return api


def _times(page: ParcelPage, renderer: ParcelRenderer) -> dict[str, Any]:
    """Answer which of the two times were asked for."""
    said: dict[str, Any] = {}
    if page.known_at is not None:
        said["as_of"] = _known(page.known_at, renderer)
    if page.effective_on is not None:
        said["effective_on"] = page.effective_on.isoformat()
    return said


def _known(known: KnownAt, renderer: ParcelRenderer) -> dict[str, Any]:
    """Answer a state of the register as the API writes it."""
    return {"revision": known.revision, "published_at": renderer.local_time(known.at)}


def _next(page: ParcelPage, form: Form) -> dict[str, str]:
    """Answer the link to the next page; of a past state by its revision, which stays the same."""
    place: tuple[Value | None, ...] = (page.after,)
    parameters = {**request.args.to_dict(), "f": form, "after": token_of(place)}
    if page.known_at is not None:
        parameters["as_of"] = str(page.known_at.revision)
    href = f"{request.base_url}?{urlencode(parameters)}"
    return {"rel": "next", "type": MEDIA_TYPES[form], "href": href}


def _point(asked: AtQuery, axes: AxisOrders) -> tuple[Point, dict[str, str]]:
    lonlat, xy = (asked.lon, asked.lat), (asked.x, asked.y, asked.srid)
    if asked.lon is not None and asked.lat is not None and set(xy) == {None}:
        return Point(asked.lon, asked.lat, LONLAT), {}
    if (
        asked.x is not None
        and asked.y is not None
        and asked.srid is not None
        and set(lonlat) == {None}
    ):
        reading = axes.recognised(asked.x, asked.y, asked.srid)
        return reading.point, {"axis_order": reading.axis_order}
    raise UsageError("bad_point", "Give either lon and lat, or x, y and srid")
