"""Connections that the database ended."""

import pytest
from sqlalchemy import text

from landgis.errors import Unavailable
from landgis.store import database as module
from landgis.store.database import Database

pytestmark = pytest.mark.db
MINE = text("SELECT pg_backend_pid()")


def end(url: str, pid: int) -> None:
    """End a connection and come back when it is over."""
    other = Database(url)
    with other.begin() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    other.dispose()


def backend(database: Database) -> int:
    with database.begin() as connection:
        return int(connection.execute(MINE).scalar_one())


def test_connection_that_ended_while_idle_is_made_again(
    database: Database, database_url: str
) -> None:
    first = backend(database)
    assert backend(database) == first, "a sound connection is used again"
    end(database_url, first)
    assert backend(database) != first


def test_connection_that_ends_in_use_is_told_of(database: Database, database_url: str) -> None:
    def lose() -> None:
        with database.begin() as connection:
            end(database_url, int(connection.execute(MINE).scalar_one()))
            connection.execute(MINE)

    with pytest.raises(Unavailable) as lost:
        lose()
    assert lost.value.code == "database_unavailable"
    assert backend(database)


def test_connection_is_asked_after_a_long_rest(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = backend(database)
    monkeypatch.setattr(module, "TRUSTED_S", -1.0)
    assert backend(database) == first
