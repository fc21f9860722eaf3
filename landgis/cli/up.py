"""``landgis up``: database, schema, worker and server in one."""

import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from landgis import bootstrap
from landgis.bootstrap import Services
from landgis.cli import demo_accounts
from landgis.cli.principal import local_principal
from landgis.cli.progress import shown
from landgis.cli.supervise import Child, supervise
from landgis.config import Settings
from landgis.errors import Unavailable, UsageError
from landgis.ingest.evidence import Choices
from landgis.store.cluster import Cluster

OWNED = "database-started-by-up"
"""File in the home: the running cluster was started by ``landgis up``."""

DEMO_FILE = "demo_hoa_thanh_vilis.zip"
DEMO_CERTIFICATES = "certificates.csv"


@click.command()
@click.option("--demo", is_flag=True, help="Load the demonstration register at first.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
def up(demo: bool, host: str, port: int) -> None:  # noqa: FBT001
    """Start everything; Ctrl-C stops everything that this started."""
    settings = Settings.from_env()
    require_free(host, port)
    # Told to end while the demonstration loads, we still stop what we started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with database_of(settings):
        services = bootstrap.build(settings)
        if demo:
            load_demo(services)
        services.close()
        click.echo(f"landgis: http://{host}:{port}/  (Ctrl-C stops)")
        me = [sys.executable, "-m", "landgis"]
        children = [
            Child("worker", [*me, "worker"]),
            Child("server", [*me, "serve", "--host", host, "--port", str(port)]),
        ]
        if not settings.database_url:
            children.insert(0, Child("database", [*me, "db", "keep"]))
        code = supervise(children)
    raise SystemExit(code)


def require_free(host: str, port: int) -> None:
    """Raise ``Unavailable`` ``port_taken`` when something listens there already."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            raise Unavailable(
                "port_taken",
                f"landgis cannot listen on {host}:{port} ({problem.strerror}); "
                "choose another with --port, or stop what listens there",
            ) from problem


@contextmanager
def database_of(settings: Settings) -> Iterator[None]:
    """Have the private cluster run, and stop it at the end if ``up`` is who started it.

    The mark outlives a kill -9 of ours: the next ``up`` knows that the cluster is its own.
    """
    if settings.database_url:
        yield
        return
    cluster, mark = Cluster(settings.home), settings.home / OWNED
    is_running = cluster.status().running
    click.echo("Database: runs already" if is_running else "Database: starting")
    try:
        cluster.start()
        if not is_running:
            mark.touch()
        yield
    finally:
        if mark.exists():
            cluster.stop()
            mark.unlink()
            click.echo("Database: stopped")


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
    services.certificates.note((path.parent / DEMO_CERTIFICATES).read_bytes(), by)
    demo_accounts.ensure(services.settings.home, services.accounts, by)
