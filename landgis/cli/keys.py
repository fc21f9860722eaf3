"""``landgis keys``: API keys of scripts and departments."""

import click

from landgis import bootstrap
from landgis.cadastre.roles import KEY_SCOPES
from landgis.cli.errors import Group
from landgis.config import Settings
from landgis.services.access import AccessService


@click.group(cls=Group)
def keys() -> None:
    """Make, list and revoke API keys."""


def _access() -> AccessService:
    return bootstrap.build(Settings.from_env()).access


@keys.command()
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, help=", ".join(sorted(KEY_SCOPES)))
@click.option("--unit", "units", multiple=True, metavar="CODE", help="Only in these units.")
def create(name: str, scopes: tuple[str, ...], units: tuple[str, ...]) -> None:
    """Make a key; it is shown this once."""
    click.echo(_access().create(name, frozenset(scopes), frozenset(units) or None))


@keys.command("list")
def list_() -> None:
    """List keys without their secrets."""
    for key in _access().listed():
        state = "revoked" if key["revoked_at"] else "live"
        scopes = ",".join(key["scopes"])  # type: ignore[arg-type]
        click.echo(f"{key['key_id']}  {state:<8} {scopes:<20} {key['name']}")


@keys.command()
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """Make a key useless from now on."""
    _access().revoke(key_id)
    click.echo(f"Revoked {key_id}")
