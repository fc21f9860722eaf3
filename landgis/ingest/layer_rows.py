"""A layer whose rows stay in the reader's file until somebody asks for a part of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from landgis.ingest.columns import Integers, as_column, integers_of
from landgis.ingest.dbase import let_go
from landgis.ingest.raw import RawLayer
from landgis.ingest.row_table import RowFile, give_back

BLOCK_ROWS = 16_384
"""Rows that are in memory at once: the readers write as many at a time."""

SAMPLE_PARTS = 32
"""A sample is as many runs of neighbouring rows, spread evenly over the layer."""


@dataclass(frozen=True)
class LayerRows:
    """One polygon layer as found, with rows to be read in parts."""

    about: RawLayer
    """Everything but the rows: its columns are empty, its ``unreadable`` complete."""

    rows: NDArray[np.int64]
    """Record numbers in the source, counted from 1, ascending."""

    at: NDArray[np.int64]
    """Where each of them stands in ``file``."""

    file: RowFile
    records: NDArray[np.void] | None
    """Raw DBF records of the whole file, mapped; None for other formats."""

    added: Callable[[int], dict[str, NDArray[Any]]] = lambda _n: {}
    """Columns of ``n`` equal values that go before those of the file."""

    lost_at: NDArray[np.int64] | None = None
    """Where what the reader gave of the unreadable rows stands, -1 where it gave nothing."""

    shapes: Callable[[NDArray[np.int64]], list[bytes | None]] = lambda rows: [None] * len(rows)
    """Bytes of shapes in the file by row, for rows whose geometry could not be read."""

    @property
    def total_rows(self) -> int:
        """Records in the source: read and unreadable ones."""
        return len(self.rows) + len(self.about.unreadable)

    @property
    def is_one_block(self) -> bool:
        """Answer whether the layer is small enough to be looked at as a whole."""
        return len(self.rows) <= BLOCK_ROWS

    def blocks(self) -> Iterator[RawLayer]:
        """Give all rows in source order, a block at a time; at least one block, maybe empty."""
        cuts = np.flatnonzero(np.diff(self.at // BLOCK_ROWS)) + 1
        if len(cuts) > 2 * (1 + len(self.rows) // BLOCK_ROWS):  # the reader gave another order
            cuts = np.arange(BLOCK_ROWS, len(self.rows), BLOCK_ROWS)
        for part in np.split(np.arange(len(self.rows)), cuts):
            yield self._part(part)

    def whole(self) -> RawLayer:
        """Answer all rows at once, with those that could not be read."""
        return replace(self._part(np.arange(len(self.rows))), unreadable=self.about.unreadable)

    def sample(self) -> RawLayer:
        """Answer the whole of a small layer, of a large one as many rows as a block has."""
        if self.is_one_block:
            return self.whole()
        run = BLOCK_ROWS // SAMPLE_PARTS
        starts = np.linspace(0, len(self.rows) - run, SAMPLE_PARTS).astype(np.int64)
        return self._part((starts[:, None] + np.arange(run)).ravel())

    def of(self, rows: NDArray[np.int64]) -> RawLayer:
        """Answer the rows with these record numbers, ascending; those that were not read are not
        among them.
        """
        return self._part(np.flatnonzero(np.isin(self.rows, rows)))

    def lost(self) -> Iterator[RawLayer]:
        """Give what is there of the rows that could not be read, as far as there is anything.

        Attributes, bytes and geometry as found, which may be no WKB; first the rows that the
        reader gave, then those of which there are only bytes.
        """
        if self.lost_at is None or not len(self.lost_at):
            return
        rows = np.array([one.row for one in self.about.unreadable], dtype=np.int64)
        given = self.lost_at >= 0
        found = self._read(rows[given], self.lost_at[given])
        missing = np.array([one is None for one in found.wkb], dtype=bool)
        found.wkb[missing] = self.shapes(found.rows[missing])
        yield found
        if self.records is not None and not given.all():
            rows = rows[~given]
            wkb = np.full(len(rows), None, dtype=object)
            wkb[:] = self.shapes(rows)
            yield replace(
                self.about, rows=rows, wkb=wkb, unreadable=(), records=self.records[rows - 1]
            )

    def distinct(self, names: tuple[str, ...]) -> int:
        """Answer how many different combinations of values these columns hold."""
        table = self.file.columns([name for name in names if name in self.file.names])
        if not table.num_columns:
            return min(1, len(self.rows))
        names = tuple(table.column_names)
        return len(table.take(pa.array(self.at)).group_by(list(names)).aggregate([]))

    def values(self, name: str) -> NDArray[Any]:
        """Answer one whole column of the file."""
        column = self.file.columns([name]).column(0).take(pa.array(self.at))
        return as_column(column, self._integers.get(name))

    def _part(self, where: NDArray[np.int64]) -> RawLayer:
        return self._read(self.rows[where], self.at[where])

    def _read(self, rows: NDArray[np.int64], at: NDArray[np.int64]) -> RawLayer:
        table = self.file.read(at)
        columns = self.added(len(at)) | {
            name: as_column(table.column(f"a{k}"), self._integers.get(name))
            for k, name in enumerate(self.file.names)
        }
        return replace(
            self.about,
            rows=rows,
            columns=columns,
            wkb=as_column(table.column("wkb")),
            unreadable=(),
            records=self._records(rows),
        )

    def _records(self, rows: NDArray[np.int64]) -> NDArray[np.void] | None:
        if self.records is None:
            return None
        taken = self.records[rows - 1]
        let_go(self.records.base)
        return taken

    @cached_property
    def _integers(self) -> dict[str, Integers]:
        whole = self.file.columns(self.file.whole_numbers)
        kinds = {name: integers_of(whole.column(name)) for name in whole.column_names}
        give_back()
        return kinds
