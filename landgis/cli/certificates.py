"""``landgis certificates``: note which certificate is for which parcel."""

import json
from pathlib import Path

import click

from landgis import bootstrap
from landgis.cli.errors import OK, QUARANTINED, Group
from landgis.cli.principal import local_principal
from landgis.cli.progress import shown
from landgis.config import Settings
from landgis.errors import Refused
from landgis.services.certificate_rows import COLUMNS

SHOWN = 20
"""Rows told one by one on the screen; ``--json`` has them all."""


@click.group(cls=Group)
def certificates() -> None:
    """Note certificates, so that who has one in hand finds its parcel."""


@certificates.command(help=f"Note the certificates of a CSV table ({', '.join(COLUMNS)}).")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print counts and refused rows as JSON.")
def load(file: Path, as_json: bool) -> None:  # noqa: FBT001
    """Note a table; rows that cannot be taken are named, all others are kept."""
    try:
        content = file.read_bytes()
    except OSError as problem:
        raise Refused("no_such_file", f"{file}: {problem.strerror}") from problem
    services = bootstrap.build(Settings.from_env())
    with shown(file.name) as tell:
        counts, refused = services.certificates.note(content, local_principal(), tell)
    told = {name: counts[name] for name in ("added", "changed", "unchanged")}
    told |= {"refused": len(refused)}
    if as_json:
        rows = [one._asdict() for one in refused]
        click.echo(json.dumps({"counts": told, "refused": rows}, ensure_ascii=False, indent=1))
    else:
        click.echo(", ".join(f"{count} {name}" for name, count in told.items()))
        for one in refused[:SHOWN]:
            click.echo(f"row {one.row}: {one.code}: {one.why}")
        if len(refused) > SHOWN:
            click.echo(f"… {len(refused) - SHOWN}; --json")
    raise SystemExit(QUARANTINED if refused else OK)
