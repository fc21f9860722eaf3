"""Peak memory of a program with its children: the largest sum of proportional set sizes."""

import contextlib
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

INTERVAL_S = 0.05


class Used(NamedTuple):
    """What one run of a program took."""

    seconds: float
    peak_mib: float
    code: int


def run(argv: Sequence[str], env: Mapping[str, str], *, watched: bool) -> Used:
    """Run a program to its end; PostgreSQL, which is nobody's child here, is not counted.

    ``watched`` False: only timed, with a peak of 0.
    """
    started = perf_counter()
    with subprocess.Popen(
        argv, env=dict(env), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        peak, done = [0.0], threading.Event()
        watcher = threading.Thread(target=_watch, args=(process.pid, peak, done))
        if watched:
            watcher.start()
        _, errors = process.communicate()
        done.set()
        if watched:
            watcher.join()
    if process.returncode not in (0, 3):
        raise RuntimeError(errors.decode(errors="replace")[-500:])
    return Used(perf_counter() - started, peak[0], process.returncode)


def _watch(pid: int, peak: list[float], done: threading.Event) -> None:
    known = [pid]
    while not done.wait(INTERVAL_S):
        known = _alive(known)
        peak[0] = max(peak[0], sum(map(_pss_mib, known)))


def _alive(known: list[int]) -> list[int]:
    """Answer what is left of the known processes, and everything below them.

    Known ones stay known: a process whose parent has ended is nobody's child any more. Threads
    have children of their own.
    """
    found = dict.fromkeys(known)
    waiting = list(known)
    for parent in waiting:
        try:
            threads = list(Path(f"/proc/{parent}/task").iterdir())
        except OSError:
            found.pop(parent, None)
            continue
        for thread in threads:
            with contextlib.suppress(OSError):
                listed = (thread / "children").read_text(encoding="ascii").split()
                new = [int(child) for child in listed if int(child) not in found]
                found.update(dict.fromkeys(new))
                waiting += new
    return list(found)


def _pss_mib(pid: int) -> float:
    """Answer the proportional set size of a process; 0 when it has ended."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0.0
    line = next((x for x in text.splitlines() if x.startswith("Pss:")), "Pss: 0 kB")
    return int(line.split()[1]) / 1024
