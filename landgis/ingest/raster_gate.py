"""An image as handed in: what its outside and its head say, and whether that is acceptable."""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np

from landgis import geodesy
from landgis.cadastre.rasters import Kind
from landgis.errors import NotFound, Refused, TooLarge
from landgis.ingest.raster_warp import Making
from landgis.ingest.reader_process import Reader, ask

STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
"""First bytes of a TIFF and of a BigTIFF. Source: TIFF 6.0, 2; BigTIFF design of libtiff."""

FILE_BYTES_LIMIT = 8 * 1024**3
MOST_PIXELS = 600_000_000
"""Of an image: 24,000 by 24,000. To read, lay out and tile a million of them took 0.2 to 0.6 s of
processor time where this was measured."""

OF_IMAGES = Reader("landgis.ingest.raster_child", cpu_seconds=1200, seconds=2400)
"""Twice what the largest image needs."""

CHUNK_BYTES = 1024 * 1024
SHADES = frozenset({1, 2})
COLOURS = frozenset({3, 4})
"""Bands of grey and coloured images, with one more for what is transparent or infrared."""

HEIGHT_TYPES = {
    **dict.fromkeys(("uint8", "int8", "uint16", "int16", "float32"), "float32"),
    **dict.fromkeys(("uint32", "int32", "float64"), "float64"),
}
"""Type of an elevation model -> type that holds its heights without loss."""


@dataclass(frozen=True)
class Image:
    """An image that may be registered, copied where nothing lies beside it."""

    path: Path
    name: str
    sha256: str
    bytes: int
    width: int
    height: int
    dtype: str
    nodata: float | None
    epsg: int
    transform: tuple[float, float, float, float, float, float]
    """Pixel column and row -> east and north in ``epsg``: a b c d e f of an affine."""

    bands: int
    """That are shown: 1 or 3."""

    held_as: str
    """Type that its pixels are kept in."""

    unit: str | None

    def corners(self, along: int = 16) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Answer points around the image in its plane, ``along`` a side, as ``(n, 2)``."""
        steps = np.linspace(0, 1, along, endpoint=False)
        ahead, still = steps, np.zeros(along)
        column = np.concatenate([ahead, still + 1, 1 - ahead, still]) * self.width
        row = np.concatenate([still, ahead, still + 1, 1 - ahead]) * self.height
        a, b, c, d, e, f = self.transform
        return np.column_stack([a * column + b * row + c, d * column + e * row + f])


def look_at(path: Path, name: str, kind: Kind, epsg: int | None, workdir: Path) -> Image:
    """Answer an image when it may be registered as ``kind``; no pixel is read for that.

    Parameters
    ----------
    path
        The file; nothing beside it is looked at.
    name
        As its sender calls it.
    epsg
        Plane as somebody says it; None: the one that the file declares.
    workdir
        An existing folder that the caller removes; the copy lies there.

    Raises
    ------
    NotFound
        ``no_such_file``.
    TooLarge
        ``file_too_large``, ``raster_too_large``.
    Refused
        ``not_a_geotiff``, ``several_images``, ``raster_bands``, ``raster_depth``,
        ``no_georeference``, ``no_crs``, ``unknown_crs``, ``raster_unreadable``,
        ``reader_failed``.
    """
    sha256, size = _copied(path, workdir / "source.tif", name)
    said = _asked({"path": str(workdir / "source.tif"), "making": None}, workdir, name)
    _require_size(said, name)
    bands, held_as = _form(said, kind, name)
    transform = _transform(said, name)
    return Image(
        path=workdir / "source.tif",
        name=name,
        sha256=sha256,
        bytes=size,
        width=said["width"],
        height=said["height"],
        dtype=said["dtypes"][0],
        nodata=said["nodata"],
        epsg=_plane(said["wkt"], epsg, name),
        transform=transform,
        bands=bands,
        held_as=held_as,
        unit=said["unit"],
    )


def make(image: Image, making: Making, workdir: Path) -> list[float] | None:
    """Have our files made of an image; answer lowest, highest and the 2 and 98 % of heights.

    Raises
    ------
    Refused
        ``raster_damaged``, ``raster_empty``, ``raster_unreadable``, ``reader_failed``.
    """
    said = _asked({"path": str(image.path), "making": asdict(making)}, workdir, image.name)
    found: list[float] | None = said["heights"]
    return found


def _asked(task: dict[str, Any], workdir: Path, name: str) -> dict[str, Any]:
    folder = Path(mkdtemp(prefix="raster-", dir=workdir.absolute()))
    return ask(
        {**task, "driver": "GTiff", "cpu_seconds": OF_IMAGES.cpu_seconds}, folder, name, OF_IMAGES
    )


def _copied(path: Path, target: Path, name: str) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as taken:
            start = taken.read(len(STARTS[0]))
            if start not in STARTS:
                raise Refused(
                    "not_a_geotiff",
                    f"{name}: this is no TIFF; export the image as a GeoTIFF (.tif)",
                    file=name,
                )
            taken.seek(0)
            with target.open("wb") as made:
                while chunk := taken.read(CHUNK_BYTES):
                    digest.update(chunk)
                    size += made.write(chunk)
                    if size > FILE_BYTES_LIMIT:
                        raise _too_large(name, f"more than {FILE_BYTES_LIMIT} bytes")
    except FileNotFoundError as problem:
        raise NotFound("no_such_file", f"{path}: there is no such file", file=name) from problem
    except OSError as problem:
        why = f"{path}: cannot be opened: {problem.strerror}"
        raise Refused("not_readable", why, file=name) from problem
    return digest.hexdigest(), size


def _too_large(name: str, why: str) -> TooLarge:
    return TooLarge(
        "raster_too_large",
        f"{name}: {why}; cut it into sheets and register each under a name of its own",
        file=name,
    )


def _require_size(said: Mapping[str, Any], name: str) -> None:
    if said["images"] > 1:
        raise Refused(
            "several_images",
            f"{name}: there are {said['images']} images in it; save each as a file of its own",
            file=name,
        )
    width, height = said["width"], said["height"]
    if width * height > MOST_PIXELS:
        raise _too_large(name, f"{width} by {height} pixels, the limit is {MOST_PIXELS}")


def _form(said: Mapping[str, Any], kind: Kind, name: str) -> tuple[int, str]:
    """Answer how many bands are shown and the type they are kept in."""
    dtypes, interps = said["dtypes"], said["interps"]
    found = f"{len(dtypes)} band(s) of type {', '.join(sorted(set(dtypes)))}"
    if kind == "dem":
        if len(dtypes) != 1:
            why = f"an elevation model has one band, this has {found}; export the heights alone"
            raise Refused("raster_bands", f"{name}: {why}", file=name)
        if dtypes[0] not in HEIGHT_TYPES or said["palette"]:
            why = f"heights are numbers, not {found}; export them as Float32"
            raise Refused("raster_depth", f"{name}: {why}", file=name)
        return 1, HEIGHT_TYPES[dtypes[0]]
    if set(dtypes) != {"uint8"}:
        why = f"a picture has 8 bits a band, this is {found}; export it as Byte with a stretch"
        raise Refused("raster_depth", f"{name}: {why}", file=name)
    if len(dtypes) not in SHADES | COLOURS or "cyan" in interps:
        why = f"a picture is grey (1 band) or red, green, blue (3); this has {found}"
        raise Refused("raster_bands", f"{name}: {why}; export it as RGB", file=name)
    if len(dtypes) == max(SHADES) and interps[1] != "alpha":
        why = "its second band is not said to be transparency; export the first alone, or RGB"
        raise Refused("raster_bands", f"{name}: {why}", file=name)
    is_coloured = len(dtypes) in COLOURS or said["palette"] == "colour"
    return 3 if is_coloured else 1, "uint8"


def _transform(
    said: Mapping[str, Any], name: str
) -> tuple[float, float, float, float, float, float]:
    found = said["transform"]
    if found is None:
        why = (
            "it has control points only: warp it to a grid first (QGIS: Georeferencer)"
            if said["has_control_points"]
            else "it does not say where it lies (a world file beside it is not read): save it as "
            "a GeoTIFF with QGIS, Export > Save As, or gdal_translate -a_ullr"
        )
        raise Refused("no_georeference", f"{name}: {why}", file=name)
    a, b, c, d, e, f = map(float, found)
    area = a * e - b * d
    if not all(map(math.isfinite, (a, b, c, d, e, f))) or area == 0:
        why = "its pixels have no area on the ground; georeference it again"
        raise Refused("no_georeference", f"{name}: {why}", file=name)
    return a, b, c, d, e, f


def _plane(wkt: str | None, epsg: int | None, name: str) -> int:
    if epsg is None and wkt is None:
        raise Refused(
            "no_crs",
            f"{name}: it names no coordinate system; say which, such as --crs EPSG:9209",
            file=name,
        )
    found = epsg if epsg is not None or wkt is None else geodesy.identify(wkt)
    if found is None:
        raise Refused(
            "unknown_crs",
            f"{name}: its coordinate system is not one of EPSG's; say which, --crs EPSG:n",
            file=name,
        )
    geodesy.plane(found)
    return found
