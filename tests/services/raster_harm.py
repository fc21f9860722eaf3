"""Images that cannot be one here: what is wrong with each, and the code it is refused with."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from rasterio.transform import GroundControlPoint

from tests.builders import EAST, NORTH
from tests.rasters import at, geotiff, hill, photo, unplaced


def holding(content: bytes) -> Callable[[Path], Path]:
    def write(path: Path) -> Path:
        path.write_bytes(content)
        return path

    return write


VRT = b'<VRTDataset rasterXSize="9" rasterYSize="9"></VRTDataset>'


def somewhere(path: Path, **more: Any) -> Path:
    """An image that does not say where it lies."""
    profile = {"driver": "GTiff", "count": 1, "height": 8, "width": 8, "dtype": "uint8"}
    with unplaced(), rasterio.open(path, "w", **profile, **more) as image:
        image.write(np.ones((1, 8, 8), np.uint8))
    return path


def with_points(path: Path) -> Path:
    somewhere(path, crs="EPSG:9209")
    points = [GroundControlPoint(r, c, EAST + c, NORTH - r) for r, c in ((0, 0), (8, 8), (0, 8))]
    with unplaced(), rasterio.open(path, "r+") as image:
        image.gcps = points, image.crs
    return path


def paged(path: Path) -> Path:
    geotiff(path, photo(8, 1))
    return somewhere(path, append_subdataset=True)


def vast(path: Path) -> Path:
    """A few kilobytes that claim to be 10,000,000,000 pixels."""
    with rasterio.open(
        path, "w", driver="GTiff", count=3, height=100_000, width=100_000, dtype="uint8",
        crs="EPSG:9209", transform=at(px=0.01), tiled=True, sparse_ok=True, compress="deflate",
    ):  # fmt: skip
        pass
    return path


def cut(path: Path) -> Path:
    """A file the end of which is missing, with its head at the front."""
    geotiff(path, np.tile(photo(64), (1, 8, 8)), tiled=True, blockxsize=128, blockysize=128)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


def far_away(path: Path) -> Path:
    return geotiff(path, photo(8), crs="EPSG:32618")


HOSTILE = {
    "vrt": (holding(VRT), "map", "not_a_geotiff"),
    "head only": (holding(b"II*\0\x08\0\0\0"), "map", "raster_unreadable"),
    "vast": (vast, "map", "raster_too_large"),
    "cut": (cut, "orthophoto", "raster_damaged"),
    "no crs": (lambda p: geotiff(p, photo(8), crs=None), "map", "no_crs"),
    "unplaced": (somewhere, "map", "no_georeference"),
    "points": (with_points, "map", "no_georeference"),
    "flat": (
        lambda p: geotiff(p, photo(8), transform=Affine(1, 1, EAST, 1, 1, NORTH)),
        "map",
        "no_georeference",
    ),
    "two pages": (paged, "map", "several_images"),
    "five bands": (lambda p: geotiff(p, photo(8, 5)), "map", "raster_bands"),
    "two bands": (lambda p: geotiff(p, photo(8, 2), photometric="minisblack", alpha="no"), "map",
                  "raster_bands"),
    "16 bits": (lambda p: geotiff(p, photo(8).astype("uint16")), "orthophoto", "raster_depth"),
    "complex": (lambda p: geotiff(p, hill(8).astype("complex64")), "dem", "raster_depth"),
    "no height": (lambda p: geotiff(p, np.full((8, 8), np.nan, "float32")), "dem", "raster_empty"),
    "elsewhere": (far_away, "map", "outside_deployment"),
    "nowhere": (
        lambda p: geotiff(p, photo(8), crs="EPSG:4326", transform=at(500, 300)),
        "map",
        "crs_does_not_fit",
    ),
}  # fmt: skip
