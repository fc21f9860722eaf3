"""What the stories of national identifiers need from the store, as a protocol."""

from collections.abc import Iterable, Sequence
from typing import Protocol
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from landgis.cadastre.identifier.borne import Bearer, Borne


class Identifiers(Protocol):
    """Who bears which identifier, and bore which."""

    def unidentified(self, after_fid: int, limit: int) -> list[Bearer]: ...
    def identified(self, after_fid: int, limit: int) -> list[Bearer]: ...
    def assign(self, given: Sequence[Borne]) -> int: ...
    def issue(self, given: Sequence[Borne], by: str) -> None: ...
    def borne(self, ids: Iterable[UUID]) -> dict[UUID, list[Borne]]: ...
    def ever_borne(self, national_ids: Sequence[str]) -> list[Borne]: ...
    def bearing(self, national_ids: Sequence[str], *, withheld: bool) -> list[Bearer]: ...
    def called(
        self, ids: Sequence[UUID], fids: Sequence[int], keys: Sequence[str], *, withheld: bool
    ) -> list[tuple[Bearer, str | None]]: ...
    def covering(
        self,
        storage: NDArray[np.float64],
        srid: int,
        mercator: NDArray[np.float64],
        *,
        withheld: bool,
    ) -> dict[int, list[Bearer]]: ...
