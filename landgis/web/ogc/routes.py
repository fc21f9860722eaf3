"""The routes of ``/ogc``: read the parameters, ask the service, write in the asked format."""

from collections.abc import Callable

from flask import Blueprint, Response

from landgis.bootstrap import Services
from landgis.cadastre.served import Collection
from landgis.services.ogc.crs import CRS, CRS84_URI
from landgis.web.access import principal, require
from landgis.web.ogc import links, params, schemas, tile_routes
from landgis.web.ogc.desk import Body, Desk
from landgis.web.render import ParcelRenderer

Described = Callable[[Collection, str], Body]


def blueprint(services: Services, renderer: ParcelRenderer) -> Blueprint:
    """Answer the routes of OGC API."""
    ogc, desk = Blueprint("ogc", __name__), Desk(services, renderer)
    _about(ogc, desk)
    _collections(ogc, desk)
    _members(ogc, desk)
    tile_routes.register(ogc, desk)
    return ogc


def _about(ogc: Blueprint, desk: Desk) -> None:
    @ogc.get("/ogc")
    @ogc.get("/ogc/")
    @require("public")
    def landing() -> Response:
        reading = desk.read(params.DOCUMENT)
        return desk.answer(desk.bodies.landing(reading), reading, desk.pages.landing)

    @ogc.get("/ogc/api")
    @require("public")
    def definition() -> Response:
        reading = desk.read(params.OPENAPI)
        return desk.answer(desk.api.document(reading.lang), reading, desk.pages.definition)

    @ogc.get("/ogc/conformance")
    @require("public")
    def conformance() -> Response:
        reading = desk.read(params.DOCUMENT)
        return desk.answer(desk.bodies.conformance(reading), reading, desk.pages.conformance)


def _collections(ogc: Blueprint, desk: Desk) -> None:
    @ogc.get("/ogc/collections")
    @require("public")
    def collections() -> Response:
        reading = desk.read(params.DOCUMENT)
        return desk.answer(desk.bodies.collections(reading), reading, desk.pages.collections)

    @ogc.get("/ogc/collections/<name>")
    @require("public")
    def collection(name: str) -> Response:
        reading, found = desk.read(params.DOCUMENT), desk.features.collection(name)
        return desk.answer(desk.bodies.collection(found, reading), reading, desk.pages.collection)

    @ogc.get("/ogc/collections/<name>/schema")
    @require("public")
    def schema(name: str) -> Response:
        return described(name, schemas.schema)

    @ogc.get("/ogc/collections/<name>/queryables")
    @require("public")
    def queryables(name: str) -> Response:
        return described(name, schemas.queryables)

    @ogc.get("/ogc/collections/<name>/sortables")
    @require("public")
    def sortables(name: str) -> Response:
        return described(name, schemas.sortables)

    def described(name: str, write: Described) -> Response:
        reading, found = desk.read(params.SCHEMA), desk.features.collection(name)
        return desk.answer(write(found, reading.lang), reading, desk.pages.schema)


def _members(ogc: Blueprint, desk: Desk) -> None:
    @ogc.get("/ogc/collections/<name>/items")
    @require("public")
    def items(name: str) -> Response:
        found = desk.features.collection(name)
        own = params.property_parameters(found)
        reading = desk.read(params.MEMBERS, *params.ITEMS, *own)
        page = desk.features.page(name, params.asked_of(reading, found), principal())
        body = desk.members.page(page, reading)
        response = with_crs(desk.answer(body, reading, desk.pages.items), page.crs)
        for what in ("queryables", "schema"):
            address = links.to(f"/collections/{name}/{what}")
            response.headers.add("Link", f'<{address}>; rel="{links.REL}{what}"')
        return response

    @ogc.get("/ogc/collections/<name>/items/<path:key>")
    @require("public")
    def item(name: str, key: str) -> Response:
        reading = desk.read(params.MEMBERS, *params.ITEM)
        uri = reading.values.get("crs", CRS84_URI)
        found, crs, placed = desk.features.item(name, key, uri)
        body = desk.members.item(placed, found, crs, reading)
        return with_crs(desk.answer(body, reading, desk.pages.item), crs)


def with_crs(response: Response, crs: CRS) -> Response:
    """Say in which system the coordinates of an answer are."""
    response.headers["Content-Crs"] = f"<{crs.uri}>"
    return response
