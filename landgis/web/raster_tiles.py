"""Tiles of images over HTTP."""

from flask import Blueprint, Response, jsonify, request

from landgis.services.images import Images
from landgis.tiling.raster_tile import MEDIA_TYPES, Form
from landgis.web import raster_render
from landgis.web.access import principal, require
from landgis.web.headers import OPEN_TO_ALL

PRIVATE = "private, no-store"
ASK_AGAIN = "no-cache"
PINNED = "public, max-age=86400, immutable"
"""An address with ``?v=`` names its content. A day only: an image that is taken away is to be gone
from browsers, too."""


def blueprint(images: Images) -> Blueprint:
    """Answer the routes of images: their tiles and what describes them."""
    pages = Blueprint("raster_tiles", __name__, url_prefix="/raster")

    @pages.get(
        "/<name>/<int(signed=True):z>/<int(signed=True):x>/<int(signed=True):y>."
        "<any(png,webp):form>"
    )
    @require("public")
    def tile(name: str, z: int, x: int, y: int, form: Form) -> Response:
        made = images.tiles.tile(
            name,
            (z, x, y),
            form,
            principal,
            known_etag=request.headers.get("If-None-Match"),
            pinned_to=request.args.get("v"),
        )
        if made.unchanged:
            response = Response(status=304)
        elif made.body is None:
            response = Response(status=204)
        else:
            response = Response(made.body, mimetype=MEDIA_TYPES[form])
        response.headers["Cache-Control"] = PINNED if made.is_pinned else ASK_AGAIN
        response.headers["ETag"] = made.etag
        return _shown_to(response, is_public=made.is_public)

    @pages.get("/<name>.json")
    @require("public")
    def tilejson(name: str) -> Response:
        raster = images.rasters.get(name, principal)
        response = jsonify(raster_render.tilejson(raster))
        response.headers["Cache-Control"] = ASK_AGAIN
        return _shown_to(response, is_public=raster.wanted.audience == "public")

    return pages


def _shown_to(response: Response, *, is_public: bool) -> Response:
    if is_public:
        response.headers.update(OPEN_TO_ALL)
    else:
        response.headers["Cache-Control"] = PRIVATE
        del response.headers["ETag"]
    return response
