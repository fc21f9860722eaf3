"""The pyramid as one file: PMTiles, which any static server can offer."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from landgis.errors import Conflict
from landgis.services.fresh_tiles import FreshTiles
from landgis.services.ports import Progress, silent
from landgis.services.pyramid import PyramidService
from landgis.tiling.kept import Kept

MOST_TRIES = 5
E7 = 10_000_000
"""PMTiles gives degrees as integers of 1e-7 (PMTiles 3, 3.1)."""


class TileExport:
    """Writes what is drawn."""

    def __init__(self, pyramid: PyramidService, fresh: FreshTiles) -> None:
        self._pyramid = pyramid
        self._fresh = fresh

    def write(
        self, path: Path, document: Mapping[str, Any], progress: Progress = silent
    ) -> tuple[int, int]:
        """Write all tiles of one moment; answer how many they are, and their sequence.

        Parameters
        ----------
        document
            The TileJSON of the set.

        Raises
        ------
        Conflict
            ``register_changes``: each time all was drawn, something had changed again.
        """
        for _ in range(MOST_TRIES):
            self._pyramid.build(progress)
            before = self._fresh.kept.position().sequence
            tiles = {zxy_to_tileid(z, x, y): kept for z, x, y, kept in self._pyramid.tiles()}
            self._fresh.follow()
            if self._fresh.kept.position().sequence == before:
                part = path.with_name(f".{path.name}.part")
                _write(part, tiles, {**document, "sequence": before})
                part.replace(path)
                return len(tiles), before
        raise Conflict(
            "register_changes",
            f"The register changed {MOST_TRIES} times while {path.name} was being made; "
            "try again when it is quieter",
        )


def _write(path: Path, tiles: Mapping[int, Kept], document: Mapping[str, Any]) -> None:
    west, south, east, north = (round(value * E7) for value in document["bounds"])
    with path.open("wb") as file:
        writer = Writer(file)
        for tile_id, kept in sorted(tiles.items()):
            if kept.gzipped:
                writer.write_tile(tile_id, kept.gzipped)
        header = {
            "tile_type": TileType.MVT,
            "tile_compression": Compression.GZIP,
            "min_lon_e7": west,
            "min_lat_e7": south,
            "max_lon_e7": east,
            "max_lat_e7": north,
            "center_zoom": document["minzoom"],
            "center_lon_e7": (west + east) // 2,
            "center_lat_e7": (south + north) // 2,
        }
        # What is not of the archive's form, as are addresses of this server, is left out.
        kept_keys = ("name", "description", "attribution", "version", "vector_layers", "sequence")
        metadata = {key: document[key] for key in kept_keys if key in document}
        writer.finalize(header, json.loads(json.dumps(metadata)))
