"""``landgis db keep``: a killed PostgreSQL is started anew, so that the rest of ``up`` goes on."""

import signal
import threading
from collections import deque
from time import monotonic

import click

from landgis.errors import Unavailable
from landgis.store.cluster import Cluster

LOOK_EVERY_S = 0.5
MOST_DEATHS = 3
WITHIN_S = 120.0
"""A server that dies so often in this time has a reason that starting it does not end; seconds."""


def keep_running(cluster: Cluster) -> None:
    """Start a killed cluster anew, each time, until we are asked to stop.

    A cluster that somebody stops in order stays stopped.

    Raises
    ------
    Unavailable
        ``database_keeps_dying`` at the third death within two minutes; what ``Cluster.start``
        raises when it does not come up.
    """
    deaths: deque[float] = deque(maxlen=MOST_DEATHS)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        # A start under way is finished first: half a start would leave a server nobody knows of.
        signal.signal(number, lambda *_: stop.set())
    while not stop.wait(LOOK_EVERY_S):
        if not cluster.status().killed:
            continue
        deaths.append(died := monotonic())
        if len(deaths) == MOST_DEATHS and died - deaths[0] < WITHIN_S:
            raise Unavailable(
                "database_keeps_dying",
                f"PostgreSQL in {cluster.status().data_dir} died {MOST_DEATHS} times within "
                f"{died - deaths[0]:.0f} s and is not started again: the end of "
                "log/postgresql.log beside it, or the kernel's log (out of memory?), says why",
            )
        click.echo("PostgreSQL was killed: starting it again")
        cluster.start()
        click.echo(f"PostgreSQL answers again after {monotonic() - died:.1f} s")
