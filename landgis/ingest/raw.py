"""A layer as it was found in a file, before anything is decided about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class SourceFile:
    """The file that was handed in, as a whole."""

    path: Path
    name: str
    """Name as sent, without folders."""

    sha256: str
    bytes: int


@dataclass(frozen=True)
class UnreadableRow:
    """A record that exists in the file and could not be read; it is counted, never dropped."""

    row: int
    code: str
    message: str


@dataclass(frozen=True)
class Note:
    """Something odd about a file that did not stop it from being read."""

    code: str
    message: str
    count: int = 0
    """How many things it speaks of, where somebody counts on it."""


@dataclass(frozen=True)
class RawLayer:
    """One polygon layer as found; all columns have the length of ``rows``."""

    name: str
    """Layer name (the stem of a shapefile, the table of a GeoPackage)."""

    driver: str
    """GDAL's name of the format: ``ESRI Shapefile``, ``GPKG``, ``DXF`` and so on."""

    rows: NDArray[np.int64]
    """Record numbers in the source, counted from 1, ascending, gaps where rows are unreadable."""

    columns: Mapping[str, NDArray[Any]]
    """Attribute columns by name, in file order. Text is ``str`` or None."""

    wkb: NDArray[Any]
    """``bytes`` (ISO WKB as read) or None for a null geometry."""

    unreadable: tuple[UnreadableRow, ...]

    crs_wkt: str | None
    """CRS that the file declares (.prj text, GeoPackage definition), None when it declares none."""

    bytes_text: bool
    """True: every ``str`` is Latin-1 of the file's bytes, still to be decoded (DBF)."""

    cpg: str | None
    """Content of the .cpg file, stripped, when there is one."""

    records: NDArray[np.void] | None
    """Raw DBF records of ``rows`` (deletion byte included), None for other formats."""

    language_byte: int | None = None
    """Byte of the .dbf header that claims a code page, None for other formats."""

    heights: int = 0
    """Rows whose vertices have heights or measures in the file; they are not in ``wkb``."""

    notes: tuple[Note, ...] = ()

    @property
    def total_rows(self) -> int:
        """Records in the source: read and unreadable ones."""
        return len(self.rows) + len(self.unreadable)


NO_ROWS: dict[str, Any] = {
    "rows": np.empty(0, dtype=np.int64),
    "columns": {},
    "wkb": np.empty(0, dtype=object),
}
"""The columns of a RawLayer that only describes a layer."""
