"""Live parcels as the rows of a file are compared with: many of them, block by block."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from landgis.cadastre.parcels import Column, ParcelSet


@dataclass(frozen=True)
class LiveBlock:
    """Some live parcels of one survey plane."""

    parcels: ParcelSet
    """Their rows are 0: they are rows of nothing."""

    ids: Column
    """``(n,)`` canonical ids as text."""

    is_withheld: NDArray[np.bool_]
    map_scale: NDArray[np.int64]
    """``(n,)`` denominators of the maps that they came from; 0: not known."""


class RetiredName(NamedTuple):
    """What named a parcel once and names no live parcel now."""

    parcel: str
    """Canonical id of the parcel."""

    unit_code: str | None
    sheet: str | None
    number: str | None
    old_unit_code: str | None
    old_sheet: str | None
    old_number: str | None


class NearBy(Protocol):
    """Gives live parcels near places."""

    def __call__(self, boxes_3857: NDArray[np.float64]) -> Iterator[LiveBlock]:
        """Answer those whose extent meets a box.

        Parameters
        ----------
        boxes_3857
            ``(n, 4)`` west, south, east, north in Web Mercator.
        """
