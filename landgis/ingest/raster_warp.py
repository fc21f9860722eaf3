"""From an image of a stranger to ours: every pixel read once, laid on the map's grid, tiled."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.shutil
from rasterio.enums import ColorInterp, Resampling
from rasterio.errors import RasterioError
from rasterio.transform import Affine
from rasterio.warp import reproject

from landgis.errors import Refused
from landgis.ingest.raster_pixels import CLOSED, TILED, colours, damaged, heights, strips

NEUTRAL = "EPSG:32648"
"""What our copy says of its plane. GDAL takes the plane of a file before what it is told, and
where that is geographic, or unknown, changes coordinates before the operation gets them. Any
plane in metres leaves them alone; the operation alone says where they are."""

WARP_MB = 256
LOSSLESS: dict[str, Any] = {"compress": "deflate", "zlevel": 1}

JPEG_QUALITY = 85
PICTURE_FORMS: dict[str, dict[str, Any]] = {
    "orthophoto": {"COMPRESS": "JPEG", "QUALITY": JPEG_QUALITY},
    "map": {"COMPRESS": "DEFLATE", "PREDICTOR": "YES"},
    "dem": {"COMPRESS": "DEFLATE", "PREDICTOR": "YES"},
}
"""Photographs lose what nobody sees; lines and heights lose nothing."""

SAMPLES_A_STRIP = 50_000
"""Heights of each strip by which the tint is chosen."""


@dataclass(frozen=True)
class Making:
    """What is to become of an image."""

    kind: str
    bands: int
    """1: grey or heights; 3: colours."""

    dtype: str
    transform: list[float]
    """Of the source: pixel to its plane."""

    operation: str
    """The pinned PROJ pipeline from that plane to Web Mercator."""

    grid: list[float]
    """Transform of the picture: pixel to Web Mercator."""

    width: int
    height: int
    levels: int
    folder: str
    """Where ``picture.tif``, and of heights also ``values.tif``, are left."""


def make(path: Path, making: Making) -> dict[str, Any]:
    """Write our files and answer the range of an elevation model's heights."""
    folder = Path(making.folder)
    values, warped, picture = (folder / f"{n}.tif" for n in ("values", "warped", "picture"))
    with (
        rasterio.open(path, **CLOSED) as image,
        rasterio.open(
            values,
            "w",
            **_profile(making, making.transform, image.width, image.height),
            crs=NEUTRAL,
        ) as copy,
    ):
        said = _copy(image, copy, making)
    _warp(values, warped, making)
    _publish(warped, picture, making)
    warped.unlink()
    if making.kind != "dem":
        values.unlink()
    return said


def _profile(making: Making, transform: list[float], width: int, height: int) -> dict[str, Any]:
    is_dem = making.kind == "dem"
    return {
        **TILED,
        **LOSSLESS,
        "count": making.bands + (not is_dem),
        "dtype": making.dtype,
        "nodata": float("nan") if is_dem else None,
        "predictor": 3 if is_dem else 2,
        "interleave": "pixel",
        "bigtiff": "if_safer",
        "sparse_ok": True,
        "transform": Affine(*transform),
        "width": width,
        "height": height,
    }


def _copy(image: Any, copy: Any, making: Making) -> dict[str, Any]:
    is_dem, is_filled = making.kind == "dem", False
    low, high, samples = np.inf, -np.inf, []
    size = np.dtype(making.dtype).itemsize * (making.bands + 1)
    for window in strips(image.width, image.height, size):
        try:
            if not is_dem:
                pixels = colours(image, making.bands, window)
                is_filled |= bool(pixels[-1].any())
                copy.write(pixels, window=window)
                continue
            ground = heights(image, window, making.dtype)
        except RasterioError as problem:
            raise damaged(window, problem) from problem
        copy.write(ground, 1, window=window)
        known = ground[np.isfinite(ground)]
        if len(known):
            low, high = min(low, known.min()), max(high, known.max())
            samples.append(known[:: max(1, len(known) // SAMPLES_A_STRIP)])
    if not (is_filled or samples):
        raise Refused("raster_empty", "every pixel of it is empty; send the image with its content")
    if not is_dem:
        copy.colorinterp = _interps(making.bands)
        return {"heights": None}
    tint = np.percentile(np.concatenate(samples), (2, 98))
    return {"heights": [float(low), float(high), float(tint[0]), float(tint[1])]}


def _interps(bands: int) -> list[ColorInterp]:
    shown = [ColorInterp.red, ColorInterp.green, ColorInterp.blue]
    return [*(shown if bands == len(shown) else [ColorInterp.gray]), ColorInterp.alpha]


def _warp(values: Path, warped: Path, making: Making) -> None:
    """Lay the pixels on the map's grid by the pinned operation and no other."""
    profile = _profile(making, making.grid, making.width, making.height)
    listed = list(range(1, making.bands + 1))
    is_dem = making.kind == "dem"
    empty: dict[str, Any] = (
        {"src_nodata": float("nan"), "dst_nodata": float("nan")}
        if is_dem
        else {"src_alpha": making.bands + 1, "dst_alpha": making.bands + 1}
    )
    with (
        rasterio.open(values, **CLOSED) as source,
        rasterio.open(warped, "w", **profile, crs="EPSG:3857") as target,
    ):
        reproject(
            rasterio.band(source, listed),
            rasterio.band(target, listed),
            resampling=Resampling.bilinear,
            warp_mem_limit=WARP_MB,
            COORDINATE_OPERATION=making.operation,
            **empty,
        )
        if not is_dem:
            target.colorinterp = _interps(making.bands)


def _publish(warped: Path, picture: Path, making: Making) -> None:
    form = PICTURE_FORMS[making.kind if making.bands > 1 or making.kind == "dem" else "map"]
    rasterio.shutil.copy(
        warped,
        picture,
        driver="COG",
        BLOCKSIZE=256,
        BIGTIFF="IF_SAFER",
        SPARSE_OK="YES",
        OVERVIEW_COUNT=making.levels,
        OVERVIEWS="AUTO" if making.levels else "NONE",
        OVERVIEW_RESAMPLING="AVERAGE",
        **form,
    )
