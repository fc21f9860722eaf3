"""What the stories of tiles need from the store, as protocols."""

from collections.abc import Sequence
from typing import Any, Protocol
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from landgis.cadastre.blocks import BlockKey, BlockLand, BlockPicture, StaleBlock
from landgis.cadastre.register import TileChange
from landgis.services.ports import Progress


class Tiles(Protocol):
    """Runs tile statements on the register as it is."""

    def position(self) -> tuple[int, int]: ...
    def newest(self) -> tuple[int, UUID]: ...
    def tile(self, sql: str, parameters: dict[str, Any]) -> bytes: ...


class TileChanges(Protocol):
    """The log of where tiles changed."""

    def since(self, sequence: int) -> list[TileChange]: ...


class Blocks(Protocol):
    """Pictures of many parcels at once, which are drawn again when they are asked for."""

    def refresh(self, box_3857: tuple[float, float, float, float], limit: int) -> bool: ...


class BlockPictures(Protocol):
    """Blocks of parcels as the store has them: which are to be drawn, of what, their pictures."""

    def stale_in(
        self, box_3857: tuple[float, float, float, float], limit: int
    ) -> list[StaleBlock]: ...
    def stale_after(self, key: BlockKey, limit: int) -> list[StaleBlock]: ...
    def stale_count(self) -> int: ...
    def lands(self, keys: Sequence[BlockKey]) -> list[BlockLand]: ...
    def draw(self, block: StaleBlock, picture: BlockPicture | None) -> None: ...


class Extents(Protocol):
    """Where parcels and units lie, all at once."""

    def parcels(self) -> NDArray[np.float64]: ...
    def units(self) -> NDArray[np.float64]: ...


class Filling(Protocol):
    """What tiles are drawn from, made ready where it is not."""

    def fill(self, progress: Progress = ...) -> int: ...
