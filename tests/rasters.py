"""GeoTIFFs for tests: small images in Tây Ninh, each written by the test that reads it."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import MemoryFile

from tests.builders import EAST, NORTH

GROUND_PX = 1.0
"""Side of a pixel, metres, where nothing else is said."""


@contextmanager
def unplaced() -> Iterator[None]:
    """Let an image lie nowhere, as tiles do, without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        yield


def decoded(body: bytes) -> NDArray[np.uint8]:
    """The pixels of a tile, ``(bands, h, w)``."""
    with unplaced(), MemoryFile(body) as file, file.open() as image:
        read: NDArray[np.uint8] = image.read()
        return read


def at(
    east: float = EAST, north: float = NORTH, px: float = GROUND_PX, turned: float = 0.0
) -> Affine:
    """The transform of an image with its north-west corner at a place of EPSG:9209."""
    return Affine.translation(east, north) @ Affine.rotation(turned) @ Affine.scale(px, -px)


def geotiff(
    path: Path,
    pixels: NDArray[Any],
    *,
    crs: str | None = "EPSG:9209",
    transform: Affine | None = None,
    palette: dict[int, tuple[int, int, int, int]] | None = None,
    **more: Any,
) -> Path:
    """Write ``(bands, h, w)`` or ``(h, w)`` pixels."""
    bands = pixels if pixels.ndim == 3 else pixels[None]
    count, height, width = bands.shape
    profile = {"crs": crs, "transform": at() if transform is None else transform, **more}
    with rasterio.open(
        path, "w", driver="GTiff", count=count, height=height, width=width,
        dtype=bands.dtype, **profile,
    ) as image:  # fmt: skip
        image.write(bands)
        if palette is not None:
            image.write_colormap(1, palette)
    return path


def photo(side: int = 64, bands: int = 3) -> NDArray[np.uint8]:
    """A colourful picture without a black pixel, the same each time."""
    shape = (bands, side, side)
    return np.random.default_rng(6).integers(64, 255, shape, dtype=np.uint8)


def hill(side: int = 64) -> NDArray[np.float32]:
    """Heights: 10 m in the west, a metre more every ten pixels."""
    ramp = 10 + np.arange(side, dtype=np.float32) / 10
    return np.tile(ramp, (side, 1))
