"""The connection to PostgreSQL: one engine a process, transactions as context managers."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from select import POLLIN, poll
from time import monotonic
from typing import Any

import psycopg
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.event import listen
from sqlalchemy.exc import DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from landgis.errors import Unavailable

SQL_DIR = Path(__file__).parent / "sql"

WEB_TIMEOUT_MS = 5_000
"""A read for the web that takes longer is cancelled by PostgreSQL."""

TRUSTED_S = 30.0
"""A connection that was idle for longer is asked: a network may have dropped it in silence."""


class Database:
    """A pool of connections to one database.

    Parameters
    ----------
    url
        ``postgresql+psycopg://…``; a plain ``postgresql://…`` is accepted too.
    statement_timeout_ms
        0: no limit (imports, migrations).
    """

    def __init__(self, url: str, *, statement_timeout_ms: int = 0, pool_size: int = 5) -> None:
        if url.startswith("postgresql://"):
            url = "postgresql+psycopg://" + url.removeprefix("postgresql://")
        self.engine = create_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            connect_args={
                "options": (
                    f"-c statement_timeout={statement_timeout_ms} -c jit=off -c timezone=UTC"
                ),
                "application_name": "landgis",
            },
        )
        listen(self.engine, "checkin", _note_use)
        listen(self.engine, "checkout", _require_alive)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Open a transaction: committed when the block ends, rolled back when it raises."""
        try:
            with self.engine.begin() as connection:
                yield connection
        except (OperationalError, psycopg.OperationalError) as problem:
            raise unavailable(problem) from problem
        except (InterfaceError, psycopg.InterfaceError) as problem:  # "the connection is closed"
            raise unavailable(psycopg.OperationalError(str(problem))) from problem

    def ping(self) -> None:
        """Raise ``Unavailable`` when the database does not answer."""
        with self.begin() as connection:
            connection.execute(text("SELECT 1"))

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def _note_use(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info["used_at"] = monotonic()


def _require_alive(
    connection: psycopg.Connection[Any], record: ConnectionPoolEntry, _proxy: object
) -> None:
    """Have the pool connect again where the database ended the connection while it was idle.

    The end of a connection is there to read at once; to ask the database before every use costs
    a fifth of all the time that requests wait for it.
    """
    used_at = record.info.get("used_at")
    if used_at is None:  # made just now
        return
    try:
        ended = poll()
        ended.register(connection, POLLIN)
        if ended.poll(0) or monotonic() - used_at > TRUSTED_S:
            connection.execute("SELECT 1")
            connection.rollback()
    except psycopg.Error as problem:
        raise DisconnectionError from problem


def driver(connection: Connection) -> psycopg.Connection[Any]:
    """Answer the psycopg connection under a SQLAlchemy one, for COPY."""
    raw: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    return raw


def named_sql(name: str) -> str:
    """Answer the text of ``store/sql/<name>.sql``."""
    return (SQL_DIR / f"{name}.sql").read_text(encoding="utf-8")


def unavailable(problem: OperationalError | psycopg.OperationalError) -> Unavailable:
    """Answer what a failure of the connection means to whoever asked."""
    cause = problem.orig if isinstance(problem, OperationalError) else problem
    reason = (str(cause).strip() or "no answer").splitlines()[0]
    if "statement timeout" in reason:
        return Unavailable("query_timeout", "The database took too long to answer; ask for less")
    return Unavailable(
        "database_unavailable",
        f"The database does not answer ({reason}); start it with: landgis db start",
    )
