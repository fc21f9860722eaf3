"""Tiles of the published revision."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.errors import NotFound
from landgis.geodesy import LONLAT, WEB_MERCATOR, transform_xy
from landgis.services.fresh_tiles import FreshTiles
from landgis.services.ports import Parcels
from landgis.tiling import grid, style
from landgis.tiling.kept import Kept
from landgis.tiling.layers import TileSet, named
from landgis.tiling.reach import PARCELS_FROM

START_WIDTH_PX = 900
"""The data fill about this much of the page when it opens."""

START_MAX_ZOOM = 16.5
TILE_PX = 512
WORLD = (-180.0, -85.051129, 180.0, 85.051129)


class TileService:
    """Answers tiles and the documents that describe them."""

    def __init__(
        self,
        tilesets: Mapping[str, TileSet],
        fresh: FreshTiles,
        parcels: Parcels,
        jurisdiction: Jurisdiction,
    ) -> None:
        self._tilesets = tilesets
        self._fresh = fresh
        self._parcels = parcels
        self._jurisdiction = jurisdiction
        self._outline_boxes = [outline.bounds for outline in jurisdiction.outlines.values()]

    def tile(self, name: str, z: int, x: int, y: int, wanted: int = 0) -> tuple[int, Kept]:
        """Answer the sequence that holds here, and a tile of a set that is at least as new.

        Parameters
        ----------
        wanted
            The change that whoever asks has seen already.

        Raises
        ------
        NotFound
            ``no_such_tileset``, ``zoom_not_served``.
        UsageError
            ``no_such_tile``: z/x/y is not in the grid; the database is not asked.
        """
        self.known(name, z, x, y)
        return self._fresh.tile(name, z, x, y, wanted)

    def known(self, name: str, z: int, x: int, y: int) -> None:
        """Refuse what is no tile of a set; ``tile`` says how."""
        tileset = named(self._tilesets, name)
        grid.require_tile(z, x, y)
        if not tileset.minzoom <= z <= tileset.maxzoom:
            raise NotFound(
                "zoom_not_served",
                f"Tiles of {name} are served from zoom {tileset.minzoom} to {tileset.maxzoom}",
            )

    def public(self, name: str) -> TileSet | None:
        """Answer a set that anybody may see, None where there is none of that name."""
        tileset = self._tilesets.get(name)
        return tileset if tileset is not None and tileset.is_public else None

    def tilejson(self, name: str, base_url: str) -> dict[str, Any]:
        """Answer the TileJSON of a set."""
        tileset, sequence = named(self._tilesets, name), self._parcels.state().sequence
        (lon, lat), zoom = self.start()
        centre = (lon, lat, int(zoom))
        return style.tilejson(tileset, base_url, self.bounds(), sequence, centre)

    def bounds(self) -> tuple[float, float, float, float]:
        """Answer west, south, east, north in degrees of what the map shows."""
        data = self._parcels.extent_lonlat()
        boxes = [*self._outline_boxes, *([data] if data is not None else [])]
        if not boxes:
            return WORLD
        west, south = min(b[0] for b in boxes), min(b[1] for b in boxes)
        return west, south, max(b[2] for b in boxes), max(b[3] for b in boxes)

    def start(self) -> tuple[tuple[float, float], float]:
        """Answer longitude, latitude and zoom at which the map opens: where parcels are, if any."""
        data = self._parcels.extent_lonlat()
        if data is None:
            return self._jurisdiction.centre, self._jurisdiction.zoom
        west, south, east, north = data
        width = max(east - west, north - south, 1e-4)
        zoom = math.log2(360.0 / width * START_WIDTH_PX / TILE_PX)
        # Without outlines the map would look empty where it shows no parcels.
        if zoom < PARCELS_FROM and not self._jurisdiction.outlines:
            return self._first_parcel(data), PARCELS_FROM + 1.0
        return ((west + east) / 2, (south + north) / 2), round(min(zoom, START_MAX_ZOOM), 2)

    def _first_parcel(self, data: tuple[float, float, float, float]) -> tuple[float, float]:
        """Answer a place where there is something to see, without outlines to find it by."""
        place = self._parcels.first_place()
        if place is None:
            return (data[0] + data[2]) / 2, (data[1] + data[3]) / 2
        x, y = np.array([place.x]), np.array([place.y])
        lon, lat = transform_xy(x, y, WEB_MERCATOR, LONLAT)
        return round(float(lon[0]), 6), round(float(lat[0]), 6)
