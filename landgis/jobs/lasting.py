"""A worker that outlives its database, and takes up what dead workers left."""

import asyncio
import contextlib
import logging
from typing import Any

import psycopg
from procrastinate import App, PsycopgConnector, signals
from procrastinate.exceptions import ConnectorException
from procrastinate.worker import Worker
from psycopg_pool import AsyncConnectionPool, PoolTimeout

STALLED_AFTER_S = 30.0
"""A worker that has not been heard of for this long is dead and its job is taken up again."""

REAP_EVERY_S = 10.0
"""How often each worker says that it lives and looks for jobs of dead ones, busy or not.

A job goes on at most 40 s after its worker's end when another one lives and is idle.
"""

RECONNECT_EVERY_S = 1.0

_LOST = (ConnectorException, psycopg.Error, PoolTimeout)

_log = logging.getLogger(__name__)


class LastingApp(App):
    """Runs workers; each run is bound to one connection and gives its name up with it.

    A database that was killed forgets nothing, but what it was told last may not have arrived: a
    job that is done can still be marked as running, by a worker that lives and beats. So a worker
    whose own connection breaks ends its run and begins another one under a new name, and all
    that was running under the old one is up for taking.
    """

    def __init__(self, url: str) -> None:
        super().__init__(connector=PsycopgConnector(conninfo=url))
        self._url = url
        self._running: Worker | None = None
        self._asked_to_stop = False

    async def run_worker_async(self, **options: Any) -> None:
        """Work until asked to stop (``wait=False``: until the queue is empty)."""
        listens = options.pop("install_signal_handlers", True)
        options = {
            "stalled_worker_timeout": STALLED_AFTER_S,
            **options,
            # A run also ends by itself, and in good order, when one of its lines broke and the
            # database was back before its last job was done: only we know who asked.
            "install_signal_handlers": False,
        }
        with signals.on_stop(self._stop) if listens else contextlib.nullcontext():
            while await self._run_is_lost(options):
                _log.warning("the database does not answer; the worker waits for it")
                await self.connector.close_async()
                await self._until_it_answers()
                _log.warning("the database answers again")

    def _stop(self) -> None:
        self._asked_to_stop = True
        if self._running is not None:
            self._running.stop()  # type: ignore[no-untyped-call]

    async def _run_is_lost(self, options: dict[str, Any]) -> bool:
        """Work and reap side by side; answer whether that is to be begun again."""
        self._running = worker = Worker(self, **options)
        working, reaping = (
            asyncio.create_task(worker.run()),  # type: ignore[no-untyped-call]
            asyncio.create_task(self._reap(worker)),
        )
        try:
            await asyncio.wait({working, reaping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # A cancelled run still finishes the job it is at; it takes no other one.
            is_broken = not working.done()
            for task in (working, reaping):
                task.cancel()
            ends = await asyncio.gather(working, reaping, return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException) and not isinstance(
                end, (*_LOST, asyncio.CancelledError)
            ):
                raise end
        if self._asked_to_stop:
            return False
        return is_broken or isinstance(ends[0], _LOST) or bool(options.get("wait", True))

    async def _reap(self, worker: Worker) -> None:
        """Put jobs of dead workers back into the queue until the connection breaks."""
        manager = self.job_manager
        line = await psycopg.AsyncConnection.connect(self._url, autocommit=True)
        async with line:
            while True:
                await AsyncConnectionPool.check_connection(line)
                if worker.worker_id is not None:
                    # Its own heart stops for good at the first beat that does not arrive.
                    await manager.update_heartbeat(worker.worker_id)
                for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_S):
                    _log.warning("job %s was left by a dead worker; it is begun again", job.id)
                    # Another worker may have been faster.
                    with contextlib.suppress(ConnectorException):
                        await manager.retry_job(job)
                await asyncio.sleep(REAP_EVERY_S)

    async def _until_it_answers(self) -> None:
        while not self._asked_to_stop:
            try:
                async with await psycopg.AsyncConnection.connect(self._url):
                    pass
                await self.connector.open_async()
            except _LOST:
                await self.connector.close_async()
                await asyncio.sleep(RECONNECT_EVERY_S)
            else:
                return
