"""``landgis up`` as operators meet it: killed hard, started again, stopped by Ctrl-C."""

import os
import select
import signal
import socket
from contextlib import suppress
from pathlib import Path
from subprocess import Popen
from time import monotonic, sleep
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from landgis.store.cluster import Cluster
from tests.conftest import free_port
from tests.running import landgis, log_of, new_home, start_demo, wait_until_ready

pytestmark = pytest.mark.db


def tree(pid: int) -> list[int]:
    """A process and everything below it, parents first."""
    found = [pid]
    for parent in found:
        children = Path(f"/proc/{parent}/task/{parent}/children")
        found += [int(child) for child in children.read_text().split()] if children.exists() else []
    return found


def kill_hard(pids: list[int]) -> None:
    """Kill each; the kernel ends the children of a killed parent at once, perhaps before we do."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def has_ended(pid: int) -> bool:
    """Whether a process has ended; one that was killed takes the kernel a moment on a busy machine."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], 10.0)[0])
    finally:
        os.close(handle)


def revision(port: int) -> bytes:
    with urlopen(f"http://127.0.0.1:{port}/api/v1/revision", timeout=20) as answer:
        body: bytes = answer.read()
        return body


def kill_database(cluster: Cluster, up: "Popen[bytes]", port: int, log: Path) -> None:
    """Kill PostgreSQL alone; ``up`` starts it again, and what asks it goes on."""
    killed, running = cluster.status().pid, set(tree(up.pid))
    assert killed is not None
    kill_hard([killed])
    end = monotonic() + 60
    while "database | PostgreSQL answers again after" not in log.read_text():
        assert monotonic() < end, "it was not started again"
        sleep(0.02)
    wait_until_ready(up, f"http://127.0.0.1:{port}", log)
    assert cluster.status().pid not in {killed, None}
    assert running <= set(tree(up.pid)), "worker and servers are the same ones"


def kill_server(up: "Popen[bytes]", port: int, log: Path) -> None:
    """Kill the server of ``up`` alone; it is started again on the same port."""
    servers = [p for p in tree(up.pid) if b"serve" in command_of(p)]
    kill_hard(servers[:1])
    end = monotonic() + 60
    while not all(has_ended(pid) for pid in servers):  # an orphan would answer, and then die
        assert monotonic() < end, "it was not cleared away"
        sleep(0.02)
    wait_until_ready(up, f"http://127.0.0.1:{port}", log)


def command_of(pid: int) -> list[bytes]:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return []


def test_kill_of_everything_loses_nothing_and_ctrl_c_stops_everything() -> None:
    home, port = new_home(), free_port()
    cluster = Cluster(home)
    try:
        first = start_demo(home, port)
        before = revision(port)
        kill_database(cluster, first, port, log_of(home))
        kill_server(first, port, log_of(home))
        assert revision(port) == before
        postmaster = cluster.status().pid
        assert postmaster is not None
        kill_hard([*tree(first.pid), postmaster])
        first.wait()
        second = start_demo(home, port)
        assert revision(port) == before
        processes = tree(second.pid)
        second.send_signal(signal.SIGINT)
        assert second.wait(timeout=60) == 130
        assert not cluster.status().running
        assert [pid for pid in processes if not has_ended(pid)] == []
        with pytest.raises(URLError):
            revision(port)
    finally:
        cluster.remove()
        log_of(home).unlink(missing_ok=True)


def test_database_of_a_killed_start_is_stopped_by_the_next_one() -> None:
    home, port = new_home(), free_port()
    cluster = Cluster(home)
    try:
        first = start_demo(home, port)
        kill_hard(tree(first.pid))
        first.wait()
        assert cluster.status().running
        second = start_demo(home, port)
        second.send_signal(signal.SIGTERM)
        second.wait(timeout=60)
        assert not cluster.status().running
    finally:
        cluster.remove()
        log_of(home).unlink(missing_ok=True)


def test_port_in_use_is_said_before_anything_starts() -> None:
    home = new_home()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        done = landgis(home, "up", "--port", port)
    assert done.returncode == 5
    assert done.stderr.strip().endswith("[port_taken]")
    assert not home.exists()
