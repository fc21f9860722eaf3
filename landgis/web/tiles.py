"""Tiles over HTTP."""

from typing import Any

from flask import Blueprint, Response, jsonify, request

from landgis.errors import UsageError
from landgis.services.officers_tiles import OfficersTiles
from landgis.services.tiles import TileService
from landgis.web.access import principal, require
from landgis.web.headers import OPEN_TO_ALL, PREFLIGHT
from landgis.web.tile_wire import MVT, SEQUENCE, Asked, number, wire


def blueprint(tiles: TileService, officers: OfficersTiles) -> Blueprint:
    """Answer the routes of tiles and their TileJSON."""
    pages = Blueprint("tiles", __name__, url_prefix="/tiles")

    @pages.get("/<name>/<int(signed=True):z>/<int(signed=True):x>/<int(signed=True):y>.mvt")
    @require("public")
    def tile(name: str, z: int, x: int, y: int) -> Response:
        asked = _asked()
        if name in officers:
            officers.admit(name, principal())
            tiles.known(name, z, x, y)
            return _private(officers.tile(name, z, x, y, principal()))
        sequence, drawn = tiles.tile(name, z, x, y, asked.wanted)
        answer = wire(sequence, drawn, asked)
        return Response(answer.body, answer.status, answer.headers)

    @pages.get("/<name>.json")
    @require("public")
    def tilejson(name: str) -> Response:
        if name in officers:
            officers.admit(name, principal())
        return _fresh(tiles.tilejson(name, request.url_root.rstrip("/")))

    @pages.after_request
    def open_to_all(response: Response) -> Response:
        if response.headers.get("Cache-Control") == "no-store":
            return response
        headers = {**OPEN_TO_ALL, **(PREFLIGHT if request.method == "OPTIONS" else {})}
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response

    return pages


def _private(data: bytes) -> Response:
    """Answer a tile that differs by who asks: no cache may keep it."""
    response = Response(data, 200 if data else 204, mimetype=MVT)
    response.headers["Cache-Control"] = "no-store"
    return response


def _asked() -> Asked:
    unknown = sorted(set(request.args) - {"v"})
    if unknown:
        raise UsageError(
            "unknown_parameter", f"A tile has no parameter {unknown[0]!r}; there is v, its version"
        )
    version = request.args.get("v")
    return of_headers(None if version is None else number(version, "v"))


def of_headers(version: int | None = None) -> Asked:
    """Answer what the headers of the present request ask of a tile; ``bad_sequence``."""
    wanted = request.headers.get(SEQUENCE)
    return Asked(
        known=request.headers.get("If-None-Match", ""),
        encodings=request.headers.get("Accept-Encoding", ""),
        wanted=0 if wanted is None else number(wanted, SEQUENCE),
        version=version,
    )


def _fresh(document: dict[str, Any]) -> Response:
    response = jsonify(document)
    response.headers["Cache-Control"] = "no-cache"
    return response
