"""``landgis findings``: what was found in a batch, and what of it is accepted as it is."""

import json
from collections.abc import Iterator
from typing import Any, get_args
from uuid import UUID

import click

from landgis import bootstrap
from landgis.bootstrap import Services
from landgis.cadastre.acceptance import FindingsWanted, bbox_of
from landgis.cadastre.findings import Severity
from landgis.cli.importing import parse_batch
from landgis.cli.principal import local_principal
from landgis.config import Settings
from landgis.errors import UsageError

PAGE = 10_000
"""Findings in memory at once."""


@click.command()
@click.argument("batch")
@click.option("--rule", metavar="CODE", help="Only what this rule found.")
@click.option("--severity", type=click.Choice(get_args(Severity)), help="Only this severity.")
@click.option("--bbox", metavar="W,S,E,N", help="Only what lies in a box, in degrees.")
@click.option("--json", "as_json", is_flag=True, help="A JSON array on stdout.")
@click.option("--accept", metavar="ID", help="Accept a finding as it is; say --why.")
@click.option("--why", metavar="TEXT", help="Why it is right; it is kept with the finding.")
@click.option("--take-back", metavar="ID", help="Accept a finding no longer.")
def findings(batch: str, as_json: bool, **options: Any) -> None:  # noqa: FBT001
    """List what was found in a batch; accept a warning as it is."""
    batch_id, by = parse_batch(batch), local_principal()
    accept, why, take_back = options["accept"], options["why"], options["take_back"]
    if (accept is None) != (why is None) or (accept and take_back):
        raise UsageError("which_act", "Say --accept ID with --why TEXT, or --take-back ID alone")
    bbox = options["bbox"] and bbox_of(options["bbox"])
    services = bootstrap.build(Settings.from_env())
    if accept is not None:
        services.findings.accept(batch_id, accept, by, why)
        click.echo(f"Accepted finding {accept} as it is, in this batch and in later ones")
    elif take_back is not None:
        services.findings.take_back(batch_id, take_back, by)
        click.echo(f"Finding {take_back} is no longer accepted")
    else:
        wanted = FindingsWanted(rule=options["rule"], severity=options["severity"], bbox=bbox)
        _list(_every(services, batch_id, wanted), as_json=as_json)


def _every(services: Services, batch_id: UUID, wanted: FindingsWanted) -> Iterator[dict[str, Any]]:
    after: int | None = 0
    while after is not None:
        page = services.findings.page(batch_id, local_principal(), wanted, after=after, limit=PAGE)
        yield from page.findings
        after = page.next


def _list(found: Iterator[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(list(found), ensure_ascii=False, indent=1))
        return
    for f in found:
        said = f["acceptance"]
        accepted = f" (accepted by {said['by']}: {said['why']})" if said else ""
        click.echo(f"{f['severity']:<8} {f['rule']:<32} {f['id']}  {f['message']['en']}{accepted}")
