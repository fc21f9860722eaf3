"""Accounts of people as values: who signs in, with what rights, and what a session is."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from landgis.cadastre.register import Principal, Units
from landgis.cadastre.roles import grants_of

LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,62}")
"""What a login looks like; no colon, so that ``user:<login>`` is one name."""


@dataclass(frozen=True)
class Account:
    """One account as colleagues may know it: nothing in it is secret."""

    account_id: UUID
    login: str
    shown_as: str
    person: str
    """Login that stands for the human being: accounts that share it are one person's."""

    must_change: bool
    """True: the password was chosen by somebody else and has to be replaced."""

    has_totp: bool
    """True: signing in needs a code of the telephone beside the password."""

    disabled_at: datetime | None
    roles: tuple[tuple[str, Units], ...]

    def principal(self) -> Principal:
        """Answer who acts when this account does."""
        return Principal(f"user:{self.login}", grants_of(self.roles), self.person, self.shown_as)


@dataclass(frozen=True)
class Attempt:
    """One try to prove that somebody is an account's owner, already counted against it."""

    account: Account
    password_hash: str
    totp_secret: str | None
    locked_until: datetime | None
    """Not None: the try must not be looked at; too many before it went wrong."""


@dataclass(frozen=True)
class Session:
    """What a session cookie stands for, as of this request."""

    account: Account
    csrf: str
    awaits_totp: bool
    """True: the password was right, the code is still to come; no right yet."""


class Opened(NamedTuple):
    """A session that just began."""

    token: str
    """Known to nobody else; the store keeps its hash only."""

    session: Session
