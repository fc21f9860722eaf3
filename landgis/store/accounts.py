"""Accounts of people, their roles, and what they prove themselves with."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import Insert, insert

from landgis.cadastre.accounts import Account, Attempt
from landgis.cadastre.register import Units
from landgis.errors import Conflict
from landgis.store.account_tables import account_roles, accounts, sessions
from landgis.store.database import Database

COLUMNS = (
    *(accounts.c[n] for n in ("account_id", "login", "shown_as", "person", "must_change")),
    *(accounts.c[n] for n in ("totp_step", "disabled_at")),
    *(account_roles.c.role, account_roles.c.units),
)


class AccountStore:
    """Reads and writes accounts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, account: Account, password_hash: str) -> None:
        """Add an account with its roles; ``Conflict`` ``login_taken``."""
        adding = (
            insert(accounts)
            .values(
                account_id=account.account_id,
                login=account.login,
                shown_as=account.shown_as,
                person=account.person,
                password_hash=password_hash,
                must_change=account.must_change,
                failed=0,
            )
            .on_conflict_do_nothing(index_elements=[accounts.c.login])
            .returning(accounts.c.account_id)
        )
        with self._database.begin() as connection:
            if connection.execute(adding).first() is None:
                raise Conflict(
                    "login_taken", f"There is an account {account.login!r} already; choose another"
                )
            for role, units in account.roles:
                connection.execute(_giving(account.account_id, role, units))

    def by_login(self, login: str) -> Account | None:
        """Answer the account with a login, disabled ones too."""
        with self._database.begin() as connection:
            found = read_accounts(connection.execute(_query().where(accounts.c.login == login)))
        return found[0] if found else None

    def listed(self) -> list[Account]:
        """Answer every account, by login."""
        with self._database.begin() as connection:
            return read_accounts(connection.execute(_query()))

    def grant(self, account_id: UUID, role: str, units: Units) -> None:
        """Let a role hold in exactly these units from the next request on."""
        giving = _giving(account_id, role, units)
        with self._database.begin() as connection:
            connection.execute(
                giving.on_conflict_do_update(
                    index_elements=[account_roles.c.account_id, account_roles.c.role],
                    set_={"units": giving.excluded.units},
                )
            )

    def revoke(self, account_id: UUID, role: str) -> None:
        """Take a role away; one that is not held stays so."""
        with self._database.begin() as connection:
            connection.execute(
                delete(account_roles).where(
                    account_roles.c.account_id == account_id, account_roles.c.role == role
                )
            )

    def set_password(self, account_id: UUID, password_hash: str, *, reset: bool) -> None:
        """Replace a password and end every session.

        Parameters
        ----------
        reset
            By somebody else: it has to be changed, TOTP is forgotten, a lock is lifted.
        """
        values: dict[str, Any] = {"password_hash": password_hash, "must_change": reset}
        if reset:
            values |= {"totp_secret": None, "totp_step": None, "failed": 0, "locked_until": None}
        self._change_and_end_sessions(account_id, values)

    def set_disabled(self, account_id: UUID, since: datetime | None) -> None:
        """Close an account and its sessions, or open it again with None."""
        self._change_and_end_sessions(account_id, {"disabled_at": since})

    def _change_and_end_sessions(self, account_id: UUID, values: dict[str, Any]) -> None:
        with self._database.begin() as connection:
            connection.execute(
                update(accounts).where(accounts.c.account_id == account_id).values(**values)
            )
            connection.execute(delete(sessions).where(sessions.c.account_id == account_id))

    def begin_attempt(
        self, login: str, now: datetime, *, limit: int, lock: timedelta
    ) -> Attempt | None:
        """Count a try before it is judged, so that tries sent at once cannot pass the limit.

        None: there is no such account, or it is disabled. The ``limit``-th try locks; whoever
        turns out to be right takes that back.
        """
        mine = select(accounts).where(accounts.c.login == login, accounts.c.disabled_at.is_(None))
        with self._database.begin() as connection:
            row = connection.execute(mine.with_for_update()).first()
            if row is None:
                return None
            (account,) = read_accounts(
                connection.execute(_query().where(accounts.c.login == login))
            )
            if row.locked_until is not None and row.locked_until > now:
                return Attempt(account, "", None, row.locked_until)
            failed = 1 if row.locked_until is not None else row.failed + 1
            connection.execute(
                update(accounts)
                .where(accounts.c.account_id == row.account_id)
                .values(failed=failed, locked_until=now + lock if failed >= limit else None)
            )
        return Attempt(account, row.password_hash, row.totp_secret, None)

    def take_back(self, account_id: UUID) -> None:
        """Uncount a try that was right, without forgiving those before it."""
        failed = func.greatest(accounts.c.failed - 1, 0)
        self._change(account_id, failed=failed, locked_until=None)

    def succeeded(self, account_id: UUID) -> None:
        """Forget every failed try: its owner has proved to be there."""
        self._change(account_id, failed=0, locked_until=None)

    def begin_totp(self, account_id: UUID, secret: str) -> bool:
        """Keep a secret that a first code must confirm; False when TOTP is in force already."""
        return self._change(account_id, accounts.c.totp_step.is_(None), totp_secret=secret)

    def pending_totp(self, account_id: UUID) -> str | None:
        """Answer the secret that waits for its first code."""
        query = select(accounts.c.totp_secret).where(
            accounts.c.account_id == account_id, accounts.c.totp_step.is_(None)
        )
        with self._database.begin() as connection:
            found: str | None = connection.execute(query).scalar()
            return found

    def use_totp(self, account_id: UUID, step: int) -> bool:
        """Use up the codes of a step and of all before it; False when that was done before."""
        is_new = or_(accounts.c.totp_step.is_(None), accounts.c.totp_step < step)
        return self._change(account_id, is_new, totp_step=step)

    def _change(self, account_id: UUID, *conditions: Any, **values: Any) -> bool:
        changing = update(accounts).where(accounts.c.account_id == account_id, *conditions)
        with self._database.begin() as connection:
            return connection.execute(changing.values(**values)).rowcount == 1


def _giving(account_id: UUID, role: str, units: Units) -> Insert:
    named = None if units is None else sorted(units)
    return insert(account_roles).values(account_id=account_id, role=role, units=named)


def _query() -> Select[Any]:
    return (
        select(*COLUMNS)
        .select_from(accounts.outerjoin(account_roles))
        .order_by(accounts.c.login, account_roles.c.role)
    )


def read_accounts(rows: Iterable[Row[*tuple[Any, ...]]]) -> list[Account]:
    """Answer accounts from rows with ``COLUMNS``: one a role, those of an account together."""
    return [_account(list(of_one)) for _, of_one in groupby(rows, key=lambda row: row.account_id)]


def _account(rows: list[Row[*tuple[Any, ...]]]) -> Account:
    first = rows[0]
    return Account(
        account_id=first.account_id,
        login=first.login,
        shown_as=first.shown_as,
        person=first.person,
        must_change=first.must_change,
        has_totp=first.totp_step is not None,
        disabled_at=first.disabled_at,
        roles=tuple(
            (row.role, None if row.units is None else frozenset(row.units))
            for row in rows
            if row.role is not None
        ),
    )
