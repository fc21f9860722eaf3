"""``landgis up``: database, schema, worker and server in one."""

import sys

import click

from landgis import bootstrap
from landgis.bootstrap import Services
from landgis.cli.principal import local_principal
from landgis.cli.progress import shown
from landgis.cli.supervise import Child, supervise
from landgis.config import Settings
from landgis.errors import UsageError
from landgis.ingest.evidence import Choices
from landgis.store.cluster import Cluster

DEMO_FILE = "demo_hoa_thanh_vilis.zip"


@click.command()
@click.option("--demo", is_flag=True, help="Load the demonstration register at first.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
def up(demo: bool, host: str, port: int) -> None:  # noqa: FBT001
    """Start everything; Ctrl-C stops everything that this started."""
    settings = Settings.from_env()
    cluster = None if settings.database_url else Cluster(settings.home)
    stop_cluster = cluster is not None and not cluster.status().running
    try:
        if cluster is not None:
            click.echo("Database: starting" if stop_cluster else "Database: runs already")
        services = bootstrap.build(settings)
        if demo:
            load_demo(services)
        services.close()
        click.echo(f"landgis: http://{host}:{port}/  (Ctrl-C stops)")
        me = [sys.executable, "-m", "landgis"]
        code = supervise(
            [
                Child("worker", [*me, "worker"]),
                Child("server", [*me, "serve", "--host", host, "--port", str(port)]),
            ]
        )
    finally:
        if cluster is not None and stop_cluster:
            cluster.stop()
            click.echo("Database: stopped")
    raise SystemExit(code)


def load_demo(services: Services) -> None:
    """Load and publish the demonstration register, once; refuse where real data are."""
    if services.jurisdiction.code != "vn-80":
        raise UsageError(
            "no_demo",
            f"There is a demonstration for vn-80 only, not for {services.jurisdiction.code}",
        )
    services.deployments.mark_demo()
    path = services.settings.demo_dir / DEMO_FILE
    by = local_principal()
    with shown(path.name) as tell:
        loaded = services.load.load(path, Choices(), by, progress=tell)
        done = services.publish.publish(loaded.batch.batch_id, by, tell)
    counts = loaded.batch.counts
    if not done.already:
        click.echo(
            f"Demonstration register: {counts.accepted} of {counts.read} rows published, "
            f"{counts.quarantined} held back (planted defects)"
        )
