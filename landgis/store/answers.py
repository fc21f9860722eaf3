"""Answers kept for requests that may be sent twice."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import Connection, delete, func, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from landgis.errors import Conflict, Refused
from landgis.store.account_tables import stored_answers
from landgis.store.database import Database, unavailable

KEPT = timedelta(days=30)
"""How long an answer is repeated (design §8)."""

FORGOTTEN_AT_ONCE = 20
"""Each new answer takes some old ones with it, so that nobody waits for a great cleaning."""

RUNNING_CLASS = 7275
"""First key of the session locks of running requests; the second is a hash of their scope."""

Headers = Sequence[tuple[str, str]]


class Scope(NamedTuple):
    """What makes two requests the same one."""

    principal: str
    route: str
    key: str


class Claim:
    """A request that nobody else answers meanwhile; ``status`` None: it has no answer yet.

    It holds a connection with a lock of its session, which ends with this process.
    """

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope
        self.status: int | None = None
        self.headers: Headers = ()
        self.body = b""

    def recall(self, body_sha256: bytes) -> None:
        """Find the answer that the request got before, or note that it runs.

        Raises
        ------
        Refused
            ``idempotency_mismatch``: the key was used with another body.
        """
        row = upsert(stored_answers).values(**self._scope._asdict(), body_sha256=body_sha256)
        if self._connection.execute(row.on_conflict_do_nothing()).rowcount:
            self._connection.execute(_FORGET)
        known = self._connection.execute(select(stored_answers).where(_is(self._scope))).one()
        self._connection.commit()
        if bytes(known.body_sha256) != body_sha256:
            raise Refused(
                "idempotency_mismatch",
                f"The Idempotency-Key {self._scope.key!r} was used with another body; "
                "a new request needs a new key",
            )
        if known.status is not None:
            self.status, self.body = known.status, bytes(known.body)
            self.headers = [(name, value) for name, value in known.headers]

    def keep(self, status: int, headers: Headers, body: bytes) -> None:
        """Keep the answer for the same request again."""
        values = {"status": status, "headers": [list(h) for h in headers], "body": body}
        with _told():
            self._connection.execute(
                update(stored_answers).where(_is(self._scope)).values(**values)
            )
            self._connection.commit()

    def release(self) -> None:
        """Let others answer; the connection goes back to its pool."""
        with suppress(SQLAlchemyError, psycopg.Error):
            self._connection.rollback()
            self._connection.execute(_UNLOCK, _lock_of(self._scope))
            self._connection.commit()
            self._connection.close()
            return
        # A connection that cannot give its lock back must not return to the pool with it.
        self._connection.invalidate()
        self._connection.close()


class AnswerStore:
    """Stored answers, on a pool of their own.

    A request holds one connection here for as long as it runs and takes others for its work: from
    one pool, requests that wait for each other would starve.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def close(self) -> None:
        """Give every connection back."""
        self._database.dispose()

    def claim(self, principal: str, route: str, key: str, body_sha256: bytes) -> Claim:
        """Answer the claim to a request, with its earlier answer when there is one.

        Raises
        ------
        Conflict
            ``in_progress``: the same request is being answered at this moment.
        Refused
            ``idempotency_mismatch``: the key was used with another body.
        """
        scope = Scope(principal, route, key)
        with _told():
            claim = Claim(self._locked(scope), scope)
            try:
                claim.recall(body_sha256)
            except BaseException:
                claim.release()
                raise
        return claim

    def _locked(self, scope: Scope) -> Connection:
        connection = self._database.engine.connect()
        try:
            is_mine = connection.execute(_TRY_LOCK, _lock_of(scope)).scalar()
            connection.commit()
        except BaseException:
            connection.invalidate()
            connection.close()
            raise
        if not is_mine:
            connection.close()
            raise Conflict(
                "in_progress",
                f"A request with the Idempotency-Key {scope.key!r} is being answered at this "
                "moment; send it again in a moment",
            )
        return connection


_TRY_LOCK = text("SELECT pg_try_advisory_lock(:class, hashtext(:scope))")
_UNLOCK = text("SELECT pg_advisory_unlock(:class, hashtext(:scope))")

_NAME = tuple_(stored_answers.c.principal, stored_answers.c.route, stored_answers.c.key)
_OLD = (
    select(stored_answers.c.principal, stored_answers.c.route, stored_answers.c.key)
    .where(stored_answers.c.created_at < func.now() - KEPT)
    .order_by(stored_answers.c.created_at)
    .limit(FORGOTTEN_AT_ONCE)
    .with_for_update(skip_locked=True)
)
_FORGET = delete(stored_answers).where(_NAME.in_(_OLD))


def _lock_of(scope: Scope) -> dict[str, object]:
    return {"class": RUNNING_CLASS, "scope": "\n".join(scope)}


def _is(scope: Scope) -> Any:
    return tuple_(*scope) == _NAME


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (OperationalError, psycopg.OperationalError) as problem:
        raise unavailable(problem) from problem
