"""The statement of a tile: planned once, and on real land the same as the clipper's."""

import math
import re
from collections import Counter
from pathlib import Path

import numpy as np
import psycopg
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from proofs import mvt

from landgis.cadastre.register import Principal
from landgis.ingest.evidence import Choices
from landgis.services.bands import BandService
from landgis.store.bands import BandStore
from landgis.store.database import Database, driver
from landgis.tiling import layers
from landgis.tiling.bands import draw
from landgis.tiling.grid import HALF_WORLD_M, buffered, tile_box
from landgis.tiling.vector import Statement, statement
from tests.conftest import SAMPLES, Open

TILES = Path(__file__).parents[2] / "tiles"
SETS = layers.load(TILES)
EPINAY = SAMPLES / "epinay" / "parcelles_91216_l93_shp.zip"
DEMO = SAMPLES / "demo-register" / "demo_hoa_thanh_vilis.zip"
OFFICER = Principal.holding("officer", {"import"})
HALF_UNIT = 0.5
WAYS = re.compile(r"WHEN q\.snap_zoom <= \d+ AND")


def made(name: str, z: int, x: int, y: int) -> Statement:
    found = statement(SETS[name], z, x, y, 7)
    assert found is not None
    return found


@pytest.mark.parametrize("z", [13, 15, 16, 18])
def test_text_is_the_same_for_all_tiles_of_a_zoom(z: int) -> None:
    one, other = made("map", z, 2**z // 3, 2**z // 5), made("map", z, 2**z // 7, 2**z // 2)
    assert one.sql == other.sql
    assert one.parameters != other.parameters
    assert made("map", z - 1, 5, 5).sql != one.sql


@given(st.integers(0, 2**16 - 1), st.integers(0, 2**16 - 1))
def test_what_counts_as_inside_is_so_in_single_precision_too(x: int, y: int) -> None:
    parameters = made("parcels", 16, x, y).parameters
    inside = shapely.from_wkb(bytes.fromhex(parameters["inside_64"])).bounds
    wide = buffered(tile_box(16, x, y), 64)
    assert np.array_equal(np.float32(inside), inside)
    assert wide.west <= inside[0] < inside[2] <= wide.east
    assert wide.south <= inside[1] < inside[3] <= wide.north
    assert max(inside[0] - wide.west, wide.east - inside[2]) <= 4


def asked(connection: psycopg.Connection, tile: Statement, *, clip: bool) -> bytes:
    sql = WAYS.sub("WHEN FALSE AND", tile.sql) if clip else tile.sql
    assert clip == (sql != tile.sql)
    row = connection.execute(sql, tile.parameters).fetchone()
    assert row is not None
    return bytes(row[0])


def shapes(content: bytes) -> dict[int, shapely.Geometry]:
    """The parcels of a tile, which must be valid in every respect."""
    tile = mvt.read(content)
    assert tile.faults == []
    found = {f.id: f.shape() for f in tile.layer("parcels")}
    assert all(shape.is_valid and shape.area > 0 for shape in found.values())
    return found


def tiles_of(connection: psycopg.Connection, z: int) -> list[tuple[int, int]]:
    """Every tile that holds a parcel's label."""
    rows = connection.execute(
        "SELECT DISTINCT floor((ST_X(label_3857) + %(w)s) / (2 * %(w)s) * %(n)s)::int,"
        " floor((%(w)s - ST_Y(label_3857)) / (2 * %(w)s) * %(n)s)::int FROM parcels ORDER BY 1, 2",
        {"w": HALF_WORLD_M, "n": 2**z},
    )
    return [(x, y) for x, y in rows.fetchall()]


@pytest.mark.db
@pytest.mark.parametrize(("jurisdiction", "file"), [("generic", EPINAY), ("vn-80", DEMO)])
def test_real_parcels_look_as_the_clipper_leaves_them(
    open_services: Open, database: Database, jurisdiction: str, file: Path
) -> None:
    services = open_services(jurisdiction)
    batch = services.load.load(file, Choices(), OFFICER).batch
    services.publish.publish(batch.batch_id, OFFICER)
    BandService(BandStore(database, draw)).fill()
    with database.begin() as begun:
        connection, seen, differ = driver(begun), Counter[int](), 0
        for z in (13, 14, 15, 16, 17):
            for x, y in tiles_of(connection, z)[:: {15: 2, 16: 5, 17: 20}.get(z, 1)]:
                ours, clipped = (
                    shapes(asked(connection, made("parcels", z, x, y), clip=clip))
                    for clip in (False, True)
                )
                # The clipper leaves out what is narrower than a unit: parcels, spikes, bends.
                assert clipped.keys() <= ours.keys()
                for fid, shape in ours.items():
                    between = shape.symmetric_difference(clipped.get(fid, shapely.Polygon()))
                    assert between.buffer(-HALF_UNIT * math.sqrt(2)).is_empty
                    differ += not between.is_empty
                seen[z] += len(ours)
        assert min(seen.values()) > 100
        assert differ < seen.total() / 100
