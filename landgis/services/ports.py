"""What the stories need from the store, as protocols: the store and the tests' fakes fit them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from landgis.cadastre.batches import Batch, RawRows, RowFate, Status
from landgis.cadastre.changes import ChangeSet, Check, Entry, SurveyedParcel
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.register import (
    Deployment,
    Derived,
    ParcelRecord,
    Place,
    Principal,
    RegisterState,
    UnitRow,
)


class Staging(Protocol):
    """Batches, their rows and findings."""

    def create(self, batch: Batch) -> None: ...
    def update(self, batch_id: UUID, **values: Any) -> None: ...
    def move(self, batch_id: UUID, old: Status, new: Status) -> None: ...
    def save(
        self,
        batch: Batch,
        *,
        parcels: ParcelSet,
        fates: Sequence[RowFate],
        findings: Sequence[dict[str, Any]],
        raw: RawRows,
        geom_found: dict[int, bytes],
    ) -> None: ...
    def get(self, batch_id: UUID) -> Batch: ...
    def batches(self, limit: int = 100) -> list[Batch]: ...
    def same_file(self, sha256: str, options: dict[str, Any]) -> Batch | None: ...
    def accepted(self, batch: Batch) -> ParcelSet: ...
    def findings(self, batch_id: UUID) -> list[dict[str, Any]]: ...
    def fates(self, batch_id: UUID) -> list[RowFate]: ...
    def rows(
        self, batch_id: UUID, *, state: str | None, after: int, limit: int
    ) -> list[dict[str, Any]]: ...


class History(Protocol):
    """The only writer of the register."""

    def append(
        self,
        changeset: ChangeSet,
        derived: Sequence[Derived],
        deployment: Deployment,
        entry: Entry,
        tell: Callable[[int], None] = ...,
        check: Check | None = ...,
    ) -> int: ...


class Surveyed(Protocol):
    """Parcels in the plane they were surveyed in."""

    def by_ids(self, ids: Iterable[UUID]) -> dict[UUID, SurveyedParcel]: ...
    def by_fid(self, fid: int) -> SurveyedParcel | None: ...
    def near(self, boxes_3857: NDArray[np.float64]) -> list[SurveyedParcel]: ...
    def written_by(self, revision: int) -> list[SurveyedParcel]: ...
    def ended_by(self, revision: int) -> list[SurveyedParcel]: ...


class Numbers(Protocol):
    """Parcel numbers of sheets, named by unit and sheet, ``""`` for none."""

    def highest(self, unit: str, sheet: str) -> int: ...
    def held(self, draft_id: UUID) -> Mapping[tuple[str, str], list[str]]: ...
    def reserve(
        self, draft_id: UUID, wanted: Mapping[tuple[str, str], int]
    ) -> Mapping[tuple[str, str], list[str]]: ...
    def release(self, draft_id: UUID) -> None: ...


class Parcels(Protocol):
    """Reads of the live register."""

    def state(self) -> RegisterState: ...
    def by_id(self, parcel_id: UUID, *, withheld: bool) -> ParcelRecord | None: ...
    def by_fid(self, fid: int, *, withheld: bool) -> ParcelRecord | None: ...
    def by_national_id(self, national_id: str, *, withheld: bool) -> ParcelRecord | None: ...
    def by_name(
        self,
        unit: str | None,
        sheet: str | None,
        number: str | None,
        *,
        withheld: bool,
        limit: int,
    ) -> list[ParcelRecord]: ...
    def at(
        self, place: Place, mercator: Place, *, withheld: bool, limit: int
    ) -> list[ParcelRecord]: ...
    def first_place(self) -> Place | None: ...
    def count(self) -> int: ...
    def extent_lonlat(self) -> tuple[float, float, float, float] | None: ...


class Setup(Protocol):
    """What the database is for, and its units."""

    def deployment(self) -> Deployment | None: ...
    def fix_deployment(self, wanted: Deployment) -> None: ...
    def mark_demo(self) -> None: ...
    def replace_units(self, rows: Sequence[UnitRow]) -> None: ...
    def unit_codes(self) -> set[str]: ...


class Keys(Protocol):
    """API keys."""

    def create(self, name: str, scopes: frozenset[str], units: frozenset[str] | None) -> str: ...
    def principal(self, key: str) -> Principal | None: ...
    def revoke(self, key_id: str) -> None: ...
    def listed(self) -> list[dict[str, object]]: ...


class Tiles(Protocol):
    """Runs tile statements."""

    def tile(self, sql: str, parameters: dict[str, Any]) -> bytes: ...


class Progress(Protocol):
    """Told how far a long story is; ``total`` None: not known."""

    def __call__(self, stage: str, done: int, total: int | None) -> None: ...


def silent(stage: str, done: int, total: int | None) -> None:
    """Tell nobody."""
