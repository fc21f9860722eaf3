"""Sign in and out, choose a password, join a telephone: what people do with their own account."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from math import ceil
from typing import NamedTuple

import pyotp

from landgis.cadastre.accounts import LOGIN, Account, Attempt, Opened, Session
from landgis.errors import Conflict, NotAllowed, NotAuthenticated, Refused, TooMany
from landgis.services.people.passwords import Passwords, refuse_weak
from landgis.services.people.ports import Accounts, Sessions

ATTEMPTS = 5
"""Wrong passwords or codes in a row until an account is locked."""

LOCK = timedelta(minutes=15)

STEP_S = 30
"""Life of a TOTP code, seconds (RFC 6238, 5.2)."""

DRIFT_STEPS = 1
"""Steps before and after ours that a telephone's clock may be in."""

ISSUER = "landgis"

Clock = Callable[[], datetime]


class Pending(NamedTuple):
    """A secret that no code has confirmed yet."""

    secret: str
    """In groups of four, to be typed."""

    uri: str
    """``otpauth:`` URI for a QR code."""


def _now() -> datetime:
    return datetime.now(UTC)


class SignInService:
    """Proves who somebody is and keeps the session.

    Parameters
    ----------
    clock
        Where the present comes from.
    """

    def __init__(
        self,
        accounts: Accounts,
        sessions: Sessions,
        passwords: Passwords,
        clock: Clock = _now,
    ) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._passwords = passwords
        self._clock = clock

    def sign_in(self, login: str, password: str) -> Opened:
        """Begin a session; one that awaits a code when the account has TOTP.

        An unknown or disabled account is told apart from a wrong password by nothing, not even
        by the time it takes.

        Raises
        ------
        NotAuthenticated
            ``bad_login``.
        TooMany
            ``too_many_attempts``; also for the right password, until the lock falls.
        """
        attempt = self._attempt(login.strip().lower())
        kept = None if attempt is None else attempt.password_hash
        if not self._passwords.is_right(kept, password) or attempt is None:
            raise _bad_login()
        account = attempt.account
        if account.has_totp:
            self._accounts.take_back(account.account_id)
        else:
            self._accounts.succeeded(account.account_id)
        return self._open(attempt, awaits_totp=account.has_totp, replaces=None)

    def enter_code(self, token: str, code: str) -> Opened:
        """Make the session that awaits a code a full one, under a new token.

        Raises
        ------
        NotAuthenticated
            ``bad_login``: nothing awaits a code here (any more). ``bad_code``: wrong, of another
            time, or used before.
        TooMany
            ``too_many_attempts``.
        """
        session = self._sessions.get(token, self._clock())
        if session is None or not session.awaits_totp:
            raise _bad_login()
        attempt = self._attempt(session.account.login)
        if attempt is None or attempt.totp_secret is None:
            raise _bad_login()
        step = self._step_of(attempt.totp_secret, code)
        account_id = attempt.account.account_id
        if step is None or not self._accounts.use_totp(account_id, step):
            raise NotAuthenticated("bad_code", "The code is wrong, too old, or was used before")
        self._accounts.succeeded(account_id)
        return self._open(attempt, awaits_totp=False, replaces=token)

    def session(self, token: str) -> Session | None:
        """Answer a live session, None when there is none (any more)."""
        return self._sessions.get(token, self._clock())

    def sign_out(self, token: str) -> None:
        """End a session."""
        self._sessions.close(token)

    def change_password(self, account: Account, current: str, new: str) -> Opened:
        """Replace one's own password, end every session and begin a new one.

        Raises
        ------
        Refused
            What ``refuse_weak`` says, and ``password_unchanged``.
        NotAllowed
            ``wrong_password``: the current one is not right.
        TooMany
            ``too_many_attempts``.
        """
        refuse_weak(new, account.login)
        attempt = self._attempt(account.login)
        kept = None if attempt is None else attempt.password_hash
        if not self._passwords.is_right(kept, current) or attempt is None:
            raise NotAllowed("wrong_password", "The present password is not right")
        self._accounts.succeeded(account.account_id)
        if current == new:
            raise Refused("password_unchanged", "This is the present password; choose another")
        chosen = self._passwords.hash(new)
        self._accounts.set_password(account.account_id, chosen, reset=False)
        changed = replace(
            attempt, password_hash=chosen, account=replace(account, must_change=False)
        )
        return self._open(changed, awaits_totp=False, replaces=None)

    def begin_totp(self, account: Account) -> None:
        """Make a new secret for a telephone; it counts for nothing before its first code.

        Raises
        ------
        Conflict
            ``totp_in_force``: a new telephone needs an administrator's reset first.
        """
        if not self._accounts.begin_totp(account.account_id, pyotp.random_base32()):
            raise Conflict(
                "totp_in_force", "Codes are in force already; an administrator can reset them"
            )

    def pending_totp(self, account: Account) -> Pending | None:
        """Answer what a telephone has to be told, None when nothing waits for a first code."""
        secret = self._accounts.pending_totp(account.account_id)
        if secret is None:
            return None
        uri = pyotp.TOTP(secret, interval=STEP_S).provisioning_uri(
            name=account.login, issuer_name=ISSUER
        )
        groups = (secret[i : i + 4] for i in range(0, len(secret), 4))
        return Pending(" ".join(groups), uri)

    def confirm_totp(self, account: Account, code: str) -> None:
        """Put TOTP in force by a first right code.

        Raises
        ------
        Refused
            ``totp_code_wrong``.
        Conflict
            ``totp_not_begun``.
        """
        secret = self._accounts.pending_totp(account.account_id)
        if secret is None:
            raise Conflict("totp_not_begun", "There is no secret to confirm; begin anew")
        step = self._step_of(secret, code)
        if step is None or not self._accounts.use_totp(account.account_id, step):
            raise Refused("totp_code_wrong", "The code is wrong; is the telephone's clock right?")

    def _attempt(self, login: str) -> Attempt | None:
        if not LOGIN.fullmatch(login):
            return None
        now = self._clock()
        attempt = self._accounts.begin_attempt(login, now, limit=ATTEMPTS, lock=LOCK)
        if attempt is not None and attempt.locked_until is not None:
            wait_s = ceil((attempt.locked_until - now).total_seconds())
            raise TooMany(
                "too_many_attempts",
                f"Too many attempts on {login}; try again in {wait_s} seconds",
                retry_after_s=wait_s,
            )
        return attempt

    def _open(self, attempt: Attempt, *, awaits_totp: bool, replaces: str | None) -> Opened:
        opened = self._sessions.open(
            attempt, self._clock(), awaits_totp=awaits_totp, replaces=replaces
        )
        if opened is None:
            raise _bad_login()
        return opened

    def _step_of(self, secret: str, code: str) -> int | None:
        """Answer the step near now whose code this is."""
        totp = pyotp.TOTP(secret, interval=STEP_S)
        present = int(self._clock().timestamp()) // STEP_S
        given = "".join(code.split()).encode()
        found = None
        for step in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1):
            if compare_digest(totp.generate_otp(step).encode(), given):
                found = step
        return found


def _bad_login() -> NotAuthenticated:
    return NotAuthenticated("bad_login", "Login or password is wrong")
