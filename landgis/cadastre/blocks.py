"""Blocks: what maps show of many parcels at once, where single ones are too small to be seen."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

NO_CELL = -1
"""The cell of a block that is a sheet."""


class BlockKey(NamedTuple):
    """Which parcels a block stands for: those of a sheet; without one those of a cell."""

    unit_code: str
    """``""``: none."""

    sheet: str
    """``""``: none; then the cell says where."""

    cell: int


class StaleBlock(NamedTuple):
    """A block whose parcels changed since it was drawn."""

    key: BlockKey
    changed_revision: int
    """The newest change that touched it when it was found stale."""


class BlockLand(NamedTuple):
    """The parcels of a block that anyone may see, by fid: their order is part of the picture."""

    area_m2: Sequence[float]
    main_use: Sequence[str | None]
    geom_3857: NDArray[Any]


class BlockPicture(NamedTuple):
    """A block as maps draw it."""

    parcels: int
    area_m2: float
    use: str | None
    """The main use of most of its area; None where that of most is not known."""

    outline_3857: Any
    snap_zoom: int
    """Lowest zoom from which on the outline may be rounded to the tile grid as it is."""

    label_3857: Any
    extent_3857: NDArray[np.float64]
    """West, south, east, north of its parcels, which the outline does not leave."""
