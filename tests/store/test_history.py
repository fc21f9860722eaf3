"""One ChangeSet, one revision: what is written, and what refuses to be."""

import hashlib
import threading
from uuid import UUID, uuid4

import numpy as np
import pytest
import shapely
from sqlalchemy import select, text

from landgis.cadastre import jurisdiction
from landgis.cadastre.changes import (
    Before,
    ChangeSet,
    Descent,
    Entry,
    Filling,
    NewParcels,
    Part,
)
from landgis.cadastre.ids import new_id_bytes
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.register import Deployment, Derived, Place
from landgis.errors import Conflict, Refused
from landgis.geodesy import WEB_MERCATOR, transform_xy
from landgis.services.derive import derive
from landgis.store.database import Database
from landgis.store.history import HistoryStore
from landgis.store.parcels import ParcelStore
from landgis.store.setup import SetupStore
from landgis.store.tables import audit_log, lineage, parcel_versions, parcels, tile_state
from tests.builders import column, parcel_set, square

pytestmark = pytest.mark.db

VN_80 = jurisdiction.load(jurisdiction.find("vn-80"))
DEPLOYMENT = Deployment("vn-80", 9209, is_demo=False)
IDENTITY = ("unit_code", "sheet", "number")


def derived(after: ParcelSet) -> Derived:
    return derive(after, 9209, VN_80, IDENTITY)


def created(after: ParcelSet) -> ChangeSet:
    return ChangeSet("publish", (), (Part(after, column([uuid4() for _ in range(len(after))])),))


@pytest.fixture(autouse=True)
def deployed(database: Database) -> None:
    SetupStore(database).fix_deployment(DEPLOYMENT)


def append(database: Database, changeset: ChangeSet, **entry: object) -> int:
    return HistoryStore(database).append(
        changeset,
        [derived(part.parcels) for part in changeset.after],
        DEPLOYMENT,
        Entry("tester", **entry),
    )


def live(database: Database) -> dict[str, tuple[UUID, int, int]]:
    query = select(parcels.c.identity_key, parcels.c.parcel_id, parcels.c.fid, parcels.c.revision)
    with database.begin() as connection:
        return {r[0]: (r[1], r[2], r[3]) for r in connection.execute(query)}


def test_created_parcels_are_live_versioned_audited_and_in_the_tiles(database: Database) -> None:
    assert append(database, created(parcel_set([square(0, 0), square(10, 0)]))) == 1
    assert len(live(database)) == 2
    with database.begin() as connection:
        versions = connection.execute(select(parcel_versions)).all()
        entry = connection.execute(select(audit_log)).one()
        state = connection.execute(select(tile_state)).one()
    assert {v.revision_from for v in versions} == {1}
    assert entry.sha256 == hashlib.sha256(bytes(32) + entry.body.encode()).digest()
    assert (state.revision, state.sequence) == (1, 1)
    assert ParcelStore(database).state().revision == 1


def test_survey_vertices_are_kept_bit_for_bit(database: Database) -> None:
    odd = shapely.Polygon(
        [(565302.1234567891, 1250811.9876543211), (565312.1, 1250811.2), (565310.3, 1250820.7)]
    )
    append(database, created(parcel_set([odd], epsg=9210)))
    with database.begin() as connection:
        row = connection.execute(
            text("SELECT ST_AsBinary(geom_survey) AS wkb, survey_srid FROM parcel_versions")
        ).one()
    assert shapely.from_wkb(bytes(row.wkb)).wkb == odd.wkb
    assert row.survey_srid == 969210


def test_change_retire_and_split_keep_history_and_fids(database: Database) -> None:
    append(database, created(parcel_set([square(0, 0, 20), square(20, 0)])))
    (parent, _, _), (kept, kept_fid, _) = live(database).values()
    children = parcel_set(
        [square(0, 0), square(10, 0), square(20, 0)], ["25645/1/3", "25645/1/4", "25645/1/2"]
    )
    ids = [uuid4(), uuid4(), kept]
    changeset = ChangeSet(
        "edit",
        (Before(parent, 1), Before(kept, 1)),
        (Part(children, column(ids)),),
        (Descent(parent, ids[0]), Descent(parent, ids[1])),
    )
    assert append(database, changeset) == 2
    now = live(database)
    assert set(now) == {"25645/1/2", "25645/1/3", "25645/1/4"}
    assert now["25645/1/2"] == (kept, kept_fid, 2)
    with database.begin() as connection:
        closed = connection.execute(
            select(parcel_versions.c.revision_to).where(parcel_versions.c.parcel_id == parent)
        ).scalar_one()
        edges = connection.execute(select(lineage.c.child_id)).scalars().all()
    assert closed == 2
    assert set(edges) == set(ids[:2])


def test_parcel_that_changed_meanwhile_is_stale(database: Database) -> None:
    append(database, created(parcel_set([square(0, 0)])))
    ((parcel_id, _, _),) = live(database).values()
    edit = ChangeSet(
        "edit",
        (Before(parcel_id, 1),),
        (Part(parcel_set([square(0, 0, 11)]), column([parcel_id])),),
    )
    assert append(database, edit) == 2
    with pytest.raises(Conflict) as conflict:
        append(database, edit)
    assert conflict.value.code == "stale"
    assert conflict.value.data["parcels"] == [str(parcel_id)]
    assert ParcelStore(database).state().revision == 2


def test_identity_in_use_is_refused_and_nothing_is_left(database: Database) -> None:
    append(database, created(parcel_set([square(0, 0)], ["25645/1/1"])))
    with pytest.raises(Conflict) as conflict:
        append(
            database,
            created(parcel_set([square(50, 0), square(70, 0)], ["25645/1/1", "25645/1/2"])),
        )
    assert conflict.value.code == "identity_taken"
    assert len(live(database)) == 1
    assert ParcelStore(database).state().revision == 1


def test_parcel_in_another_plane_than_the_deployment_is_refused(database: Database) -> None:
    changeset = created(parcel_set([square(0, 0)]))
    elsewhere = Deployment("vn-80", 9210, is_demo=False)
    with pytest.raises(Refused, match="stored in SRID 969209"):
        HistoryStore(database).append(
            changeset, [derived(changeset.after[0].parcels)], elsewhere, Entry("tester")
        )
    assert live(database) == {}


def test_two_first_loads_of_one_unit_at_once_give_one(database: Database) -> None:
    outcomes: list[object] = []
    start = threading.Barrier(2)

    def load(x: float) -> None:
        parcels = parcel_set([square(x, 0)], [f"25645/1/{int(x)}"])
        new = NewParcels(parcels, new_id_bytes(1), derived(parcels))
        start.wait()
        try:
            filling = Filling(("25645",), 1, iter([new]))
            outcomes.append(HistoryStore(database).fill(filling, DEPLOYMENT, Entry("tester")))
        except Conflict as conflict:
            outcomes.append(conflict.code)

    threads = [threading.Thread(target=load, args=(x,)) for x in (10.0, 50.0)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) == ["1", "unit_not_empty"]
    assert len(live(database)) == 1


def test_defence_land_is_withheld_from_the_public(database: Database) -> None:
    append(database, created(parcel_set([square(0, 0), square(10, 0)], uses=[["CQP"], ["ODT"]])))
    store = ParcelStore(database)
    assert [p.number for p in store.by_name(None, "1", None, withheld=False, limit=9)] == ["2"]
    assert len(store.by_name(None, "1", None, withheld=True, limit=9)) == 2


def test_point_on_a_shared_boundary_finds_both(database: Database) -> None:
    append(database, created(parcel_set([square(0, 0), square(10, 0)])))
    east, north = square(10, 0).bounds[0], square(10, 0).bounds[1] + 5
    (x,), (y,) = transform_xy(np.array([east]), np.array([north]), 9209, WEB_MERCATOR)
    found = ParcelStore(database).at(
        Place(east, north, 969209), Place(float(x), float(y), 3857), withheld=False, limit=9
    )
    assert [p.number for p in found] == ["1", "2"]


def test_spatial_and_name_queries_use_their_indexes(database: Database) -> None:
    many = parcel_set([square(10 * (i % 60), 10 * (i // 60)) for i in range(3000)])
    append(database, created(many))
    asks = {
        "parcels_geom_3857": "SELECT fid FROM parcels WHERE geom_3857 &&"
        " ST_MakeEnvelope(11811500, 1266000, 11811501, 1266001, 3857)",
        "parcels_number_sheet_unit": "SELECT fid FROM parcels WHERE sheet = '1' AND number = '77'",
    }
    with database.begin() as connection:
        connection.execute(text("ANALYZE parcels"))
        for index, ask in asks.items():
            plan = "\n".join(connection.execute(text(f"EXPLAIN {ask}")).scalars())
            assert index in plan, plan
