"""Files that were sent, each in a folder of its own until what waits for it is done."""

import contextlib
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from flask_openapi3 import FileStorage

from landgis.errors import TooLarge

CHUNK_BYTES = 1024 * 1024
LEFT_AFTER_S = 3600.0
"""A file this old that nothing waits for was left by a server that died at it."""


class HandedFiles:
    """The folders of one kind of file.

    Parameters
    ----------
    limit
        Bytes; a larger file is refused.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder
        self._limit = limit

    def place(self, owner: UUID) -> Path:
        """Answer the folder of a batch or job, made if it is not there."""
        folder = self._folder / str(owner)
        # Files hold names of people; what ``parents`` makes, everybody may enter.
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def store(self, file: FileStorage, owner: UUID, name: str) -> Path:
        """Copy a file that is being sent.

        Raises
        ------
        TooLarge
            ``too_large``; who asked removes what was copied so far, as after any error.
        """
        target = self.place(owner) / name
        with target.open("wb") as out:
            while chunk := file.stream.read(CHUNK_BYTES):
                out.write(chunk)
                if out.tell() > self._limit:
                    why = f"The file is larger than {self._limit} bytes"
                    raise TooLarge("too_large", why, limit=self._limit)
        return target

    def remove(self, owner: UUID) -> None:
        """Remove the folder of a batch or job, if it is still there."""
        shutil.rmtree(self._folder / str(owner), ignore_errors=True)

    def sweep(self, is_awaited: Callable[[UUID], bool]) -> None:
        """Remove files that nothing waits for: a server that was killed left them."""
        for folder in self._folder.glob("*"):
            with contextlib.suppress(OSError, ValueError):  # gone by now; not ours
                is_old = time.time() - folder.stat().st_mtime > LEFT_AFTER_S
                if is_old and not is_awaited(UUID(folder.name)):
                    shutil.rmtree(folder)
