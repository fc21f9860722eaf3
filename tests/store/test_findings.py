"""Findings in the store: read as written, filtered, counted, accepted for this file and the next."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
import shapely
from sqlalchemy import text

from landgis.cadastre.acceptance import FindingsWanted
from landgis.cadastre.findings import Finding, Rule
from landgis.documents.report import finding_documents
from landgis.errors import Conflict
from landgis.store.database import Database
from landgis.store.findings import FindingStore
from landgis.store.staging import StagingStore
from tests.builders import EAST, EPSG, NORTH
from tests.store.batches import a_batch

pytestmark = pytest.mark.db

BASIS = {"document": "Thông tư 1", "article": "Điều 7", "date": "2024-01-01", "class": "A"}
STACK = Rule(
    "topology.stack", "warning", {"vi": "a", "en": "b"}, {"vi": "c", "en": "d"}, place="area"
)
EMPTY = Rule("geometry.empty", "error", {"vi": "e", "en": "f"}, {"vi": "g", "en": "h"})


def found(rule: Rule = STACK, key: str = "25645/4/1", **changed: Any) -> Finding:
    """A finding on one parcel at the place of ``tests.builders``."""
    base = Finding(
        rule,
        "fail",
        {"vi": f"Thửa {key}", "en": f"Parcel {key}"},
        rows=(7,),
        place_xy=(EAST + 0.45, NORTH + 0.45),
        place_epsg=EPSG,
        keys=(key,),
        measured=2.0,
        limit=1.0,
        unit="rows",
    )
    return replace(base, **changed)


@pytest.fixture
def store(database: Database) -> FindingStore:
    return FindingStore(database)


def staged(database: Database, *findings: Finding) -> UUID:
    batch = a_batch()
    with StagingStore(database).receive(batch) as received:
        received.close(batch, finding_documents(findings, str(batch.batch_id)))
    return batch.batch_id


def listed(store: FindingStore, batch_id: UUID, **wanted: Any) -> list[dict[str, Any]]:
    return store.page(batch_id, FindingsWanted(**wanted), after=0, limit=1000).findings


def accepted(store: FindingStore, batch_id: UUID) -> list[bool]:
    return [finding["acceptance"] is not None for finding in listed(store, batch_id)]


def test_documents_come_back_as_they_were_written(database: Database, store: FindingStore) -> None:
    shape = shapely.box(EAST, NORTH, EAST + 3, NORTH + 1)
    findings = [
        found(shape=shape, basis=BASIS),
        found(key="25645/4/2", parcels=("p",)),
        found(EMPTY, place_xy=None, place_epsg=None, keys=(), measured=None, limit=None, unit=None),
        Finding(STACK, "untested", {"vi": "không", "en": "no"}),
    ]
    batch_id = staged(database, *findings)
    documents = finding_documents(findings, str(batch_id))
    assert listed(store, batch_id) == documents
    assert documents[0]["shape"]["type"] == "Polygon"
    assert documents[0]["basis"] == BASIS
    assert StagingStore(database).findings(batch_id) == documents
    assert [list(d) for d in listed(store, batch_id)] == [list(d) for d in documents]


def test_filters_give_what_they_name_and_nothing_else(
    database: Database, store: FindingStore
) -> None:
    far = found(key="25645/4/2", place_xy=(EAST + 500, NORTH), rows=(8, 9))
    batch_id = staged(
        database, found(), far, found(EMPTY, key="25645/4/3"), replace(found(), outcome="untested")
    )
    west, south = listed(store, batch_id)[1]["place"]["coordinates"]
    around = (west - 1e-6, south - 1e-6, west + 1e-6, south + 1e-6)
    asked: list[tuple[dict[str, Any], list[int]]] = [
        ({}, [0, 1, 2, 3]),
        ({"rule": "topology.stack"}, [0, 1, 3]),
        ({"rule": "nobody's"}, []),
        ({"severity": "error"}, [2]),
        ({"outcome": "untested"}, [3]),
        ({"row": 9}, [1]),
        ({"bbox": around}, [1]),
        ({"accepted": True}, []),
        ({"accepted": False}, [0, 1, 2, 3]),
        ({"rule": "topology.stack", "outcome": "fail", "row": 7}, [0]),
    ]
    every = listed(store, batch_id)
    for wanted, at in asked:
        assert listed(store, batch_id, **wanted) == [every[i] for i in at], wanted


def test_pages_join_without_a_gap(database: Database, store: FindingStore) -> None:
    batch_id = staged(database, *(found(key=f"25645/4/{i}") for i in range(25)))
    after, pages = 0, []
    while True:
        page = store.page(batch_id, FindingsWanted(), after=after, limit=10)
        pages.append(page.findings)
        if page.next is None:
            break
        after = page.next
    assert [len(page) for page in pages] == [10, 10, 5]
    assert [f for page in pages for f in page] == listed(store, batch_id)


def test_counts_are_by_rule_severity_and_outcome_in_the_order_of_the_report(
    database: Database, store: FindingStore
) -> None:
    batch_id = staged(
        database,
        found(EMPTY),
        found(),
        found(key="25645/4/2", basis=BASIS),
        Finding(STACK, "untested", {"vi": "không", "en": "no"}),
    )
    store.accept(batch_id, listed(store, batch_id)[2]["id"], "user:lan", "nhà chung cư")
    counted = [(c.rule, c.outcome, c.findings, c.accepted) for c in store.counts(batch_id)]
    assert counted == [
        ("geometry.empty", "fail", 1, 0),
        ("topology.stack", "fail", 2, 1),
        ("topology.stack", "untested", 1, 0),
    ]


def test_accepted_finding_stays_listed_with_who_when_and_why(
    database: Database, store: FindingStore
) -> None:
    batch_id = staged(database, found(), found(key="25645/4/2"))
    store.accept(batch_id, found().id, "user:lan", "nhà chung cư")
    first, second = listed(store, batch_id)
    said = first["acceptance"]
    assert (said["by"], said["why"]) == ("user:lan", "nhà chung cư")
    assert datetime.fromisoformat(said["at"]).tzinfo is not None
    assert second["acceptance"] is None
    assert listed(store, batch_id, accepted=True) == [first]
    assert listed(store, batch_id, accepted=False) == [second]
    with pytest.raises(Conflict) as refusal:
        store.accept(batch_id, found().id, "user:an", "lần nữa")
    assert refusal.value.code == "already_accepted"


AT_A_BORDER = (EAST + 0.496, NORTH + 0.2)
OVER_IT = (EAST + 0.506, NORTH + 0.2)


def test_place_that_crosses_the_border_of_its_metre_stays_accepted(
    database: Database, store: FindingStore
) -> None:
    before, after = found(place_xy=AT_A_BORDER), found(place_xy=OVER_IT)
    assert before.id != after.id
    store.accept(staged(database, before), before.id, "user:lan", "đúng hiện trạng")
    assert accepted(store, staged(database, after)) == [True]


CHANGED: list[tuple[dict[str, Any], bool]] = [
    ({"rows": (99,)}, True),
    ({"place_xy": (EAST + 1.25, NORTH + 0.45)}, True),
    ({"place_xy": (EAST + 1.55, NORTH + 0.45)}, False),
    ({"place_xy": (EAST + 0.45, NORTH + 2.0)}, False),
    ({"place_xy": None, "place_epsg": None}, False),
    ({"keys": ("25645/4/2",)}, False),
    ({"keys": ("25645/4/1", "25645/4/2")}, False),
    ({"measured": 2.15}, True),
    ({"measured": 2.5}, False),
    ({"measured": None}, False),
    ({"rule": replace(STACK, code="topology.overlap")}, False),
    ({"rule": replace(STACK, severity="info")}, True),
    ({"rule": replace(STACK, severity="error")}, False),
    ({"outcome": "untested"}, False),
]
"""What is otherwise in the next file, and whether the word on it still holds."""


def test_acceptance_holds_for_the_same_defect_and_no_other(
    database: Database, store: FindingStore
) -> None:
    store.accept(staged(database, found()), found().id, "user:lan", "đúng hiện trạng")
    later = staged(database, *(replace(found(), **changed) for changed, _ in CHANGED))
    for (changed, holds), is_accepted in zip(CHANGED, accepted(store, later), strict=True):
        assert is_accepted == holds, changed


def test_finding_without_a_place_is_accepted_by_its_parcels(
    database: Database, store: FindingStore
) -> None:
    nowhere = found(place_xy=None, place_epsg=None, measured=None)
    store.accept(staged(database, nowhere), nowhere.id, "user:lan", "đã tra sổ")
    other = replace(nowhere, keys=("25645/4/2",))
    assert accepted(store, staged(database, nowhere, other)) == [True, False]


def test_two_defects_that_share_a_metre_are_accepted_together(
    database: Database, store: FindingStore
) -> None:
    batch_id = staged(database, found(), found(measured=9.0))
    store.accept(batch_id, found().id, "user:lan", "đúng hiện trạng")
    assert accepted(store, batch_id) == [True, True]
    store.take_back(batch_id, found().id, "user:an")
    assert accepted(store, batch_id) == [False, False]


def test_taking_back_in_a_later_batch_takes_it_from_every_batch(
    database: Database, store: FindingStore
) -> None:
    first, later = staged(database, found()), staged(database, found(place_xy=OVER_IT))
    store.accept(first, found().id, "user:lan", "đúng hiện trạng")
    name = found(place_xy=OVER_IT).id
    store.take_back(later, name, "user:an")
    assert accepted(store, first) == accepted(store, later) == [False]
    with pytest.raises(Conflict) as refusal:
        store.take_back(later, name, "user:an")
    assert refusal.value.code == "not_accepted"
    store.accept(later, name, "user:an", "đo lại, vẫn đúng")
    assert listed(store, first)[0]["acceptance"]["by"] == "user:an"


def test_both_acts_are_in_the_audit_log_without_their_words(
    database: Database, store: FindingStore
) -> None:
    batch_id = staged(database, found())
    store.accept(batch_id, found().id, "user:lan", "bà Trần Thị Hạ xác nhận")
    store.take_back(batch_id, found().id, "user:an")
    with database.begin() as connection:
        log = connection.execute(text("SELECT action, actor, body FROM audit_log ORDER BY seq"))
        (first, second) = log.all()
    assert (first.action, first.actor) == ("accept", "user:lan")
    assert (second.action, second.actor) == ("take_back", "user:an")
    assert found().id in first.body
    assert "Trần" not in first.body


def test_findings_go_with_their_batch_the_word_on_them_stays(
    database: Database, store: FindingStore
) -> None:
    batch_id = staged(database, found())
    store.accept(batch_id, found().id, "user:lan", "đúng hiện trạng")
    assert StagingStore(database).cancel(batch_id)
    assert listed(store, batch_id) == store.counts(batch_id) == []
    assert accepted(store, staged(database, found())) == [True]


INDEXES = {
    "rule = 'x'": "findings_rule",
    "finding_id = 'x'": "findings_name",
    "subject = 'x'": "findings_subject",
    "lon BETWEEN 106.1 AND 106.2 AND lat BETWEEN 11.1 AND 11.2": "findings_place",
}


def test_every_filter_has_its_index(database: Database) -> None:
    asked = f"EXPLAIN SELECT position FROM findings WHERE batch_id = '{uuid4()}' AND "
    with database.begin() as connection:
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        for condition, index in INDEXES.items():
            plan = "\n".join(connection.execute(text(asked + condition)).scalars())
            assert index in plan, plan
