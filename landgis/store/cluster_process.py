"""The processes of the private cluster, as the operating system sees them."""

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from landgis.errors import Unavailable
from landgis.store.cluster_files import ClusterFiles

_SETTLE_TIMEOUT_S = 120.0
"""A server replays at most ``max_wal_size`` after a crash before it is ready."""

_GONE_TIMEOUT_S = 10.0
_POLL_S = 0.02
_STATUS_LINE = 7
"""Index in ``postmaster.pid`` of the line that says ``starting``, ``ready`` or ``stopping``."""


def postmaster_pid(files: ClusterFiles) -> int | None:
    """Answer the pid of the running server; None when the pid file is a dead one's."""
    lines = _pid_file_lines(files)
    if not lines or not lines[0].isdigit():
        return None
    pid = int(lines[0])
    # The pid may be another program's by now: a container starts counting anew.
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return None
    return pid if os.fsencode(files.data) in words else None


def is_ready(files: ClusterFiles) -> bool:
    """Answer whether the server accepts connections."""
    lines = _pid_file_lines(files)
    says_ready = len(lines) > _STATUS_LINE and lines[_STATUS_LINE].strip() == "ready"
    return says_ready and postmaster_pid(files) is not None


def was_killed(files: ClusterFiles) -> bool:
    """Answer whether there is a pid file and no server to it; a server that is stopped removes it.

    The file is looked at twice: between the two looks the server may have been started or stopped.
    """
    before = _pid_file_lines(files)
    return bool(before) and postmaster_pid(files) is None and _pid_file_lines(files) == before


def wait_until_settled(files: ClusterFiles) -> None:
    """Wait for a server that is coming up or going down to be ready or gone.

    Whoever began that may have been killed meanwhile; the server goes on without him.

    Raises
    ------
    Unavailable
        ``cluster_start``
    """
    until = time.monotonic() + _SETTLE_TIMEOUT_S
    while (pid := postmaster_pid(files)) is not None and not is_ready(files):
        if time.monotonic() > until:
            raise Unavailable(
                "cluster_start",
                f"PostgreSQL (process {pid}) is neither ready nor gone after "
                f"{_SETTLE_TIMEOUT_S:.0f} s: see {files.log}.",
            )
        time.sleep(_POLL_S)


def wait_until_gone(files: ClusterFiles) -> None:
    """Wait for the end of a server that answers no more.

    Raises
    ------
    Unavailable
        ``cluster_start``
    """
    until = time.monotonic() + _GONE_TIMEOUT_S
    while (pid := postmaster_pid(files)) is not None:
        if time.monotonic() > until:
            raise Unavailable(
                "cluster_start",
                f"PostgreSQL (process {pid}) runs and lets nobody in: see {files.log}.",
            )
        time.sleep(_POLL_S)


def end_orphans(files: ClusterFiles) -> None:
    """End backends that outlived their killed server: they hold its shared memory.

    Most notice at once; one inside a long computation would not until that is done.
    Call it only when there is no server.

    Raises
    ------
    Unavailable
        ``cluster_start``
    """
    until = time.monotonic() + _GONE_TIMEOUT_S
    while pids := list(_remains(files.name)):
        for pid in pids:
            # Permission is missing only for the dying ones of other people's clusters.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        if time.monotonic() > until:
            raise Unavailable(
                "cluster_start",
                f"Processes {pids} of a killed PostgreSQL do not end: end them and start again.",
            )
        time.sleep(_POLL_S)


def said(error: subprocess.SubprocessError, what: str, files: ClusterFiles) -> str:
    """Answer one line about a server program that failed, with the server's own last words."""
    lines = str(getattr(error, "stdout", "") or "").split("\n")
    with contextlib.suppress(OSError):
        lines += files.log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:]
    telling = [line for line in lines if re.search(r"FATAL|PANIC|ERROR|error:|could not", line)]
    words = " ".join((telling or [str(error)])[-1].split())
    return f"PostgreSQL did not {what} in {files.data}: {words} (more in {files.log})"


def _pid_file_lines(files: ClusterFiles) -> list[str]:
    try:
        return (files.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return []


def _remains(cluster_name: str) -> Iterator[int]:
    """Yield the processes whose title names the cluster, and those of them that are dying.

    A dying process has lost its title already and still holds shared memory; a zombie holds
    nothing any more.
    """
    title = f"postgres: {cluster_name}: ".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            line = (folder / "cmdline").read_bytes()
            pid = int(folder.name)
            if line.startswith(title) or (not line and _is_dying_server(folder)):
                yield pid


def _is_dying_server(folder: Path) -> bool:
    before, _, after = (folder / "stat").read_text(encoding="utf-8").rpartition(")")
    return before.endswith("(postgres") and after.split()[0] not in {"Z", "X"}
