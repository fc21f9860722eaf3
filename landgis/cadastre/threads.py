"""Work on several cores: GEOS and NumPy compute outside Python's lock."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import current_thread
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

MOST_THREADS = 4
"""More would wait for Python's lock, and each holds a block of parcels in memory (own choice)."""

NAME = "core"


def in_threads(work: Callable[[T], R], items: Sequence[T]) -> list[R]:
    """Answer the work on each item in their order; what one raises is raised here.

    All callers share the threads; what one of these threads asks for, it does by itself.
    """
    if len(items) == 1 or current_thread().name.startswith(NAME):
        return [work(item) for item in items]
    return list(_pool(os.getpid()).map(work, items))


@cache
def _pool(_process: int) -> ThreadPoolExecutor:
    """Answer the threads of this process: new ones for every block would leave their memory."""
    threads = min(os.cpu_count() or 1, MOST_THREADS)
    return ThreadPoolExecutor(threads, thread_name_prefix=NAME)
