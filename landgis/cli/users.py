"""``landgis users``: accounts of people, on the local command line."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from landgis import bootstrap
from landgis.cadastre.accounts import Account
from landgis.cadastre.roles import ROLES
from landgis.cli.errors import Group
from landgis.cli.principal import local_principal
from landgis.config import Settings
from landgis.services.people.accounts import AccountService, Made


@click.group(cls=Group)
def users() -> None:
    """Make accounts, give roles, reset passwords, disable."""


@contextmanager
def _accounts() -> Iterator[AccountService]:
    services = bootstrap.build(Settings.from_env())
    try:
        yield services.accounts
    finally:
        services.close()


@users.command()
@click.argument("login")
@click.argument("name")
@click.option("--same-person-as", metavar="LOGIN", help="Another account of this human being.")
def add(login: str, name: str, same_person_as: str | None) -> None:
    """Make an account without roles; its password is shown this once."""
    with _accounts() as accounts:
        _show(accounts.create(login, name, local_principal(), same_person_as=same_person_as))


@users.command("list")
def list_() -> None:
    """List accounts with their roles."""
    with _accounts() as accounts:
        listed = accounts.listed(local_principal())
    for account in listed:
        state = "disabled" if account.disabled_at else "live"
        totp = "totp" if account.has_totp else "-"
        click.echo(
            f"{account.login:<20} {state:<8} {totp:<4} {_roles(account)}  {account.shown_as}"
        )


@users.command()
@click.argument("login")
@click.argument("role", type=click.Choice(list(ROLES)))
@click.option("--unit", "units", multiple=True, metavar="CODE", help="In this unit; repeatable.")
@click.option("--everywhere", is_flag=True, help="In every unit.")
def grant(login: str, role: str, units: tuple[str, ...], everywhere: bool) -> None:  # noqa: FBT001
    """Give a role in exactly the named units, in place of where it held before."""
    if everywhere == bool(units):
        raise click.UsageError("name units with --unit, or say --everywhere")
    held = None if everywhere else frozenset(units)
    with _accounts() as accounts:
        click.echo(_roles(accounts.grant(login, role, held, local_principal())))


@users.command()
@click.argument("login")
@click.argument("role", type=click.Choice(list(ROLES)))
def revoke(login: str, role: str) -> None:
    """Take a role away, from the next request on."""
    with _accounts() as accounts:
        click.echo(_roles(accounts.revoke(login, role, local_principal())))


@users.command()
@click.argument("login")
def reset(login: str) -> None:
    """Give a new password, shown this once; TOTP, lock and sessions go."""
    with _accounts() as accounts:
        _show(accounts.reset(login, local_principal()))


@users.command()
@click.argument("login")
@click.option("--undo", is_flag=True, help="Open the account again.")
def disable(login: str, undo: bool) -> None:  # noqa: FBT001
    """Close an account and end its sessions."""
    by = local_principal()
    with _accounts() as accounts:
        account = accounts.enable(login, by) if undo else accounts.disable(login, by)
    click.echo(f"{login} is {'disabled' if account.disabled_at else 'live'}")


def _show(made: Made) -> None:
    click.echo(f"{made.account.login}  {made.password}")
    click.echo("Shown this once; it has to be changed at the first sign-in.", err=True)


def _roles(account: Account) -> str:
    given = (
        f"{role}@{'*' if units is None else ','.join(sorted(units))}"
        for role, units in account.roles
    )
    return " ".join(given) or "(no role)"
