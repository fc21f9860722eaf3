"""The command line: parse, call a story, say what happened."""

import click

from landgis import __version__
from landgis.cli.errors import Group

COMMANDS = {
    "up": "up",
    "serve": "serving",
    "worker": "serving",
    "db": "db",
    "import": "importing:import_",
    "validate": "importing",
    "rules": "rules",
    "publish": "batches",
    "batches": "batches",
    "findings": "findings",
    "rows": "rows",
    "mend": "rows",
    "retry": "rows",
    "fix": "fixes",
    "difference": "resend",
    "propose": "resend",
    "attributes": "attributes",
    "changes": "changes",
    "export": "exporting",
    "tiles": "tiles",
    "rasters": "rasters",
    "parcel-id": "parcel_id:parcel_id",
    "certificates": "certificates",
    "keys": "keys",
    "users": "users",
    "verify": "verify",
    "audit": "verify",
}
"""Command -> its module in this package, and its name there where that is another one."""


@click.group(
    cls=Group,
    homes={name: f"landgis.cli.{home}" for name, home in COMMANDS.items()},
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="landgis")
def main() -> None:
    """landgis, the land-data server of a province."""


__all__ = ["main"]
