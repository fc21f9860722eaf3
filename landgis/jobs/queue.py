"""The queue (procrastinate on our own database): what can be put in, and who takes it out."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import UUID

import psycopg
from procrastinate import App, JobContext, PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import ConnectorException
from psycopg_pool import ConnectionPool

from landgis.cadastre.batches import Batch
from landgis.cadastre.register import Principal
from landgis.errors import Conflict, LandgisError, Refused, Unavailable
from landgis.ingest.evidence import Choices
from landgis.services.load import LoadService
from landgis.services.publish import PublishService

LOAD = "load"
PUBLISH = "publish"
REAP = "reap"
QUEUE = "landgis"

ANSWER_WITHIN_S = 5.0
"""How long a request waits for a connection of the queue."""

STALLED_AFTER_S = 30
"""A worker that has not been heard of for this long is dead and its job is taken up again."""


def conninfo(url: str) -> str:
    """Answer a libpq URL from a SQLAlchemy one."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


class JobQueue:
    """Puts work into the queue; connects at first use."""

    def __init__(self, url: str) -> None:
        self._pool = ConnectionPool(conninfo(url), min_size=1, timeout=ANSWER_WITHIN_S, open=False)
        self._app = App(connector=SyncPsycopgConnector())
        self._is_open = False
        self._opening = Lock()

    def load(self, batch_id: UUID, path: Path, options: dict[str, Any], author: str) -> None:
        """Have a stored upload examined and staged."""
        self._defer(LOAD, batch_id, path=str(path), options=options, author=author)

    def publish(self, batch_id: UUID, author: str, units: Sequence[str] | None) -> None:
        """Have a staged batch published; ``units`` None: the author may write everywhere."""
        self._defer(PUBLISH, batch_id, author=author, units=None if units is None else list(units))

    def _defer(self, name: str, batch_id: UUID, **arguments: Any) -> None:
        try:
            self._open()
            task = self._app.configure_task(name, queue=QUEUE, lock=str(batch_id))
            task.defer(batch_id=str(batch_id), **arguments)
        except (ConnectorException, psycopg.OperationalError) as problem:
            raise Unavailable(
                "queue_unavailable", "The job queue does not answer; try again in a moment"
            ) from problem

    def _open(self) -> None:
        with self._opening:
            if not self._is_open:
                self._pool.open(wait=True, timeout=ANSWER_WITHIN_S)
                self._app.open(self._pool)
                self._is_open = True

    def close(self) -> None:
        """Give the connections back."""
        self._pool.close()
        self._is_open = False


def worker_app(url: str, build: Callable[[], tuple[LoadService, PublishService]]) -> App:
    """Answer the application a worker runs; ``build`` opens the services it works with."""
    app = App(connector=PsycopgConnector(conninfo=conninfo(url)))
    load_service, publish_service = build()

    @app.task(name=LOAD, queue=QUEUE)
    def load(batch_id: str, path: str, options: dict[str, object], author: str) -> None:
        run_load(load_service, UUID(batch_id), Path(path), options, author)

    @app.task(name=PUBLISH, queue=QUEUE)
    def publish(batch_id: str, author: str, units: list[str] | None) -> None:
        by = Principal.holding(author, {"import"}, None if units is None else frozenset(units))
        try:
            publish_service.publish(UUID(batch_id), by)
        except LandgisError as error:
            load_service.note_error(UUID(batch_id), error)

    @app.periodic(cron="* * * * *")
    @app.task(name=REAP, queue=QUEUE, pass_context=True)
    async def reap(context: JobContext, timestamp: int) -> None:  # noqa: ARG001
        manager = context.app.job_manager
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_S):
            await manager.retry_job(job)

    return app


def run_load(
    service: LoadService, batch_id: UUID, path: Path, options: dict[str, object], author: str
) -> None:
    """Examine and stage a stored upload; what is refused is said on the batch, the file goes.

    Safe to repeat: staging replaces what an attempt that died had written.
    """
    by = Principal.holding(author, {"import"})
    batch = service.get(batch_id, by)
    if batch.status not in ("queued", "reading", "validating"):
        _discard(path)
        return

    def tell(stage: str, done: int, total: int | None) -> None:
        service.tell(batch_id, stage, done, total)

    try:
        loaded = service.load(
            path,
            Choices.from_options(options),
            by,
            name=batch.file_name,
            batch=batch,
            progress=tell,
        )
        if loaded.already:  # handed in twice at once: the other one was first
            service.fail(batch_id, _already(loaded.batch), refused=True)
    except LandgisError as error:
        service.fail(batch_id, error, refused=isinstance(error, Refused))
    _discard(path)


def _discard(upload: Path) -> None:
    """Remove an upload with the folder it has to itself."""
    shutil.rmtree(upload.parent, ignore_errors=True)


def _already(first: Batch) -> Conflict:
    return Conflict(
        "already_imported",
        f"The same file is batch {first.batch_id} already",
        batch_id=str(first.batch_id),
    )
