"""Numbers of a sheet: from its highest on, held for a draft, never given twice."""

import threading
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select

from landgis.cadastre.changes import ChangeSet, Part
from landgis.store.database import Database
from landgis.store.draft_tables import drafts, number_reservations
from landgis.store.numbers import NumberStore, close_reservations, highest_of_change, raise_highest
from tests.builders import column, parcel_set, square

pytestmark = pytest.mark.db

SHEET = ("25645", "12")


@pytest.fixture
def numbers(database: Database) -> NumberStore:
    names = ["25645/12/1", "25645/12/310", "25645/12/45a", "25645/13/9", "25645/12/912160000A0001"]
    parcels = parcel_set([square(20.0 * i, 0) for i in range(5)], names)
    changeset = ChangeSet("publish", (), (Part(parcels, column([uuid4() for _ in names])),))
    with database.begin() as connection:
        raise_highest(connection, highest_of_change(changeset))
    return NumberStore(database)


def draft(database: Database) -> UUID:
    draft_id = uuid4()
    with database.begin() as connection:
        connection.execute(
            insert(drafts).values(
                draft_id=draft_id,
                record_no="HS 1",
                reason="",
                author="user:lan",
                author_person="lan",
                author_shown_as="Lan",
                state="open",
                rev=1,
                step=0,
                steps=0,
                touched=[],
                units=[],
            )
        )
    return draft_id


def states(database: Database) -> dict[str, str]:
    query = select(number_reservations.c.number, number_reservations.c.state)
    with database.begin() as connection:
        return {row.number: row.state for row in connection.execute(query)}


def test_highest_is_by_sheet_and_counts_what_is_a_number(numbers: NumberStore) -> None:
    # 45a counts as 45; 912160000A0001 is an identifier of another kind.
    assert numbers.highest("25645", "13") == 9
    assert numbers.highest("25645", "12") == 310
    assert numbers.highest("25645", "99") == 0


def test_reserved_numbers_go_on_and_stay_with_the_draft(
    database: Database, numbers: NumberStore
) -> None:
    first, second = draft(database), draft(database)
    sheet = ("25645", "13")
    assert numbers.reserve(first, {sheet: 2}) == {sheet: ["10", "11"]}
    assert numbers.reserve(second, {sheet: 1}) == {sheet: ["12"]}
    assert numbers.reserve(first, {sheet: 3}) == {sheet: ["10", "11", "13"]}
    assert numbers.held(first) == {sheet: ["10", "11", "13"]}


def test_void_number_is_never_given_again(database: Database, numbers: NumberStore) -> None:
    gone, next_one = draft(database), draft(database)
    sheet = ("25645", "13")
    numbers.reserve(gone, {sheet: 1})
    numbers.release(gone)
    assert numbers.held(gone) == {}
    assert numbers.reserve(next_one, {sheet: 1}) == {sheet: ["11"]}
    assert states(database) == {"10": "void", "11": "reserved"}


def test_used_and_unused_numbers_of_a_draft_part(database: Database, numbers: NumberStore) -> None:
    one = draft(database)
    numbers.reserve(one, {("25645", "13"): 2, ("25645", "14"): 1})
    with database.begin() as connection:
        close_reservations(connection, one, [("25645", "13", "11"), ("25645", "14", "10")])
    assert states(database) == {"10": "void", "11": "used", "1": "void"}


def test_eight_drafts_at_once_share_no_number(database: Database, numbers: NumberStore) -> None:
    taken: list[str] = []
    ids = [draft(database) for _ in range(8)]
    start = threading.Barrier(8)

    def take(draft_id: UUID) -> None:
        start.wait()
        held = numbers.reserve(draft_id, {("25645", "14"): 2, ("25645", "13"): 1})
        taken.extend(f"{sheet}/{n}" for sheet, ns in held.items() for n in ns)

    threads = [threading.Thread(target=take, args=(i,)) for i in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 24
