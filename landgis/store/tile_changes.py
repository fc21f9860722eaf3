"""The log of where tiles changed: written with the change itself, read by whoever keeps tiles."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, func, insert, select, update

from landgis.cadastre.register import TileChange
from landgis.store.database import Database
from landgis.store.tables import tile_state
from landgis.store.tile_tables import tile_changes

Boxes = NDArray[np.float64]
"""``(n, 4)`` west, south, east, north in EPSG:3857 metres."""

MOST_BOXES = 1024
"""A change of more places counts as one of everything: to mark its tiles would take longer."""

KEPT_CHANGES = 100_000
"""Whoever kept tiles without looking for longer than that begins anew."""

REGISTER = "register"
NOWHERE: Boxes = np.empty((0, 4))


def record_tile_change(
    connection: Connection,
    revision: int | None,
    boxes: Boxes | None,
    wide_boxes: Boxes = NOWHERE,
) -> int:
    """Say in the transaction of a change where tiles are not right any more; answer its sequence.

    The row of the sequence is held until the commit, so the log is in the order of the commits
    and without a gap.

    Parameters
    ----------
    revision
        The register's revision from now on; None: it stays.
    boxes
        Old and new extents of the parcels that changed; None: all tiles.
    wide_boxes
        Old and new extents of the blocks they lie in, which are drawn below zoom 13, and of the
        neighbours whose simplified pictures changed with them, below zoom 16.
    """
    values: dict[str, Any] = {"sequence": tile_state.c.sequence + 1}
    values["changed_at"] = func.clock_timestamp()
    if revision is not None:
        values["revision"] = revision
    sequence = connection.execute(
        update(tile_state)
        .where(tile_state.c.scope == REGISTER)
        .values(values)
        .returning(tile_state.c.sequence)
    ).scalar_one()
    everywhere = boxes is None or len(boxes) > MOST_BOXES
    connection.execute(
        insert(tile_changes).values(
            sequence=sequence,
            boxes=None if everywhere or boxes is None else boxes.ravel().tolist(),
            wide_boxes=wide_boxes.ravel().tolist(),
        )
    )
    connection.execute(
        delete(tile_changes).where(tile_changes.c.sequence < sequence - KEPT_CHANGES)
    )
    return int(sequence)


class TileChangeStore:
    """Reads the log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def since(self, sequence: int) -> list[TileChange]:
        """Answer the change of ``sequence`` itself, if it is still there, and all after it."""
        query = (
            select(tile_changes)
            .where(tile_changes.c.sequence >= sequence)
            .order_by(tile_changes.c.sequence)
        )
        with self._database.begin() as connection:
            rows = connection.execute(query).all()
        return [
            TileChange(
                r.sequence,
                r.token,
                None if r.boxes is None else _boxes(r.boxes),
                _boxes(r.wide_boxes),
            )
            for r in rows
        ]


def _boxes(flat: list[float]) -> Boxes:
    return np.array(flat, dtype=np.float64).reshape(-1, 4)
