"""One upload on disk: what is known about it, and its bytes as far as they have come."""

import contextlib
import errno
import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID, uuid4

from landgis.errors import Conflict, TooLarge, Unavailable
from landgis.services.left_folders import held

KEPT_S = 24 * 3600.0
"""How long an upload waits for its next part, or to be imported."""

CHUNK_BYTES = 64 * 1024
"""Little enough that a killed server loses next to nothing of what has come."""

ABOUT, CONTENT = "about.json", "content"


class Stream(Protocol):
    """Where bytes come from."""

    def read(self, size: int, /) -> bytes:
        """Answer some bytes, none at the end."""


@dataclass(frozen=True)
class Said:
    """What is written down about an upload."""

    name: str
    length: int
    """Bytes of the whole file."""

    sha256: str | None
    """Of the whole file, as its sender says; None: not said."""

    sender: str
    batches: tuple[str, ...] = ()
    """What it is imported as; its bytes may be gone from here then."""

    options: dict[str, Any] | None = None
    """How it was to be read then."""

    request: str | None = None
    """By what that request is known when it is sent again."""


@dataclass(frozen=True)
class Upload:
    """A file that arrives, or has arrived."""

    upload_id: UUID
    said: Said
    offset: int
    """Bytes that are here."""

    expires_at: datetime

    @property
    def is_complete(self) -> bool:
        """Answer whether every byte is here."""
        return self.offset == self.said.length


class UploadFolder:
    """The folder of one upload."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.content = path / CONTENT

    def create(self, said: Said) -> None:
        """Make the folder; a server that dies at it leaves nothing that counts."""
        self.path.mkdir(mode=0o700)
        self.content.touch(mode=0o600)
        self.write(said)

    def write(self, said: Said) -> None:
        """Replace what is written down, in one step."""
        fresh = self.path / f"{ABOUT}.{uuid4()}"
        fresh.write_text(json.dumps(vars(said)), "utf-8")
        fresh.replace(self.path / ABOUT)

    def look(self) -> Upload | None:
        """Answer the upload; None: there is none, or none yet."""
        try:
            known = json.loads((self.path / ABOUT).read_text("utf-8"))
            touched = self.path.stat().st_mtime
        except (OSError, ValueError):  # not there; or the machine stopped before it was on disk
            return None
        said = Said(**{**known, "batches": tuple(known["batches"])})
        offset = said.length
        with contextlib.suppress(FileNotFoundError):
            found = self.content.stat()
            offset, touched = found.st_size, max(touched, found.st_mtime)
        expires_at = datetime.fromtimestamp(touched + KEPT_S, UTC)
        return Upload(UUID(self.path.name), said, offset, expires_at)

    def remove_expired(self) -> None:
        """Remove the folder if nothing has happened in it for long, whatever it is."""
        with contextlib.suppress(OSError):  # gone by now, or a part is arriving
            newest = max(path.stat().st_mtime for path in (self.path, *self.path.iterdir()))
            if time.time() - newest > KEPT_S:
                with held(self.path):
                    shutil.rmtree(self.path)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the folder; ``Conflict`` ``upload_busy`` while somebody else does."""
        try:
            with held(self.path):
                yield
        except BlockingIOError as problem:
            raise Conflict(
                "upload_busy", "Another part of this upload is arriving; ask where it is, go on"
            ) from problem

    def append(self, upload: Upload, stream: Stream) -> None:
        """Write what arrives through to the disk; what is written counts, whatever happens then.

        Raises
        ------
        TooLarge
            ``too_large``: more arrives than the whole file was said to have.
        Unavailable
            ``disk_full``.
        """
        try:
            with self.content.open("ab") as out:
                try:
                    _copy(stream, out, upload)
                finally:
                    out.flush()
                    os.fsync(out.fileno())
        except OSError as problem:
            if problem.errno == errno.ENOSPC:
                raise disk_full() from problem
            raise


def _copy(stream: Stream, out: Any, upload: Upload) -> None:
    left = upload.said.length - upload.offset
    while chunk := stream.read(min(CHUNK_BYTES, left + 1)):
        if len(chunk) > left:
            raise too_long(upload.said)
        out.write(chunk)
        left -= len(chunk)


def too_long(said: Said) -> TooLarge:
    """Answer the refusal of bytes beyond the end."""
    return TooLarge(
        "too_large",
        f"{said.name} was begun with {said.length} bytes; more than that were sent",
        limit=said.length,
    )


def disk_full() -> Unavailable:
    """Answer that there is no room."""
    return Unavailable("disk_full", "The server's disk is full; tell who runs it, then go on")
