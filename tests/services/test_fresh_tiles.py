"""Kept tiles on a real register: whoever was told of a change is never shown what was before."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import mapbox_vector_tile
import numpy as np
import pytest
from sqlalchemy import text

from landgis import bootstrap
from landgis.bootstrap import Services
from landgis.cadastre.register import Principal
from landgis.ingest.evidence import Choices
from landgis.store.tile_changes import record_tile_change
from landgis.tiling.grid import tile_at, tile_box
from landgis.tiling.reach import key_of
from landgis.web.tile_wire import Asked, wire
from tests.conftest import SAMPLES

pytestmark = pytest.mark.db
DEMO = SAMPLES / "demo-register" / "demo_hoa_thanh_vilis.zip"
PLACE = (106.1262, 11.2685)
Z = 16
X, Y = tile_at(*PLACE, Z)


@pytest.fixture(scope="module")
def register(services: Services) -> Services:
    """The demonstration register; the tests write over its land uses."""
    by = Principal.holding("tester", {"import"})
    batch = services.load.load(DEMO, Choices(), by).batch
    services.publish.publish(batch.batch_id, by)
    return services


@pytest.fixture
def servers(register: Services, tmp_path: Path) -> Iterator[tuple[Services, Services]]:
    """Two servers on one register, each with a store of its own."""
    other = bootstrap.build(replace(register.settings, home=tmp_path / "other"))
    yield register, other
    other.close()


def box_of(z: int, x: int, y: int) -> np.ndarray:
    """Answer the middle of a tile as a box of a change."""
    box = tile_box(z, x, y)
    cx, cy = (box.west + box.east) / 2, (box.south + box.north) / 2
    return np.array([[cx - 1, cy - 1, cx + 1, cy + 1]])


def change(services: Services, use: str, boxes: np.ndarray | None) -> int:
    """Give every parcel another use as one write does, and answer the sequence."""
    with services.database.begin() as connection:
        connection.execute(text("UPDATE parcels SET main_use = :use"), {"use": use})
        return record_tile_change(connection, None, boxes)


def uses(tile: object, sequence: int) -> set[str]:
    """Answer the land uses that a tile shows."""
    body = wire(sequence, tile, Asked()).body
    layers = mapbox_vector_tile.decode(body)
    return {f["properties"]["use"] for f in layers["parcels"]["features"]}


def test_a_kept_tile_is_answered_without_the_database(register: Services) -> None:
    fresh = register.fresh
    sequence, drawn = fresh.tile("map", Z, X, Y)
    assert fresh.at_hand(key_of("map", Z, X, Y)) == (sequence, drawn)


def test_the_server_that_was_told_shows_the_change_at_once(register: Services) -> None:
    fresh = register.fresh
    fresh.tile("map", Z, X, Y)
    told = change(register, "NEW", box_of(Z, X, Y))
    sequence, tile = fresh.tile("map", Z, X, Y, wanted=told)
    assert sequence == told
    assert uses(tile, sequence) == {"NEW"}


def test_the_server_that_wrote_shows_the_change_before_it_answers(register: Services) -> None:
    fresh = register.fresh
    fresh.tile("map", Z, X, Y)
    change(register, "NEW", box_of(Z, X, Y))
    fresh.follow_now()
    assert uses(fresh.tile("map", Z, X, Y)[1], 0) == {"NEW"}


def test_another_server_follows_within_the_second(
    servers: tuple[Services, Services], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = servers
    now = 1000.0
    monkeypatch.setattr("landgis.services.fresh_tiles.monotonic", lambda: now)
    for server in servers:
        server.fresh.tile("map", Z, X, Y)
    told = change(one, "NEW", box_of(Z, X, Y))
    assert uses(other.fresh.tile("map", Z, X, Y, wanted=told)[1], 0) == {"NEW"}
    told = change(one, "NEWER", box_of(Z, X, Y))
    now += 0.6
    assert uses(other.fresh.tile("map", Z, X, Y)[1], 0) == {"NEWER"}


@pytest.mark.parametrize("z", [10, 13, 16, 18])
def test_only_what_a_change_reaches_is_drawn_again(register: Services, z: int) -> None:
    fresh = register.fresh
    x, y = tile_at(*PLACE, z)
    near, far = key_of("map", z, x, y), key_of("map", z, x + 3, y)
    for dx in (0, 3):
        _, drawn = fresh.tile("map", z, x + dx, y)
        fresh.keep([(key_of("map", z, x + dx, y), drawn)])
    change(register, "NEW", box_of(z, x, y))
    fresh.follow()
    assert fresh.at_hand(near)[1] is None
    assert fresh.at_hand(far)[1] is not None


def test_a_change_beside_a_tile_reaches_it_through_its_margin(register: Services) -> None:
    fresh = register.fresh
    fresh.tile("map", Z, X, Y)
    box = tile_box(Z, X, Y)
    beyond = box.east + (box.east - box.west) * 60 / 4096
    change(register, "NEW", np.array([[beyond, box.south, beyond + 1, box.north]]))
    fresh.follow()
    assert fresh.at_hand(key_of("map", Z, X, Y))[1] is None


def test_a_change_of_everything_reaches_everything(register: Services) -> None:
    fresh = register.fresh
    fresh.tile("map", Z, X, Y)
    change(register, "NEW", None)
    fresh.follow()
    assert fresh.at_hand(key_of("map", Z, X, Y))[1] is None


def test_a_tile_whose_data_changed_while_it_was_drawn_is_not_kept(register: Services) -> None:
    fresh = register.fresh
    old, _ = register.pyramid._maker.draw(register.pyramid._tileset, Z, X, Y)
    told = change(register, "NEW", box_of(Z, X, Y))
    fresh.follow()
    assert fresh.keep([(key_of("map", Z, X, Y), old)]) == 0
    elsewhere = change(register, "NEW", box_of(Z, X + 9, Y))
    fresh.follow()
    made, _ = register.pyramid._maker.draw(register.pyramid._tileset, Z, X, Y)
    assert made.sequence == elsewhere > told
    assert fresh.keep([(key_of("map", Z, X, Y), made._replace(sequence=told))]) == 1


def test_a_restored_register_has_none_of_the_tiles_of_the_other_one(register: Services) -> None:
    fresh = register.fresh
    fresh.tile("map", Z, X, Y)
    change(register, "LOST", box_of(Z, X, Y))
    _, lost = fresh.tile("map", Z, X, Y, wanted=fresh.kept.position().sequence + 1)
    assert uses(lost, 0) == {"LOST"}
    with register.database.begin() as connection:  # a copy of before, changed otherwise since
        connection.execute(text("UPDATE parcels SET main_use = 'OTHER'"))
        last = {"token": uuid4(), "sequence": fresh.kept.position().sequence}
        connection.execute(
            text("UPDATE tile_changes SET token = :token WHERE sequence = :sequence"), last
        )
    fresh.follow()
    assert uses(fresh.tile("map", Z, X, Y)[1], 0) == {"OTHER"}


def test_a_server_that_missed_the_log_begins_anew(register: Services) -> None:
    fresh = register.fresh
    fresh.tile("map", Z, X, Y)
    told = change(register, "NEW", box_of(Z, X + 9, Y))
    with register.database.begin() as connection:
        connection.execute(text("DELETE FROM tile_changes WHERE sequence < :told"), {"told": told})
    fresh.follow()
    assert fresh.kept.position().sequence == told
    assert fresh.at_hand(key_of("map", Z, X, Y))[1] is None


def test_an_empty_place_is_not_kept_by_who_asks(register: Services) -> None:
    _, nothing = register.fresh.tile("map", Z, 0, 0)
    assert nothing.gzipped == b""
    assert register.fresh.kept.look(key_of("map", Z, 0, 0))[1] is None
