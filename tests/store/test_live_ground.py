"""Live parcels near places, and names that are gone, read for the checks of a file."""

import numpy as np
import pytest
import shapely
from sqlalchemy import text

from landgis.geodesy import WEB_MERCATOR, transform
from landgis.store import live_ground
from landgis.store.database import Database
from landgis.store.live_ground import LiveGroundStore
from tests.builders import square
from tests.histories import Land, Register

pytestmark = pytest.mark.db

IN_9210 = transform(square(20, 0), 9209, 9210)


def boxes(*geoms: object) -> object:
    return np.array([shapely.bounds(transform(g, 9209, WEB_MERCATOR)) for g in geoms])


def test_parcels_near_boxes_come_once_and_by_plane(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = Register(database).publish(
        Land(square(0, 0), "25645/1/1", (("CQP", None),)),
        Land(square(10, 0), "25645/1/2"),
        Land(IN_9210, "25645/1/3", epsg=9210),
        Land(square(500, 0), "25645/1/4"),
    )
    store = LiveGroundStore(database)
    monkeypatch.setattr(live_ground, "BLOCK_ROWS", 2)
    blocks = list(store.near(boxes(square(1, 1, 28), square(2, 2, 5))))
    assert [(b.parcels.survey_epsg, b.parcels.number.tolist()) for b in blocks] == [
        (9209, ["1", "2"]),
        (9210, ["3"]),
    ]
    assert [i for b in blocks for i in b.ids.tolist()] == [str(i) for i in ids[:3]]
    assert blocks[0].is_withheld.tolist() == [True, False]
    assert blocks[0].parcels.land_uses[0][0].code == "CQP"
    assert blocks[1].parcels.geom[0].equals_exact(IN_9210, 0.0), "as surveyed, bit for bit"
    assert set(blocks[0].parcels.row.tolist()) == {0}
    assert blocks[0].map_scale.tolist() == [0, 0]
    assert list(store.near(np.empty((0, 4)))) == []


def test_units_that_hold_live_parcels(database: Database) -> None:
    register, store = Register(database), LiveGroundStore(database)
    assert store.filled({"25645", ""}) == frozenset()
    (one, _) = register.publish(Land(square(0, 0), "25645/1/1"), Land(square(9, 0), "25630/1/1"))
    assert store.filled({"25645", "25459", ""}) == {"25645"}
    register.change("edit", [one], {})
    assert store.filled({"25645", "25630"}) == {"25630"}
    assert store.filled(set()) == frozenset()


def test_names_that_no_live_parcel_bears(database: Database) -> None:
    register, store = Register(database), LiveGroundStore(database)
    (one, two) = register.publish(Land(square(0, 0), "25645/1/1"), Land(square(9, 0), "25645/1/2"))
    assert list(store.retired_names()) == []
    register.split(one, Land(square(0, 0, 5), "25645/1/3"), Land(square(5, 0, 5), "25645/1/4"))
    register.change("edit", [two], {two: Land(square(9, 0, 11), "25645/1/2")})
    (gone,) = store.retired_names()
    assert (gone.parcel, gone.unit_code, gone.sheet, gone.number) == (
        str(one), "25645", "1", "1"
    )  # fmt: skip


def test_spatial_query_uses_its_index(database: Database) -> None:
    many = [Land(square(10.0 * (i % 60), 10.0 * (i // 60)), f"25645/1/{i}") for i in range(3000)]
    Register(database).publish(*many)
    with database.begin() as connection:
        connection.execute(text("ANALYZE parcels"))
        query = live_ground._near(boxes(square(5, 5)))
        compiled = query.compile(database.engine)
        explain = text("EXPLAIN " + str(compiled).replace("%%", "%"))
        raw = connection.connection.driver_connection
        plan = raw.execute("EXPLAIN " + str(compiled), compiled.params).fetchall()
        assert "parcels_geom_3857" in "\n".join(row[0] for row in plan), explain
