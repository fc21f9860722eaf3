"""Tiles of our own pictures: a block of the file, and what a browser takes."""

import math
from collections import OrderedDict
from pathlib import Path
from threading import local
from typing import Any, Literal, NamedTuple

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import RasterioError
from rasterio.io import MemoryFile
from rasterio.transform import Affine
from rasterio.windows import Window

from landgis.cadastre.rasters import Grid, Heights
from landgis.errors import Unavailable
from landgis.tiling import relief
from landgis.tiling.grid import HALF_WORLD_M, tile_box
from landgis.tiling.png import png
from landgis.tiling.raster_grid import TILE_PX, Part, part, pixel_m

Pixels = NDArray[np.uint8]
Form = Literal["png", "webp"]
MEDIA_TYPES: dict[Form, str] = {"png": "image/png", "webp": "image/webp"}
WEBP_QUALITY = 85
ANYWHERE = Affine.translation(1, 1)

DRAWN = 1
"""Counts how tiles are drawn: another number, and browsers ask for all of them again."""

MOST_OPEN = 8
"""Files a thread keeps open; each holds an index of 12 bytes a block, 0.2 MB of the largest."""

CACHE_MB = 64
"""Of decoded blocks, in megabytes, for all threads of a process together."""

SETTINGS = {
    "GDAL_CACHEMAX": CACHE_MB,
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_PAM_ENABLED": "NO",
}


class OpenFiles:
    """Our own pictures, opened once a thread: what GDAL opens belongs to one thread alone."""

    def __init__(self) -> None:
        self._local = local()

    def get(self, path: Path) -> Any:
        """Answer an open picture.

        Raises
        ------
        Unavailable
            ``raster_file_missing``.
        """
        opened: OrderedDict[Path, Any] = self._local.__dict__.setdefault("opened", OrderedDict())
        if path in opened:
            opened.move_to_end(path)
            return opened[path]
        try:
            found = rasterio.open(path, driver="GTiff")
        except RasterioError as problem:
            raise Unavailable(
                "raster_file_missing",
                f"The pixels of {path.parent.name} are not on this server's disk; copy the folder "
                "rasters of the home here, or register the file again",
            ) from problem
        opened[path] = found
        if len(opened) > MOST_OPEN:
            opened.popitem(last=False)[1].close()
        return found


class Drawing(NamedTuple):
    """What a tile is drawn from."""

    path: Path
    grid: Grid
    heights: Heights | None


def draw(files: OpenFiles, drawing: Drawing, z: int, x: int, y: int) -> Pixels | None:
    """Answer ``(bands, 256, 256)`` bytes, the last band opacity; None: nothing is there."""
    shown = part(drawing.grid, z, x, y)
    if shown is None:
        return None
    with rasterio.Env(**SETTINGS):
        image = files.get(drawing.path)
        if drawing.heights is not None:
            pixels = _relief(image, drawing, shown, (z, x, y))
        else:
            pixels = _colours(image, shown)
    return pixels if pixels[-1].any() else None


def encode(pixels: Pixels, form: Form) -> bytes:
    """Answer the bytes of a tile; a tile that is opaque everywhere has no opacity."""
    if (pixels[-1] == 255).all():  # noqa: PLR2004 - opaque
        pixels = pixels[:-1]
    return png(pixels) if form == "png" else _webp(pixels)


def _webp(pixels: Pixels) -> bytes:
    grey = len(pixels) < 3  # noqa: PLR2004 - WebP has colours only
    bands = np.concatenate([np.repeat(pixels[:1], 3, axis=0), pixels[1:]]) if grey else pixels
    with rasterio.Env(**SETTINGS), MemoryFile() as file:
        # A WebP has no place on earth; without one rasterio warns.
        profile = {"count": len(bands), "dtype": "uint8", "transform": ANYWHERE}
        with file.open(
            driver="WEBP", width=TILE_PX, height=TILE_PX, QUALITY=WEBP_QUALITY, **profile
        ) as made:
            made.write(bands)
        return bytes(file.read())


def _window(shown: Part) -> tuple[Window, tuple[int, int]]:
    window = Window(shown.column, shown.row, shown.width, shown.height)
    return window, (shown.shown_height, shown.shown_width)


def _colours(image: Any, shown: Part) -> Pixels:
    window, shape = _window(shown)
    has_alpha = image.colorinterp[-1].name == "alpha"
    bands = list(range(1, image.count + (not has_alpha)))
    read = image.read(bands, window=window, out_shape=(len(bands), *shape))
    opaque = image.dataset_mask(window=window, out_shape=shape)
    tile = np.zeros((len(bands) + 1, TILE_PX, TILE_PX), dtype=np.uint8)
    rows = slice(shown.top, shown.top + shape[0])
    columns = slice(shown.left, shown.left + shape[1])
    tile[:, rows, columns] = np.concatenate([read, opaque[None]])
    tile[:-1, tile[-1] == 0] = (
        0  # what is behind transparency is nobody's business, nor worth bytes
    )
    return tile


def _relief(image: Any, drawing: Drawing, shown: Part, tile: tuple[int, int, int]) -> Pixels:
    """Draw heights; slopes need one pixel more around the tile, where the picture has it."""
    assert drawing.heights is not None  # noqa: S101 - who calls has asked
    z, x, y = tile
    scale = 2 ** (drawing.grid.maxzoom - z)
    ground = np.full((TILE_PX + 2, TILE_PX + 2), np.nan)
    left, top = shown.left + 1, shown.top + 1
    column, row, width, height = shown[:4]
    wide, high = shown.shown_width, shown.shown_height
    if shown.left == 0 and column > 0:
        column, width, left, wide = column - scale, width + scale, left - 1, wide + 1
    if shown.top == 0 and row > 0:
        row, height, top, high = row - scale, height + scale, top - 1, high + 1
    if column + width < drawing.grid.width:
        width, wide = width + scale, wide + 1
    if row + height < drawing.grid.height:
        height, high = height + scale, high + 1
    window = Window(column, row, width, height)
    read = image.read(1, window=window, out_shape=(high, wide))
    ground[top : top + high, left : left + wide] = read
    side = pixel_m(z) / _stretch(tile_box(z, x, y).south, tile_box(z, x, y).north)
    low, high_ = drawing.heights.tint_low, drawing.heights.tint_high
    return relief.picture(ground, low=low, high=high_, pixel_m=side)


def _stretch(south: float, north: float) -> float:
    """Answer how much longer things are in Web Mercator than on the ground."""
    return math.cosh((south + north) / 2 / (HALF_WORLD_M / math.pi))
