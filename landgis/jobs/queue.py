"""The queue (procrastinate on our own database): what can be put in, and who takes it out."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from procrastinate import App, JobContext, RetryStrategy, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from psycopg_pool import ConnectionPool

from landgis.errors import Unavailable
from landgis.jobs.lasting import LastingApp
from landgis.jobs.rasters import run_raster
from landgis.jobs.tasks import run_identify, run_load, run_publish, run_pyramid
from landgis.services.identifying.giving import GivingService
from landgis.services.load import LoadService
from landgis.services.publish import PublishService
from landgis.services.pyramid import PyramidService
from landgis.services.rasters import RasterService

LOAD = "load"
PUBLISH = "publish"
PYRAMID = "pyramid"
IDENTIFY = "identify"
RASTER = "raster"
QUEUE = "landgis"

BEHIND_ALL = -10
"""Priority of what may wait for everything else."""

LOOK_CRON = "*/2 * * * *"
"""How often a worker looks whether others changed so much that tiles are to be drawn ahead."""

ANSWER_WITHIN_S = 5.0
"""How long a request waits for a connection of the queue."""

AGAIN = RetryStrategy(wait=2, linear_wait=2, retry_exceptions=[Unavailable])
"""What the database's end interrupted is begun again; the tasks count how often."""


def conninfo(url: str) -> str:
    """Answer a libpq URL from a SQLAlchemy one."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


class JobQueue:
    """Puts work into the queue; connects at first use."""

    def __init__(self, url: str) -> None:
        self._url = conninfo(url)
        self._app = App(connector=SyncPsycopgConnector())
        self._pool: ConnectionPool | None = None
        self._opening = Lock()

    def load(
        self,
        batch_id: UUID,
        path: Path,
        options: dict[str, Any],
        author: str,
        connection: psycopg.Connection[Any],
    ) -> None:
        """Have a stored upload examined and staged.

        Parameters
        ----------
        connection
            Whose transaction records the batch: there is no batch without its job.
        """
        arguments = {"path": str(path), "options": options, "author": author}
        self._defer(LOAD, batch_id, connection, **arguments)

    def publish(
        self,
        batch_id: UUID,
        author: str,
        units: Sequence[str] | None,
        connection: psycopg.Connection[Any] | None = None,
    ) -> None:
        """Have a batch published, after all that is to be done with it before.

        Parameters
        ----------
        units
            None: the author may write everywhere.
        connection
            Whose transaction asks for it; None: it is asked for at once.
        """
        if connection is None:
            try:
                self._open()
            except (ConnectorException, psycopg.OperationalError) as problem:
                raise _unavailable() from problem
        listed = None if units is None else list(units)
        self._defer(PUBLISH, batch_id, connection, author=author, units=listed)

    def pyramid(self) -> None:
        """Have the tiles of the map drawn when nothing else is to be done; asked twice is once."""
        self._behind_all(PYRAMID)

    def identify(self) -> None:
        """Have parcels without one given their identifiers; asked twice is once."""
        self._behind_all(IDENTIFY)

    def _behind_all(self, name: str) -> None:
        try:
            self._open()
            defer_behind_all(self._app, name)
        except (ConnectorException, psycopg.OperationalError) as problem:
            raise _unavailable() from problem

    def raster(self, job_id: UUID, connection: psycopg.Connection[Any], **asked: Any) -> None:
        """Have a stored image registered, in the transaction that records its job."""
        self._defer(RASTER, job_id, connection, **asked)

    def _defer(
        self,
        name: str,
        batch_id: UUID,
        connection: psycopg.Connection[Any] | None,
        **arguments: Any,
    ) -> None:
        try:
            task = self._app.configure_task(
                name, queue=QUEUE, lock=str(batch_id), connection=connection
            )
            task.defer(batch_id=str(batch_id), **arguments)
        except (ConnectorException, psycopg.OperationalError) as problem:
            raise _unavailable() from problem

    def _open(self) -> None:
        """Connect; a pool that could not is of no more use, so each attempt has its own."""
        with self._opening:
            if self._pool is None:
                pool = ConnectionPool(
                    self._url,
                    min_size=1,
                    timeout=ANSWER_WITHIN_S,
                    check=ConnectionPool.check_connection,
                    open=False,
                )
                pool.open(wait=True, timeout=ANSWER_WITHIN_S)
                self._app.open(pool)
                self._pool = pool

    def close(self) -> None:
        """Give the connections back."""
        with self._opening:
            if self._pool is not None:
                self._pool.close()
                self._pool = None


def _unavailable() -> Unavailable:
    return Unavailable("queue_unavailable", "The job queue does not answer; try again in a moment")


def defer_behind_all(app: App, name: str) -> None:
    """Put a task behind everything else, unless it waits there already."""
    task = app.configure_task(name, queue=QUEUE, queueing_lock=name, lock=name, priority=BEHIND_ALL)
    with suppress(AlreadyEnqueued):
        task.defer()


class Work(NamedTuple):
    """The stories a worker tells."""

    load: LoadService
    publish: PublishService
    pyramid: PyramidService
    rasters: RasterService
    identifiers: GivingService


def worker_app(url: str, build: Callable[[], Work]) -> App:
    """Answer the application a worker runs; ``build`` opens the services it works with."""
    app = LastingApp(conninfo(url))
    load_service, publish_service, pyramid_service, raster_service, giving = build()
    queue = JobQueue(url)

    @app.task(name=LOAD, queue=QUEUE, retry=AGAIN, pass_context=True)
    def load(
        context: JobContext, batch_id: str, path: str, options: dict[str, object], author: str
    ) -> None:
        attempt = context.job.attempts + 1
        run_load(load_service, UUID(batch_id), Path(path), options, author, attempt)

    @app.task(name=PUBLISH, queue=QUEUE, retry=AGAIN, pass_context=True)
    def publish(context: JobContext, batch_id: str, author: str, units: list[str] | None) -> None:
        attempt = context.job.attempts + 1
        run_publish(load_service, publish_service, UUID(batch_id), author, units, attempt)
        queue.identify()
        queue.pyramid()

    @app.periodic(cron=LOOK_CRON)
    @app.task(name=PYRAMID, queue=QUEUE, queueing_lock=PYRAMID, priority=BEHIND_ALL, retry=AGAIN)
    def pyramid(timestamp: int = 0) -> None:  # noqa: ARG001 - when it was due
        if not run_pyramid(pyramid_service):
            queue.pyramid()

    @app.periodic(cron=LOOK_CRON)
    @app.task(name=IDENTIFY, queue=QUEUE, queueing_lock=IDENTIFY, priority=BEHIND_ALL, retry=AGAIN)
    def identify(timestamp: int = 0) -> None:  # noqa: ARG001 - when it was due
        if not run_identify(giving):
            queue.identify()

    @app.task(name=RASTER, queue=QUEUE, retry=AGAIN)
    def raster(batch_id: str, path: str, **task: Any) -> None:
        run_raster(raster_service, UUID(batch_id), Path(path), **task)

    queue.identify()
    queue.pyramid()
    return app
