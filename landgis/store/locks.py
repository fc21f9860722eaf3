"""The locks under which the register is changed, in one order for every writer.

Register, units, grid cells, then the rows of ``sheet_numbers``, then the head of the history.
Whoever takes them in this order waits for others, never in a circle. A writer of a few parcels
shares the register and its units with others and excludes them cell by cell; who fills whole units
has the register for himself.
"""

import zlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text

REGISTER_LOCK = 727_001
"""Shared by every writer; a change of very many cells has it for itself."""

HEAD_LOCK = 727_002
"""Under it a revision number is taken and its audit entry chained."""

UNIT_CLASS = 7271
CELL_CLASS = 7272
"""First keys of the two-key locks; the second is a hash of the unit's code or of the cell."""

CELL_M = 512.0
"""Side of a grid cell in the storage plane, in metres (design §8)."""

MARGIN_M = 1.0
"""Around everything old and new: what is closer can be overlapped by it."""

MOST_CELLS = 4096
"""Above this a change locks the register: PostgreSQL's lock table is not endless."""

Boxes = NDArray[np.float64]

_SHARED = text("SELECT pg_advisory_xact_lock_shared(:key)")
_SOLE = text("SELECT pg_advisory_xact_lock(:key)")
_UNITS_SHARED = "SELECT pg_advisory_xact_lock_shared(:class, key) FROM unnest(:keys) AS key"
_UNITS_SOLE = "SELECT pg_advisory_xact_lock(:class, key) FROM unnest(:keys) AS key"


def lock(connection: Connection, units: Sequence[str], boxes: Boxes) -> None:
    """Take every lock but the head's; all are given back when the transaction ends.

    Parameters
    ----------
    boxes
        ``(n, 4)`` extents of all parcels before and after, in the storage plane, metres.
    """
    keys = cell_keys(boxes)
    is_vast = len(keys) > MOST_CELLS
    connection.execute(_SOLE if is_vast else _SHARED, {"key": REGISTER_LOCK})
    _take(connection, _UNITS_SHARED, UNIT_CLASS, map(_hash, units))
    if not is_vast:
        _take(connection, _UNITS_SOLE, CELL_CLASS, keys)


def lock_whole(connection: Connection, units: Sequence[str]) -> None:
    """Take the register and whole units for oneself, to fill the units: nobody else writes.

    Others would wait for the head anyway, which a filling holds from its first block on.
    """
    connection.execute(_SOLE, {"key": REGISTER_LOCK})
    _take(connection, _UNITS_SOLE, UNIT_CLASS, map(_hash, units))


def lock_head(connection: Connection) -> None:
    """Take the lock of the history's head: from now on this writer is the next revision."""
    connection.execute(_SOLE, {"key": HEAD_LOCK})


def cell_keys(boxes: Boxes) -> list[int]:
    """Answer the lock keys of the grid cells that boxes and their margin touch, sorted.

    Two cells of one key only wait for each other without need.
    """
    cells: set[tuple[int, int]] = set()
    low = np.floor((boxes[:, :2] - MARGIN_M) / CELL_M).astype(int)
    high = np.floor((boxes[:, 2:] + MARGIN_M) / CELL_M).astype(int)
    for (west, south), (east, north) in zip(low.tolist(), high.tolist(), strict=True):
        cells.update((x, y) for x in range(west, east + 1) for y in range(south, north + 1))
    return sorted({_hash(f"{x}:{y}") for x, y in cells})


def _take(connection: Connection, statement: str, kind: int, keys: Iterable[int]) -> None:
    # unnest keeps the order of the array, and the order is what prevents a circle.
    ordered: list[Any] = sorted(set(keys))
    if ordered:
        connection.execute(text(statement), {"class": kind, "keys": ordered})


def _hash(name: str) -> int:
    """Answer a number of 32 bits with sign, as PostgreSQL's two-key locks take them."""
    number = zlib.crc32(name.encode())
    return number - (1 << 32) if number >= 1 << 31 else number
