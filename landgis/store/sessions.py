"""Sessions of people who signed in: the cookie's token is kept as a hash only."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, or_, select, update

from landgis.cadastre.accounts import Attempt, Opened, Session
from landgis.store.account_tables import account_roles, accounts, sessions
from landgis.store.accounts import COLUMNS, read_accounts
from landgis.store.database import Database

IDLE = timedelta(minutes=30)
"""A session that nothing came from for so long is over."""

ABSOLUTE = timedelta(hours=10)
"""No session lasts longer: a working day."""

AWAITING = timedelta(minutes=5)
"""Between the password and the code."""

SEEN_EVERY = timedelta(minutes=1)
"""How exactly the last request is known; each request writing its time would be one write each."""


class SessionStore:
    """Opens, reads and ends sessions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(
        self, attempt: Attempt, now: datetime, *, awaits_totp: bool, replaces: str | None
    ) -> Opened | None:
        """Begin a session for whoever made ``attempt``.

        None when the account was reset or disabled since, or the session that this one replaces
        has ended: what was proved then no longer opens anything. The account's sessions that are
        past their time go.

        Parameters
        ----------
        replaces
            Token of the session that ends with this step of signing in; None: there was none.
        """
        token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        as_seen = select(accounts.c.account_id).where(
            accounts.c.account_id == attempt.account.account_id,
            accounts.c.password_hash == attempt.password_hash,
            accounts.c.disabled_at.is_(None),
        )
        with self._database.begin() as connection:
            if connection.execute(as_seen.with_for_update()).first() is None:
                return None
            if replaces is not None:
                ending = delete(sessions).where(sessions.c.token_sha256 == _digest(replaces))
                if connection.execute(ending).rowcount == 0:
                    return None
            connection.execute(
                delete(sessions).where(
                    sessions.c.account_id == attempt.account.account_id,
                    or_(sessions.c.created_at < now - ABSOLUTE, sessions.c.seen_at < now - IDLE),
                )
            )
            connection.execute(
                insert(sessions).values(
                    token_sha256=_digest(token),
                    account_id=attempt.account.account_id,
                    csrf=csrf,
                    awaits_totp=awaits_totp,
                    created_at=now,
                    seen_at=now,
                )
            )
        return Opened(token, Session(attempt.account, csrf, awaits_totp))

    def get(self, token: str, now: datetime) -> Session | None:
        """Answer a live session with its account's roles as they are now."""
        digest = _digest(token)
        query = (
            select(*COLUMNS, sessions.c.csrf, sessions.c.awaits_totp, sessions.c.seen_at)
            .select_from(sessions.join(accounts).outerjoin(account_roles))
            .where(
                sessions.c.token_sha256 == digest,
                sessions.c.created_at > now - ABSOLUTE,
                sessions.c.seen_at > now - IDLE,
                or_(~sessions.c.awaits_totp, sessions.c.created_at > now - AWAITING),
                accounts.c.disabled_at.is_(None),
            )
            .order_by(account_roles.c.role)
        )
        with self._database.begin() as connection:
            rows = connection.execute(query).all()
            if not rows:
                return None
            if rows[0].seen_at < now - SEEN_EVERY:
                connection.execute(
                    update(sessions).where(sessions.c.token_sha256 == digest).values(seen_at=now)
                )
        (account,) = read_accounts(rows)
        return Session(account, rows[0].csrf, rows[0].awaits_totp)

    def close(self, token: str) -> None:
        """End a session; one that has ended stays so."""
        with self._database.begin() as connection:
            connection.execute(delete(sessions).where(sessions.c.token_sha256 == _digest(token)))


def _digest(token: str) -> bytes:
    # 256 random bits need no slow hash.
    return hashlib.sha256(token.encode()).digest()
