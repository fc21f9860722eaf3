"""Programs run as one, proved with real small programs."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from landgis.config import PACKAGE_DIR

FOLDER = str(PACKAGE_DIR / "cli")
SERVES = """
import os, pathlib, signal, sys, time
name, folder = sys.argv[1], pathlib.Path(sys.argv[2])
def leave(*_):
    with (folder / "order").open("a") as file:
        file.write(name + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, leave)
print("ready as", os.getpid(), flush=True)
(folder / name).write_text(str(os.getpid()))
time.sleep(60)
"""
STUBBORN = SERVES.replace("    sys.exit(0)\n", "").replace("sleep(60)", "sleep(60); time.sleep(60)")
WITH_WORKER = (
    "import subprocess, sys\n"
    "subprocess.Popen([sys.executable, '-c', sys.argv[3], 'grandchild', sys.argv[2]])\n" + SERVES
)
FAILS = "import sys; print('no luck'); sys.exit(7)"

# Loaded by itself: the whole command line would cost each test seconds.
SUPERVISOR = """
import json, sys
sys.path.append(sys.argv.pop(1))
from supervise import Child, supervise
children = [Child(name, argv) for name, argv in json.loads(sys.argv[1])]
sys.exit(supervise(children, stop_timeout_s=float(sys.argv[2])))
"""


def _supervise(
    *children: tuple[str, list[str]], stop_timeout_s: float = 10
) -> subprocess.Popen[str]:
    listed = [(name, [sys.executable, "-c", *argv]) for name, argv in children]
    argv = [sys.executable, "-c", SUPERVISOR, FOLDER, json.dumps(listed), str(stop_timeout_s)]
    return subprocess.Popen(argv, stderr=subprocess.PIPE, text=True)


def _end_of(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, said = process.communicate(timeout=30)
    return process.returncode, said


def _until(is_so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        if time.monotonic() > deadline:
            pytest.fail(f"not within 20 s: {what}")
        time.sleep(0.01)


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def _pid(folder: Path, name: str) -> int:
    path = folder / name
    _until(lambda: path.is_file() and path.read_text() != "", f"{name} is up")
    return int(path.read_text())


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_asked_to_stop_it_stops_the_last_started_first(
    tmp_path: Path, signum: int, code: int
) -> None:
    folder = str(tmp_path)
    process = _supervise(
        ("worker", [SERVES, "worker", folder]), ("server", [SERVES, "server", folder])
    )
    pids = [_pid(tmp_path, "worker"), _pid(tmp_path, "server")]
    process.send_signal(signum)
    ended, said = _end_of(process)
    assert ended == code
    assert (tmp_path / "order").read_text().split() == ["server", "worker"]
    assert f"worker | ready as {pids[0]}" in said
    assert f"server | ready as {pids[1]}" in said
    assert not any(map(_is_alive, pids))


def test_a_child_that_fails_ends_the_rest_and_gives_its_code(tmp_path: Path) -> None:
    process = _supervise(("worker", [SERVES, "worker", str(tmp_path)]), ("server", [FAILS]))
    code, said = _end_of(process)
    assert code == 7
    assert "server | no luck\n" in said
    assert "server ended by itself with code 7" in said


def test_a_child_that_ends_without_error_is_an_error_too() -> None:
    process = _supervise(("worker", ["print('done')"]))
    assert _end_of(process)[0] == 1


def _kill_and_meet_again(folder: Path, name: str) -> int:
    killed = _pid(folder, name)
    os.kill(killed, signal.SIGKILL)
    _until(lambda: _pid(folder, name) != killed, f"{name} is started again")
    return killed


def test_a_killed_child_is_started_again_without_what_it_had_started(tmp_path: Path) -> None:
    process = _supervise(
        ("worker", [SERVES, "worker", str(tmp_path)]),
        ("server", [WITH_WORKER, "server", str(tmp_path), SERVES]),
    )
    worker, grandchild = _pid(tmp_path, "worker"), _pid(tmp_path, "grandchild")
    killed = _kill_and_meet_again(tmp_path, "server")
    assert not _is_alive(killed)
    assert not _is_alive(grandchild)
    assert _is_alive(worker)
    again = _pid(tmp_path, "server")
    process.terminate()
    ended, said = _end_of(process)
    assert ended == 0
    assert (tmp_path / "order").read_text().split()[-1] == "worker", "still the order of the start"
    assert "server was killed; it is started again" in said
    assert f"server | ready as {again}" in said


def test_a_child_killed_again_and_again_ends_the_rest(tmp_path: Path) -> None:
    process = _supervise(
        ("worker", [SERVES, "worker", str(tmp_path)]), ("server", [SERVES, "server", str(tmp_path)])
    )
    for _ in range(2):
        _kill_and_meet_again(tmp_path, "server")
    os.kill(_pid(tmp_path, "server"), signal.SIGKILL)
    assert _end_of(process)[0] == 128 + signal.SIGKILL
    assert not _is_alive(_pid(tmp_path, "worker"))


def test_a_child_that_was_told_to_end_is_not_started_again(tmp_path: Path) -> None:
    process = _supervise(("server", ["import os, signal; os.kill(os.getpid(), signal.SIGTERM)"]))
    assert _end_of(process)[0] == 128 + signal.SIGTERM


def test_killing_the_supervisor_ends_the_children(tmp_path: Path) -> None:
    process = _supervise(("server", [SERVES, "server", str(tmp_path)]))
    server = _pid(tmp_path, "server")
    process.kill()
    _end_of(process)
    _until(lambda: not _is_alive(server), "the child is gone")
    assert (tmp_path / "order").read_text() == "server\n"


def test_a_child_that_does_not_listen_is_killed_in_the_end(tmp_path: Path) -> None:
    process = _supervise(("server", [STUBBORN, "server", str(tmp_path)]), stop_timeout_s=0.2)
    server = _pid(tmp_path, "server")
    process.terminate()
    assert _end_of(process)[0] == 0
    assert not _is_alive(server)


def test_a_second_ctrl_c_waits_for_nobody(tmp_path: Path) -> None:
    process = _supervise(
        ("worker", [STUBBORN, "worker", str(tmp_path)]),
        ("server", [STUBBORN, "server", str(tmp_path)]),
        stop_timeout_s=3600,
    )
    pids = [_pid(tmp_path, "worker"), _pid(tmp_path, "server")]
    process.send_signal(signal.SIGINT)
    _until((tmp_path / "order").is_file, "the first Ctrl-C is passed on")
    process.send_signal(signal.SIGINT)
    assert _end_of(process)[0] == 130
    assert not any(map(_is_alive, pids))


def test_a_program_that_does_not_exist_stops_those_already_started(tmp_path: Path) -> None:
    children = [["a", [sys.executable, "-c", SERVES, "a", str(tmp_path)]], ["b", ["/no/such"]]]
    argv = [sys.executable, "-c", SUPERVISOR, FOLDER, json.dumps(children), "10"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert "/no/such" in done.stderr
    assert not (tmp_path / "a").exists() or not _is_alive(_pid(tmp_path, "a"))
