"""All tiles of the map, drawn before anybody asks for them."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from landgis.services.drawing import TileMaker
from landgis.services.fresh_tiles import FreshTiles
from landgis.services.ports import Progress, silent
from landgis.services.tile_ports import Extents, Filling
from landgis.tiling.covering import covering
from landgis.tiling.kept import Kept
from landgis.tiling.layers import TileSet
from landgis.tiling.reach import PARCELS_FROM, SIMPLE_BELOW, key_of, prefix_of

TOGETHER = 200
"""Tiles in one transaction of the store: who serves meanwhile waits for no longer than that."""

THREADS = 2
Planned = dict[int, NDArray[np.int64]]
"""Zoom -> ``(n, 2)`` x, y of the tiles that hold something."""


@dataclass(frozen=True)
class ZoomStatus:
    """How much of one zoom is drawn and right."""

    z: int
    planned: int
    drawn: int
    bytes: int


def for_ever() -> bool:
    """Never tell anybody to stop."""
    return False


class PyramidService:
    """Draws tiles ahead and says how far it is; what it did is not lost when it ends early."""

    def __init__(
        self,
        tileset: TileSet,
        fresh: FreshTiles,
        maker: TileMaker,
        extents: Extents,
        fillings: tuple[Filling, ...],
    ) -> None:
        self._tileset = tileset
        self._fresh = fresh
        self._maker = maker
        self._extents = extents
        self._fillings = fillings
        self._whole_at = -1

    def is_behind(self) -> bool:
        """Answer whether so much changed since all was drawn here that it should be again.

        After a small change whoever asks has the few tiles drawn that it touched.
        """
        self._fresh.follow()
        return self._fresh.kept.floor() > self._whole_at

    def build(
        self, progress: Progress = silent, is_over: Callable[[], bool] = for_ever
    ) -> tuple[int, bool]:
        """Draw every tile that is not there or not right; answer how many, and whether all are.

        What tiles are drawn from is made ready first. Coarse zooms come first: they are few, and
        everybody begins with them.

        Parameters
        ----------
        is_over
            Asked after every ``TOGETHER`` tiles; True ends the work, which may go on later.
        """
        if sum(filling.fill(progress) for filling in self._fillings):
            # Who asked meanwhile was shown the same, drawn in full.
            self._fresh.forget(range(self._tileset.minzoom, SIMPLE_BELOW))
        self._fresh.follow()
        began = self._fresh.kept.position().sequence
        planned = self.planned()
        total = sum(len(tiles) for tiles in planned.values())
        missing = self._missing(planned)
        done = total - sum(len(tiles) for tiles in missing.values())
        drawn = 0
        with ThreadPoolExecutor(THREADS) as pool:
            for z, tiles in sorted(missing.items()):
                for some in np.array_split(tiles, -(-len(tiles) // TOGETHER)):
                    drawn += self._together(pool, z, some.tolist())
                    done += len(some)
                    progress("tiles", done, total)
                    if is_over() and done < total:
                        return drawn, False
        self._whole_at = began
        return drawn, True

    def planned(self) -> Planned:
        """Answer every tile that shows a public parcel, and below their zoom a unit."""
        parcels, units = self._extents.parcels(), self._extents.units()
        buffer = max(layer.buffer for layer in self._tileset.layers)
        plan: Planned = {}
        for z in range(self._tileset.minzoom, self._tileset.maxzoom + 1):
            boxes = parcels if z >= PARCELS_FROM else np.vstack([parcels, units])
            plan[z] = covering(boxes, z, buffer)
        return plan

    def status(self) -> list[ZoomStatus]:
        """Answer zoom by zoom what is planned, and what of it is there and right."""
        self._fresh.follow()
        found = []
        for z, tiles in self.planned().items():
            sizes = self._sizes(z)
            found.append(ZoomStatus(z, len(tiles), len(sizes), sum(sizes.values())))
        return found

    def tiles(self) -> Iterator[tuple[int, int, int, Kept]]:
        """Answer z, x, y and bytes of every tile of the set that is there and right."""
        for z in range(self._tileset.minzoom, self._tileset.maxzoom + 1):
            for key, kept in self._fresh.kept.walk(prefix_of(self._tileset.name, z)):
                x, y = key.split(b"/")[2:]
                yield z, int(x), int(y), kept

    def _sizes(self, z: int) -> dict[bytes, int]:
        return self._fresh.kept.sizes(prefix_of(self._tileset.name, z))

    def _missing(self, planned: Planned) -> Planned:
        missing: Planned = {}
        for z, tiles in planned.items():
            there = self._sizes(z)
            keys = (key_of(self._tileset.name, z, x, y) for x, y in tiles.tolist())
            is_missing = np.fromiter((key not in there for key in keys), bool, len(tiles))
            if is_missing.any():
                missing[z] = tiles[is_missing]
        return missing

    def _together(self, pool: ThreadPoolExecutor, z: int, tiles: list[list[int]]) -> int:
        def draw(xy: list[int]) -> tuple[bytes, Kept] | None:
            drawn, whole = self._maker.draw(self._tileset, z, *xy)
            return (key_of(self._tileset.name, z, *xy), drawn) if whole else None

        made = [tile for tile in pool.map(draw, tiles) if tile is not None]
        return self._fresh.keep(made) if made else 0
