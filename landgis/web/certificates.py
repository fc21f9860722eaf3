"""Certificates over HTTP: who has the paper in hand finds its parcels."""

from typing import Annotated, Any

from flask import Response, json, request
from flask_openapi3 import APIBlueprint
from pydantic import Field

from landgis.cadastre.certificates import LONGEST_SERIAL
from landgis.services.certificates import QUESTIONS, WINDOW_S, CertificateService, Land
from landgis.web.access import principal, require
from landgis.web.parcels import TAG
from landgis.web.query_model import QueryModel
from landgis.web.render import ParcelRenderer

NAMES = ("parcel_id", "fid", "unit_code", "unit_name", "sheet", "number", "status")
"""All that a serial gives away: which parcel it is. Its facts are asked for by that name."""

Serial = Annotated[str, Field(min_length=1, max_length=LONGEST_SERIAL, pattern=r"^[^\x00]*$")]


class CertificateQuery(QueryModel):
    """Which certificate."""

    serial: Serial = Field(description="as printed on the paper, whole; capitals, blanks are free")


def blueprint(stories: CertificateService, renderer: ParcelRenderer) -> APIBlueprint:
    """Answer the route of certificates."""
    api = APIBlueprint("certificates", __name__, url_prefix="/api/v1", abp_tags=[TAG])

    def land(one: Land) -> dict[str, Any]:
        known = renderer.properties(one.parcel)
        names = {name: known[name] for name in NAMES if name in known}
        return names | ({"successors": one.successors} if one.successors else {})

    @api.get(
        "/certificates",
        summary="The parcels of a certificate, by its whole serial",
        description=f"{QUESTIONS} questions of one address in {WINDOW_S} seconds; then 429.",
    )
    @require("public")
    def certificate(query: CertificateQuery) -> Response:
        found = stories.find(query.serial, principal(), request.remote_addr)
        parcels = [land(one) for one in found.lands]
        body = {"serial": found.serial, "state": found.state, "parcels": parcels}
        response = Response(json.dumps(body, ensure_ascii=False), mimetype="application/json")
        response.headers["Cache-Control"] = "no-store"
        return response

    return api
