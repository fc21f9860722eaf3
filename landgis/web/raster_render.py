"""Images as JSON: what a layer switch needs, and what a map library needs."""

from typing import Any

from flask import request, url_for

from landgis.cadastre.rasters import Raster, RasterJob
from landgis.services.raster_tiles import Under, version_of
from landgis.tiling.raster_grid import TILE_PX
from landgis.tiling.relief import legend

DIGITS = 3
"""Of heights: millimetres."""


def document(raster: Raster) -> dict[str, Any]:
    """Answer everything about an image that its readers may know."""
    wanted, source, grid = raster.wanted, raster.source, raster.grid
    return {
        "name": wanted.name,
        "kind": wanted.kind,
        "title": {"vi": wanted.title_vi, "en": wanted.title_en},
        "attribution": wanted.attribution,
        "audience": wanted.audience,
        "bounds": [round(degrees, 7) for degrees in raster.bounds],
        "minzoom": grid.minzoom,
        "maxzoom": grid.maxzoom,
        "tile_size": TILE_PX,
        "tiles": {form: _template(raster, form) for form in ("png", "webp")},
        "tilejson": f"{_root()}/raster/{wanted.name}.json",
        "source": {
            "sha256": source.sha256,
            "bytes": source.bytes,
            "crs": f"EPSG:{source.epsg}",
            "width": source.width,
            "height": source.height,
            "dtype": source.dtype,
            "nodata": source.nodata,
            "resolution_m": round(source.resolution_m, 4),
        },
        "heights": _heights(raster),
        "created_at": raster.created_at.isoformat() if raster.created_at else None,
    }


def tilejson(raster: Raster) -> dict[str, Any]:
    """Answer an image as TileJSON 2.2, which knows tiles of pixels; ``tileSize`` is MapLibre's."""
    return {
        "tilejson": "2.2.0",
        "name": raster.wanted.title_en,
        "scheme": "xyz",
        "tiles": [_template(raster, "webp")],
        "tileSize": TILE_PX,
        "bounds": [round(degrees, 7) for degrees in raster.bounds],
        "minzoom": raster.grid.minzoom,
        "maxzoom": raster.grid.maxzoom,
        "attribution": raster.wanted.attribution,
    }


def job_document(job: RasterJob) -> dict[str, Any]:
    """Answer what has come of an image that was handed in."""
    return {
        "id": str(job.job_id),
        "name": job.name,
        "status": job.status,
        "error": job.error,
        "links": {
            "self": _root() + url_for("rasters.job", job_id=job.job_id),
            "raster": f"{_root()}/api/v1/rasters/{job.name}",
        },
    }


def under_document(answer: Under) -> dict[str, Any]:
    """Answer the heights under a parcel; null where there are none."""
    found, raster = answer.found, answer.raster
    return {
        "raster": raster.wanted.name,
        "parcel_id": str(answer.parcel.parcel_id),
        "fid": answer.parcel.fid,
        "revision": answer.parcel.revision,
        "mean": _rounded(found.mean),
        "min": _rounded(found.low),
        "max": _rounded(found.high),
        "unit": raster.heights.unit if raster.heights else None,
        "pixels": found.pixels,
        "without_value": found.without_value,
        "method": found.method,
        "crs": f"EPSG:{raster.source.epsg}",
        "resolution_m": round(raster.source.resolution_m, 4),
    }


def _heights(raster: Raster) -> dict[str, Any] | None:
    found = raster.heights
    if found is None:
        return None
    stops = legend(found.tint_low, found.tint_high)
    return {
        "min": _rounded(found.low),
        "max": _rounded(found.high),
        "unit": found.unit,
        "legend": [{"height": height, "colour": colour} for height, colour in stops],
    }


def _rounded(height: float | None) -> float | None:
    return None if height is None else round(height, DIGITS)


def _template(raster: Raster, form: str) -> str:
    version = version_of(raster)
    return f"{_root()}/raster/{raster.wanted.name}/{{z}}/{{x}}/{{y}}.{form}?v={version}"


def _root() -> str:
    return request.url_root.rstrip("/")
