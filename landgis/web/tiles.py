"""Tiles over HTTP."""

from flask import Blueprint, Response, jsonify, request

from landgis.services.tiles import TileService
from landgis.web.access import require

MVT = "application/vnd.mapbox-vector-tile"


def blueprint(tiles: TileService) -> Blueprint:
    """Answer the routes of tiles, their TileJSON and the style."""
    pages = Blueprint("tiles", __name__, url_prefix="/tiles")

    @pages.get("/<name>/<int(signed=True):z>/<int(signed=True):x>/<int(signed=True):y>.mvt")
    @require("public")
    def tile(name: str, z: int, x: int, y: int) -> Response:
        made = tiles.tile(name, z, x, y, request.headers.get("If-None-Match"))
        headers = {"ETag": made.etag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        if made.unchanged:
            return Response(status=304, headers=headers)
        if made.gzipped is None:
            return Response(status=204, headers=headers)
        response = Response(made.gzipped, headers=headers, mimetype=MVT)
        response.headers["Content-Encoding"] = "gzip"
        return response

    @pages.get("/<name>.json")
    @require("public")
    def tilejson(name: str) -> Response:
        return _fresh(jsonify(tiles.tilejson(name, request.url_root.rstrip("/"))))

    @pages.get("/style.json")
    @require("public")
    def style() -> Response:
        return _fresh(jsonify(tiles.style(request.url_root.rstrip("/"))))

    return pages


def _fresh(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-cache"
    return response
