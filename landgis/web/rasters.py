"""Images below the map over HTTP: which there are, hand one in, take one away."""

from uuid import UUID

from flask import Response, jsonify
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from landgis.bootstrap import Services
from landgis.cadastre.rasters import Raster
from landgis.web import raster_render
from landgis.web.access import principal, require
from landgis.web.parcels import Name, NoQuery, answer
from landgis.web.raster_intake import RasterBody, RasterIntake

TAG = Tag(name="rasters", description="Orthophotos, scanned maps, elevation models")


class RasterPath(BaseModel):
    """Which image."""

    model_config = ConfigDict(extra="forbid")
    name: Name


class UnderPath(RasterPath):
    """Which elevation model, under which parcel."""

    parcel: Name = Field(description="UUID, fid or national identifier")


class JobPath(BaseModel):
    """Which work."""

    model_config = ConfigDict(extra="forbid")
    job_id: UUID


def blueprint(services: Services) -> APIBlueprint:
    """Answer the routes of images."""
    api = APIBlueprint("rasters", __name__, url_prefix="/api/v1/rasters", abp_tags=[TAG])
    images, intake = services.images, RasterIntake(services)

    @api.get("", summary="The images one may see")
    @require("public")
    def listed(query: NoQuery) -> Response:  # noqa: ARG001 - refuses parameters
        found = images.rasters.listed(principal())
        return answer({"rasters": [raster_render.document(r) for r in found]}, "application/json")

    @api.post("", summary="Hand in a GeoTIFF: 202; 200 if it is here; 422 if refused at sight")
    @require("import")
    def add(form: RasterBody) -> tuple[Response, int]:
        taken = intake.take(form)
        if isinstance(taken, Raster):
            return jsonify(raster_render.document(taken)), 200
        document = raster_render.job_document(taken)
        response = jsonify(document)
        response.headers["Location"] = document["links"]["self"]
        return response, 202

    @api.get("/jobs/<job_id>", summary="What has come of an image one handed in")
    @require("import")
    def job(path: JobPath, query: NoQuery) -> Response:  # noqa: ARG001
        return jsonify(raster_render.job_document(images.rasters.job(path.job_id, principal())))

    @api.get("/<name>", summary="One image")
    @require("public")
    def one(path: RasterPath, query: NoQuery) -> Response:  # noqa: ARG001
        found = images.rasters.get(path.name, principal)
        return answer(raster_render.document(found), "application/json")

    @api.delete("/<name>", summary="Take an image away")
    @require("import")
    def remove(path: RasterPath) -> tuple[str, int]:
        images.rasters.remove(path.name, principal())
        return "", 204

    @api.get("/<name>/under/<parcel>", summary="Heights under a live parcel")
    @require("public")
    def under(path: UnderPath, query: NoQuery) -> Response:  # noqa: ARG001
        found = images.tiles.under(path.name, path.parcel, principal())
        return answer(raster_render.under_document(found), "application/json")

    return api
