"""Our own count of a layer's records, joined with what a reader gave: nothing gets lost."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from landgis.errors import Refused
from landgis.ingest.columns import as_column
from landgis.ingest.raw import UnreadableRow

RECORD_TYPE = np.dtype([("fid", np.int64), ("state", np.uint8)])
"""A record of the source, in its order: the number that the reader knows it by, and its state."""

EXPECTED = 0
"""The record has a geometry, so the reader must give one."""

NO_GEOMETRY = 1
DELETED = 2
CURVED = 3
LOST: Mapping[str, int] = {"shape_cut_off": 4, "shape_damaged": 5, "attributes_cut_off": 6}
"""States of records that were in the file once, by the code they are reported with."""

MESSAGES: Mapping[str, str] = {
    "deleted_in_dbf": "the record is marked as deleted in the .dbf",
    "lost_by_reader": "the record is in the file, GDAL does not give it",
    "damaged_geometry": "the geometry is damaged",
    "not_a_polygon": "the geometry is not a polygon",
    "coordinate_not_finite": "the geometry has a coordinate that is not a number",
    "shape_cut_off": "its shape is missing, because the .shp is cut off",
    "shape_damaged": "its shape cannot be found, because the .shp is damaged there",
    "attributes_cut_off": "its attributes are missing, because the .dbf is cut off",
    "not_a_feature": "the element is not a GeoJSON feature",
}


class JoinedRows(NamedTuple):
    """The rows that were read, and those that were not."""

    rows: NDArray[np.int64]
    wkb: NDArray[Any]
    columns: dict[str, NDArray[Any]]
    unreadable: tuple[UnreadableRow, ...]


def join(
    records: NDArray[np.void], table: pa.Table, names: list[str], stopped: str | None
) -> JoinedRows:
    """Answer each of ``records`` as a row or as unreadable, in source order.

    Parameters
    ----------
    records
        ``(n,)`` of RECORD_TYPE, our own count.
    table, names
        Rows that the reader gave, as ``row_table.open_rows`` answers them.
    stopped
        What the reader said when it ended early.

    Raises
    ------
    Refused
        ``reader_failed`` when the reader gives a record twice or one that we did not count.
    """
    at = _positions(records["fid"], as_column(table.column("fid")))
    given = np.full(len(records), -1, dtype=np.int64)
    given[at] = np.arange(len(at))
    state = records["state"]
    problem = np.full(len(records), None, dtype=object)
    detail = problem.copy()
    problem[at] = as_column(table.column("problem"))
    detail[at] = as_column(table.column("detail"))
    wkb = as_column(table.column("wkb"))
    missing = np.array([one is None for one in wkb], dtype=bool)
    silent = np.zeros(len(records), dtype=bool)
    silent[at] = missing
    silent &= (state == EXPECTED) & (problem == None)  # noqa: E711 - element-wise
    problem[silent], detail[silent] = "damaged_geometry", "GDAL gives no geometry for it"
    problem[state == CURVED], detail[state == CURVED] = "not_a_polygon", "it has curves"
    problem[given < 0], detail[given < 0] = "lost_by_reader", stopped
    problem[state == DELETED], detail[state == DELETED] = "deleted_in_dbf", None
    for code, lost in LOST.items():
        problem[state == lost], detail[state == lost] = code, None
    good = problem == None  # noqa: E711 - element-wise
    take = given[good]
    ordered = len(take) == len(wkb) and bool((take == np.arange(len(take))).all())
    columns = {
        name: as_column(table.column(f"a{k}"))
        if ordered
        else as_column(table.column(f"a{k}"))[take]
        for k, name in enumerate(names)
    }
    unreadable = tuple(
        _unreadable(int(k) + 1, problem[k], detail[k]) for k in np.flatnonzero(~good)
    )
    return JoinedRows(np.flatnonzero(good) + 1, wkb[take], columns, unreadable)


def _positions(known: NDArray[np.int64], given: NDArray[np.int64]) -> NDArray[np.int64]:
    order = np.argsort(known, kind="stable")
    at = np.searchsorted(known, given, sorter=order)
    inside = at < len(known)
    places = order[at[inside]]
    if not inside.all() or (known[places] != given).any() or len(np.unique(places)) < len(given):
        raise Refused(
            "reader_failed",
            f"GDAL gives {len(given)} records, the file has {len(known)} and they do not match",
        )
    return places


def _unreadable(row: int, code: str, detail: str | None) -> UnreadableRow:
    message = f"row {row}: {MESSAGES[code]}"
    return UnreadableRow(row, code, f"{message}: {detail}" if detail else message)
