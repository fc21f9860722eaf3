"""Several programs run as one: their lines in one stream, stopped together, in order."""

import contextlib
import ctypes
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import NamedTuple, TextIO, TypeAlias

STOP_TIMEOUT_S = 10.0
"""How long a program may take to end after SIGTERM before it is killed; seconds."""

_PR_SET_PDEATHSIG = 1
"""prctl(2): the signal a process gets when its parent dies."""

# By name: Windows, where this module can at least be imported, has no SIGHUP.
_STOP_SIGNALS = tuple(s for s in signal.Signals if s.name in {"SIGINT", "SIGTERM", "SIGHUP"})
_EXIT_INTERRUPTED = 130
_POLL_S = 0.05
_CLEAR_TIMEOUT_S = 5.0

_KILLS = {signal.SIGSEGV, signal.SIGABRT} | {s for s in signal.Signals if s.name == "SIGKILL"}
"""Ends that nobody asked the program for: the kernel was out of memory, a library crashed."""

MOST_KILLS = 3
KILLS_WITHIN_S = 120.0
"""A program killed so often in this time is not started again; seconds."""


class Child(NamedTuple):
    """A program to run, and the name its lines carry."""

    name: str
    argv: Sequence[str]


@dataclass(frozen=True, eq=False)
class _Running:
    child: Child
    process: subprocess.Popen[str]

    @property
    def name(self) -> str:
        return self.child.name


_Events: TypeAlias = "queue.SimpleQueue[_Running | signal.Signals]"
"""What wakes the supervisor: a child that ended, or a signal to us."""


def supervise(
    children: Sequence[Child],
    *,
    stop_timeout_s: float = STOP_TIMEOUT_S,
    out: TextIO | None = None,
) -> int:
    """Run ``children`` until one ends or we are asked to stop, then stop all in reverse order.

    One that was killed is started again; the third time in two minutes counts as its end. Each
    runs in a session of its own, so that Ctrl-C reaches us alone and we decide the order. On Linux
    they are told to end when we are killed. Call it from the main thread, before any other thread
    exists.

    Parameters
    ----------
    children
        In the order of their start.
    stop_timeout_s
        Seconds between SIGTERM and SIGKILL; a second signal to us kills at once.
    out
        Where their lines go (default: standard error), each as ``name | line``.

    Returns
    -------
    int
        130 after Ctrl-C, 0 after SIGTERM or SIGHUP; else the exit code of the child that ended
        by itself (128 + signal when it was killed too often, 1 when it ended without an error).
    """
    sink = sys.stderr if out is None else out
    events: _Events = queue.SimpleQueue()
    running: list[_Running] = []
    relays: list[threading.Thread] = []
    kills: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=MOST_KILLS))
    with _signals_to(events):
        try:
            # All start before the first thread: between fork and exec no lock may be held.
            for child in children:
                running.append(_Running(child, _start(child)))  # noqa: PERF401 - see finally
            relays = [_watch(started, events, sink) for started in running]
            while isinstance(event := events.get(), _Running) and _may_go_on(event, kills):
                _clear(event, sink)
                place = running.index(event)
                del running[place]
                running.insert(place, _Running(event.child, _start(event.child)))
                relays.append(_watch(running[place], events, sink))
        finally:
            for started in reversed(running):
                stop_timeout_s = _stop(started, events, stop_timeout_s)
            for relay in relays:
                relay.join(timeout=1)
    return _answer(event, sink)


def _start(child: Child) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own programs, no shell
        list(child.argv),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        encoding="utf-8",
        errors="replace",
        # When one is started again there are threads: what runs before exec takes no lock.
        preexec_fn=_die_with_parent(),  # noqa: PLW1509
    )


def _die_with_parent() -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def arm() -> None:
        # SIGTERM, not SIGKILL: a server must still end the workers that it started itself.
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(128 + signal.SIGTERM)

    return arm


def _watch(child: _Running, events: _Events, sink: TextIO) -> threading.Thread:
    """Report the child's end to ``events``; answer the thread that passes its lines on."""

    def relay() -> None:
        for line in child.process.stdout or ():
            # One write a line, so that the lines of two children do not mix.
            sink.write(f"{child.name} | {line.rstrip()}\n")
            sink.flush()

    def wait() -> None:
        # WNOWAIT: collected only in _stop, so that its number stays that of its process group;
        # _stop may be quicker, then nobody asks any more.
        with contextlib.suppress(ChildProcessError):
            os.waitid(os.P_PID, child.process.pid, os.WEXITED | os.WNOWAIT)
        events.put(child)

    relaying = threading.Thread(target=relay, name=f"{child.name}-lines", daemon=True)
    for thread in (relaying, threading.Thread(target=wait, name=f"{child.name}-end", daemon=True)):
        thread.start()
    return relaying


def _may_go_on(ended: _Running, kills: dict[str, deque[float]]) -> bool:
    """Answer whether the child was killed, and not too often lately."""
    how = os.waitid(os.P_PID, ended.process.pid, os.WEXITED | os.WNOWAIT)
    if how is None or how.si_code == os.CLD_EXITED or how.si_status not in _KILLS:
        return False
    times = kills[ended.name]
    times.append(time.monotonic())
    return len(times) < MOST_KILLS or times[-1] - times[0] >= KILLS_WITHIN_S


def _clear(ended: _Running, sink: TextIO) -> None:
    """Wait for the end of all that a killed child started: they may hold its port."""
    sink.write(f"{ended.name} was killed; it is started again.\n")
    sink.flush()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(ended.process.pid, signal.SIGKILL)
        ended.process.wait()
        until = time.monotonic() + _CLEAR_TIMEOUT_S
        while time.monotonic() < until:
            os.killpg(ended.process.pid, 0)
            time.sleep(_POLL_S)


def _stop(child: _Running, events: _Events, patience_s: float) -> float:
    """End the child and all it started; answer the patience left for the next one."""
    pid = child.process.pid
    os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + patience_s
    while not os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG):
        if time.monotonic() >= until:
            break
        with contextlib.suppress(queue.Empty):
            if isinstance(events.get(timeout=_POLL_S), signal.Signals):
                until = patience_s = 0.0
    # Its own children, too: the workers of a server that was killed keep its port.
    os.killpg(pid, signal.SIGKILL)
    child.process.wait()
    return patience_s


def _answer(event: _Running | signal.Signals, sink: TextIO) -> int:
    if isinstance(event, signal.Signals):
        return _EXIT_INTERRUPTED if event is signal.SIGINT else 0
    code = event.process.returncode
    sink.write(f"{event.name} ended by itself with code {code}; everything else was stopped.\n")
    sink.flush()
    return (128 - code if code < 0 else code) or 1


@contextlib.contextmanager
def _signals_to(events: _Events) -> Iterator[None]:
    """Turn requests to stop into events; the earlier handlers come back afterwards."""

    def note(signum: int, _frame: FrameType | None) -> None:
        events.put(signal.Signals(signum))

    before = {number: signal.signal(number, note) for number in _STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
