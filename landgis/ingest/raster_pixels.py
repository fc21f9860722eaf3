"""What an image of a stranger holds, and its pixels in one form of ours."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import RasterioError
from rasterio.windows import Window

from landgis.errors import Refused

Pixels = NDArray[Any]

STRIP_BYTES = 32 * 1024**2
"""Of the image that is in memory at a time."""

CLOSED = {"driver": "GTiff", "GEOREF_SOURCES": "INTERNAL"}
"""Only GeoTIFF, and only what stands in the file itself says where it lies."""

TILED = {"driver": "GTiff", "tiled": True, "blockxsize": 256, "blockysize": 256}


def look(path: Path) -> dict[str, Any]:
    """Answer what the head of an image says; no pixel is read."""
    with rasterio.open(path, **CLOSED) as image:
        transform = image.transform
        return {
            "width": image.width,
            "height": image.height,
            "dtypes": list(image.dtypes),
            "interps": [interp.name for interp in image.colorinterp],
            "nodata": _number(image.nodata),
            "wkt": image.crs.to_wkt() if image.crs else None,
            "transform": None if transform.is_identity else list(transform)[:6],
            "palette": _palette_kind(image),
            "bits": int(image.tags(1, ns="IMAGE_STRUCTURE").get("NBITS", 0)) or None,
            "images": max(len(image.subdatasets), 1),
            "has_control_points": bool(image.gcps[0]) or image.rpcs is not None,
            "unit": image.units[0] or None,
        }


def _number(value: float | None) -> float | None:
    """Answer a number that JSON has; what is none is no height anyway."""
    return value if value is not None and math.isfinite(value) else None


def _palette(image: Any) -> Pixels | None:
    """Answer the colours of a palette as ``(256, 4)``, None without one."""
    try:
        colours = image.colormap(1)
    except ValueError:
        return None
    table = np.zeros((256, 4), dtype=np.uint8)
    for value, colour in colours.items():
        if value < len(table):
            table[value] = colour
    return table


def _palette_kind(image: Any) -> str | None:
    table = _palette(image) if image.count == 1 and image.dtypes[0] == "uint8" else None
    if table is None:
        return None
    red, green, blue = table[:, 0], table[:, 1], table[:, 2]
    return "grey" if (red == green).all() and (green == blue).all() else "colour"


def strips(width: int, height: int, bytes_a_pixel: int) -> Iterator[Window]:
    """Answer windows over whole rows, as many as fit in memory."""
    rows = max(1, STRIP_BYTES // (width * bytes_a_pixel))
    rows = max(256, rows // 256 * 256) if rows >= 256 else rows  # noqa: PLR2004 - side of a block
    for first in range(0, height, rows):
        yield Window(0, first, width, min(rows, height - first))


def colours(image: Any, bands: int, window: Window) -> Pixels:
    """Answer ``(bands + 1, h, w)`` bytes: grey or red, green, blue, and how opaque they are."""
    table = _palette(image) if image.count == 1 else None
    if table is not None:
        shown = table[image.read(1, window=window)]
        opaque = np.minimum(shown[..., 3], image.dataset_mask(window=window))
        return np.stack([*(shown[..., band] for band in range(bands)), opaque])
    read = image.read(list(range(1, bands + 1)), window=window)
    if image.tags(1, ns="IMAGE_STRUCTURE").get("NBITS") == "1":
        read = read * np.uint8(255)
    return np.concatenate([read, image.dataset_mask(window=window)[None]])


def heights(image: Any, window: Window, dtype: str) -> Pixels:
    """Answer ``(h, w)`` heights; NaN where there is none."""
    read = image.read(1, window=window)
    is_known = image.read_masks(1, window=window) != 0
    values = read.astype(np.float64) * image.scales[0] + image.offsets[0]
    is_known &= np.isfinite(values)
    result: Pixels = np.where(is_known, values, np.nan).astype(dtype)
    return result


def damaged(window: Window, problem: RasterioError) -> Refused:
    """Answer the refusal of an image some rows of which cannot be read."""
    first, last, why = window.row_off, window.row_off + window.height, problem.__cause__ or problem
    return Refused(
        "raster_damaged",
        f"its rows {first} to {last} cannot be read ({why}); copy or export the file again",
    )
