"""The parcels that are compared, as columns in a plane of metres."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, NamedTuple, Self

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.parcels import Column, geometry_hash


class Who(NamedTuple):
    """One parcel of a ground."""

    row: int
    """Row of the source; 0: a parcel of the register."""

    key: str | None
    """Its identity, else the hash of its geometry."""

    sheet: str | None
    """Unit and sheet, as ``unit/sheet``; None: not known."""

    accuracy_m: float
    parcel: str | None
    """Canonical id of a parcel of the register; None: a row of the source."""

    unit: str | None = None

    @property
    def itself(self) -> tuple[int, str | None]:
        """Answer what is equal for the same parcel, whatever is known of it."""
        return self.row, self.parcel


@dataclass(frozen=True)
class Ground:
    """Valid parcels to be compared with each other: columns of equal length ``n``."""

    geom: Column
    """``(n,)`` Polygon or MultiPolygon, valid, in metres."""

    row: NDArray[np.int64]
    """``(n,)`` rows of the source; 0 for parcels of the register."""

    key: Column
    """``(n,)`` identities, None where there is none."""

    unit: Column
    sheet: Column
    accuracy_m: NDArray[np.float64]
    """``(n,)`` largest error of a boundary point by the map scale; NaN: not known."""

    parcel: Column
    """``(n,)`` canonical ids of parcels of the register, None for rows."""

    def __len__(self) -> int:
        return len(self.row)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Answer the index of the geometries."""
        return shapely.STRtree(self.geom)

    def take(self, where: NDArray[Any]) -> Self:
        """Select parcels by a boolean mask or an index array."""
        return type(self)(*(getattr(self, f.name)[where] for f in fields(self)))

    def who(self, i: int) -> Who:
        """Answer the parcel at index ``i``."""
        return Who(
            int(self.row[i]),
            self.key[i] or geometry_hash(self.geom[i]),
            f"{self.unit[i] or '?'}/{self.sheet[i]}" if self.sheet[i] else None,
            float(self.accuracy_m[i]),
            self.parcel[i],
            self.unit[i],
        )


def together(grounds: Sequence[Ground]) -> Ground:
    """Answer several grounds as one, in their order."""
    if len(grounds) == 1:
        return grounds[0]
    return Ground(*(np.concatenate([getattr(g, f.name) for g in grounds]) for f in fields(Ground)))
