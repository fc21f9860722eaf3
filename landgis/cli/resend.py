"""``landgis difference`` and ``landgis propose``: a newer file for units that hold parcels."""

import json
from typing import get_args

import click

from landgis import bootstrap
from landgis.cadastre.drafts import Heading
from landgis.cadastre.resend import Difference, Scope
from landgis.cli.importing import parse_batch
from landgis.cli.principal import local_principal
from landgis.config import Settings
from landgis.services.editing.asked import Asked

scope_option = click.option(
    "--scope",
    type=click.Choice(get_args(Scope)),
    default="none",
    show_default=True,
    help="What the file is complete for: parcels that it leaves out there are retired.",
)


@click.command()
@click.argument("batch")
@scope_option
@click.option("--json", "as_json", is_flag=True)
def difference(batch: str, scope: Scope, as_json: bool) -> None:  # noqa: FBT001
    """Show what a staged batch would change in the live register; nothing is written."""
    services = bootstrap.build(Settings.from_env())
    found = services.editing.resends.difference(parse_batch(batch), local_principal(), scope)
    if as_json:
        click.echo(json.dumps(found.document(), ensure_ascii=False, indent=1))
        return
    _tell(found)


@click.command()
@click.argument("batch")
@click.option("--record-no", required=True, help="Number of the dossier.")
@click.option("--reason", default="A newer file", show_default=True)
@click.option("--basis", required=True, help="Reference to the document it rests on.")
@scope_option
def propose(batch: str, record_no: str, reason: str, basis: str, scope: Scope) -> None:
    """Hand in a batch's difference to the live register; another person approves it.

    Of a batch that is in the register already: its rows that were mended since.
    """
    services = bootstrap.build(Settings.from_env())
    by = local_principal()
    heading, batch_id = Heading(record_no, reason, basis), parse_batch(batch)
    if services.rows.late.waiting(batch_id, by):
        late = services.rows.proposals.propose(batch_id, by, heading, None)
        draft = late.shown.draft
        click.echo(f"Rows {', '.join(map(str, late.rows))} are new")
    else:
        made = services.editing.resends.propose(batch_id, by, heading, scope, None)
        draft = made.shown.draft
        _tell(made.difference)
    services.editing.drafts.submit(draft.draft_id, Asked(by, draft.rev))
    click.echo(f"Dossier {record_no} awaits approval by another person, at /officer")


def _tell(found: Difference) -> None:
    click.echo(
        f"{len(found.changed)} changed, {len(found.created)} new, {len(found.retired)} retired, "
        f"{len(found.clashes)} for a person to decide on; {found.same} as in the register, "
        f"{found.outdated} outdated, {found.absent} left out and kept"
    )
    for clash in found.clashes:
        where = f"row {clash.row}" if clash.row is not None else "left out"
        named = f" ({', '.join(clash.fields)})" if clash.fields else ""
        click.echo(f"  {clash.key or 'no identity'}, {where}: {clash.why}{named}")
