"""The command line: parse, call a story, say what happened."""

import click

from landgis import __version__
from landgis.cli import batches, db, importing, keys, resend, serving, up, users, verify
from landgis.cli.errors import Group


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="landgis")
def main() -> None:
    """landgis, the land-data server of a province."""


main.add_command(up.up)
main.add_command(serving.serve)
main.add_command(serving.worker)
main.add_command(db.db)
main.add_command(importing.import_)
main.add_command(importing.validate)
main.add_command(batches.publish)
main.add_command(batches.batches)
main.add_command(batches.findings)
main.add_command(resend.difference)
main.add_command(resend.propose)
main.add_command(keys.keys)
main.add_command(users.users)
main.add_command(verify.verify)
main.add_command(verify.audit)

__all__ = ["main"]
