"""The rows of a batch, as whoever handed it in reads and takes them away."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from landgis.cadastre.batches import Batch, RowState
from landgis.cadastre.mends import Mend, StagedRow, Tried
from landgis.cadastre.register import Principal
from landgis.services.load import LoadService
from landgis.services.ports import Mends, Staging

PAGE_ROWS = 10_000
"""Rows in memory at once when all are written; raw rows are kept in blocks as large."""


@dataclass(frozen=True)
class RowsWanted:
    """Which rows, and how much of them."""

    state: RowState | None = None
    rule: str | None = None
    """Only rows that this rule holds back, or found something on."""

    personal: bool = False
    """True: with the columns about persons."""


@dataclass(frozen=True)
class ShownRow:
    """A row with what its file said."""

    row: StagedRow
    attributes: dict[str, Any]
    """Columns as found; those about persons only where they were asked for."""

    record: bytes | None
    """The row's bytes in its file, None where the format has none or persons were left out."""


@dataclass(frozen=True)
class RowHistory:
    """A row with everything that happened to it."""

    batch: Batch
    shown: ShownRow
    mends: tuple[Mend, ...]
    tries: tuple[Tried, ...]
    findings: tuple[dict[str, Any], ...]
    """What was found on it when its file was examined."""


class RowService:
    """Shows rows."""

    def __init__(self, loads: LoadService, staging: Staging, mends: Mends) -> None:
        self._loads = loads
        self._staging = staging
        self._mends = mends

    def page(
        self, batch_id: UUID, by: Principal, wanted: RowsWanted, *, after: int, limit: int
    ) -> list[ShownRow]:
        """Answer rows after a row number, in source order."""
        return self._page(self._loads.get(batch_id, by), wanted, after, limit)

    def every(
        self, batch_id: UUID, by: Principal, wanted: RowsWanted
    ) -> tuple[Batch, Iterator[ShownRow]]:
        """Answer a batch and all the rows wanted, read while they are taken."""
        batch = self._loads.get(batch_id, by)
        return batch, self._every(batch, wanted)

    def one(self, batch_id: UUID, number: int, by: Principal, *, personal: bool) -> RowHistory:
        """Answer one row; ``NotFound`` ``no_such_batch``, ``no_such_row``."""
        batch = self._loads.get(batch_id, by)
        row = self._mends.row(batch_id, number)
        (shown,) = self._shown(batch, [row], personal=personal)
        return RowHistory(
            batch=batch,
            shown=shown,
            mends=tuple(self._mends.mends(batch_id, number)),
            tries=tuple(self._mends.tries(batch_id, number)),
            findings=tuple(self._staging.findings(batch_id, number)),
        )

    def taken_back(self, batch: Batch) -> int | None:
        """Answer the revision that took a batch back, None for one that stands."""
        is_in = batch.published_revision is not None
        return self._mends.undone_by(batch.batch_id) if is_in else None

    def admit(self, batch_id: UUID, by: Principal) -> None:
        """Let pass whoever may know a batch; ``NotFound`` ``no_such_batch``."""
        self._loads.get(batch_id, by)

    def _every(self, batch: Batch, wanted: RowsWanted) -> Iterator[ShownRow]:
        after = 0
        while page := self._page(batch, wanted, after, PAGE_ROWS):
            yield from page
            after = page[-1].row.row

    def _page(self, batch: Batch, wanted: RowsWanted, after: int, limit: int) -> list[ShownRow]:
        rows = self._mends.rows(
            batch.batch_id, state=wanted.state, rule=wanted.rule, after=after, limit=limit
        )
        return self._shown(batch, rows, personal=wanted.personal)

    def _shown(self, batch: Batch, rows: list[StagedRow], *, personal: bool) -> list[ShownRow]:
        about_persons = batch.evidence.get("mapping", {}).get("personal", ())
        hidden = set() if personal else set(about_persons)
        raw = self._staging.raw(batch.batch_id, [row.row for row in rows])
        found = dict(zip(raw.rows, zip(raw.attributes, raw.records, strict=True), strict=True))
        shown = []
        for row in rows:
            attributes, record = found.get(row.row, ({}, None))
            kept = {name: value for name, value in attributes.items() if name not in hidden}
            shown.append(ShownRow(row, kept, record if personal else None))
        return shown
