"""The change feed: commit order without gaps, pages, and what is not told to whom."""

import threading
from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

import pytest
import shapely
from sqlalchemy import text

from landgis.cadastre.changes import ChangeSet, Entry, Part
from landgis.cadastre.feed import FeedAsked, FeedChange, FeedPage, Position
from landgis.cadastre.register import ANONYMOUS, Principal
from landgis.errors import Conflict, UsageError
from landgis.services.derive import derive
from landgis.services.feed import service as feed_service
from landgis.services.feed.service import FeedService
from landgis.store.database import Database
from landgis.store.feed import FeedStore
from landgis.store.history import HistoryStore
from landgis.store.locks import HEAD_LOCK
from tests.builders import EAST, NORTH, column, parcel_set, square
from tests.histories import DEPLOYMENT, IDENTITY, VN_80, Land, Register

pytestmark = pytest.mark.db

TRUSTED = Principal.holding("user:trusted", {"public", "withheld"})


class Services(NamedTuple):
    """What these tests need of them all."""

    database: Database
    feed: FeedService


@pytest.fixture
def services(database: Database) -> Services:
    return Services(database, FeedService(FeedStore(database), VN_80))


@pytest.fixture
def register(services: Services) -> Register:
    return Register(services.database)


def strip(number: str, x: float = 0, use: str = "ODT", unit: str = "25645") -> Land:
    geom = shapely.box(EAST + x, NORTH, EAST + x + 10, NORTH + 20)
    return Land(geom, f"{unit}/1/{number}", ((use, None),))


def pages(
    services: Services,
    since: str = "0",
    *,
    limit: int = 1000,
    by: Principal = ANONYMOUS,
    **more: object,
) -> Iterator[FeedPage]:
    position, is_more = Position.parse(since), True
    while is_more:
        page = services.feed.page(FeedAsked(position, limit, **more), by)
        yield page
        # A place goes over the wire as text.
        position, is_more = Position.parse(str(page.next)), page.more


def changes(services: Services, since: str = "0", **more: object) -> list[FeedChange]:
    return [change for page in pages(services, since, **more) for change in page.changes]


def events(services: Services, **more: object) -> list[tuple[int, UUID, str]]:
    return [
        (change.revision, parcel.parcel_id, parcel.event)
        for change in changes(services, **more)
        for parcel in change.parcels
    ]


def moved(register: Register, parcel_id: UUID, land: Land) -> int:
    return register.change("edit", [parcel_id], {parcel_id: land})


def test_what_each_revision_did(services: Services, register: Register) -> None:
    a, b = register.publish(strip("1"), strip("2", 10))
    left, right = register.split(a, strip("3"), strip("4", 5))
    moved(register, b, strip("2", 12))
    register.change("edit", [b], {})
    register.undo(4)
    found = changes(services)
    assert [(c.revision, c.kind, c.undoes) for c in found] == [
        (1, "publish", None),
        (2, "edit", None),
        (3, "edit", None),
        (4, "edit", None),
        (5, "undo", 4),
    ]
    assert set(events(services)) == {
        *((1, a, "created"), (1, b, "created"), (2, a, "retired"), (2, left, "created")),
        *((2, right, "created"), (3, b, "changed"), (4, b, "retired"), (5, b, "created")),
    }
    assert len(events(services)) == 8
    split = {p.parcel_id: p for p in found[1].parcels}
    assert (set(split[a].children), split[left].parents, split[right].parents) == (
        {left, right},
        (a,),
        (a,),
    )
    before, after = found[2].parcels[0].before, found[2].parcels[0].after
    assert (before["properties"]["revision"], after["properties"]["revision"]) == (1, 3)
    shapes = [shapely.geometry.shape(feature["geometry"]) for feature in (before, after)]
    assert found[2].bbox == shapely.union_all(shapes).bounds
    assert shapes[0].bounds[0] < shapes[1].bounds[0]


def test_pages_of_any_size_tell_the_same(services: Services, register: Register) -> None:
    ids = register.publish(*(strip(str(n), 10 * n) for n in range(8)))
    for n in range(3):
        moved(register, ids[n], strip(str(n), 10 * n + 100))
    expected = [(1, i) for i in sorted(ids)] + [(2 + n, ids[n]) for n in range(3)]
    for limit in (1, 2, 3, 7, 8, 100):
        every = list(pages(services, limit=limit))
        told = [
            (c.revision, p.parcel_id) for page in every for c in page.changes for p in c.parcels
        ]
        assert told == expected
        sizes = [sum(len(c.parcels) for c in page.changes) for page in every]
        assert set(sizes[:-1]) <= {limit}
        cut = [c.continues for page in every for c in page.changes if c.revision == 1]
        assert cut == [True] * (len(cut) - 1) + [False]
        end = every[-1].next
        assert (end.revision, end.parcel_id, every[-1].more) == (4, None, False)
        (empty,) = pages(services, str(end))
        assert (empty.changes, empty.next, empty.newest) == ([], end, 4)


def test_window_of_small_revisions_is_told_in_order(
    services: Services, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    (a,) = register.publish(strip("1"))
    for n in range(9):
        moved(register, a, strip("1", n + 1))
    monkeypatch.setattr(feed_service, "WINDOW_PARCELS", 4)
    assert [c.revision for c in changes(services)] == list(range(1, 11))
    assert [c.revision for c in changes(services, "4", limit=2)] == list(range(5, 11))


def test_page_is_handed_out_in_time_however_little_was_found(
    services: Services, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    (a,) = register.publish(strip("1"))
    moved(register, a, strip("1", 1))
    monkeypatch.setattr(feed_service, "LOOK_S", -1.0)
    (page,) = [next(pages(services))]
    assert (page.changes, page.more) == ([], True)


def test_writer_that_has_begun_first_is_told_first_and_nothing_before_it_ends(
    services: Services, register: Register
) -> None:
    """The first writer is stopped with its number taken and not committed."""
    begun, go_on = threading.Event(), threading.Event()

    def write(number: str, x: float, stop: bool) -> None:
        parcels = parcel_set([square(x, 0)], [f"25645/9/{number}"])
        ids = column([UUID(int=int(number))])
        changeset = ChangeSet("publish", (), (Part(parcels, ids),))

        def tell(_done: int) -> None:
            if stop:
                begun.set()
                assert go_on.wait(30)

        HistoryStore(services.database).append(
            changeset, [derive(parcels, 9209, VN_80, IDENTITY)], DEPLOYMENT, Entry("t"), tell
        )

    first = threading.Thread(target=write, args=("1", 0.0, True))
    second = threading.Thread(target=write, args=("2", 5000.0, False))
    first.start()
    assert begun.wait(30)
    second.start()
    wait_for_the_head(services, second)
    assert changes(services) == []
    go_on.set()
    for thread in (first, second):
        thread.join(30)
    assert [(r, i.int) for r, i, _ in events(services)] == [(1, 1), (2, 2)]


def wait_for_the_head(services: Services, writer: threading.Thread) -> None:
    """Come back when somebody waits for the lock of the head, or the writer has not waited."""
    query = text(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        " AND objid = :key AND objsubid = 1"
    )
    while writer.is_alive():
        with services.database.begin() as connection:
            if connection.execute(query, {"key": HEAD_LOCK}).scalar_one():
                return
        writer.join(0.02)


def test_reader_that_polls_beside_two_writers_misses_nothing(
    services: Services, register: Register
) -> None:
    lands = register.publish(strip("1"), strip("2", 3000))

    def write(parcel_id: UUID, number: str) -> None:
        for n in range(12):
            moved(register, parcel_id, strip(number, n))

    threads = [
        threading.Thread(target=write, args=(i, n)) for i, n in zip(lands, "12", strict=True)
    ]
    for thread in threads:
        thread.start()
    seen, since = list[int](), "0"
    while True:
        is_over = not any(thread.is_alive() for thread in threads)
        for page in pages(services, since, limit=3):
            seen += [change.revision for change in page.changes]
            since = str(page.next)
        if is_over:
            break
    assert list(dict.fromkeys(seen)) == list(range(1, 26))


def test_withheld_land_is_nothing_to_the_public(services: Services, register: Register) -> None:
    secret, plain = register.publish(strip("1", use="CQP"), strip("2", 10))
    moved(register, secret, strip("1", 1, use="CQP"))
    register.change("edit", [secret], {})
    assert events(services) == [(1, plain, "created")]
    assert [c.revision for c in changes(services, by=TRUSTED)] == [1, 2, 3]
    public, trusted = (changes(services, by=by)[0].bbox for by in (ANONYMOUS, TRUSTED))
    assert public[0] > trusted[0]
    # A page is full or not by what the public sees.
    (page,) = pages(services, limit=1)
    assert (page.more, page.next.revision) == (False, 3)


def test_land_that_becomes_withheld_goes_without_a_word(
    services: Services, register: Register
) -> None:
    (a,) = register.publish(strip("1"))
    (child,) = register.divide([a], strip("2"))
    moved(register, child, strip("2", 1))
    moved(register, child, strip("2", 1, use="CQP"))
    found = changes(services)
    assert events(services) == [(1, a, "created"), (2, a, "retired"), (4, child, "removed")]
    (removed,) = found[2].parcels
    assert (removed.before, removed.after, removed.parents, found[2].bbox) == (None, None, (), None)
    assert found[1].parcels[0].children == ()
    trusted = changes(services, by=TRUSTED)[1]
    assert {p.parcel_id: p.children for p in trusted.parcels}[a] == (child,)
    # It comes back, and everything it was in public may be told again.
    moved(register, child, strip("2", 2))
    assert [e for _, i, e in events(services) if i == child] == [
        *("created", "changed", "removed", "created"),
    ]


def test_land_that_was_public_and_ended_withheld_is_gone_for_good(
    services: Services, register: Register
) -> None:
    (a,) = register.publish(strip("1"))
    register.change("edit", [a], {})  # a copy may have it until here
    register.undo(2)
    moved(register, a, strip("1", use="CAN"))
    register.change("edit", [a], {})
    assert events(services) == [(2, a, "removed"), (4, a, "removed")]


def test_one_unit(services: Services, register: Register) -> None:
    _, b = register.publish(strip("1"), strip("2", 10, unit="25459"))
    moved(register, b, strip("2", 11, unit="25459"))
    moved(register, b, strip("2", 11))
    assert events(services, unit="25459") == [
        (1, b, "created"),
        (2, b, "changed"),
        (3, b, "changed"),
    ]
    assert [r for r, _, _ in events(services, unit="25645")] == [1, 3]
    assert events(services, unit="00000") == []
    (page,) = pages(services, unit="00000")
    assert (page.next.revision, page.more) == (3, False)


def test_record_number_is_for_officials_of_all_units_told_of(
    services: Services, register: Register
) -> None:
    register.publish(strip("1"), strip("2", 10, unit="25459"), record_no="HS-7")
    everywhere = Principal.holding("user:lan", {"register"})
    in_one = Principal.holding("user:mai", {"register"}, frozenset({"25645"}))
    for by, unit, is_told in (
        (everywhere, None, True),
        (in_one, None, False),
        (in_one, "25645", True),
        (in_one, "25459", False),
        (ANONYMOUS, None, False),
    ):
        (change,) = changes(services, by=by, unit=unit)
        assert change.record_no == ("HS-7" if is_told else None)
        assert ("record_no" in change.document()) is is_told


def test_both_times_are_told(services: Services, register: Register) -> None:
    register.publish(strip("1"))
    register.tamper("UPDATE parcel_versions SET effective_from = '2025-07-01'")
    (change,) = changes(services)
    assert change.parcels[0].after["properties"]["effective_from"] == "2025-07-01"
    assert change.committed_at is not None
    assert change.committed_at.endswith("+07:00")


def test_reader_of_a_lost_future_is_told_so(services: Services, register: Register) -> None:
    (a,) = register.publish(strip("1"))
    (page,) = pages(services)
    for since in ("2", "1-00000000", f"2-{page.next.hash}", "0-00000000", f"3-00000000-{a.hex}"):
        with pytest.raises(Conflict) as refusal:
            list(pages(services, since))
        assert (refusal.value.code, refusal.value.data["revision"]) == ("since_unknown", 1)
    assert changes(services, f"1-{page.next.hash}-{a.hex}") == []


@pytest.mark.parametrize(
    "since",
    [
        *("", "-1", "1.0", "1e3", "٣", "1-", "1-0000000", "1-0000000G", "1-00000000-", " 1"),
        *("9" * 19, "1-00000000-" + "0" * 31, "1-00000000-" + "0" * 33, "1\n", "0x1"),
        "1;DROP TABLE parcels",
    ],
)
def test_no_place_of_the_feed(since: str) -> None:
    with pytest.raises(UsageError, match="since"):
        Position.parse(since)


def test_digest_is_of_live_parcels_that_the_asker_may_see(
    services: Services, register: Register
) -> None:
    assert services.feed.digest(None, None, ANONYMOUS).units == ()
    a, b = register.publish(strip("1"), strip("2", 10, use="CQP"))
    public, trusted = (services.feed.digest(None, 1, by) for by in (ANONYMOUS, TRUSTED))
    assert [(u.unit_code, u.parcels) for u in public.units] == [("25645", 1)]
    assert [(u.unit_code, u.parcels) for u in trusted.units] == [("25645", 2)]
    moved(register, b, strip("2", 11, use="CQP"))
    later = services.feed.digest(None, None, ANONYMOUS)
    assert (later.revision, later.units) == (2, public.units)
    moved(register, a, strip("1", 0.001))
    assert services.feed.digest("25645", None, ANONYMOUS).units != public.units
    assert services.feed.digest("25459", None, ANONYMOUS).units == ()
    with pytest.raises(Conflict, match="revision 3"):
        services.feed.digest(None, 2, ANONYMOUS)
