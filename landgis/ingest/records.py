"""Our own count of a layer's records, joined with what a reader gave: nothing gets lost."""

from collections.abc import Mapping
from typing import NamedTuple

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
    "ring_unclosed": "a ring of its boundary does not come back to its first vertex",
    "not_a_polygon": "the geometry is not a polygon",
    "coordinate_not_finite": "the geometry has a coordinate that is not a number",
    "shape_cut_off": "its shape is missing, because the .shp is cut off",
    "shape_damaged": "its shape cannot be found, because the .shp is damaged there",
    "attributes_cut_off": "its attributes are missing, because the .dbf is cut off",
    "not_a_feature": "the element is not a GeoJSON feature",
    "line_not_understood": "the line of the table belongs to no parcel",
    "vertex_unreadable": "a vertex of the parcel cannot be read",
    "vertex_missing": "a vertex of the parcel is missing in its list",
}

PROBLEMS = ("", *MESSAGES)
GOOD = 0


class Joined(NamedTuple):
    """The records that were read, and those that were not."""

    rows: NDArray[np.int64]
    """``(n,)`` record numbers, counted from 1, ascending."""

    at: NDArray[np.int64]
    """``(n,)`` where each of them stands in what the reader gave."""

    unreadable: tuple[UnreadableRow, ...]
    lost_at: NDArray[np.int64]
    """Where what the reader gave of the unreadable ones stands, -1 where it gave nothing."""


def join(records: NDArray[np.void], judged: pa.Table, stopped: str | None) -> Joined:
    """Answer each of ``records`` as a row or as unreadable, in source order.

    Parameters
    ----------
    records
        ``(n,)`` of RECORD_TYPE, our own count.
    judged
        What the reader gave, as ``RowFile.judged`` answers it.
    stopped
        What the reader said when it ended early.

    Raises
    ------
    Refused
        ``reader_failed`` when the reader gives a record twice or one that we did not count.
    """
    at = _positions(records["fid"], as_column(judged.column("fid")))
    given = np.full(len(records), -1, dtype=np.int64)
    given[at] = np.arange(len(at))
    problem, detail = _problems(records["state"], given, judged, at, stopped)
    good = problem == GOOD
    unreadable = tuple(
        _unreadable(k + 1, PROBLEMS[problem[k]], detail.get(k))
        for k in np.flatnonzero(~good).tolist()
    )
    return Joined(np.flatnonzero(good) + 1, given[good], unreadable, given[~good])


def _problems(
    state: NDArray[np.uint8],
    given: NDArray[np.int64],
    judged: pa.Table,
    at: NDArray[np.int64],
    stopped: str | None,
) -> tuple[NDArray[np.uint8], dict[int, str | None]]:
    """Answer for each record what is wrong with it, as a place in PROBLEMS, and more about some."""
    problem = np.zeros(len(state), dtype=np.uint8)
    detail: dict[int, str | None] = {}

    def note(where: NDArray[np.bool_], code: str, more: str | None = None) -> None:
        problem[where] = PROBLEMS.index(code)
        detail.update(dict.fromkeys(np.flatnonzero(where).tolist(), more))

    said = judged.column("problem")
    if said.null_count < len(said):
        found = np.flatnonzero(as_column(said.is_valid()))
        named = zip(
            at[found].tolist(),
            said.take(pa.array(found)).to_pylist(),
            judged.column("detail").take(pa.array(found)).to_pylist(),
            strict=True,
        )
        for k, code, more in named:
            problem[k], detail[k] = PROBLEMS.index(code), more
    silent = np.zeros(len(state), dtype=bool)
    silent[at] = as_column(judged.column("has_shape")) == 0
    silent &= (state == EXPECTED) & (problem == GOOD)
    note(silent, "damaged_geometry", "GDAL gives no geometry for it")
    note(state == CURVED, "not_a_polygon", "it has curves")
    note(given < 0, "lost_by_reader", stopped)
    note(state == DELETED, "deleted_in_dbf")
    for code, lost in LOST.items():
        note(state == lost, code)
    return problem, detail


def _positions(known: NDArray[np.int64], given: NDArray[np.int64]) -> NDArray[np.int64]:
    if np.array_equal(known, given):
        return np.arange(len(given))
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
