"""What fixes need from the store, as a protocol."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from landgis.cadastre.fixes.record import FixRecord, FixWrite
from landgis.cadastre.mends import Tried
from landgis.cadastre.parcels import Column


class Fixes(Protocol):
    """Rows around fixes, and fixes that were made."""

    def geometries(self, batch_id: UUID) -> Iterator[tuple[NDArray[np.int64], Column]]: ...
    def write(
        self,
        batch_id: UUID,
        seen: tuple[Any, ...],
        fixes: Sequence[FixWrite],
        tried: Sequence[Tried],
        by: str,
    ) -> bool: ...
    def live(self, batch_id: UUID, rows: Sequence[int]) -> dict[int, UUID]: ...
    def get(self, batch_id: UUID, fix_id: UUID) -> FixRecord: ...
    def listed(self, batch_id: UUID) -> list[FixRecord]: ...
