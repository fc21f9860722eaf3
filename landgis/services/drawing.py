"""Draws tiles from the register as it is now."""

import hashlib
from collections.abc import Mapping

from isal import isal_zlib

from landgis import __version__
from landgis.services.tile_ports import Blocks, Tiles
from landgis.tiling import grid
from landgis.tiling.kept import Kept, Position
from landgis.tiling.layers import TileSet
from landgis.tiling.reach import BLOCKS_FROM, PARCELS_FROM
from landgis.tiling.vector import statement

MOST_STALE = 60
"""So many blocks are drawn again for who asks for a tile; more are left to the worker."""

GZIP = 31
"""Of zlib: the form of gzip. Its header bears no time, so the same tile is the same bytes."""

LEVEL = 3
NOTHING = Kept(0, hashlib.blake2b(b"", digest_size=8).hexdigest(), b"")


class TileMaker:
    """Makes the bytes of a tile."""

    def __init__(self, tiles: Tiles, blocks: Blocks) -> None:
        self._tiles = tiles
        self._blocks = blocks

    def newest(self) -> Position:
        """Answer the newest change of what tiles show."""
        return Position(*self._tiles.newest())

    def draw(self, tileset: TileSet, z: int, x: int, y: int) -> tuple[Kept, bool]:
        """Answer a tile, and whether nothing in it waits to be drawn better.

        The sequence is read first: a change in between makes the tile newer than it says, never
        older.
        """
        sequence, revision = self._tiles.position()
        made = statement(tileset, z, x, y, revision)
        if made is None:
            return NOTHING._replace(sequence=sequence), True
        whole = (
            z >= PARCELS_FROM
            or self._blocks is None
            or self._blocks.refresh(_reads(z, x, y), MOST_STALE)
        )
        data = self._tiles.tile(made.sql, made.parameters)
        return packed(sequence, data), whole


def fingerprint(tilesets: Mapping[str, TileSet]) -> bytes:
    """Answer sixteen bytes that differ when tiles of the same register would be drawn otherwise."""
    digest = hashlib.blake2b(f"{__version__} {LEVEL} {grid.EXTENT}".encode(), digest_size=16)
    for _, tileset in sorted(tilesets.items()):
        digest.update(repr(tileset).encode())
        for z in range(tileset.minzoom, tileset.maxzoom + 1):
            made = statement(tileset, z, 0, 0, 0)
            digest.update(made.sql.encode() if made is not None else b"-")
    return digest.digest()


def packed(sequence: int, data: bytes) -> Kept:
    """Answer an encoded tile in the form it is kept and sent in."""
    if not data:
        return NOTHING._replace(sequence=sequence)
    etag = hashlib.blake2b(data, digest_size=8).hexdigest()
    return Kept(sequence, etag, isal_zlib.compress(data, LEVEL, GZIP))


def _reads(z: int, x: int, y: int) -> tuple[float, float, float, float]:
    """Answer where blocks lie that a tile shows; whole units are counted wherever they reach."""
    if z < BLOCKS_FROM:
        z, x, y = 0, 0, 0
    box = grid.buffered(grid.tile_box(z, x, y), grid.EXTENT // 8)
    return box.west, box.south, box.east, box.north
