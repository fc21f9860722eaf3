"""An image registered under one name, and the pixels of its tiles."""

from pathlib import Path
from typing import Any

import numpy as np

from landgis.bootstrap import Services
from landgis.cadastre.rasters import Asked, Raster
from landgis.tiling.grid import HALF_WORLD_M
from landgis.tiling.raster_grid import TILE_PX, pixel_m
from tests.people import ROOT
from tests.rasters import decoded


def register(services: Services, path: Path, kind: str = "map", **said: Any) -> Raster:
    asked = Asked("tried", kind, **said).require_sound()  # type: ignore[arg-type]
    return services.images.rasters.register(path, asked, ROOT)[0]


def pixel_of(x: float, y: float, zoom: int) -> tuple[float, float]:
    """Column and row of a place of EPSG:3857 among the pixels of a zoom, as fractions."""
    return (x + HALF_WORLD_M) / pixel_m(zoom), (HALF_WORLD_M - y) / pixel_m(zoom)


def tile(services: Services, raster: Raster, z: int, x: int, y: int) -> np.ndarray[Any, Any] | None:
    """Red or grey first; opacity last only where something is transparent."""
    made = services.images.tiles.tile(raster.wanted.name, (z, x, y), "png", lambda: ROOT)
    return None if made.body is None else decoded(made.body)


def mosaic(services: Services, raster: Raster, zoom: int) -> tuple[np.ndarray[Any, Any], int, int]:
    """Grey of all tiles of a zoom, transparent as 0, and the column and row of its corner."""
    west, south, east, north = raster.footprint_3857.bounds
    (c0, r0), (c1, r1) = pixel_of(west, north, zoom), pixel_of(east, south, zoom)
    x0, x1, y0, y1 = (int(v // TILE_PX) for v in (c0, c1, r0, r1))
    made = np.zeros(((y1 - y0 + 1) * TILE_PX, (x1 - x0 + 1) * TILE_PX))
    for x in range(x0, x1 + 1):
        for y in range(y0, y1 + 1):
            pixels = tile(services, raster, zoom, x, y)
            if pixels is not None:
                shown = pixels[0] * (pixels[-1] > 0) if len(pixels) in (2, 4) else pixels[0]
                rows = slice((y - y0) * TILE_PX, (y - y0 + 1) * TILE_PX)
                made[rows, (x - x0) * TILE_PX : (x - x0 + 1) * TILE_PX] = shown
    return made, x0 * TILE_PX, y0 * TILE_PX
