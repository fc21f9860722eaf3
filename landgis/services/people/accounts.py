"""Accounts as an administrator keeps them: make, give roles, reset, disable."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import uuid4

from landgis.cadastre.accounts import LOGIN, Account
from landgis.cadastre.register import Principal, Units
from landgis.cadastre.roles import ROLES
from landgis.errors import NotAllowed, NotFound, Refused
from landgis.services.access import check
from landgis.services.people.passwords import Passwords, generated, refuse_weak
from landgis.services.people.ports import Accounts

LONGEST_NAME = 100


class Made(NamedTuple):
    """An account with the password that is shown this once."""

    account: Account
    password: str


class AccountService:
    """Keeps accounts.

    Whoever administers some units only may give and take roles in those units only, and touch
    no account that holds a role elsewhere. Nobody gives a role to himself, under any account.

    Parameters
    ----------
    units
        Codes of units that a role can be given in; empty: the jurisdiction names none.
    """

    def __init__(self, accounts: Accounts, passwords: Passwords, units: frozenset[str]) -> None:
        self._accounts = accounts
        self._passwords = passwords
        self._units = units

    def create(
        self,
        login: str,
        shown_as: str,
        by: Principal,
        *,
        same_person_as: str | None = None,
        password: str | None = None,
        roles: Sequence[tuple[str, Units]] = (),
    ) -> Made:
        """Make an account.

        Parameters
        ----------
        same_person_as
            Login of another account of the same human being.
        password
            Chosen with its owner, who need not change it; None: one is generated, to be changed.
        roles
            What it holds from the start, as ``grant`` would give it.

        Raises
        ------
        Refused
            ``bad_login_name``, ``bad_name``, and what ``grant`` refuses.
        NotFound
            ``no_such_account``: the one of ``same_person_as``.
        Conflict
            ``login_taken``.
        """
        check(by, "accounts")
        name = " ".join(shown_as.split())
        if not LOGIN.fullmatch(login):
            raise Refused(
                "bad_login_name",
                f"{login!r} is no login: small letters, digits, '.', '_', '-'; 2 to 63 of them",
            )
        if not name or len(name) > LONGEST_NAME or not name.isprintable():
            raise Refused("bad_name", f"A name has 1 to {LONGEST_NAME} printable characters")
        person = login if same_person_as is None else self.get(same_person_as, by).person
        if password is not None:
            refuse_weak(password, login)
        if roles and person == by.person:
            raise _own_account(login)
        for role, units in roles:
            self._check_role(role, units)
            _check_units(by, units)
        given = password or generated()
        account = Account(
            account_id=uuid4(),
            login=login,
            shown_as=name,
            person=person,
            must_change=password is None,
            has_totp=False,
            disabled_at=None,
            roles=tuple(roles),
        )
        self._accounts.create(account, self._passwords.hash(given))
        return Made(account, given)

    def get(self, login: str, by: Principal) -> Account:
        """Answer one account; ``NotFound`` ``no_such_account``."""
        check(by, "accounts")
        found = self._accounts.by_login(login) if LOGIN.fullmatch(login) else None
        if found is None:
            raise NotFound("no_such_account", f"There is no account {login!r}", login=login)
        return found

    def listed(self, by: Principal) -> list[Account]:
        """Answer every account, by login."""
        check(by, "accounts")
        return self._accounts.listed()

    def grant(self, login: str, role: str, units: Units, by: Principal) -> Account:
        """Let an account hold a role in exactly these units, everywhere with None.

        Raises
        ------
        Refused
            ``unknown_role``, ``unknown_unit``, ``units_missing``.
        NotAllowed
            ``own_account``, ``other_unit``.
        """
        account = self._account_of_another(login, by)
        self._check_role(role, units)
        held = [known for name, known in account.roles if name == role]
        for scope_units in (units, *held):
            _check_units(by, scope_units)
        self._accounts.grant(account.account_id, role, units)
        return self.get(login, by)

    def revoke(self, login: str, role: str, by: Principal) -> Account:
        """Take a role away, from the next request on; ``NotFound`` ``role_not_held``."""
        account = self._account_of_another(login, by)
        held = dict(account.roles)
        if role not in held:
            raise NotFound("role_not_held", f"{login} does not hold the role {role!r}")
        _check_units(by, held[role])
        self._accounts.revoke(account.account_id, role)
        return self.get(login, by)

    def reset(self, login: str, by: Principal) -> Made:
        """Give an account a new password to be changed; TOTP, lock and sessions go."""
        account = self._account_in_reach(login, by)
        given = generated()
        self._accounts.set_password(account.account_id, self._passwords.hash(given), reset=True)
        return Made(replace(account, must_change=True, has_totp=False), given)

    def disable(self, login: str, by: Principal) -> Account:
        """Close an account and end its sessions; what it did keeps its name."""
        account = self._account_in_reach(login, by)
        if account.disabled_at is None:
            self._accounts.set_disabled(account.account_id, datetime.now(UTC))
        return self.get(login, by)

    def enable(self, login: str, by: Principal) -> Account:
        """Open a disabled account again."""
        account = self._account_in_reach(login, by)
        self._accounts.set_disabled(account.account_id, None)
        return self.get(login, by)

    def _account_in_reach(self, login: str, by: Principal) -> Account:
        account = self._account_of_another(login, by)
        for _, units in account.roles:
            _check_units(by, units)
        return account

    def _account_of_another(self, login: str, by: Principal) -> Account:
        account = self.get(login, by)
        if account.person == by.person:
            raise _own_account(login)
        return account

    def _check_role(self, role: str, units: Units) -> None:
        if role not in ROLES:
            raise Refused("unknown_role", f"There is no role {role!r}; there are: {_list(ROLES)}")
        if units is None:
            return
        if not units:
            raise Refused("units_missing", "Name units, or none at all for everywhere")
        unknown = {u for u in units if u not in (self._units or units) or not u.isprintable()}
        if unknown:
            raise Refused("unknown_unit", f"There is no unit {_list(unknown)} in force")


def _own_account(login: str) -> NotAllowed:
    return NotAllowed("own_account", f"{login} is an account of yours; ask another administrator")


def _check_units(by: Principal, units: Units) -> None:
    """Let ``by`` administer ``units``, or raise ``other_unit``."""
    if units is None and not by.everywhere("accounts"):
        raise NotAllowed("other_unit", f"{by.name} administers some units only, not all")
    for unit in units or ():
        check(by, "accounts", unit)


def _list(words: Iterable[str]) -> str:
    return ", ".join(sorted(words))
