"""``landgis publish``, ``landgis batches``, ``landgis batches undo``."""

import json

import click

from landgis import bootstrap
from landgis.cadastre.drafts import Heading
from landgis.cli.importing import parse_batch
from landgis.cli.principal import local_principal
from landgis.cli.progress import shown
from landgis.cli.rows import tell_late
from landgis.config import Settings
from landgis.services.editing.asked import Asked
from landgis.services.editing.topology import named


@click.command()
@click.argument("batch")
def publish(batch: str) -> None:
    """Publish a staged batch."""
    batch_id = parse_batch(batch)
    services = bootstrap.build(Settings.from_env())
    with shown(batch) as tell:
        done = services.publish.publish(batch_id, local_principal(), tell)
    if done.already and services.rows.late.waiting(batch_id, local_principal()):
        tell_late(services, batch_id)
    elif done.already:
        click.echo(f"Batch {batch} was published before, as revision {done.revision}")
    else:
        click.echo(f"Published {done.created} parcels as revision {done.revision}")


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def batches(context: click.Context, as_json: bool) -> None:  # noqa: FBT001
    """List batches, the newest first."""
    if context.invoked_subcommand is not None:
        return
    services = bootstrap.build(Settings.from_env())
    found = services.load.batches()
    undone = {b.batch_id: services.rows.reading.taken_back(b) for b in found}
    if as_json:
        listed = [
            {
                "batch_id": str(b.batch_id),
                "file": b.file_name,
                "status": b.status,
                "counts": b.counts.as_dict(),
                "revision": b.published_revision,
                "taken_back_by": undone[b.batch_id],
                "created_at": b.created_at.isoformat(),
            }
            for b in found
        ]
        click.echo(json.dumps(listed, ensure_ascii=False, indent=1))
        return
    for b in found:
        rows = f"{b.counts.accepted}/{b.counts.read} rows"
        click.echo(
            f"{b.batch_id}  {b.created_at:%Y-%m-%d %H:%M}  {b.status:<10} {rows:>18}  {b.file_name}"
            + (f"  (taken back by revision {undone[b.batch_id]})" if undone[b.batch_id] else "")
        )


@batches.command()
@click.argument("batch")
@click.option("--record-no", required=True, help="Number of the dossier.")
@click.option("--reason", required=True, help="Why the batch is taken back.")
@click.option("--basis", required=True, help="Reference to the document it rests on.")
def undo(batch: str, record_no: str, reason: str, basis: str) -> None:
    """Hand in the undo of a published batch; another person approves it."""
    batch_id = parse_batch(batch)
    services, by = bootstrap.build(Settings.from_env()), local_principal()
    heading = Heading(record_no, reason, basis)
    made = services.editing.batch_undo.propose(batch_id, by, heading, None)
    draft = made.shown.draft
    services.editing.drafts.submit(draft.draft_id, Asked(by, draft.rev))
    click.echo(f"{len(draft.touched)} parcels would be as before batch {batch}")
    for kept in made.kept:
        since = f" by revision {kept.revision}" if kept.revision else ""
        click.echo(f"  {named(kept.parcel)} stays: {kept.why}{since}")
    click.echo(f"Dossier {record_no} awaits approval by another person, at /officer")
