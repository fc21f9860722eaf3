"""Files that arrive in parts, each continued where it ended, whatever ended it."""

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from landgis.cadastre.register import Principal
from landgis.errors import Conflict, NotFound, Refused, TooLarge
from landgis.services.upload_folder import Said, Stream, Upload, UploadFolder, disk_full, too_long

MOST_OPEN = 50
"""Uploads of one sender at a time: what is begun and never ended must not fill the disk."""

SPARE_BYTES = 512 * 1024**2
"""Room on the disk that no upload may take: the database needs it."""


class UploadService:
    """Keeps what arrives, each upload in a folder of its own.

    Parameters
    ----------
    folder
        Where; files hold names of people, so nobody else may read it.
    limit_bytes
        Largest file.
    """

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self._folder = folder
        self.limit_bytes = limit_bytes

    def begin(self, name: str, length: int, sha256: str | None, by: Principal) -> Upload:
        """Make room for a file.

        Raises
        ------
        TooLarge
            ``too_large``.
        Conflict
            ``too_many_uploads``.
        Unavailable
            ``disk_full``.
        """
        if length > self.limit_bytes:
            limit = self.limit_bytes
            raise TooLarge(
                "too_large", f"{name}: {length} bytes, the limit is {limit}", limit=limit
            )
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.sweep()
        if self._open_of(by) >= MOST_OPEN:
            raise Conflict(
                "too_many_uploads", f"{MOST_OPEN} uploads of yours have not ended; delete some"
            )
        if shutil.disk_usage(self._folder).free < length + SPARE_BYTES:
            raise disk_full()
        upload_id = uuid4()
        self._of(upload_id).create(Said(name, length, sha256, by.name))
        return self.get(upload_id, by)

    def get(self, upload_id: UUID, by: Principal) -> Upload:
        """Answer an upload of one's own; ``NotFound`` ``no_such_upload``."""
        upload = self._of(upload_id).look()
        if upload is None or upload.said.sender != by.name:
            raise NotFound("no_such_upload", f"There is no upload {upload_id}; it may have expired")
        return upload

    def append(
        self, upload_id: UUID, by: Principal, offset: int, stream: Stream, *, announced: int | None
    ) -> Upload:
        """Add bytes at the end; those that came before a connection broke stay.

        Parameters
        ----------
        offset
            Where the sender believes the end to be.
        announced
            How many bytes will come; None: until they end.

        Raises
        ------
        NotFound
            ``no_such_upload``.
        Conflict
            ``wrong_offset`` with the right one, ``upload_busy``: another part is arriving.
        TooLarge, Unavailable
            As ``UploadFolder.append``.
        """
        self.get(upload_id, by)
        folder = self._of(upload_id)
        with folder.alone():
            upload = self.get(upload_id, by)
            if offset != upload.offset:
                raise Conflict(
                    "wrong_offset",
                    f"{upload.said.name}: {upload.offset} bytes are here; go on there, "
                    f"not at {offset}",
                    offset=upload.offset,
                )
            if announced is not None and offset + announced > upload.said.length:
                raise too_long(upload.said)
            if not upload.is_complete:
                folder.append(upload, stream)
        return self.get(upload_id, by)

    def remove(self, upload_id: UUID, by: Principal) -> None:
        """Forget an upload of one's own.

        Raises
        ------
        NotFound
            ``no_such_upload``.
        Conflict
            ``upload_busy``.
        """
        self.get(upload_id, by)
        folder = self._of(upload_id)
        with folder.alone():
            shutil.rmtree(folder.path, ignore_errors=True)

    def whole(self, upload_id: UUID, by: Principal) -> tuple[Upload, Path]:
        """Answer a file that is here in full, and where; one that is imported may be gone.

        Raises
        ------
        NotFound
            ``no_such_upload``.
        Conflict
            ``upload_incomplete`` with the offset to go on at.
        Refused
            ``checksum_differs``: the bytes are not as their sender said, and are forgotten.
        """
        upload = self.get(upload_id, by)
        if not upload.is_complete:
            raise Conflict(
                "upload_incomplete",
                f"{upload.said.name}: {upload.offset} of {upload.said.length} bytes are here; "
                "send the rest",
                offset=upload.offset,
            )
        content = self._of(upload_id).content
        if upload.said.sha256 is not None and content.exists():
            self._check(upload, content)
        return upload, content

    def note(
        self,
        upload: Upload,
        batches: Sequence[UUID],
        options: dict[str, Any],
        request: str | None,
    ) -> None:
        """Write down what an upload is imported as, before it is: the answer may be lost.

        ``request`` is by what the request is known when it is sent again.
        """
        listed = tuple(str(batch_id) for batch_id in batches)
        said = replace(upload.said, batches=listed, options=options, request=request)
        self._of(upload.upload_id).write(said)

    def let_go(self, upload: Upload) -> None:
        """Remove the bytes of an upload that is imported; of what it became is known for a day."""
        self._of(upload.upload_id).content.unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove what has expired."""
        if self._folder.is_dir():
            for path in self._folder.iterdir():
                UploadFolder(path).remove_expired()

    def _check(self, upload: Upload, content: Path) -> None:
        with content.open("rb") as opened:
            arrived = hashlib.file_digest(opened, "sha256").hexdigest()
        if arrived != upload.said.sha256:
            shutil.rmtree(content.parent, ignore_errors=True)
            raise Refused(
                "checksum_differs",
                f"{upload.said.name}: what arrived has the SHA-256 {arrived}, not "
                f"{upload.said.sha256}; send the file again",
            )

    def _of(self, upload_id: UUID) -> UploadFolder:
        return UploadFolder(self._folder / str(upload_id))

    def _open_of(self, by: Principal) -> int:
        found = (UploadFolder(path).look() for path in self._folder.iterdir())
        return sum(
            1 for one in found if one and one.said.sender == by.name and not one.said.batches
        )
