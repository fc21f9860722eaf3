"""Accounts and sessions in the database: what is kept, counted and ended."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from landgis.cadastre.accounts import Account, Attempt
from landgis.errors import Conflict
from landgis.store.account_tables import accounts, sessions
from landgis.store.accounts import AccountStore
from landgis.store.database import Database
from landgis.store.sessions import SessionStore

pytestmark = pytest.mark.db
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
LIMITS = {"limit": 5, "lock": timedelta(minutes=15)}


def lan(**values: object) -> Account:
    plain = Account(uuid4(), "lan", "Lan", "lan", False, False, None, ())
    return replace(plain, **values)


@pytest.fixture
def store(database: Database) -> AccountStore:
    return AccountStore(database)


@pytest.fixture
def open_sessions(database: Database) -> SessionStore:
    return SessionStore(database)


def attempt(store: AccountStore, now: datetime = NOW, login: str = "lan") -> Attempt | None:
    return store.begin_attempt(login, now, **LIMITS)


def opened(store: AccountStore, open_sessions: SessionStore, now: datetime = NOW) -> str:
    return open_sessions.open(attempt(store, now), now, awaits_totp=False, replaces=None).token


def test_account_reads_back_with_its_roles(store: AccountStore) -> None:
    roles = (("auditor", None), ("officer", frozenset({"25459", "25645"})))
    made = lan(roles=roles)
    store.create(made, "hash")
    assert store.by_login("lan") == made
    store.grant(made.account_id, "officer", frozenset({"25645"}))
    store.revoke(made.account_id, "auditor")
    assert store.listed() == [replace(made, roles=(("officer", frozenset({"25645"})),))]
    assert store.by_login("nobody") is None


def test_login_is_given_once(store: AccountStore) -> None:
    store.create(lan(), "first")
    with pytest.raises(Conflict) as taken:
        store.create(lan(roles=(("admin", None),)), "second")
    assert taken.value.code == "login_taken"
    assert (store.by_login("lan").roles, attempt(store).password_hash) == ((), "first")


def test_tries_sent_at_once_cannot_pass_the_limit(store: AccountStore) -> None:
    store.create(lan(), "hash")
    with ThreadPoolExecutor(5) as crowd:
        tries = list(crowd.map(lambda _: attempt(store), range(20)))
    assert sum(t.locked_until is None for t in tries) == 5


def test_lock_falls_by_itself_and_counting_begins_anew(store: AccountStore) -> None:
    made = lan()
    store.create(made, "hash")
    for _ in range(5):
        assert attempt(store).locked_until is None
    assert attempt(store).locked_until == NOW + timedelta(minutes=15)
    later = NOW + timedelta(minutes=15)
    assert [attempt(store, later).locked_until is None for _ in range(6)] == [True] * 5 + [False]


def test_right_try_is_taken_back_and_does_not_forgive_the_wrong_ones(store: AccountStore) -> None:
    made = lan()
    store.create(made, "hash")
    for _ in range(4):
        attempt(store)
    for _ in range(3):
        assert attempt(store).locked_until is None
        store.take_back(made.account_id)
    attempt(store)
    assert attempt(store).locked_until is not None


def test_code_of_a_step_is_used_up_once_even_at_once(store: AccountStore) -> None:
    made = lan()
    store.create(made, "hash")
    assert store.begin_totp(made.account_id, "SECRET")
    assert not store.by_login("lan").has_totp
    with ThreadPoolExecutor(5) as crowd:
        used = list(crowd.map(lambda _: store.use_totp(made.account_id, 7), range(8)))
    assert sorted(used) == [False] * 7 + [True]
    assert not store.use_totp(made.account_id, 6)
    assert store.by_login("lan").has_totp
    assert not store.begin_totp(made.account_id, "OTHER")
    assert attempt(store).totp_secret == "SECRET"  # noqa: S105


def test_token_is_kept_as_a_hash_only(
    store: AccountStore, open_sessions: SessionStore, database: Database
) -> None:
    store.create(lan(), "hash")
    token = opened(store, open_sessions)
    with database.begin() as connection:
        row = connection.execute(select(sessions)).one()
    assert len(token) >= 43
    assert len(row.token_sha256) == 32
    assert token not in repr(tuple(row))
    assert open_sessions.get(token[:-1], NOW) is None


@pytest.mark.parametrize(("idle", "lives"), [(29, True), (30, False)])
def test_session_ends_when_nothing_comes_from_it(
    store: AccountStore, open_sessions: SessionStore, idle: int, lives: bool
) -> None:
    store.create(lan(), "hash")
    token = opened(store, open_sessions)
    assert open_sessions.get(token, NOW + timedelta(minutes=10)) is not None
    later = NOW + timedelta(minutes=10 + idle)
    assert (open_sessions.get(token, later) is not None) == lives


def test_session_lasts_ten_hours_at_most(store: AccountStore, open_sessions: SessionStore) -> None:
    store.create(lan(), "hash")
    token = opened(store, open_sessions)
    for minutes in range(20, 600, 20):
        assert open_sessions.get(token, NOW + timedelta(minutes=minutes)) is not None
    assert open_sessions.get(token, NOW + timedelta(minutes=600)) is None


def test_sessions_past_their_time_go_when_their_account_signs_in(
    store: AccountStore, open_sessions: SessionStore, database: Database
) -> None:
    store.create(lan(), "hash")
    opened(store, open_sessions)
    opened(store, open_sessions, NOW + timedelta(minutes=31))
    with database.begin() as connection:
        assert len(connection.execute(select(sessions)).all()) == 1


@pytest.mark.parametrize("ending", ["reset", "own", "disable"])
def test_every_session_ends_with_the_password_or_the_account(
    store: AccountStore, open_sessions: SessionStore, database: Database, ending: str
) -> None:
    made = lan()
    store.create(made, "hash")
    store.begin_totp(made.account_id, "SECRET")
    store.use_totp(made.account_id, 1)
    tokens = [opened(store, open_sessions) for _ in range(2)]
    proved_before = attempt(store)
    if ending == "disable":
        store.set_disabled(made.account_id, NOW)
    else:
        store.set_password(made.account_id, "other", reset=ending == "reset")
    assert [open_sessions.get(token, NOW) for token in tokens] == [None, None]
    late = open_sessions.open(proved_before, NOW, awaits_totp=False, replaces=None)
    assert late is None, "what was proved before the end opens nothing after it"
    with database.begin() as connection:
        row = connection.execute(select(accounts)).one()
    assert row.must_change == (ending == "reset")
    assert (row.totp_secret is None) == (ending == "reset")
    assert (attempt(store) is None) == (ending == "disable")


def test_account_disabled_by_hand_in_the_database_is_out_too(
    store: AccountStore, open_sessions: SessionStore, database: Database
) -> None:
    store.create(lan(), "hash")
    token = opened(store, open_sessions)
    with database.begin() as connection:
        connection.execute(update(accounts).values(disabled_at=NOW))
    assert open_sessions.get(token, NOW) is None


def test_session_that_is_replaced_must_still_be_there(
    store: AccountStore, open_sessions: SessionStore
) -> None:
    store.create(lan(), "hash")
    first = open_sessions.open(attempt(store), NOW, awaits_totp=True, replaces=None)
    assert open_sessions.get(first.token, NOW).awaits_totp
    second = open_sessions.open(attempt(store), NOW, awaits_totp=False, replaces=first.token)
    assert second.token != first.token
    assert open_sessions.get(first.token, NOW) is None
    again = open_sessions.open(attempt(store), NOW, awaits_totp=False, replaces=first.token)
    assert again is None


def test_password_without_its_code_waits_five_minutes_only(
    store: AccountStore, open_sessions: SessionStore
) -> None:
    store.create(lan(), "hash")
    token = open_sessions.open(attempt(store), NOW, awaits_totp=True, replaces=None).token
    assert open_sessions.get(token, NOW + timedelta(minutes=4)) is not None
    assert open_sessions.get(token, NOW + timedelta(minutes=5)) is None
