"""``landgis up`` as operators meet it: killed hard, started again, stopped by Ctrl-C."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from landgis.store.cluster import Cluster
from tests.conftest import _new_home, _wait_until_ready, free_port

pytestmark = pytest.mark.db


def start(home: Path, port: int) -> "subprocess.Popen[bytes]":
    env = {k: v for k, v in os.environ.items() if not k.startswith("LANDGIS_")}
    command = [sys.executable, "-m", "landgis", "up", "--demo", "--port", str(port)]
    log = home.with_suffix(".log")
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            env=env | {"LANDGIS_HOME": str(home)},
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _wait_until_ready(process, f"http://127.0.0.1:{port}", log)
    return process


def tree(pid: int) -> list[int]:
    """A process and everything below it, parents first."""
    found = [pid]
    for parent in found:
        children = Path(f"/proc/{parent}/task/{parent}/children")
        found += [int(child) for child in children.read_text().split()] if children.exists() else []
    return found


def revision(port: int) -> bytes:
    with urlopen(f"http://127.0.0.1:{port}/api/v1/revision", timeout=20) as answer:
        body: bytes = answer.read()
        return body


def test_kill_of_everything_loses_nothing_and_ctrl_c_stops_everything() -> None:
    home, port = _new_home(), free_port()
    cluster = Cluster(home)
    try:
        first = start(home, port)
        before = revision(port)
        postmaster = cluster.status().pid
        assert postmaster is not None
        for pid in [*tree(first.pid), postmaster]:
            os.kill(pid, signal.SIGKILL)
        first.wait()
        second = start(home, port)
        assert revision(port) == before
        processes = tree(second.pid)
        second.send_signal(signal.SIGINT)
        assert second.wait(timeout=60) == 130
        assert not cluster.status().running
        assert [pid for pid in processes if Path(f"/proc/{pid}").exists()] == []
        with pytest.raises(URLError):
            revision(port)
    finally:
        cluster.remove()
        home.with_suffix(".log").unlink(missing_ok=True)


def test_database_of_a_killed_start_is_stopped_by_the_next_one() -> None:
    home, port = _new_home(), free_port()
    cluster = Cluster(home)
    try:
        first = start(home, port)
        for pid in tree(first.pid):
            os.kill(pid, signal.SIGKILL)
        first.wait()
        assert cluster.status().running
        second = start(home, port)
        second.send_signal(signal.SIGTERM)
        second.wait(timeout=60)
        assert not cluster.status().running
    finally:
        cluster.remove()
        home.with_suffix(".log").unlink(missing_ok=True)


def test_port_in_use_is_said_before_anything_starts() -> None:
    home = _new_home()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        env = {k: v for k, v in os.environ.items() if not k.startswith("LANDGIS_")}
        done = subprocess.run(
            [sys.executable, "-m", "landgis", "up", "--port", port],
            env=env | {"LANDGIS_HOME": str(home)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 5
    assert done.stderr.strip().endswith("[port_taken]")
    assert not home.exists()
