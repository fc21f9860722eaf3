"""Runs the statements of tiles on connections of their own."""

from functools import cached_property
from typing import Any
from uuid import UUID

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from landgis.errors import Unavailable
from landgis.store.database import unavailable

WAIT_S = 5.0
"""How long a request waits for a connection."""

CONNECTIONS = 4
"""Of one process: as many as it has threads. More would only wait for the cores."""

SETTINGS = {
    "default_transaction_read_only": "on",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",  # a tile is too small for them, and others wait
    "timezone": "UTC",
}


NEWEST = "SELECT sequence, token FROM tile_changes ORDER BY sequence DESC LIMIT 1"


class TileStore:
    """Tiles as PostGIS makes them: prepared statements, binary, outside of transactions.

    Parameters
    ----------
    timeout_ms
        A tile that takes longer is cancelled by PostgreSQL.
    """

    def __init__(self, url: str, timeout_ms: int) -> None:
        self._url = url.replace("postgresql+psycopg://", "postgresql://", 1)
        self._options = " ".join(
            f"-c {name}={value}"
            for name, value in {**SETTINGS, "statement_timeout": str(timeout_ms)}.items()
        )

    @cached_property
    def _pool(self) -> ConnectionPool:
        return ConnectionPool(
            self._url,
            min_size=0,
            max_size=CONNECTIONS,
            timeout=WAIT_S,
            kwargs={
                "autocommit": True,
                "options": self._options,
                "application_name": "landgis tiles",
            },
            open=True,
        )

    def position(self) -> tuple[int, int]:
        """Answer the sequence of what tiles show, and the register's revision."""
        row = self._row("SELECT sequence, revision FROM tile_state WHERE scope = 'register'", {})
        return row[0], row[1]

    def newest(self) -> tuple[int, UUID]:
        """Answer sequence and token of the newest change of what tiles show."""
        row = self._row(NEWEST, {})
        return row[0], row[1]

    def tile(self, sql: str, parameters: dict[str, Any]) -> bytes:
        """Answer the uncompressed tile, empty when nothing is in it.

        The text comes from layer folders, never from a request; a request gives only numbers.
        """
        return self._row(sql, parameters)[0] or b""

    def close(self) -> None:
        """Give the connections back."""
        if "_pool" in self.__dict__:
            self._pool.close()

    def _row(self, sql: str, parameters: dict[str, Any]) -> tuple[Any, ...]:
        """Ask for one row; a connection that broke since it was used last is asked anew once."""
        try:
            try:
                return self._ask(sql, parameters)
            except (psycopg.OperationalError, psycopg.InterfaceError) as problem:
                if isinstance(problem, psycopg.errors.QueryCanceled):
                    raise
                self._pool.check()
                return self._ask(sql, parameters)
        except PoolTimeout as problem:
            raise Unavailable(
                "database_unavailable", "The database does not answer; try again in a moment"
            ) from problem
        except psycopg.InterfaceError as problem:
            raise unavailable(psycopg.OperationalError(str(problem))) from problem
        except psycopg.OperationalError as problem:
            raise unavailable(problem) from problem

    def _ask(self, sql: str, parameters: dict[str, Any]) -> tuple[Any, ...]:
        with self._pool.connection() as connection, connection.cursor(binary=True) as cursor:
            row = cursor.execute(sql, parameters, prepare=True).fetchone()
        if row is None:
            raise LookupError(f"a statement of a tile answered no row: {sql[:80]}")
        return tuple(row)
