"""``landgis serve`` and ``landgis worker``."""

import os

import click
from granian import Granian
from granian.constants import Interfaces

from landgis import bootstrap
from landgis.config import Settings
from landgis.jobs.queue import QUEUE, Work, worker_app
from landgis.tiling.sound import ensure_sound

THREADS = 4
"""Of one server process; each may hold one database connection."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--processes", default=min(2, os.cpu_count() or 1), show_default=True)
def serve(host: str, port: int, processes: int) -> None:
    """Serve the map, the API and the tiles."""
    settings = Settings.from_env()
    bootstrap.build(settings).close()
    ensure_sound(settings.kept_tiles_dir)
    Granian(
        "landgis.web.wsgi:application",
        factory=True,
        interface=Interfaces.WSGI,
        address=host,
        port=port,
        workers=processes,
        blocking_threads=THREADS,
        websockets=False,
        log_access=False,
    ).serve()


@click.command()
def worker() -> None:
    """Work off the queue: imports, publications, tiles."""
    settings = Settings.from_env()
    url = bootstrap.database_url(settings)
    ensure_sound(settings.kept_tiles_dir)

    def build() -> Work:
        services = bootstrap.build(settings)
        return Work(
            services.load,
            services.publish,
            services.pyramid,
            services.images.rasters,
            services.identifiers.giving,
        )

    with worker_app(url, build).open() as app:
        app.run_worker(queues=[QUEUE], concurrency=1, delete_jobs="successful")
