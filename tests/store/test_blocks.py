"""Blocks of parcels: who marks them, what is read of them, whose picture is kept."""

import runpy
import threading
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
import shapely
from sqlalchemy import text

from landgis.cadastre.blocks import NO_CELL, BlockKey, StaleBlock
from landgis.cadastre.changes import ChangeSet, Entry, Filling, NewParcels, Part
from landgis.cadastre.ids import new_id_bytes
from landgis.services.derive import derive
from landgis.store.blocks import (
    CELL_ZOOM,
    LAND_OF_CELL,
    LAND_OF_SHEET,
    BlockStore,
    mark_changed,
)
from landgis.store.database import Database
from landgis.store.history import HistoryStore
from landgis.store.migrate import MIGRATIONS
from landgis.store.tile_changes import TileChangeStore
from landgis.tiling.grid import HALF_WORLD_M
from landgis.tiling.outlines import picture
from tests.builders import column, parcel_set, square
from tests.histories import DEPLOYMENT, IDENTITY, VN_80, Land, Register

pytestmark = pytest.mark.db

WORLD = (-HALF_WORLD_M, -HALF_WORLD_M, HALF_WORLD_M, HALF_WORLD_M)
SHEET_1 = BlockKey("25645", "1", NO_CELL)
SHEET_2 = BlockKey("25645", "2", NO_CELL)


@pytest.fixture
def register(database: Database) -> Register:
    return Register(database)


@pytest.fixture
def store(database: Database) -> BlockStore:
    return BlockStore(database)


def stale_keys(store: BlockStore) -> list[BlockKey]:
    return [block.key for block in store.stale_in(WORLD, 99)]


def draw_all(store: BlockStore) -> None:
    for block in store.stale_in(WORLD, 99):
        store.draw(block, picture(*store.lands([block.key])))


def rows(database: Database) -> dict[BlockKey, Any]:
    with database.begin() as connection:
        found = connection.execute(text("SELECT * FROM map_blocks")).all()
    return {BlockKey(r.unit_code, r.sheet, r.cell): r for r in found}


def use(code: str) -> tuple[tuple[str, float | None], ...]:
    return ((code, None),)


def test_each_sheet_of_a_unit_is_a_block(register: Register, store: BlockStore) -> None:
    register.publish(Land(square(0, 0), "25645/1/1"), Land(square(10, 0), "25645/1/2"),
                     Land(square(50, 0), "25645/2/1"), Land(square(90, 0), "25648/1/1"))  # fmt: skip
    assert stale_keys(store) == [SHEET_1, SHEET_2, BlockKey("25648", "1", NO_CELL)]
    draw_all(store)
    assert stale_keys(store) == []
    drawn = rows(register.database)
    assert [drawn[key].parcels for key in (SHEET_1, SHEET_2)] == [2, 1]
    assert drawn[SHEET_1].area_m2 == pytest.approx(200.0, abs=0.2)
    assert drawn[SHEET_1].use == "ODT"


def test_parcels_without_a_sheet_are_parted_by_squares(
    register: Register, store: BlockStore
) -> None:
    side = 2 * HALF_WORLD_M / 2**CELL_ZOOM
    for x in (0.0, 3000.0):
        parcels = parcel_set([square(x, 0), square(x + 10, 0)], [None, None])
        filled(register, parcels, first=x == 0.0)
    found = stale_keys(store)
    assert [key.sheet for key in found] == ["", ""]
    assert len({key.cell for key in found}) == 2
    for key in found:
        (land,) = store.lands([key])
        assert len(land.area_m2) == 2
        y, x = divmod(key.cell, 2**CELL_ZOOM)
        west, north = -HALF_WORLD_M + x * side, HALF_WORLD_M - y * side
        labels = shapely.point_on_surface(land.geom_3857)
        assert shapely.within(labels, shapely.box(west, north - side, west + side, north)).all()


def filled(register: Register, parcels: Any, *, first: bool) -> int:
    history = HistoryStore(register.database)
    derived = derive(parcels, 9209, VN_80, IDENTITY)
    if first:
        new = NewParcels(parcels, new_id_bytes(len(parcels)), derived)
        units = tuple({unit or "" for unit in parcels.unit_code})
        return history.fill(Filling(units, len(parcels), iter([new])), DEPLOYMENT, Entry("tester"))
    ids = column([uuid4() for _ in range(len(parcels))])
    changeset = ChangeSet("publish", (), (Part(parcels, ids),))
    return history.append(changeset, [derived], DEPLOYMENT, Entry("tester"))


def test_filling_marks_its_blocks_and_no_others(register: Register, store: BlockStore) -> None:
    register.publish(Land(square(900, 0), "25648/7/1"))
    draw_all(store)
    parcels = parcel_set([square(0, 0), square(10, 0)], ["25645/1/1", "25645/2/1"])
    revision = filled(register, parcels, first=True)
    assert store.stale_in(WORLD, 9) == [
        StaleBlock(SHEET_1, revision),
        StaleBlock(SHEET_2, revision),
    ]
    assert store.stale_count() == 2


def test_change_marks_the_blocks_of_before_and_of_after(
    register: Register, store: BlockStore
) -> None:
    one, _ = register.publish(Land(square(0, 0), "25645/1/1"), Land(square(10, 0), "25645/1/2"))
    register.publish(Land(square(500, 0), "25645/3/1"))
    draw_all(store)
    register.change("edit", [one], {one: Land(square(0, 0), "25645/2/1")})
    assert stale_keys(store) == [SHEET_1, SHEET_2]
    draw_all(store)
    assert [rows(register.database)[key].parcels for key in (SHEET_1, SHEET_2)] == [1, 1]


def test_log_of_tiles_names_the_whole_block_of_a_change(
    register: Register, store: BlockStore
) -> None:
    far, _ = register.publish(Land(square(0, 0), "25645/1/1"), Land(square(900, 0), "25645/1/2"))
    draw_all(store)
    register.change("edit", [far], {far: Land(square(0, 0, 12), "25645/1/1")})
    change = TileChangeStore(register.database).since(0)[-1]
    assert max(change.wide_boxes[:, 2] - change.wide_boxes[:, 0]) > 900.0
    assert change.boxes is not None
    assert max(change.boxes[:, 2] - change.boxes[:, 0]) < 20.0
    assert any((box == rows_extent(register.database, SHEET_1)).all() for box in change.wide_boxes)


def rows_extent(database: Database, key: BlockKey) -> Any:
    sides = ", ".join(f"ST_{side}(reach_3857)" for side in ("XMin", "YMin", "XMax", "YMax"))
    ask = f"SELECT {sides} FROM map_blocks WHERE unit_code = :unit AND sheet = :sheet"
    with database.begin() as connection:
        row = connection.execute(text(ask), {"unit": key.unit_code, "sheet": key.sheet}).one()
    return np.array(tuple(row))


def test_stale_block_is_found_at_its_old_and_its_new_place(
    register: Register, store: BlockStore
) -> None:
    (one,) = register.publish(Land(square(0, 0), "25645/1/1"))
    draw_all(store)
    fid = rows(register.database)[SHEET_1].fid
    old = rows_extent(register.database, SHEET_1)
    register.change("edit", [one], {one: Land(square(5000, 0), "25645/1/1")})
    reach = rows_extent(register.database, SHEET_1)
    assert reach[2] - reach[0] > 5000.0
    for west in (old[0], reach[2] - 1.0):
        assert store.stale_in((west, old[1], west + 1.0, old[3]), 9)
    assert not store.stale_in((reach[2] + 10.0, old[1], reach[2] + 20.0, old[3]), 9)
    draw_all(store)
    assert rows_extent(register.database, SHEET_1)[0] > old[2] + 4000.0
    assert rows(register.database)[SHEET_1].fid == fid


@pytest.mark.parametrize("code", ["CQP", "CAN"])
def test_withheld_land_is_in_no_block(register: Register, store: BlockStore, code: str) -> None:
    register.publish(Land(square(0, 0, 20), "25645/1/1", use(code)),
                     Land(square(20, 0), "25645/1/2", use("ODT")),
                     Land(square(300, 0), "25645/2/1", use(code)))  # fmt: skip
    assert stale_keys(store) == [SHEET_1]
    draw_all(store)
    (row,) = rows(register.database).values()
    assert (row.parcels, row.use) == (1, "ODT")
    assert row.area_m2 == pytest.approx(100.0, abs=0.1)
    west, _, east, _ = rows_extent(register.database, SHEET_1)
    assert east - west < 11.0


def test_land_that_becomes_withheld_takes_its_block_along(
    register: Register, store: BlockStore
) -> None:
    (one,) = register.publish(Land(square(0, 0), "25645/1/1"))
    draw_all(store)
    register.change("edit", [one], {one: Land(square(0, 0), "25645/1/1", use("CQP"))})
    assert stale_keys(store) == [SHEET_1]
    draw_all(store)
    assert rows(register.database) == {}
    register.change("edit", [one], {one: Land(square(0, 0), "25645/1/1", use("ODT"))})
    assert stale_keys(store) == [SHEET_1]


def test_picture_of_an_older_state_is_shown_but_does_not_count_as_new(
    register: Register, store: BlockStore
) -> None:
    one, two = register.publish(Land(square(0, 0), "25645/1/1"), Land(square(10, 0), "25645/1/2"))
    (seen,) = store.stale_in(WORLD, 9)
    old = picture(*store.lands([seen.key]))
    register.change("edit", [one, two], {one: Land(square(5000, 0), "25645/1/1")})
    store.draw(seen, old)
    assert rows(register.database)[SHEET_1].parcels == 2
    west, south, east, north = rows_extent(register.database, SHEET_1)
    assert east - west > 5000.0
    assert store.stale_in((east - 1.0, south, east, north), 9)
    draw_all(store)
    assert rows(register.database)[SHEET_1].parcels == 1
    store.draw(seen, old)
    assert rows(register.database)[SHEET_1].parcels == 1
    assert stale_keys(store) == []


def test_emptied_block_that_fills_again_meanwhile_stays(
    register: Register, store: BlockStore
) -> None:
    (one,) = register.publish(Land(square(0, 0), "25645/1/1"))
    register.change("edit", [one], {})
    (seen,) = store.stale_in(WORLD, 9)
    assert picture(*store.lands([seen.key])) is None
    register.publish(Land(square(0, 0), "25645/1/2"))
    store.draw(seen, None)
    assert stale_keys(store) == [SHEET_1]


@pytest.fixture
def drawing(store: BlockStore) -> Iterator[list[threading.Thread]]:
    threads: list[threading.Thread] = []
    yield threads
    for thread in threads:
        thread.join()


def test_drawing_waits_for_a_writer_and_leaves_his_mark(
    register: Register, store: BlockStore, drawing: list[threading.Thread]
) -> None:
    (one,) = register.publish(Land(square(0, 0), "25645/1/1"))
    (seen,) = store.stale_in(WORLD, 9)
    drawn = picture(*store.lands([seen.key]))
    with register.database.begin() as connection:
        mark_changed(connection, 2, [one])
        drawing.append(threading.Thread(target=store.draw, args=(seen, drawn)))
        drawing[0].start()
        wait_until_blocked(connection, drawing[0])
    drawing[0].join()
    assert store.stale_in(WORLD, 9) == [StaleBlock(SHEET_1, 2)]


def wait_until_blocked(connection: Any, thread: threading.Thread) -> None:
    """Ask until another session waits for this one."""
    # Not pg_stat_activity: a transaction sees it as it was when it first looked.
    ask = text(
        "SELECT count(*) FROM pg_locks"
        " WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    )
    while not connection.execute(ask).scalar_one():
        assert thread.is_alive()


def test_parcels_come_in_the_order_of_their_fids(register: Register, store: BlockStore) -> None:
    lands = [Land(square(10.0 * i, 0), f"25645/1/{i + 1}", use("ODT")) for i in range(5)]
    ids = register.publish(*lands)
    # A parcel that is written anew comes last in the table.
    register.change("edit", [ids[0]], {ids[0]: lands[0]._replace(uses=use("CLN"))})
    (land,) = store.lands([SHEET_1])
    west = shapely.bounds(land.geom_3857)[:, 0]
    assert west.tolist() == sorted(west)
    assert list(land.main_use) == ["CLN", *["ODT"] * 4]


def test_what_was_published_before_there_were_blocks_is_to_be_drawn(
    register: Register, store: BlockStore
) -> None:
    register.publish(Land(square(0, 0), "25645/1/1"), Land(square(50, 0), "25645/2/1", use("CQP")))
    filled(register, parcel_set([square(90, 0), square(3000, 0)], ["25645//1", None]), first=False)
    ask = text(
        "SELECT unit_code, sheet, cell, ST_AsEWKB(reach_3857) FROM map_blocks ORDER BY sheet, cell"
    )
    with register.database.begin() as connection:
        marked = connection.execute(ask).all()
        connection.execute(text("TRUNCATE map_blocks"))
        migration = runpy.run_path(str(MIGRATIONS / "versions" / "0011_map_blocks.py"))
        connection.exec_driver_sql(migration["FIRST"])
        assert connection.execute(ask).all() == marked
    assert len(marked) == store.stale_count() == 3


def test_parcels_of_a_block_are_found_by_an_index(register: Register, store: BlockStore) -> None:
    many = [square(12.0 * (i % 60), 12.0 * (i // 60)) for i in range(3000)]
    names = [f"25645/{i % 50}/{i}" if i % 2 else None for i in range(3000)]
    filled(register, parcel_set(many, names), first=False)
    cell = next(key for key in stale_keys(store) if key.cell != NO_CELL)
    values = {"unit": "25645", "sheet": "7", "cell": cell.cell, "zoom": CELL_ZOOM}
    y, x = divmod(cell.cell, 2**CELL_ZOOM)
    asks = {"parcels_unit_sheet": LAND_OF_SHEET, "parcels_geom_3857": LAND_OF_CELL}
    with register.database.begin() as connection:
        connection.execute(text("ANALYZE parcels"))
        # Half of the parcels lie in the cell: reading all would be as quick here.
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        for index, ask in asks.items():
            rows = connection.exec_driver_sql(f"EXPLAIN {ask}", {**values, "x": x, "y": y})
            plan = "\n".join(rows.scalars())
            assert index in plan, plan
