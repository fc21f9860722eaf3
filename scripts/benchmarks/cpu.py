"""CPU time of programs with everything below them, from ``/proc``."""

import contextlib
import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def seconds(pid: int) -> float:
    """Answer user and system time of a process, its descendants and those that have ended.

    A process that has ended is in the time of whoever waited for it.
    """
    return sum(_times(one)[1] for one in _tree(pid)) / TICKS


def _tree(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                children.setdefault(_times(int(entry.name))[0], []).append(int(entry.name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def _times(pid: int) -> tuple[int, int]:
    """Answer the parent and the ticks of a process; (0, 0) for one that is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0, 0
    fields = text.rsplit(")", 1)[1].split()  # the name before it may hold anything
    return int(fields[1]), sum(map(int, fields[11:15]))
