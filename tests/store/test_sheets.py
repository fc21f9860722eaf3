"""Map sheets as a collection: what a look at every parcel would say, without it."""

from typing import Any

import pytest
import shapely
from sqlalchemy import text

from landgis.cadastre.filters import Member, Wanted
from landgis.cadastre.served import COLLECTIONS
from landgis.store.database import Database
from landgis.store.features import FeatureStore
from tests.builders import square
from tests.histories import Land, Register

pytestmark = pytest.mark.db

SHEETS = COLLECTIONS["sheets"]
DEFENCE = (("CQP", None),)
ALL_PARCELS = text("""
    SELECT unit_code, sheet, count(*) AS parcels, ST_Extent(geom_3857)::geometry AS frame
    FROM parcels WHERE NOT withheld AND sheet IS NOT NULL
    GROUP BY unit_code, sheet ORDER BY unit_code, sheet
""")


def land(i: int, name: str, **more: Any) -> Land:
    return Land(square(20.0 * i, 0.0, 10.0), name, **more)


@pytest.fixture
def register(database: Database) -> Register:
    """Three sheets in two units, one of them of defence land only, and one that goes again."""
    made = Register(database)
    made.publish(
        land(0, "25645/1/1"),
        land(1, "25645/1/2", uses=DEFENCE),
        land(2, "25645/10/1"),
        land(3, "25459/1/1"),
        land(4, "25459/1/2"),
        land(5, "25459/2/1", uses=DEFENCE),
    )
    (gone,) = made.publish(land(6, "25459/3/1"))
    made.divide([gone], land(6, "25459/1/3"))
    with database.begin() as connection:  # as a jurisdiction has it that knows no units
        for sheet in ("1", "7"):
            (one,) = made.publish(land(7 + int(sheet), f"25645/9{sheet}/1"))
            values = {"id": one, "sheet": sheet}
            connection.execute(
                text("UPDATE parcels SET unit_code = NULL, sheet = :sheet WHERE parcel_id = :id"),
                values,
            )
    return made


def truth(register: Register) -> list[tuple[Any, ...]]:
    with register.database.begin() as connection:
        rows = connection.execute(ALL_PARCELS).all()
    return [(r.unit_code, r.sheet, r.parcels, shapely.from_wkb(r.frame)) for r in rows]


def facts(members: list[Member]) -> list[tuple[Any, ...]]:
    return [(*(m.values[n] for n in ("unit_code", "sheet", "parcels")), m.geom) for m in members]


def test_they_are_what_all_parcels_say(register: Register) -> None:
    store, every = FeatureStore(register.database), truth(register)
    names = [("25459", "1"), ("25645", "1"), ("25645", "10"), (None, "1"), (None, "7")]
    assert [row[:2] for row in every] == names
    assert facts(store.page(Wanted(SHEETS, limit=100))) == every
    assert store.count(Wanted(SHEETS), 100) == len(every)
    assert store.count(Wanted(SHEETS), 4) is None
    found = [store.one(Wanted(SHEETS), f"{unit or ''}:{sheet}") for unit, sheet, *_ in every]
    assert facts([one for one in found if one is not None]) == every
    for name in ("25459:2", "25459:3", ":2"):
        assert store.one(Wanted(SHEETS), name) is None


def test_their_pages_follow_each_other(register: Register) -> None:
    store, found = FeatureStore(register.database), []
    wanted = Wanted(SHEETS, limit=1)
    while page := store.page(wanted):
        found += page
        wanted = Wanted(SHEETS, limit=1, after=page[-1].place_in_order)
    assert facts(found) == truth(register)


def test_a_box_finds_those_whose_frame_it_meets(register: Register) -> None:
    store, every = FeatureStore(register.database), truth(register)
    boxes = [row[3] for row in every] + [shapely.box(0, 0, 1, 1)]
    for box in boxes:
        wanted = Wanted(SHEETS, shapes_3857=(box,), limit=100)
        met = [row for row in every if row[3].intersects(box)]
        assert facts(store.page(wanted)) == met
        assert store.count(wanted, 100) == len(met)


def test_a_frame_follows_its_parcels(register: Register) -> None:
    before = {row[:2]: row[3] for row in truth(register)}
    register.publish(land(30, "25645/10/2"))
    store = FeatureStore(register.database)
    assert facts(store.page(Wanted(SHEETS, limit=100))) == truth(register)
    (grown,) = (m for m in store.page(Wanted(SHEETS, limit=100)) if m.key == "25645:10")
    far = shapely.Point(grown.geom.bounds[2], grown.geom.bounds[1])
    assert not before["25645", "10"].intersects(far)
    at_its_end = store.page(Wanted(SHEETS, shapes_3857=(far,), limit=100))
    assert [member.key for member in at_its_end] == ["25645:10"]
