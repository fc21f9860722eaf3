"""``landgis changes``: the change feed, and copies that it keeps in step."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from landgis import bootstrap
from landgis.cadastre.feed import FeedAsked, Position
from landgis.cli import remote
from landgis.cli.errors import Group
from landgis.cli.principal import local_principal
from landgis.cli.progress import shown
from landgis.client import Client
from landgis.config import Settings

PAGE = 1000
"""Parcels in memory at once."""

KEY = click.option(
    "--key",
    metavar="KEY",
    envvar=remote.KEY_VARIABLE,
    callback=remote.hide_key,
    help="Of the server, for who may know more; best in the environment as LANDGIS_KEY.",
)
UNIT = click.option("--unit", metavar="CODE", help="Only parcels that were or are in a unit.")


@click.group(cls=Group, invoke_without_command=True)
@click.option("--since", metavar="N", default="0", help="A revision, or the next of a page.")
@UNIT
@click.option("--server", metavar="URL", help="Ask a landgis elsewhere.")
@KEY
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line: a page, its next.")
@click.pass_context
def changes(context: click.Context, /, as_json: bool, **options: Any) -> None:  # noqa: FBT001
    """List what changed in the register behind a revision, in commit order."""
    if context.invoked_subcommand is not None:
        return
    since, unit, server = options["since"], options["unit"], options["server"]
    if server is None:
        pages = _here(Position.parse(since), unit)
    else:
        pages = Client(server, options["key"]).changes(since, unit=unit, geometry=as_json)
    for page in pages:
        click.echo(json.dumps(page, ensure_ascii=False) if as_json else _lines(page), nl=as_json)
        since = page["next"]
    if not as_json:
        click.echo(f"Next: --since {since}", err=True)


@changes.command("sync")
@click.argument("copy", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--server", metavar="URL", required=True, help="The landgis that has the register.")
@KEY
@UNIT
def sync(copy: Path, server: str, key: str | None, unit: str | None) -> None:
    """Keep a copy of the register in a SQLite file, and prove that it is one."""
    with shown(copy.name) as tell:
        synced = Client(server, key).sync(copy, unit=unit, tell=tell)
    click.echo(
        f"{copy}: revision {synced.revision}, {synced.parcels} parcels in {synced.units} unit(s), "
        f"equal to the server's; {synced.changes} changes were new"
    )


def _here(since: Position, unit: str | None) -> Iterator[dict[str, Any]]:
    feed, by, more = bootstrap.build(Settings.from_env()).feed, local_principal(), True
    while more:
        page = feed.page(FeedAsked(since, PAGE, unit), by)
        yield page.document()
        since, more = page.next, page.more


def _lines(page: dict[str, Any]) -> str:
    said = ""
    for change in page["changes"]:
        for parcel in change["parcels"]:
            facts = (parcel["after"] or parcel["before"] or {}).get("properties", {})
            name = "/".join(facts.get(part) or "-" for part in ("unit_code", "sheet", "number"))
            said += (
                f"{change['revision']:>6}  {change['committed_at']}  {change['kind']:<7}  "
                f"{parcel['event']:<7}  {name}  {parcel['parcel_id']}\n"
            )
    return said
