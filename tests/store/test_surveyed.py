"""Parcels read back with their survey geometry, live and past, alone and near a place."""

from uuid import uuid4

import numpy as np
import pytest
import shapely.affinity

from landgis.cadastre import jurisdiction
from landgis.cadastre.changes import Before, ChangeSet, Descent, Entry, Neighbourhood, Part
from landgis.cadastre.register import Deployment
from landgis.errors import Refused
from landgis.geodesy import WEB_MERCATOR, transform
from landgis.services.derive import derive
from landgis.store.database import Database
from landgis.store.history import HistoryStore
from landgis.store.parcels import ParcelStore
from landgis.store.setup import SetupStore
from landgis.store.surveyed import SurveyedStore
from tests.builders import column, parcel_set, square

pytestmark = pytest.mark.db

VN_80 = jurisdiction.load(jurisdiction.find("vn-80"))
DEPLOYMENT = Deployment("vn-80", 9209, is_demo=False)
IDENTITY = ("unit_code", "sheet", "number")
IN_9210 = transform(square(20, 0), 9209, 9210)


def append(database: Database, changeset: ChangeSet, check=None) -> int:
    derived = [derive(part.parcels, 9209, VN_80, IDENTITY) for part in changeset.after]
    return HistoryStore(database).append(
        changeset, derived, DEPLOYMENT, Entry("tester"), check=check
    )


def part(geoms: list[object], names: list[str], epsg: int = 9209) -> Part:
    return Part(
        parcel_set(geoms, names, epsg=epsg, uses=[["ODT"]] * len(geoms)),
        column([uuid4() for _ in geoms]),
    )


@pytest.fixture
def loaded(database: Database) -> tuple[Part, Part]:
    """Two parcels surveyed in 9209 and their neighbour surveyed in 9210, as one change."""
    SetupStore(database).fix_deployment(DEPLOYMENT)
    here = part([square(0, 0), square(10, 0)], ["25645/1/1", "25645/1/2"])
    there = part([IN_9210], ["25645/1/3"], epsg=9210)
    append(database, ChangeSet("publish", (), (here, there)))
    return here, there


def test_one_change_holds_parcels_of_two_survey_planes_bit_for_bit(
    database: Database, loaded: tuple[Part, Part]
) -> None:
    here, there = loaded
    store = SurveyedStore(database)
    found = store.by_ids([*here.ids, *there.ids])
    assert found[there.ids[0]].survey_epsg == 9210
    assert found[there.ids[0]].geom.wkb == IN_9210.wkb
    assert found[here.ids[0]].geom.wkb == square(0, 0).wkb
    assert found[here.ids[0]].land_uses[0].code == "ODT"
    fid = found[here.ids[1]].fid
    assert fid is not None
    assert store.by_fid(fid) == found[here.ids[1]]
    assert {p.number for p in store.written_by(1)} == {"1", "2", "3"}


def test_near_finds_what_meets_any_of_the_boxes(
    database: Database, loaded: tuple[Part, Part]
) -> None:
    store = SurveyedStore(database)
    first, third = transform(np.array([square(2, 2, 1), square(25, 2, 1)]), 9209, WEB_MERCATOR)
    assert [p.number for p in store.near(np.array([first.bounds]))] == ["1"]
    assert [p.number for p in store.near(np.array([first.bounds, third.bounds]))] == ["1", "3"]
    assert store.near(np.empty((0, 4))) == []


def test_check_meets_what_is_there_now_and_may_refuse(
    database: Database, loaded: tuple[Part, Part]
) -> None:
    here, _ = loaded
    met: list[Neighbourhood] = []

    def refuse(neighbourhood: Neighbourhood) -> None:
        met.append(neighbourhood)
        raise Refused("no", "not like this")

    grown = Part(parcel_set([square(0, 0, 10.5)], ["25645/1/1"]), here.ids[:1])
    changeset = ChangeSet("edit", (Before(here.ids[0], 1, "25645"),), (grown,))
    with pytest.raises(Refused, match="not like this"):
        append(database, changeset, check=refuse)
    assert [p.number for p in met[0].before] == ["1"]
    assert [p.number for p in met[0].neighbours] == ["2"]
    assert ParcelStore(database).state().revision == 1


def test_more_parcels_are_asked_for_than_postgresql_takes_parameters(
    database: Database, loaded: tuple[Part, Part]
) -> None:
    here, _ = loaded
    wanted = [*here.ids, *(uuid4() for _ in range(70_000))]
    assert set(SurveyedStore(database).by_ids(wanted)) == set(here.ids)


def test_undo_brings_a_parcel_back_with_its_fid(
    database: Database, loaded: tuple[Part, Part]
) -> None:
    here, _ = loaded
    store = SurveyedStore(database)
    before = store.by_ids([here.ids[0]])[here.ids[0]]
    halves = part(
        [
            shapely.affinity.scale(square(0, 0), 1, 0.5, origin=square(0, 0).bounds[:2]),
            shapely.affinity.scale(square(0, 0), 1, 0.5, origin=square(0, 0).bounds[2:]),
        ],
        ["25645/1/4", "25645/1/5"],
    )
    split = ChangeSet(
        "edit",
        (before.as_before(),),
        (halves,),
        tuple(Descent(before.parcel_id, child) for child in halves.ids),
    )
    assert append(database, split) == 2
    back = Part(parcel_set([before.geom], ["25645/1/1"]), column([before.parcel_id]))
    undo = ChangeSet("undo", tuple(Before(i, 2, "25645") for i in halves.ids), (back,), undoes=2)
    assert append(database, undo) == 3
    again = store.by_ids([before.parcel_id])[before.parcel_id]
    assert (again.fid, again.geom.wkb, again.revision) == (before.fid, before.geom.wkb, 3)
    assert {p.number for p in store.ended_by(3)} == {"4", "5"}
