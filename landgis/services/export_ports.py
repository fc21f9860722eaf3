"""What exports need from the store."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol
from uuid import UUID

from landgis.cadastre.batches import Batch, RawRows
from landgis.cadastre.exports import Contents, ExportBlock, ExportWanted, FileField


class Reader(Protocol):
    """One state of the register, open for reading out."""

    def contents(self) -> Contents: ...
    def blocks(self, epsg: int) -> Iterator[ExportBlock]: ...


class Exports(Protocol):
    """Opens the register for reading it out."""

    def reading(self, wanted: ExportWanted) -> AbstractContextManager[Reader]: ...


class SentRows(Protocol):
    """Rows as their sender wrote them."""

    def get(self, batch_id: UUID) -> Batch: ...
    def raw(self, batch_id: UUID, rows: Sequence[int]) -> RawRows: ...
    def raw_fields(self, batch_id: UUID) -> list[FileField]: ...
