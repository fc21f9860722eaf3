"""Answers kept for requests that are sent twice."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text, update

from landgis.errors import Conflict, Refused, Unavailable
from landgis.store.account_tables import stored_answers
from landgis.store.answers import KEPT, RUNNING_CLASS, AnswerStore
from landgis.store.database import Database

pytestmark = pytest.mark.db

WHO = ("user:lan", "POST /api/v1/drafts", "key-1")
BODY = b"b" * 32


@pytest.fixture
def answers(database_url: str) -> Iterator[AnswerStore]:
    store = AnswerStore(Database(database_url, pool_size=2))
    yield store
    store.close()


def test_answer_is_repeated_as_it_was(answers: AnswerStore) -> None:
    claim = answers.claim(*WHO, BODY)
    assert claim.status is None
    claim.keep(201, [("ETag", '"1"'), ("Location", "/x")], b'{"a": 1}')
    claim.release()
    again = answers.claim(*WHO, BODY)
    assert (again.status, again.body) == (201, b'{"a": 1}')
    assert list(again.headers) == [("ETag", '"1"'), ("Location", "/x")]
    again.release()
    for other in (("user:an", *WHO[1:]), (WHO[0], "POST /x", WHO[2]), (*WHO[:2], "key-2")):
        claim = answers.claim(*other, BODY)
        assert claim.status is None
        claim.release()


def test_request_that_runs_is_not_run_again(answers: AnswerStore) -> None:
    claim = answers.claim(*WHO, BODY)
    with pytest.raises(Conflict) as conflict:
        answers.claim(*WHO, BODY)
    assert conflict.value.code == "in_progress"
    claim.release()
    second = answers.claim(*WHO, BODY)
    assert second.status is None
    second.release()


def test_other_body_under_the_same_key_is_refused(answers: AnswerStore) -> None:
    answers.claim(*WHO, BODY).release()
    with pytest.raises(Refused) as refused:
        answers.claim(*WHO, b"c" * 32)
    assert refused.value.code == "idempotency_mismatch"
    answers.claim(*WHO, BODY).release()


def test_claim_of_a_process_that_died_is_free(
    answers: AnswerStore, database: Database, database_url: str
) -> None:
    other = AnswerStore(Database(database_url))
    claim = other.claim(*WHO, BODY)
    with database.begin() as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE classid = :c"),
            {"c": RUNNING_CLASS},
        )
    answers.claim(*WHO, BODY).release()
    with pytest.raises(Unavailable):
        claim.keep(200, [], b"")
    claim.release()
    other.close()


def test_connections_go_back_to_the_pool(answers: AnswerStore) -> None:
    for i in range(5):
        answers.claim(*WHO[:2], f"key-{i}", BODY).release()
    first, second = (answers.claim(*WHO[:2], f"key-{i}", BODY) for i in range(2))
    first.release()
    second.release()


def test_old_answers_are_forgotten(answers: AnswerStore, database: Database) -> None:
    answers.claim(*WHO, BODY).release()
    with database.begin() as connection:
        old = datetime.now(UTC) - KEPT - timedelta(hours=1)
        connection.execute(update(stored_answers).values(created_at=old))
    answers.claim(*WHO[:2], "key-2", BODY).release()
    with database.begin() as connection:
        keys = connection.execute(select(stored_answers.c.key)).scalars().all()
        assert connection.execute(select(func.count()).select_from(stored_answers)).scalar() == 1
    assert keys == ["key-2"]
