"""Folders that killed processes left among the temporary files, known by a lock nobody holds."""

import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform != "win32":
    import fcntl

PREFIX = "landgis-work-"
"""Of folders for the parts of one file; they hold names of people."""

LEFT_AFTER_S = 600.0
"""A folder this old that nobody holds was left by a process that was killed."""


def remove_left() -> None:
    """Remove our own old folders that no living process holds."""
    if sys.platform == "win32":
        return
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):  # held, gone by now, or somebody else's
            found = folder.lstat()
            is_old = time.time() - found.st_mtime > LEFT_AFTER_S
            if is_old and found.st_uid == os.geteuid():
                with held(folder):
                    shutil.rmtree(folder)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder; it falls with the process, however that ends."""
    if sys.platform == "win32":
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)
