"""What the history tells of a parcel, from what the one writer wrote."""

from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest
import shapely
from sqlalchemy import text

from landgis.cadastre.past import Event, events
from landgis.cadastre.register import ANONYMOUS, Principal
from landgis.errors import NotFound
from landgis.services.deployment import DeploymentService
from landgis.services.history import HistoryService
from landgis.services.query import QueryService
from landgis.store.database import Database
from landgis.store.parcels import ParcelStore
from landgis.store.past import FAMILY, PastStore
from landgis.store.setup import SetupStore
from tests.builders import EAST, NORTH, square
from tests.histories import VN_80, Land, Register

pytestmark = pytest.mark.db

OFFICER = Principal.holding("user:lan", {"public", "register"}, frozenset({"25645"}))
ELSEWHERE = Principal.holding("user:hoa", {"public", "register"}, frozenset({"25648"}))
AUDITOR = Principal.holding("user:an", {"public", "register", "withheld"})


@pytest.fixture
def register(database: Database) -> Register:
    return Register(database)


@pytest.fixture
def past(database: Database) -> PastStore:
    return PastStore(database)


@pytest.fixture
def stories(database: Database, past: PastStore) -> HistoryService:
    parcels = ParcelStore(database)
    deployments = DeploymentService(SetupStore(database), parcels, VN_80)
    return HistoryService(past, QueryService(parcels, deployments), VN_80)


def strip(x: float, width: float, number: str, use: str = "ODT", sheet: str = "12") -> Land:
    """A strip of a 20 m high block."""
    geom = shapely.box(EAST + x, NORTH, EAST + x + width, NORTH + 20)
    return Land(geom, f"25645/{sheet}/{number}", ((use, None),))


def told(past: PastStore, parcel_id: UUID) -> list[Event]:
    versions = past.versions([parcel_id])[parcel_id]
    numbers = {n for v in versions for n in (v.revision_from, v.revision_to) if n}
    kinds = {n: r.kind for n, r in past.revisions(sorted(numbers)).items()}
    return events(versions, kinds, past.family(parcel_id))


def whats(found: Sequence[Event]) -> list[tuple[int, str]]:
    return [(event.revision, event.what) for event in found]


def test_split_merge_and_undo_are_told_on_every_side(register: Register, past: PastStore) -> None:
    (parent,) = register.publish(strip(0, 20, "1"))
    left, right = register.split(parent, strip(0, 10, "2"), strip(10, 10, "3"))
    (whole,) = register.divide([left, right], strip(0, 20, "4"))
    register.undo(3)
    register.undo(2)
    assert whats(told(past, parent)) == [(1, "published"), (2, "split"), (5, "restored")]
    assert whats(told(past, left)) == [
        (2, "split"),
        (3, "merged"),
        (4, "restored"),
        (5, "undone"),
    ]
    assert whats(told(past, whole)) == [(3, "merged"), (4, "undone")]
    split = told(past, right)[0]
    assert (split.parents, set(split.children)) == ((parent,), {left, right})
    back = told(past, whole)[-1]
    assert (back.parents, set(back.children)) == ((whole,), {left, right})


def test_one_revision_may_divide_here_and_there(register: Register, past: PastStore) -> None:
    a, b = register.publish(strip(0, 20, "1"), strip(40, 20, "2"))
    new = {uuid4(): strip(0, 10, "3"), uuid4(): strip(10, 10, "4")}
    other = {uuid4(): strip(40, 10, "5"), uuid4(): strip(50, 10, "6")}
    pairs = [(p, c) for p, family in ((a, new), (b, other)) for c in family]
    register.link("edit", [a, b], new | other, pairs)
    split = told(past, a)[-1]
    assert set(split.children) == set(new)
    assert told(past, next(iter(other)))[0].parents == (b,)


def test_node_is_told_from_a_change_of_shape_or_facts(register: Register, past: PastStore) -> None:
    (parcel,) = register.publish(strip(0, 20, "1"))
    corners = [(0, 0), (10, 0), (20, 0), (20, 20), (0, 20)]

    def outline(points: Sequence[tuple[float, float]]) -> shapely.Polygon:
        return shapely.Polygon([(EAST + x, NORTH + y) for x, y in points])

    node = strip(0, 20, "1")._replace(geom=outline(corners))
    moved = node._replace(geom=outline([(0, 0), (10, 0.002), *corners[2:]]))
    called = moved._replace(address="khu phố 4")
    for land in (node, moved, called):
        register.change("edit", [parcel], {parcel: land})
    assert whats(told(past, parcel)) == [
        (1, "published"),
        (2, "node_added"),
        (3, "changed"),
        (4, "changed"),
    ]


def test_retirement_without_a_successor_is_told_as_such(
    register: Register, past: PastStore
) -> None:
    (parcel,) = register.publish(strip(0, 20, "1"))
    register.change("edit", [parcel], {})
    assert whats(told(past, parcel)) == [(1, "published"), (2, "retired")]


def test_names_are_those_of_the_revision_and_fids_last(
    register: Register, stories: HistoryService
) -> None:
    (parent,) = register.publish(strip(0, 20, "152"))
    fid = register.fid(parent)
    left, _ = register.split(parent, strip(0, 10, "311"), strip(10, 10, "312"))
    register.change("edit", [left], {left: strip(0, 10, "999", sheet="13")})
    split = stories.of(str(left), ANONYMOUS).events[0]
    assert [(r.sheet, r.number, r.is_current) for r in split.parents] == [("12", "152", False)]
    assert [r.number for r in split.children] == ["311", "312"]
    assert stories.of(str(fid), ANONYMOUS).last.parcel_id == parent
    with pytest.raises(NotFound) as gone:
        stories.live(str(parent), ANONYMOUS)
    assert gone.value.code == "parcel_retired"
    assert [s["number"] for s in gone.value.data["successors"]] == ["311", "312"]
    last = stories.shown(str(parent), ANONYMOUS)
    assert (last.status, last.number, last.fid) == ("retired", "152", fid)
    assert shapely.equals(last.geom, strip(0, 20, "").geom)


def test_ground_is_for_who_may_read_the_register_of_the_unit(
    register: Register, stories: HistoryService
) -> None:
    (parent,) = register.publish(strip(0, 20, "1"))
    ground = {"approver": "user:minh", "record_no": "HS-7", "basis": "Quyết định 12/QĐ-UBND"}
    left, _ = register.split(parent, strip(0, 10, "2"), strip(10, 10, "3"), **ground)
    for by in (ANONYMOUS, ELSEWHERE):
        assert {e.ground for e in stories.of(str(left), by).events} == {None}
    known = stories.of(str(left), OFFICER).events[0].ground
    assert known is not None
    assert (known.author, known.approver) == ("user:lan", "user:minh")
    assert (known.record_no, known.basis) == ("HS-7", "Quyết định 12/QĐ-UBND")


def test_withheld_land_is_never_named_to_the_public(
    register: Register, stories: HistoryService
) -> None:
    (base,) = register.publish(strip(0, 20, "1", use="CQP"))
    kept, sold = register.split(base, strip(0, 10, "2", use="CQP"), strip(10, 10, "3"))
    (split,) = stories.of(str(sold), ANONYMOUS).events
    assert (split.what, split.parents) == ("split", ())
    assert [r.parcel_id for r in split.children] == [sold]
    for hidden in (base, kept):
        for ask in (stories.of, stories.live, stories.shown):
            with pytest.raises(NotFound) as absent:
                ask(str(hidden), ANONYMOUS)
            assert absent.value.code == "no_such_parcel"
            assert absent.value.data.keys() == {"parcel"}
    (everything,) = stories.of(str(sold), AUDITOR).events
    assert len(everything.parents) == 1
    assert len(everything.children) == 2


def test_what_was_withheld_once_stays_untold(register: Register, stories: HistoryService) -> None:
    (parcel,) = register.publish(strip(0, 20, "1", use="CQP"))
    register.change("edit", [parcel], {parcel: strip(0, 20, "1", use="ODT")})
    assert [e.revision for e in stories.of(str(parcel), ANONYMOUS).events] == [2]
    assert [e.revision for e in stories.of(str(parcel), AUDITOR).events] == [1, 2]
    register.change("edit", [parcel], {parcel: strip(0, 20, "1", use="CAN")})
    with pytest.raises(NotFound):
        stories.of(str(parcel), ANONYMOUS)


@pytest.mark.parametrize(
    "name",
    ["0", "99999999999", "c3b1e0a6-6f6e-4f5e-9c39-5a1f0e6f7a10", "nobody", "\u2460", "a\x00b"],
)
def test_unknown_name_is_not_found(stories: HistoryService, name: str) -> None:
    for ask in (stories.of, stories.live, stories.shown):
        with pytest.raises(NotFound) as absent:
            ask(name, ANONYMOUS)
        assert absent.value.code == "no_such_parcel"


def test_version_in_another_plane_is_shown_in_the_storage_plane(
    register: Register, stories: HistoryService
) -> None:
    geom = shapely.box(541_000, 1_246_000, 541_020, 1_246_020)
    (parcel,) = register.publish(Land(geom, "25645/1/1", epsg=9210))
    register.change("edit", [parcel], {})
    shown = stories.shown(str(parcel), ANONYMOUS)
    assert shown.geom.centroid.distance(square(345, 0, 20).centroid) < 300  # not 27 km away


def test_family_is_found_by_index(register: Register) -> None:
    (parcel,) = register.publish(strip(0, 20, "1"))
    with register.database.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO lineage (revision, parent_id, child_id)"
                " SELECT 1, gen_random_uuid(), gen_random_uuid() FROM generate_series(1, 30000)"
            )
        )
        connection.execute(text("ANALYZE lineage"))
        explain = text(f"EXPLAIN {FAMILY.text}")
        plan = "\n".join(connection.execute(explain, {"parcel_id": parcel}).scalars())
    assert "lineage_parent" in plan
    assert "lineage_child" in plan
    assert "Seq Scan on lineage" not in plan, plan
