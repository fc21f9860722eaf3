"""The walls around the process that parses what strangers send."""

import ctypes
import sys
from importlib.abc import MetaPathFinder

try:
    import resource
except ImportError:  # Windows has no such limits; there a file is read on its sender's machine.
    resource = None  # type: ignore[assignment]

TASK, ANSWER = "task.json", "answer.json"
"""What such a process is told and what it says, in the folder it is given."""

CPU_SECONDS = 300
CPU_GRACE_SECONDS = 10
"""Between the signal that names the reason and the one that cannot be caught."""

ADDRESS_SPACE_BYTES = 4 * 1024**3
FILE_BYTES = 16 * 1024**3
OPEN_FILES = 64

UNUSED_PACKAGES = frozenset({"geopandas", "pandas"})
"""pyogrio and pyarrow import them when they can, which costs a short-lived process 0.9 s."""

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000


def is_limited() -> bool:
    """Answer whether this system can bound what a reading process takes."""
    return resource is not None


class _Absent(MetaPathFinder):
    def find_spec(self, fullname: str, *_: object) -> None:
        if fullname in UNUSED_PACKAGES:
            raise ModuleNotFoundError(f"{fullname} is not used in the reading process")


def enter_sandbox(cpu_seconds: int = CPU_SECONDS) -> None:
    """Limit this process for good: time, memory, files, no core dump, no network if possible."""
    sys.meta_path.insert(0, _Absent())
    if resource is None:  # as in is_limited; whoever starts a reader says so
        return
    limits = (
        (resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + CPU_GRACE_SECONDS),
        (resource.RLIMIT_AS, ADDRESS_SPACE_BYTES, ADDRESS_SPACE_BYTES),
        (resource.RLIMIT_FSIZE, FILE_BYTES, FILE_BYTES),
        (resource.RLIMIT_NOFILE, OPEN_FILES, OPEN_FILES),
        (resource.RLIMIT_CORE, 0, 0),
    )
    for what, soft, hard in limits:
        _, allowed = resource.getrlimit(what)
        most = hard if allowed == resource.RLIM_INFINITY else min(hard, allowed)
        resource.setrlimit(what, (min(soft, most), most))
    _leave_network()


def _leave_network() -> None:
    """Enter an empty network namespace, where the kernel permits it."""
    if sys.platform != "linux":
        return
    unshare = ctypes.CDLL(None, use_errno=True).unshare
    if unshare(CLONE_NEWNET) != 0:
        unshare(CLONE_NEWUSER | CLONE_NEWNET)
