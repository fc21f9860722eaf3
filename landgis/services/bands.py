"""Fill in the simplified pictures that parcels of a bulk load do not have yet."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from landgis.cadastre.threads import in_threads
from landgis.services.ports import Progress, silent


class Pictures(Protocol):
    """Pictures of parcels as the store keeps them."""

    def due(self) -> list[int]:
        """Answer the marks that pictures are missing; none: nothing is."""

    def done(self, due: Sequence[int]) -> None:
        """Take marks away; those that came meanwhile stay."""

    def blocks(self) -> list[NDArray[np.int64]]:
        """Answer the fids of parcels without pictures, in blocks of parcels that lie together."""

    def draw(self, fids: NDArray[np.int64]) -> int:
        """Draw a block in a transaction of its own; answer how many were still missing."""


class BandService:
    """Draws what is missing, block by block; whoever is stopped goes on where he was."""

    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures

    def fill(self, progress: Progress = silent) -> int:
        """Draw the pictures that are missing now; answer how many were drawn."""
        due = self._pictures.due()
        if not due:
            return 0
        blocks = self._pictures.blocks()
        total, done, drawn = sum(map(len, blocks)), 0, 0
        half = (len(blocks) + 1) // 2
        # Two at once, far from each other: neighbours would wait for one another's cells.
        for pair in zip_longest(blocks[:half], blocks[half:]):
            progress("simplifying", done, total)
            chosen = [fids for fids in pair if fids is not None]
            drawn += sum(in_threads(self._pictures.draw, chosen))
            done += sum(map(len, chosen))
        progress("simplifying", done, total)
        self._pictures.done(due)
        return drawn
