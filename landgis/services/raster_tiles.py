"""Tiles of images, and the heights under a parcel."""

from collections.abc import Callable
from dataclasses import dataclass

from landgis import geodesy
from landgis.cadastre.rasters import HeightsUnder, Raster
from landgis.cadastre.register import ParcelRecord, Principal
from landgis.errors import NotFound, UsageError
from landgis.services.ports import Surveyed
from landgis.services.query import QueryService
from landgis.services.raster_pictures import PictureFolder
from landgis.services.rasters import RasterService
from landgis.tiling import grid
from landgis.tiling.heights_under import heights_under
from landgis.tiling.raster_tile import DRAWN, Drawing, Form, OpenFiles, draw, encode


@dataclass(frozen=True)
class ImageTile:
    """A tile as it goes over the wire; ``body`` None: nothing is there, or nothing changed."""

    etag: str
    body: bytes | None
    is_public: bool
    is_pinned: bool
    """Whether the address names the very content, so that it never changes."""

    unchanged: bool = False


@dataclass(frozen=True)
class Under:
    """Heights under a live parcel."""

    raster: Raster
    parcel: ParcelRecord
    found: HeightsUnder


class RasterTileService:
    """Draws tiles of images; keeps nothing but open files and decoded blocks."""

    def __init__(
        self,
        rasters: RasterService,
        pictures: PictureFolder,
        query: QueryService,
        surveyed: Surveyed,
    ) -> None:
        self._rasters = rasters
        self._pictures = pictures
        self._query = query
        self._surveyed = surveyed
        self._files = OpenFiles()

    def tile(
        self,
        name: str,
        place: tuple[int, int, int],
        form: Form,
        by: Callable[[], Principal],
        *,
        known_etag: str | None = None,
        pinned_to: str | None = None,
    ) -> ImageTile:
        """Answer a tile of an image, z/x/y in ``place``; an unchanged one is known before.

        Raises
        ------
        UsageError
            ``no_such_tile``: z/x/y is not in the grid; the database is not asked.
        NotFound
            ``no_such_raster``, ``zoom_not_served``.
        Unavailable
            ``raster_file_missing``.
        """
        z, x, y = place
        grid.require_tile(z, x, y)
        raster = self._rasters.get(name, by)
        low, high = raster.grid.minzoom, raster.grid.maxzoom
        if not low <= z <= high:
            raise NotFound(
                "zoom_not_served", f"Tiles of {name} are served from zoom {low} to {high}"
            )
        version = version_of(raster)
        etag = f'"{version}-{form}"'
        is_public = raster.wanted.audience == "public"
        is_pinned = pinned_to == version
        if known_etag == etag:
            return ImageTile(etag, None, is_public, is_pinned, unchanged=True)
        drawing = Drawing(self._pictures.picture(raster.content_key), raster.grid, raster.heights)
        pixels = draw(self._files, drawing, z, x, y)
        body = None if pixels is None else encode(pixels, form)
        return ImageTile(etag, body, is_public, is_pinned)

    def under(self, name: str, parcel: str, by: Principal) -> Under:
        """Answer the heights under a live parcel, in the elevation model's own plane.

        Raises
        ------
        NotFound
            ``no_such_raster``; ``no_such_parcel``, also for land withheld from the asker.
        UsageError
            ``not_a_dem``, ``parcel_too_large``.
        """
        raster = self._rasters.get(name, lambda: by)
        if raster.wanted.kind != "dem":
            raise UsageError(
                "not_a_dem", f"{name} is no elevation model but of kind {raster.wanted.kind}"
            )
        record = self._query.parcel(parcel, by)
        surveyed = self._surveyed.by_ids([record.parcel_id]).get(record.parcel_id)
        if surveyed is None:  # retired between the two questions
            raise NotFound("no_such_parcel", f"There is no parcel {parcel!r} in the register")
        there = geodesy.transform(surveyed.geom, surveyed.survey_epsg, raster.source.epsg)
        values = self._pictures.values(raster.content_key)
        return Under(raster, record, heights_under(self._files, values, there))


def version_of(raster: Raster) -> str:
    """Answer the name of what is drawn: another content, or way to draw it, has another one."""
    return f"{raster.content_key[:16]}-{DRAWN}"
