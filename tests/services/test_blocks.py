"""Blocks are drawn before a tile shows them, and what edits leave is what a rebuild gives."""

import random
from typing import Any
from uuid import UUID

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from sqlalchemy import text

from landgis.cadastre.blocks import NO_CELL, BlockKey, BlockLand
from landgis.geodesy import LONLAT, WEB_MERCATOR, transform_xy
from landgis.services.blocks import PAGE, BlockService
from landgis.store.blocks import BlockStore, mark_changed
from landgis.store.database import Database
from landgis.tiling import grid, layers
from landgis.tiling.grid import HALF_WORLD_M, tile_box
from landgis.tiling.vector import statement
from tests.builders import EAST, NORTH, square
from tests.conftest import ROOT
from tests.histories import Land, Register

pytestmark = pytest.mark.db

WORLD = (-HALF_WORLD_M, -HALF_WORLD_M, HALF_WORLD_M, HALF_WORLD_M)
SHEET_1 = BlockKey("25645", "1", NO_CELL)
SIDE = 60.0


@pytest.fixture
def register(database: Database) -> Register:
    return Register(database)


@pytest.fixture
def service(database: Database) -> BlockService:
    return BlockService(BlockStore(database))


def table(database: Database) -> list[tuple[Any, ...]]:
    """Everything that is drawn of blocks, to the bit."""
    ask = text(
        "SELECT unit_code, sheet, cell, parcels, area_m2, use, snap_zoom,"
        " ST_AsEWKB(geom_3857), ST_AsEWKB(label_3857), ST_AsEWKB(reach_3857)"
        " FROM map_blocks ORDER BY unit_code, sheet, cell"
    )
    with database.begin() as connection:
        return [
            tuple(bytes(v) if isinstance(v, memoryview) else v for v in row)
            for row in connection.execute(ask)
        ]


def rebuilt(database: Database, service: BlockService) -> list[tuple[Any, ...]]:
    """What the table is when it is made from nothing but the live parcels."""
    with database.begin() as connection:
        connection.execute(text("TRUNCATE map_blocks"))
        ids = list(connection.execute(text("SELECT parcel_id FROM parcels")).scalars())
        mark_changed(connection, 1, ids)
    service.fill()
    return table(database)


def box_around(x: float, y: float, wide: float) -> tuple[float, float, float, float]:
    """A box in Web Mercator, given in metres from the place."""
    easts, norths = np.array([EAST + x, EAST + x + wide]), np.array([NORTH + y, NORTH + y + wide])
    (west, east), (south, north) = transform_xy(easts, norths, 9209, WEB_MERCATOR)
    return float(west), float(south), float(east), float(north)


class Town:
    """A register that is changed at random."""

    def __init__(self, register: Register, seed: int) -> None:
        self.register = register
        self.chance = random.Random(seed)  # noqa: S311
        self.live: dict[UUID, Land] = {}
        self.last = 0
        lands = [self.land(square(SIDE * i, SIDE * j, SIDE)) for i in range(8) for j in range(5)]
        self.live.update(zip(register.publish(*lands), lands, strict=True))

    def land(self, geom: Any) -> Land:
        self.last += 1
        sheet = self.chance.choice(["1", "2", "3", ""])
        code = self.chance.choice(["ODT", "ODT", "CLN", "LUC", "CQP"])
        return Land(geom, f"25645/{sheet}/{self.last}", ((code, None),))

    def step(self) -> None:
        name, land = self.chance.choice(list(self.live.items()))
        what = self.chance.choice(["split", "attributes", "sheet", "move", "retire", "new"])
        del self.live[name]
        if what == "split":
            west, south, east, north = land.geom.bounds
            middle = (west + east) / 2
            halves = [
                shapely.box(west, south, middle, north),
                shapely.box(middle, south, east, north),
            ]
            children = [self.land(half) for half in halves]
            self.live.update(zip(self.register.split(name, *children), children, strict=True))
        elif what == "retire":
            self.register.change("edit", [name], {})
        elif what == "new":
            self.live[name] = land
            fresh = self.land(square(SIDE * self.chance.randrange(-9, 20), -SIDE * self.last, SIDE))
            self.live.update(zip(self.register.publish(fresh), [fresh], strict=True))
        else:
            away = self.chance.choice([7.0, 400.0]) if what == "move" else 0.0
            geom = shapely.transform(land.geom, lambda xy: xy + away)
            after = self.land(geom) if what != "move" else land._replace(geom=geom)
            self.live[name] = after
            self.register.change("edit", [name], {name: after})


@pytest.mark.parametrize("seed", range(3))
def test_what_edits_and_drawings_leave_is_what_a_rebuild_gives(
    register: Register, service: BlockService, seed: int
) -> None:
    town = Town(register, seed)
    for _ in range(40):
        town.step()
        if town.chance.random() < 0.5:
            x, y = town.chance.uniform(-300, 300), town.chance.uniform(-600, 300)
            service.refresh(box_around(x, y, 200.0), town.chance.choice([1, 9]))
    assert service.refresh(WORLD, 99)
    kept = table(register.database)
    assert len(kept) > 3
    assert kept == rebuilt(register.database, service)
    with register.database.begin() as connection:
        public = connection.execute(
            text("SELECT count(*), round(sum(area_m2)) FROM parcels WHERE NOT withheld")
        ).one()
    assert (sum(row[3] for row in kept), round(sum(row[4] for row in kept))) == public


def test_limit_is_kept_and_told(register: Register, service: BlockService) -> None:
    register.publish(*(Land(square(20.0 * i, 0), f"25645/{i}/1") for i in range(1, 6)))
    store = BlockStore(register.database)
    assert not service.refresh(WORLD, 2)
    assert store.stale_count() == 3
    assert not service.refresh(WORLD, 2)
    assert service.refresh(WORLD, 2)
    assert store.stale_count() == 0


def test_what_lies_elsewhere_is_left_to_others(register: Register, service: BlockService) -> None:
    register.publish(Land(square(0, 0), "25645/1/1"), Land(square(5000, 0), "25645/2/1"))
    assert service.refresh(box_around(-10, -10, 30), 9)
    left = BlockStore(register.database).stale_in(WORLD, 9)
    assert [block.key.sheet for block in left] == ["2"]


class Disturbed(BlockStore):
    """A store in which another connection changes a parcel just after the parcels were read."""

    def __init__(self, register: Register, times: int) -> None:
        super().__init__(register.database)
        self.register = register
        self.times = times
        (self.parcel,) = register.publish(Land(square(0, 0), "25645/1/1"))

    def lands(self, keys: Any) -> list[BlockLand]:
        read = super().lands(keys)
        if self.times:
            self.times -= 1
            wider = Land(square(0, 0, 20.0 + self.times), "25645/1/1")
            self.register.change("edit", [self.parcel], {self.parcel: wider})
        return read


def test_block_that_changes_while_it_is_drawn_is_drawn_again(register: Register) -> None:
    assert BlockService(Disturbed(register, times=2)).refresh(WORLD, 9)
    (row,) = table(register.database)
    assert row[4] == pytest.approx(400.0, abs=0.1)


def test_block_that_never_comes_to_rest_is_said_to_be_stale(register: Register) -> None:
    store = Disturbed(register, times=99)
    assert not BlockService(store).refresh(WORLD, 9)
    assert [block.key for block in store.stale_in(WORLD, 9)] == [SHEET_1]
    # And yet it shows everything that was there when it was asked for.
    (row,) = table(register.database)
    assert row[4] > 20.0**2


class Stopped(BlockStore):
    """A store whose process is killed after some pictures."""

    left = 0

    def draw(self, *one: Any) -> None:
        if not self.left:
            raise KeyboardInterrupt
        self.left -= 1
        super().draw(*one)


def test_filling_goes_on_where_it_was_stopped_and_tells_how_far_it_is(
    register: Register,
) -> None:
    blocks = PAGE + 9
    register.publish(*(Land(square(20.0 * i, 0), f"25645/{i}/1") for i in range(1, blocks + 1)))
    store = Stopped(register.database)
    store.left = PAGE + 2
    with pytest.raises(KeyboardInterrupt):
        BlockService(store).fill()
    store.left = blocks
    told: list[tuple[str, int, int | None]] = []
    assert BlockService(store).fill(lambda *said: told.append(said)) == 7
    assert told == [("blocks", 7, 7)]
    assert BlockService(store).fill() == 0
    assert len(table(register.database)) == blocks


def drawn(database: Database, z: int, x: int, y: int) -> dict[str, Any]:
    made = statement(layers.load(ROOT / "tiles")["map"], z, x, y, 1)
    assert made is not None
    with database.begin() as connection:
        data = connection.exec_driver_sql(made.sql, made.parameters).scalar_one()
    return mapbox_vector_tile.decode(bytes(data))


def tile_of_the_place(z: int) -> tuple[int, int]:
    (lon,), (lat,) = transform_xy(np.array([EAST + 50]), np.array([NORTH + 50]), 9209, LONLAT)
    return grid.tile_at(float(lon), float(lat), z)


@pytest.mark.parametrize("z", [10, 11, 12])
def test_tile_shows_blocks_with_their_count_and_no_parcel(
    register: Register, service: BlockService, z: int
) -> None:
    lots = [Land(square(60.0 * i, 60.0 * j, 60), f"25645/1/{9 * i + j}") for i in range(5)
            for j in range(5)]  # fmt: skip
    register.publish(*lots)
    x, y = tile_of_the_place(z)
    box = tile_box(z, x, y)
    assert service.refresh((box.west, box.south, box.east, box.north), 9)
    found = drawn(register.database, z, x, y)
    assert "parcels" not in found
    (block,) = found["blocks"]["features"]
    named = {"unit": "25645", "sheet": "1"} if z == 12 else {}
    assert block["properties"] == {"parcels": 25, "use": "ODT", **named}
    labels = found.get("block_labels", {"features": []})["features"]
    assert [one["properties"] for one in labels] == (
        [{"sheet": "1", "parcels": 25}] if z == 12 else []
    )


def test_units_say_what_their_blocks_sum_up_to(register: Register, service: BlockService) -> None:
    code, outline = "25645", box_around(-500, -500, 2000)
    with register.database.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO units (code, name, name_en, kind, valid_from, geom_3857,"
                " geom_3857_low, label_3857) SELECT :code, 'Hoà Thành', 'Hoa Thanh', 'phường',"
                " '2025-07-01', e, e, ST_Centroid(e) FROM (SELECT ST_MakeEnvelope(:w, :s, :e, :n,"
                " 3857) AS e) AS q"
            ),
            {"code": code, **dict(zip("wsen", outline, strict=True))},
        )
    register.publish(
        Land(square(0, 0), "25645/1/1", (("ODT", None),)),
        Land(square(20, 0), "25645/2/1", (("ODT", None),)),
        Land(square(50, 0, 30), "25645/3/1", (("CLN", None),)),
        Land(square(90, 0, 90), "25645/4/1", (("CQP", None),)),
    )
    assert service.refresh(WORLD, 9)
    (low,) = drawn(register.database, 9, *tile_of_the_place(9))["units"]["features"]
    assert (low["properties"]["parcels"], low["properties"]["use"]) == (3, "CLN")
    (high,) = drawn(register.database, 10, *tile_of_the_place(10))["units"]["features"]
    assert {"parcels", "use"}.isdisjoint(high["properties"])
