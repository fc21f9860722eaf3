"""Pictures kept change by change are those that would be drawn of the whole register."""

import random
from collections.abc import Sequence
from uuid import UUID

import numpy as np
import pytest
import shapely
from sqlalchemy import text

from landgis.cadastre.changes import Entry, Filling, NewParcels
from landgis.errors import Unavailable
from landgis.services.bands import BandService
from landgis.services.derive import derive
from landgis.store import bands
from landgis.store.bands import BandStore
from landgis.store.database import Database, driver
from landgis.store.history import HistoryStore
from landgis.store.locks import lock
from landgis.tiling.bands import draw
from tests.builders import EAST, NORTH, parcel_set
from tests.histories import DEPLOYMENT, IDENTITY, VN_80, Land, Register
from tests.tiling.coverages import SOUTH, WEST, coverage

pytestmark = pytest.mark.db

PICTURES = """
SELECT fid, ST_AsBinary(geom_13), snap_13, ST_AsBinary(geom_15), snap_15, number, sheet, use
FROM parcel_bands ORDER BY fid
"""
PARCELS = """
SELECT fid, ST_AsBinary(geom_3857), number, sheet, main_use, withheld FROM parcels ORDER BY fid
"""


def lands(seed: int, unit: str = "25645", columns: int = 5) -> list[Land]:
    """Parcels that fit together, in the survey plane."""
    shapes = [
        shapely.transform(p, lambda xy: xy - [WEST, SOUTH] + [EAST, NORTH])
        for p in coverage(seed, columns)
    ]
    return [Land(shape, f"{unit}/{seed % 9 + 1}/{i + 1}") for i, shape in enumerate(shapes)]


def pictures(database: Database) -> list[tuple[object, ...]]:
    with database.begin() as connection:
        return driver(connection).execute(PICTURES).fetchall()


def anew(database: Database) -> list[tuple[object, ...]]:
    """What the pictures are when all parcels are drawn together."""
    with database.begin() as connection:
        rows = driver(connection).execute(PARCELS).fetchall()
    shapes = shapely.from_wkb(np.array([row[1] for row in rows], dtype=object))
    hidden = np.array([row[5] for row in rows], dtype=bool)
    made = draw(shapes[~hidden], shapes[hidden])
    columns = (
        [row[0] for row in rows if not row[5]],
        shapely.to_wkb(made.geom_13),
        made.snap_13.tolist(),
        shapely.to_wkb(made.geom_15),
        made.snap_15.tolist(),
        *([row[i] for row in rows if not row[5]] for i in (2, 3, 4)),
    )
    return list(zip(*columns, strict=True))


def due(database: Database) -> int:
    with database.begin() as connection:
        count: int = connection.execute(text("SELECT count(*) FROM bands_due")).scalar_one()
    return count


def fill(database: Database) -> int:
    return BandService(BandStore(database, draw)).fill()


class Editor:
    """Changes parcels of a register at random: splits, merges, moved vertices, retirements."""

    def __init__(self, register: Register, parcels: dict[UUID, Land], seed: int) -> None:
        self.register, self.parcels = register, parcels
        self.chance, self.number = random.Random(seed), 500  # noqa: S311 - the same each time

    def edit(self) -> None:
        self.chance.choice([self.split, self.merge, self.move, self.attribute, self.retire])()

    def new(self, shape: shapely.Geometry, uses: tuple[tuple[str, float | None], ...]) -> Land:
        self.number += 1
        return Land(shape, f"25645/1/{self.number}", uses)

    def replace(self, old: Sequence[UUID], new: Sequence[shapely.Geometry]) -> None:
        uses = self.parcels[old[0]].uses
        made = [self.new(shape, uses) for shape in new]
        ids = self.register.divide(old, *made)
        for gone in old:
            del self.parcels[gone]
        self.parcels.update(zip(ids, made, strict=True))

    def split(self) -> None:
        one = self.chance.choice(list(self.parcels))
        shape = self.parcels[one].geom
        west, south, east, north = shape.bounds
        x = self.chance.uniform(west, east)
        halves = [
            shape.intersection(shapely.box(*b))
            for b in ((west, south, x, north), (x, south, east, north))
        ]
        if all(h.is_valid and h.geom_type.endswith("Polygon") and h.area > 1 for h in halves):
            self.replace([one], halves)

    def merge(self) -> None:
        one = self.chance.choice(list(self.parcels))
        for other, land in self.parcels.items():
            joined = self.parcels[one].geom.union(land.geom)
            if other != one and joined.geom_type == "Polygon":
                self.replace([one, other], [joined])
                return

    def move(self) -> None:
        """Move one place in every parcel that has a vertex there."""
        one = self.chance.choice(list(self.parcels))
        place = self.chance.choice(shapely.get_coordinates(self.parcels[one].geom).tolist())
        to = [place[0] + self.chance.uniform(-1, 1), place[1] + self.chance.uniform(-1, 1)]
        moved = {}
        for i, land in self.parcels.items():
            shape = shapely.transform(
                land.geom, lambda xy: np.where((xy == place).all(axis=1)[:, None], to, xy)
            )
            if not shape.equals_exact(land.geom, 0):
                moved[i] = land._replace(geom=shape)
        if all(land.geom.is_valid for land in moved.values()):
            self.change(moved)

    def attribute(self) -> None:
        """Change the use: to one that the public does not see, and back."""
        one = self.chance.choice(list(self.parcels))
        use = self.chance.choice(["CQP", "CLN"])
        self.change({one: self.parcels[one]._replace(uses=((use, 9.0),))})

    def change(self, lands_: dict[UUID, Land]) -> None:
        self.register.change("edit", list(lands_), lands_)
        self.parcels.update(lands_)

    def retire(self) -> None:
        one = self.chance.choice(list(self.parcels))
        self.register.change("edit", [one], {})
        del self.parcels[one]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_pictures_after_each_edit_are_those_of_the_whole(database: Database, seed: int) -> None:
    register = Register(database)
    made = lands(seed)
    editor = Editor(register, dict(zip(register.publish(*made), made, strict=True)), seed)
    assert pictures(database) == anew(database)
    for _ in range(12):
        editor.edit()
        assert pictures(database) == anew(database)
    assert len(pictures(database)) >= 5


def test_large_change_leaves_pictures_out_until_they_are_filled_in(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    register = Register(database)
    made = lands(4)
    ids = register.publish(*made)
    fill(database)
    monkeypatch.setattr(bands, "MOST_REDRAWN", 1)
    register.change(
        "edit", ids[:2], {i: land._replace(uses=()) for i, land in zip(ids, made[:2], strict=False)}
    )
    assert len(pictures(database)) < len(made)
    assert due(database) == 1
    assert set(pictures(database)) < set(anew(database))
    assert fill(database) > 0
    assert (pictures(database), due(database)) == (anew(database), 0)


def test_unit_that_is_filled_beside_another_changes_its_pictures(database: Database) -> None:
    register = Register(database)
    made = lands(5)
    east = [land for land in made if land.geom.centroid.x > EAST + 150]
    register.publish(*(land for land in made if land not in east))
    fill(database)
    before = pictures(database)
    parcels = parcel_set([land.geom for land in east], [f"25648/1/{i}" for i in range(len(east))])
    ids = np.arange(16 * len(east), dtype=np.uint8).reshape(-1, 16)
    new = NewParcels(parcels, ids, derive(parcels, 9209, VN_80, IDENTITY))
    filling = Filling(("25648",), len(east), iter([new]))
    HistoryStore(database, draw).fill(filling, DEPLOYMENT, Entry("tester"))
    assert set(pictures(database)) < set(before)
    assert (fill(database), due(database)) != (0, 1)
    assert pictures(database) == anew(database)


def test_block_waits_for_whoever_edits_there(database: Database, database_url: str) -> None:
    register = Register(database)
    register.publish(*lands(6))
    with database.begin() as connection:
        driver(connection).execute("DELETE FROM parcel_bands")
        role = driver(connection).execute("SELECT current_user").fetchone()[0]
        name = driver(connection).execute("SELECT current_database()").fetchone()[0]
        driver(connection).execute(
            f'ALTER ROLE "{role}" IN DATABASE "{name}" SET lock_timeout = 50'
        )
    impatient = Database(database_url)
    store = BandStore(impatient, draw)
    (block,) = store.blocks()
    with database.begin() as editor:
        lock(editor, (), np.array([[EAST + 50, NORTH + 50, EAST + 51, NORTH + 51]]))
        with pytest.raises(Unavailable):
            store.draw(block)
    assert pictures(database) == []
    assert store.draw(block) == len(block)
    assert store.draw(block) == 0
    impatient.dispose()
    assert pictures(database) == anew(database)
