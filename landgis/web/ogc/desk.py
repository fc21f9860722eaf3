"""How every route of ``/ogc`` reads a request and writes its answer."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from flask import Response

from landgis.bootstrap import Services
from landgis.web.ogc import params
from landgis.web.ogc.bodies import Bodies
from landgis.web.ogc.members import MemberRenderer
from landgis.web.ogc.openapi import OpenAPIDocument
from landgis.web.ogc.pages import Pages
from landgis.web.ogc.params import Reading
from landgis.web.render import ParcelRenderer

Body = dict[str, Any]


class Desk:
    """What every route needs: how a request is read, and how an answer is written."""

    def __init__(self, services: Services, renderer: ParcelRenderer) -> None:
        self.features = services.features
        self.tilesets = services.tilesets
        self.bodies = Bodies(services.features, services.tilesets, services.jurisdiction)
        self.api = OpenAPIDocument(services.features, services.tilesets)
        self.members = MemberRenderer(renderer)
        self.pages = Pages(services)
        first = services.jurisdiction.languages[0]
        self._lang = first if first in params.LANGUAGES else "en"

    def read(self, offered: Mapping[str, str], *allowed: str) -> Reading:
        """Answer what the request says, its parameters checked."""
        return params.read(offered, self._lang, allowed)

    def answer(
        self, body: Body, reading: Reading, show: Callable[[Body, Reading], str]
    ) -> Response:
        """Answer a document in the asked format."""
        if reading.format == params.HTML:
            response = Response(show(body, reading), mimetype="text/html")
        else:
            response = Response(orjson.dumps(body), content_type=reading.media_type)
        response.headers["Content-Language"] = reading.lang
        response.headers["Cache-Control"] = "no-cache"
        response.vary.update(("Accept", "Accept-Language"))
        return response
