"""One account a role for the demonstration: generated passwords, printed once, kept in a file."""

import os
import secrets
from pathlib import Path
from typing import NamedTuple

import click

from landgis.cadastre.register import Principal, Units
from landgis.services.people.accounts import AccountService
from landgis.services.people.passwords import generated

FILE = "demo-accounts.txt"
"""In the home; readable by its owner only."""

HOA_THANH = frozenset({"25645"})
"""Phường Hoà Thành, where the demonstration register lies."""

_HEAD = "# Accounts of the demonstration, made by landgis up --demo: login, password.\n"


class _Role(NamedTuple):
    shown_as: str
    units: Units


_ROLES = {
    "officer": _Role("Nguyễn Thị Mai", HOA_THANH),
    "reviewer": _Role("Trần Văn Hòa", HOA_THANH),
    "registrar": _Role("Lê Minh Châu", None),
    "auditor": _Role("Phạm Thu Hà", None),
    "department": _Role("Võ Quốc Nam", None),
    "admin": _Role("Đặng Hoài An", None),
}
"""Role, which is the login too -> an invented name, and where it holds."""


def ensure(home: Path, accounts: AccountService, by: Principal) -> None:
    """Make the accounts that are missing, with the passwords of the file; say them when new.

    The file is written before the first account: a start that is killed in between loses none.
    """
    path = home / FILE
    existing = {account.login for account in accounts.listed(by)}
    missing = [role for role in _ROLES if role not in existing]
    is_new = bool(missing) and not path.exists()
    if is_new:
        _write(path, {role: generated() for role in missing})
    passwords = _read(path) if missing else {}
    for role in passwords.keys() & set(missing):
        shown_as, units = _ROLES[role]
        accounts.create(role, shown_as, by, password=passwords[role], roles=[(role, units)])
    if is_new:
        click.echo(f"Accounts of the demonstration, sign in at /login (kept in {path}):")
        for login, password in passwords.items():
            click.echo(f"  {login:<12} {password}")


def _write(path: Path, passwords: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(f"{login:<12} {password}\n" for login, password in passwords.items())
    draft = path.with_name(f".{FILE}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(_HEAD + lines)
    draft.replace(path)


def _read(path: Path) -> dict[str, str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return dict(line.split(maxsplit=1) for line in lines if line and not line.startswith("#"))
