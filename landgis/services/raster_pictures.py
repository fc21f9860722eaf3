"""The folder of pictures: each is made beside the others, then put in its place at once."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from landgis import geodesy
from landgis.cadastre.rasters import Grid, Heights, Kind
from landgis.errors import Conflict, TooLarge
from landgis.ingest import raster_gate
from landgis.ingest.raster_gate import Image
from landgis.ingest.raster_warp import Making
from landgis.services.left_folders import LEFT_AFTER_S, held
from landgis.services.upload_folder import disk_full
from landgis.tiling import raster_grid

PICTURE, VALUES = "picture.tif", "values.tif"
MADE = "made"

MOST_PIXELS = 1_000_000_000
"""Of a picture: that of an image that lies askew is larger than the image."""

SPARE_BYTES = 512 * 1024**2
"""Room on the disk that no picture may take: the database needs it."""


class PictureFolder:
    """Where pixels lie: a folder for each content, with ``picture.tif`` for tiles, and of an
    elevation model ``values.tif`` in the plane it was surveyed in.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def picture(self, content_key: str) -> Path:
        """Answer the file that tiles are drawn from."""
        return self._folder / content_key / PICTURE

    def values(self, content_key: str) -> Path:
        """Answer the file of an elevation model's heights."""
        return self._folder / content_key / VALUES

    def has(self, content_key: str) -> bool:
        """Answer whether the pixels are here."""
        return self.picture(content_key).is_file()

    @contextmanager
    def bench(self) -> Iterator[Path]:
        """Give a folder to work in, on the same disk; what a killed process left goes with it."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._sweep()
        bench = self._folder / f".{uuid4().hex}"
        bench.mkdir(mode=0o700)
        try:
            with held(bench):
                yield bench
        finally:
            shutil.rmtree(bench, ignore_errors=True)

    def _sweep(self) -> None:
        for left in self._folder.glob(".*"):
            with suppress(OSError):  # held, or gone by now
                if time.time() - left.stat().st_mtime > LEFT_AFTER_S:
                    with held(left):
                        shutil.rmtree(left)

    def make(self, image: Image, kind: Kind, grid: Grid, bench: Path) -> Heights | None:
        """Make the files of an image on the bench.

        Raises
        ------
        TooLarge
            ``raster_too_large``: so askew that its picture is mostly empty.
        Unavailable
            ``disk_full``.
        Refused
            As ``raster_gate.make``.
        """
        pixels = grid.width * grid.height
        if pixels > MOST_PIXELS:
            raise TooLarge(
                "raster_too_large",
                f"{image.name}: its picture would have {grid.width} by {grid.height} pixels, the "
                f"limit is {MOST_PIXELS}; cut it into sheets",
                file=image.name,
            )
        wanted = pixels * (image.bands + 1) * (8 if image.held_as == "float64" else 4)
        if shutil.disk_usage(bench).free < wanted // 2 + image.bytes + SPARE_BYTES:
            raise disk_full()
        (bench / MADE).mkdir()
        making = Making(
            kind=kind,
            bands=image.bands,
            dtype=image.held_as,
            transform=list(image.transform),
            operation=geodesy.mercator_pipeline(image.epsg),
            grid=raster_grid.transform(grid),
            width=grid.width,
            height=grid.height,
            levels=grid.levels,
            folder=str((bench / MADE).absolute()),
        )
        found = raster_gate.make(image, making, bench)
        if found is None:
            return None
        low, high, tint_low, tint_high = found
        return Heights(low, high, tint_low, tint_high, image.unit)

    def place(self, bench: Path, content_key: str) -> None:
        """Put what was made where it is looked for; the same content may be there already.

        Raises
        ------
        Conflict
            ``raster_removed``: nothing was made, for it was there, and somebody removed it.
        """
        if self.has(content_key):
            return
        if not (bench / MADE).is_dir():
            raise Conflict("raster_removed", "The same image was just being removed; try again")
        shutil.rmtree(self._folder / content_key, ignore_errors=True)
        (bench / MADE).rename(self._folder / content_key)

    def discard(self, content_key: str) -> None:
        """Remove the pixels of a content; a tile that is being read is read to its end."""
        shutil.rmtree(self._folder / content_key, ignore_errors=True)
