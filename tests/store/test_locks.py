"""Which locks a change takes, and that two writers never wait for each other in a circle."""

import numpy as np
import pytest
from sqlalchemy import text

from landgis.store.database import Database
from landgis.store.locks import (
    CELL_M,
    MARGIN_M,
    MOST_CELLS,
    REGISTER_LOCK,
    cell_keys,
    lock,
    lock_whole,
)

HELD = text(
    "SELECT classid, mode FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
)
MINE = np.array([[100.0, 100.0, 200.0, 200.0]])


def box(west: float, south: float, side: float = 10.0) -> np.ndarray:
    return np.array([[west, south, west + side, south + side]])


def test_parcels_that_can_meet_share_a_cell() -> None:
    edge = 7 * CELL_M
    left = cell_keys(box(edge - 10.5, 50))
    right = cell_keys(box(edge + 0.5, 50))
    assert set(left) & set(right), "within the margin of each other, on two sides of a cell's edge"
    far = cell_keys(box(edge + MARGIN_M + 0.5, 50))
    assert not set(cell_keys(box(edge - 20, 50))) & set(far)


def test_keys_come_sorted_and_fit_the_lock_table() -> None:
    keys = cell_keys(np.array([[0.0, 0.0, 20 * CELL_M, 10 * CELL_M]]))
    assert keys == sorted(set(keys))
    assert len(keys) == 22 * 12
    assert all(-(2**31) <= key < 2**31 for key in keys)


@pytest.mark.db
@pytest.mark.parametrize(
    ("side", "modes"),
    [
        (100.0, {(0, "ShareLock"), (7271, "ShareLock"), (7272, "ExclusiveLock")}),
        (CELL_M * MOST_CELLS**0.5 * 1.2, {(0, "ExclusiveLock"), (7271, "ShareLock")}),
        (None, {(0, "ExclusiveLock"), (7271, "ExclusiveLock")}),
    ],
)
def test_locks_taken(database: Database, side: float | None, modes: set[tuple[int, str]]) -> None:
    with database.begin() as connection:
        if side is None:
            lock_whole(connection, ["25645", "25459"])
        else:
            lock(connection, ["25645", "25459"], box(0, 0, side))
        held = {(row.classid, row.mode) for row in connection.execute(HELD)}
    assert held == modes
    assert REGISTER_LOCK < 2**32


@pytest.mark.db
def test_two_writers_of_one_cell_exclude_each_other_and_of_two_cells_do_not(
    database: Database,
) -> None:
    with database.begin() as first, database.begin() as second:
        second.execute(text("SET LOCAL lock_timeout = '200ms'"))
        lock(first, ["25645"], MINE)
        lock(second, ["25645"], MINE + 5 * CELL_M)
        with pytest.raises(Exception, match="lock timeout"):
            lock(second, ["25645"], MINE)
        second.rollback()


@pytest.mark.db
def test_filling_waits_for_an_edit_anywhere(database: Database) -> None:
    with database.begin() as edit, database.begin() as publication:
        publication.execute(text("SET LOCAL lock_timeout = '200ms'"))
        lock(edit, ["25645"], MINE)
        with pytest.raises(Exception, match="lock timeout"):
            lock_whole(publication, ["25646"])
        publication.rollback()
