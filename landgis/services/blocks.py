"""Blocks of parcels as the low zooms show them: drawn when a tile asks, or all of them."""

from collections.abc import Iterator, Sequence

from landgis.cadastre.blocks import NO_CELL, BlockKey, BlockLand, StaleBlock
from landgis.cadastre.threads import in_threads
from landgis.services.pace import ahead
from landgis.services.ports import Progress, silent
from landgis.services.tile_ports import BlockPictures
from landgis.tiling.outlines import picture

PAGE = 32
"""Blocks whose parcels are read at once: some ten thousand parcels."""

MOST_TRIES = 4
"""A block that changes while it is drawn is drawn again; not for ever."""

Box = tuple[float, float, float, float]


class BlockService:
    """Draws the blocks whose parcels have changed."""

    def __init__(self, blocks: BlockPictures) -> None:
        self._blocks = blocks

    def refresh(self, box_3857: Box, limit: int) -> bool:
        """Draw what is stale in a box; answer whether everything that a tile of it shows is right.

        Parameters
        ----------
        box_3857
            West, south, east, north in EPSG:3857 metres: the tile with its buffer.
        limit
            Blocks to draw at most.
        """
        for _ in range(MOST_TRIES):
            found = self._blocks.stale_in(box_3857, limit + 1)
            if not found:
                return True
            wanted = found[:limit]
            self._draw(wanted, self._blocks.lands([block.key for block in wanted]))
            if len(found) > limit:
                return False
        return False

    def fill(self, progress: Progress = silent) -> int:
        """Draw all that is stale and answer how many blocks were drawn.

        Each block is kept at once, so who is stopped goes on where it was. What changes meanwhile
        is left to the next who asks.
        """
        done, total = 0, self._blocks.stale_count()
        for stale, lands in ahead(self._pages()):
            self._draw(stale, lands)
            done += len(stale)
            progress("blocks", done, max(done, total))
        return done

    def _pages(self) -> Iterator[tuple[list[StaleBlock], list[BlockLand]]]:
        last = BlockKey("", "", NO_CELL)  # before every key: one without a sheet has a cell
        while stale := self._blocks.stale_after(last, PAGE):
            last = stale[-1].key
            yield stale, self._blocks.lands([block.key for block in stale])

    def _draw(self, stale: Sequence[StaleBlock], lands: Sequence[BlockLand]) -> None:
        for block, drawn in zip(stale, in_threads(picture, lands), strict=True):
            self._blocks.draw(block, drawn)
