"""``landgis db``: the private cluster and the schema."""

import click

from landgis import bootstrap
from landgis.cli.errors import BROKEN, Group
from landgis.cli.keeping import keep_running
from landgis.config import Settings
from landgis.errors import UsageError
from landgis.store import migrate
from landgis.store.cluster import Cluster
from landgis.store.database import Database


@click.group(cls=Group)
def db() -> None:
    """Start, stop and migrate the database."""


def _cluster() -> Cluster:
    settings = Settings.from_env()
    if settings.database_url:
        raise UsageError(
            "own_server",
            "LANDGIS_DATABASE_URL names a server of your own; landgis does not start or stop it",
        )
    return Cluster(settings.home)


@db.command()
def start() -> None:
    """Start the private PostGIS cluster, making it at first use."""
    cluster = _cluster()
    cluster.start()
    click.echo(f"The database runs: {cluster.url()}")


@db.command()
def stop() -> None:
    """Stop the private PostGIS cluster."""
    _cluster().stop()
    click.echo("The database is stopped")


@db.command()
def status() -> None:
    """Say whether the private cluster runs; exit code 5 when it does not."""
    found = _cluster().status()
    state = f"runs (process {found.pid})" if found.running else "is stopped"
    version = f", PostgreSQL {found.version}" if found.version else ""
    click.echo(f"The database {state}{version}, data in {found.data_dir}")
    raise SystemExit(0 if found.running else BROKEN)


@db.command()
def keep() -> None:
    """Start the private cluster again whenever it was killed; one that is stopped stays so."""
    keep_running(_cluster())


@db.command("migrate")
def migrate_() -> None:
    """Bring the schema to the newest version."""
    database = Database(bootstrap.database_url(Settings.from_env()))
    before = migrate.current(database)
    migrate.upgrade(database)
    click.echo(f"Schema {migrate.head()}" + (" (no change)" if before == migrate.head() else ""))
