"""The rows of a file on their way from the checks into staging."""

from collections.abc import Sequence

import numpy as np

from landgis.cadastre.batches import RawColumns
from landgis.cadastre.parcels import ParcelSet
from landgis.ingest.normalise import attributes_of
from landgis.services.examine import Block, Examination, Examined, Reasons, fates_of
from landgis.services.pace import ahead
from landgis.services.ports import ReceivedRows

KEPT_ROWS = 131_072
"""Rows of a file whose accepted ones stay in memory to be published at once."""


class Arrival:
    """Writes the blocks of one examination and remembers what was said of their rows."""

    def __init__(self, received: ReceivedRows) -> None:
        self._received = received
        self._said: Reasons = {}
        self._kept: list[ParcelSet] | None = []

    def write(self, examination: Examination) -> None:
        """Write all rows that the reader gave, each block while the next one is examined."""
        if examination.total_rows > KEPT_ROWS:
            self._kept = None
        for block in ahead(examination.blocks()):
            self._received.rows(
                block.normalised.parcels, block.fates(), _raw(block), _geometries(block)
            )
            self._said |= block.reasons
            self._keep(block)

    def lose(self, examined: Examined) -> None:
        """Write the rows that could not be read, with what is there of them."""
        found = list(examined.layer.lost())
        self._received.lost(
            fates_of(examined.layer.about.unreadable),
            [
                RawColumns(raw.rows, attributes_of(raw, examined.understood), raw.records)
                for raw in found
                if len(raw.rows)
            ],
            {
                row: geometry
                for raw in found
                for row, geometry in zip(raw.rows.tolist(), raw.wkb, strict=True)
                if geometry is not None
            },
        )

    def settle(self, reasons: Reasons) -> None:
        """Write of which rows more has come to light since they were written."""
        self._received.hold_back(
            {row: codes for row, codes in reasons.items() if self._said.get(row) != codes}
        )

    def accepted(self, reasons: Reasons) -> Sequence[ParcelSet] | None:
        """Answer the accepted rows by blocks; None when they were too many to keep."""
        if self._kept is None:
            return None
        held = list(reasons)
        return [parcels.take(~np.isin(parcels.row, held)) for parcels in self._kept]

    def _keep(self, block: Block) -> None:
        if self._kept is not None:
            self._kept.append(block.normalised.parcels)


def _raw(block: Block) -> RawColumns:
    raw, attributes = block.normalised.raw, block.normalised.attributes
    return RawColumns(raw.rows, attributes, raw.records)


def _geometries(block: Block) -> dict[int, bytes]:
    """Answer the WKB of rows whose geometry could not be built, by row number."""
    if not block.broken:
        return {}
    raw, lost = block.normalised.raw, {row.row for row in block.broken}
    found = zip(raw.rows.tolist(), raw.wkb, strict=True)
    return {row: wkb for row, wkb in found if wkb is not None and row in lost}
