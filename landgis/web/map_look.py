"""Styles and legends of the map over HTTP."""

from typing import Any, Literal

from flask import Response, jsonify, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from landgis.services.map_look import MapLook
from landgis.tiling.layers import MAP
from landgis.web.access import require
from landgis.web.headers import OPEN_TO_ALL

TAG = Tag(name="tiles", description="Vector tiles of the map, and how it looks")


class LookQuery(BaseModel):
    """Of what, how, and in which language."""

    model_config = ConfigDict(extra="forbid")
    set: str = Field(MAP, max_length=64, description="name of a set of layers, or of one")
    theme: str | None = Field(None, max_length=64, description="name of a theme; light, contrast")
    lang: Literal["vi", "en"] = "vi"


def blueprint(look: MapLook) -> APIBlueprint:
    """Answer the routes of styles and legends."""
    api = APIBlueprint("map_look", __name__, url_prefix="/tiles", abp_tags=[TAG])

    @api.get("/style.json", summary="The MapLibre style of a set of layers, in a theme")
    @require("public")
    def style(query: LookQuery) -> Response:
        base_url = request.url_root.rstrip("/")
        return _fresh(look.style(base_url, query.set, query.theme, query.lang))

    @api.get("/legend.json", summary="What the style draws, as words with swatches")
    @require("public")
    def legend(query: LookQuery) -> Response:
        return _fresh(look.legend(query.set, query.theme, query.lang))

    return api


def _fresh(document: dict[str, Any]) -> Response:
    response = jsonify(document)
    response.headers["Cache-Control"] = "no-cache"
    response.headers.update(OPEN_TO_ALL)
    return response
