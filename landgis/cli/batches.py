"""``landgis publish``, ``landgis batches`` and ``landgis findings``."""

import json

import click

from landgis import bootstrap
from landgis.cli.importing import parse_batch
from landgis.cli.principal import local_principal
from landgis.cli.progress import shown
from landgis.config import Settings


@click.command()
@click.argument("batch")
def publish(batch: str) -> None:
    """Publish a staged batch."""
    batch_id = parse_batch(batch)
    services = bootstrap.build(Settings.from_env())
    with shown(batch) as tell:
        done = services.publish.publish(batch_id, local_principal(), tell)
    if done.already:
        click.echo(f"Batch {batch} was published before, as revision {done.revision}")
    else:
        click.echo(f"Published {done.created} parcels as revision {done.revision}")


@click.command()
@click.option("--json", "as_json", is_flag=True)
def batches(as_json: bool) -> None:  # noqa: FBT001
    """List batches, the newest first."""
    found = bootstrap.build(Settings.from_env()).load.batches()
    if as_json:
        listed = [
            {
                "batch_id": str(b.batch_id),
                "file": b.file_name,
                "status": b.status,
                "counts": b.counts.as_dict(),
                "revision": b.published_revision,
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
        )


@click.command()
@click.argument("batch")
@click.option("--json", "as_json", is_flag=True)
def findings(batch: str, as_json: bool) -> None:  # noqa: FBT001
    """List what was found in a batch."""
    found = bootstrap.build(Settings.from_env()).load.findings(
        parse_batch(batch), local_principal()
    )
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    for f in found:
        click.echo(f"{f['severity']:<8} {f['rule']:<32} {f['message']['en']}")
