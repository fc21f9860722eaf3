"""``landgis db keep`` on a real cluster: killed ones come back, stopped ones do not."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import psycopg
import pytest

from landgis.store.cluster import Cluster
from tests.running import environment, new_home

pytestmark = pytest.mark.db

SECONDS = 60


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    cluster = Cluster(new_home())
    cluster.start()
    yield cluster
    cluster.remove()


@contextmanager
def keeper(cluster: Cluster) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "landgis", "db", "keep"],
        env=environment(cluster.status().data_dir.parent),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def until(is_so: Callable[[], bool], what: str) -> None:
    end = monotonic() + SECONDS
    while not is_so():
        if monotonic() > end:
            pytest.fail(f"not within {SECONDS} s: {what}")
        sleep(0.02)


def kill(cluster: Cluster) -> int:
    pid = cluster.status().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    return pid


def answers(cluster: Cluster) -> bool:
    url = cluster.url().replace("postgresql+psycopg:", "postgresql:")
    try:
        with psycopg.connect(url) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def postmasters(data: Path) -> list[int]:
    """Processes that were started with this data folder."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"postgres") and os.fsencode(data) in words:
            found.append(int(folder.name))
    return found


def test_killed_twice_it_comes_back_and_the_third_time_is_given_up(cluster: Cluster) -> None:
    with keeper(cluster) as process:
        for _ in range(2):
            killed = kill(cluster)
            until(lambda: cluster.status().pid not in {killed, None}, "another server")  # noqa: B023
            until(lambda: answers(cluster), "it answers")
            assert postmasters(cluster.status().data_dir) == [cluster.status().pid]
        kill(cluster)
        said, _ = process.communicate(timeout=SECONDS)
        assert process.returncode == 5
        assert said.count("answers again after") == 2
        assert "[database_keeps_dying]" in said
    assert postmasters(cluster.status().data_dir) == []
    cluster.start()


def test_stopped_in_order_it_stays_stopped_and_is_watched_when_started(cluster: Cluster) -> None:
    with keeper(cluster) as process:
        cluster.stop()
        assert not cluster.status().killed
        cluster.start()
        before = kill(cluster)
        until(lambda: cluster.status().pid not in {before, None}, "another server")
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    assert said.count("was killed") == 1
    assert answers(cluster)
