"""From a file that is sent, or was, to its batches: a cheap gate, then the queue."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path, PurePath
from typing import Any, NamedTuple
from uuid import UUID, uuid4, uuid5

from flask_openapi3 import FileStorage

from landgis.bootstrap import Services
from landgis.cadastre.batches import Batch
from landgis.errors import Conflict, NotFound, Unavailable, UsageError
from landgis.ingest.archive import OpenedSource, open_source
from landgis.ingest.evidence import Choices
from landgis.ingest.gate import look_at, parted
from landgis.services.examine import work_folder
from landgis.services.load import may_see
from landgis.services.upload_folder import Upload
from landgis.web import idempotency
from landgis.web.access import principal
from landgis.web.handed_files import HandedFiles
from landgis.web.import_form import UploadBody

NAMESPACE = UUID("8f0c7a52-3b1e-5d0a-9a4e-6f1f0c6d2b11")
"""Of batches whose id follows from an Idempotency-Key: the same request sent twice is one batch."""


class Taken(NamedTuple):
    """What a file has become."""

    batches: Sequence[tuple[Batch, bool]]
    """One for each layer, and whether it is new."""

    left_out: tuple[str, ...]


@dataclass(frozen=True)
class _Source:
    """A file on our disk that is to be taken in."""

    path: Path
    name: str
    """As its sender calls it."""

    upload: Upload | None = None


class Intake:
    """Takes files in for the worker."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._uploads = services.uploads
        settings = services.settings
        self._files = HandedFiles(settings.uploads_dir, settings.upload_limit_bytes)

    def take(self, form: UploadBody) -> Taken:
        """Queue a file, one batch for each of its layers; what came before answers as it is.

        Raises
        ------
        Refused
            When the outside of the file is enough to say no.
        """
        self._sweep()
        choices = form.choices()
        self._services.jurisdiction.limits.scale(choices.map_scale)
        if form.upload is not None:
            return self._take_upload(form.upload, choices, publish=form.publish)
        assert form.file is not None  # noqa: S101 - the form has one of the two
        with self._stored(form.file) as path:
            source = _Source(path, _name(form.file))
            return self._take(source, choices, publish=form.publish)

    def publish(self, batch_id: UUID) -> Batch:
        """Have a staged batch published, unless it is.

        Raises
        ------
        Conflict
            ``batch_not_staged``, ``dry_run``.
        """
        batch = self._services.publish.request(batch_id)
        if batch.status != "published":
            self._services.load.forget_error(batch_id)
            self._services.queue.publish(batch_id, principal().name, _units())
        return batch

    def remove(self, batch_id: UUID) -> None:
        """Remove the file of a batch, if it is still there."""
        self._files.remove(batch_id)

    def _take_upload(self, upload_id: UUID, choices: Choices, *, publish: bool) -> Taken:
        upload, path = self._uploads.whole(upload_id, principal())
        said = upload.said
        if said.batches:
            if said.options != choices.as_options():
                raise Conflict(
                    "upload_used",
                    f"{said.name} is imported from this upload already, with other choices; "
                    "upload it once more",
                    batches=list(said.batches),
                )
            earlier = [self._recorded(UUID(batch_id)) for batch_id in said.batches]
            found = [batch for batch in earlier if batch is not None]
            if len(found) == len(earlier):
                is_answer_lost = said.request is not None and said.request == idempotency.token()
                return Taken([(batch, is_answer_lost) for batch in found], ())
        taken = self._take(_Source(path, said.name, upload), choices, publish=publish)
        self._uploads.let_go(upload)
        return taken

    def _take(self, source: _Source, choices: Choices, *, publish: bool) -> Taken:
        with work_folder() as workdir:
            opened = open_source(source.path, workdir, source.name)
            found = parted(opened, workdir, choices)
            if len(found.choices) == 1:  # else the worker says of each what is wrong with it
                look_at(opened, choices.layer)
            known = [self._known(opened, mine) for mine in found.choices]
        ids = self._ids(source, known, opened, choices)
        batches = []
        for mine, first, batch_id in zip(found.choices, known, ids, strict=True):
            batch = first or self._recorded(batch_id)
            if batch is None:
                batch = self._queue(opened, mine, batch_id, publish=publish)
                batches.append((batch, True))
                continue
            if publish:
                self.publish(batch.batch_id)
            batches.append((batch, False))
        return Taken(batches, found.left_out)

    def _ids(
        self,
        source: _Source,
        known: Sequence[Batch | None],
        opened: OpenedSource,
        choices: Choices,
    ) -> Sequence[UUID]:
        """Answer the ids of the batches: those of an earlier attempt that died, or new ones."""
        if source.upload is not None and source.upload.said.batches:
            return [UUID(batch_id) for batch_id in source.upload.said.batches]
        key = idempotency.token()
        made = (
            uuid4() if key is None else uuid5(NAMESPACE, f"{key} {opened.source.sha256} {number}")
            for number in count()
        )
        ids = [first.batch_id if first else next(made) for first in known]
        if source.upload is not None:
            self._uploads.note(source.upload, ids, choices.as_options(), key)
        return ids

    def _known(self, opened: OpenedSource, choices: Choices) -> Batch | None:
        first = self._services.load.known(opened.source, choices, principal())
        if first is not None and not may_see(first, principal()):
            name = opened.source.name
            raise Conflict("already_imported", f"{name} was handed in before by somebody else")
        return first

    def _recorded(self, batch_id: UUID) -> Batch | None:
        with contextlib.suppress(NotFound):
            return self._services.load.get(batch_id, principal())
        return None

    def _queue(
        self, opened: OpenedSource, choices: Choices, batch_id: UUID, *, publish: bool
    ) -> Batch:
        suffix = PurePath(opened.source.name).suffix.lower()
        stored = self._files.place(batch_id) / f"upload{suffix}"
        stored.unlink(missing_ok=True)
        os.link(opened.source.path, stored)
        by, queue, is_kept = principal(), self._services.queue, False

        def enqueue(batch: Batch, connection: Any) -> None:
            queue.load(batch_id, stored, batch.options, batch.created_by, connection)
            if publish:
                queue.publish(batch_id, by.name, _units(), connection)

        try:
            batch = self._services.load.queue(opened.source, choices, by, batch_id, enqueue)
            is_kept = True
        except Unavailable as problem:
            # The database may have recorded the batch before it went; if not, the sweep finds it.
            is_kept = problem.code == "database_unavailable"
            raise
        finally:
            if not is_kept:
                self.remove(batch_id)
        return batch

    @contextlib.contextmanager
    def _stored(self, file: FileStorage) -> Iterator[Path]:
        """Copy a file to a folder of ours for as long as it is looked at."""
        _name(file)
        own = uuid4()
        try:
            yield self._files.store(file, own, "upload")
        finally:
            self._files.remove(own)

    def _sweep(self) -> None:
        self._uploads.sweep()
        self._files.sweep(self._services.load.is_waiting)


def _units() -> list[str] | None:
    """Answer in which units the present asker may import; None: everywhere."""
    units = principal().grants["import"]
    return None if units is None else sorted(units)


def printable(name: str) -> str:
    """Answer the last part of a file's name as it may be listed; ``UsageError`` for none."""
    last = PurePath(name.replace("\\", "/")).name
    if not last:
        raise UsageError("file_missing", "Send the file as the form field 'file', with its name")
    # What is not printable has no place in a list that people read, NUL none in the database.
    return "".join(letter if letter.isprintable() else "?" for letter in last)


def _name(file: FileStorage) -> str:
    return printable(file.filename or "")
