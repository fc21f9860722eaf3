"""Heights under a polygon, from the pixels as their surveyor gave them."""

import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import rasterio
import shapely
from rasterio.features import rasterize
from rasterio.transform import Affine
from rasterio.windows import Window

from landgis.cadastre.rasters import HeightsUnder
from landgis.errors import UsageError
from landgis.tiling.raster_tile import SETTINGS, OpenFiles

STRIP_PIXELS = 4_000_000
MOST_PIXELS = 64_000_000
"""Of one question; a second's work."""


class _Sums(NamedTuple):
    pixels: int = 0
    missing: int = 0
    total: float = 0.0
    low: float = math.inf
    high: float = -math.inf

    def also(self, found: "_Sums") -> "_Sums":
        return _Sums(
            self.pixels + found.pixels,
            self.missing + found.missing,
            self.total + found.total,
            min(self.low, found.low),
            max(self.high, found.high),
        )


def heights_under(files: OpenFiles, path: Path, polygon: Any) -> HeightsUnder:
    """Answer mean, lowest and highest of the pixels under a polygon in the image's own plane.

    A pixel counts when its centre lies in the polygon. A polygon that holds no centre is smaller
    than a pixel, or as thin: then every pixel that it touches counts, and the answer says so.
    Pixels beyond the image count as without value.

    Raises
    ------
    UsageError
        ``parcel_too_large``.
    Unavailable
        ``raster_file_missing``.
    """
    with rasterio.Env(**SETTINGS):
        image = files.get(path)
        window = _window(image.transform, polygon)
        if window.width * window.height > MOST_PIXELS:
            raise UsageError(
                "parcel_too_large",
                f"The parcel spans {window.width} by {window.height} pixels of this model, more "
                f"than {MOST_PIXELS}; use a coarser one",
            )
        found = _sums(image, window, polygon, touched=False)
        if found.pixels + found.missing:
            return _answer(found, "centres")
        return _answer(_sums(image, window, polygon, touched=True), "touched")


def _window(transform: Affine, polygon: Any) -> Window:
    """Answer the whole pixels that the polygon's extent meets, also beyond the image."""
    west, south, east, north = shapely.bounds(polygon)
    corners = np.array([(west, south), (west, north), (east, south), (east, north)])
    columns, rows = np.linalg.solve(
        [[transform.a, transform.b], [transform.d, transform.e]],
        (corners - (transform.c, transform.f)).T,
    )
    first, top = math.floor(columns.min()), math.floor(rows.min())
    return Window(first, top, math.ceil(columns.max()) - first, math.ceil(rows.max()) - top)


def _transform_of(image: Any, strip: Window) -> Affine:
    a, b, c, d, e, f = image.transform[:6]
    column, row = strip.col_off, strip.row_off
    return Affine(a, b, c + a * column + b * row, d, e, f + d * column + e * row)


def _sums(image: Any, window: Window, polygon: Any, *, touched: bool) -> _Sums:
    sums, rows = _Sums(), max(1, STRIP_PIXELS // max(window.width, 1))
    for first in range(0, max(window.height, 1), rows):
        high = max(min(rows, window.height - first), 1)
        strip = Window(window.col_off, window.row_off + first, max(window.width, 1), high)
        sums = sums.also(_strip(image, strip, polygon, touched=touched))
    return sums


def _strip(image: Any, strip: Window, polygon: Any, *, touched: bool) -> _Sums:
    inside = rasterize(
        [polygon],
        out_shape=(strip.height, strip.width),
        transform=_transform_of(image, strip),
        all_touched=touched,
        dtype="uint8",
    ).astype(bool)
    ground = np.full(inside.shape, np.nan)
    left, top = max(strip.col_off, 0), max(strip.row_off, 0)
    right = min(strip.col_off + strip.width, image.width)
    bottom = min(strip.row_off + strip.height, image.height)
    if left < right and top < bottom:
        rows = slice(top - strip.row_off, bottom - strip.row_off)
        columns = slice(left - strip.col_off, right - strip.col_off)
        ground[rows, columns] = image.read(1, window=Window(left, top, right - left, bottom - top))
    values = ground[inside]
    known = values[np.isfinite(values)]
    missing = len(values) - len(known)
    if not len(known):
        return _Sums(missing=missing)
    total, low, high = float(known.sum()), float(known.min()), float(known.max())
    return _Sums(len(known), missing, total, low, high)


def _answer(sums: _Sums, method: Any) -> HeightsUnder:
    if not sums.pixels:
        return HeightsUnder(0, sums.missing, method, None, None, None)
    mean = sums.total / sums.pixels
    return HeightsUnder(sums.pixels, sums.missing, method, mean, sums.low, sums.high)
