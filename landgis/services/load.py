"""Load a file: examine it and stage what was found, once per content."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from landgis.cadastre.batches import Batch
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.register import Principal
from landgis.documents.report import report
from landgis.documents.shown import ImportReport, rows_of
from landgis.errors import Conflict, LandgisError, NotFound
from landgis.ingest.archive import OpenedSource, open_source
from landgis.ingest.evidence import Choices
from landgis.ingest.raw import SourceFile
from landgis.services.arrival import Arrival
from landgis.services.deployment import DeploymentService
from landgis.services.examine import Examination, work_folder
from landgis.services.memory import MemoryService
from landgis.services.pace import collecting_little
from landgis.services.ports import AtHand, Parcels, Progress, Staging, silent
from landgis.services.staged_batch import batch_begun, batch_staged

WAITING = ("queued", "reading", "validating")
"""What a batch may be while its file still has to be examined."""


@dataclass(frozen=True)
class Loaded:
    """A staged batch."""

    batch: Batch
    already: bool
    """True: the same bytes with the same options had been handed in before."""

    accepted: Sequence[ParcelSet] | None = None
    """What was staged just now, to publish without reading it back."""


class LoadService:
    """Takes files in."""

    def __init__(
        self,
        staging: Staging,
        parcels: Parcels,
        deployments: DeploymentService,
        jurisdiction: Jurisdiction,
        memory: MemoryService,
        register: AtHand,
    ) -> None:
        self._memory = memory
        self._register = register
        self._staging = staging
        self._parcels = parcels
        self._deployments = deployments
        self._jurisdiction = jurisdiction

    def load(
        self,
        path: Path,
        choices: Choices,
        by: Principal,
        *,
        name: str | None = None,
        batch: Batch | None = None,
        progress: Progress = silent,
    ) -> Loaded:
        """Examine a file and stage it; the same file again answers with the first batch.

        Parameters
        ----------
        batch
            A batch that was queued for this file earlier; None: a new one.
        """
        with work_folder() as workdir:
            opened = open_source(path, workdir, name)
            return self.load_opened(opened, workdir, choices, by, batch=batch, progress=progress)

    def load_opened(
        self,
        opened: OpenedSource,
        workdir: Path,
        choices: Choices,
        by: Principal,
        *,
        batch: Batch | None = None,
        progress: Progress = silent,
    ) -> Loaded:
        """Do the same for a file that is open already, in the folder it was opened in."""
        first = self.known(opened.source, choices, by)
        if first is not None and (batch is None or first.batch_id != batch.batch_id):
            return Loaded(first, already=True)
        with collecting_little():
            return self._load(opened, workdir, choices, by, batch, progress)

    def _load(
        self,
        opened: OpenedSource,
        workdir: Path,
        choices: Choices,
        by: Principal,
        queued: Batch | None,
        progress: Progress,
    ) -> Loaded:
        examination = Examination(
            opened,
            workdir,
            choices,
            self._jurisdiction,
            deployment=self._deployments.current(),
            progress=progress,
            recall=self._memory.recalling(by.name, choices),
        )
        begun = replace(
            batch_begun(opened.source, choices, by, queued),
            base_revision=self._parcels.state().revision,
        )
        with self._staging.receive(begun) as received:
            arrival = Arrival(received)
            arrival.write(examination)
            examined = examination.finish(self._register)
            arrival.lose(examined)
            arrival.settle(examined.reasons)
            if not choices.dry_run:
                self._deployments.fix_by(examination.sample.parcels)
            batch, documents = batch_staged(begun, examined)
            total = examined.counts.read
            progress("staged", 0, total)  # the last moment at which a cancellation costs nothing
            received.close(batch, documents)
        progress("staged", total, total)
        if not choices.dry_run:
            self._memory.keep(batch, examination.sample.raw, choices)
        return Loaded(batch, already=False, accepted=arrival.accepted(examined.reasons))

    def known(self, source: SourceFile, choices: Choices, by: Principal) -> Batch | None:
        """Answer the batch that the same bytes gave before, with choices said or remembered."""
        first = self._staging.same_file(source.sha256, choices.as_options())
        return first or self._memory.first_of(source, choices, by.name)

    def queue(
        self,
        source: SourceFile,
        choices: Choices,
        by: Principal,
        batch_id: UUID,
        enqueue: Callable[[Batch, Any], None],
    ) -> Batch:
        """Record a file that a worker is to load, with the job that tells the worker so.

        Parameters
        ----------
        enqueue
            Given the batch and the connection of the transaction that records it.
        """
        batch = Batch(
            batch_id=batch_id,
            file_name=source.name,
            sha256=source.sha256,
            bytes=source.bytes,
            options=choices.as_options(),
            status="queued",
            created_by=by.name,
            created_at=datetime.now(UTC),
            progress={"stage": "queued", "done": 0, "total": None},
        )
        self._staging.create(batch, lambda connection: enqueue(batch, connection))
        return batch

    def cancel(self, batch_id: UUID, by: Principal) -> Batch:
        """End a batch that is not in the register; a worker that is at it writes nothing.

        Raises
        ------
        Conflict
            ``batch_not_cancellable``: it is being published, or has come to its end.
        """
        self.get(batch_id, by)
        is_cancelled = self._staging.cancel(batch_id)
        batch = self._staging.get(batch_id)
        if not is_cancelled:
            raise Conflict(
                "batch_not_cancellable",
                f"Batch {batch_id} is {batch.status}; it cannot be cancelled any more",
            )
        return batch

    def is_waiting(self, batch_id: UUID) -> bool:
        """Answer whether a batch still needs the file that was handed in."""
        try:
            return self._staging.get(batch_id).status in WAITING
        except NotFound:
            return False

    def fail(self, batch_id: UUID, error: LandgisError, *, refused: bool) -> None:
        """Say of a queued batch that it came to nothing, and why."""
        status = "refused" if refused else "failed"
        self._staging.update(batch_id, status=status, error=_error_document(error))

    def note_error(self, batch_id: UUID, error: LandgisError) -> None:
        """Say on a batch why its publication was not possible; its status stays."""
        self._staging.update(batch_id, error=_error_document(error))

    def forget_error(self, batch_id: UUID) -> None:
        """Say nothing more of an earlier publication that was not possible."""
        self._staging.update(batch_id, error=None)

    def tell(self, batch_id: UUID, stage: str, done: int, total: int | None) -> None:
        """Record how far a batch is; ``Conflict`` ``batch_cancelled`` ends the work on it."""
        status = stage if stage in ("reading", "validating") else None
        values: dict[str, Any] = {"progress": {"stage": stage, "done": done, "total": total}}
        if status:
            values["status"] = status
        if not self._staging.update(batch_id, **values):
            raise Conflict("batch_cancelled", f"Batch {batch_id} has been cancelled")

    def get(self, batch_id: UUID, by: Principal) -> Batch:
        """Answer one batch.

        Whoever is limited to some units sees what they handed in themselves: a batch holds raw
        rows of any unit, with the names in them.

        Raises
        ------
        NotFound
            ``no_such_batch``; also for a batch that the asker may not see.
        """
        batch = self._staging.get(batch_id)
        if not may_see(batch, by):
            raise NotFound("no_such_batch", f"There is no batch {batch_id}")
        return batch

    def batches(self) -> list[Batch]:
        """Answer the newest batches first."""
        return self._staging.batches()

    def report(self, batch_id: UUID, by: Principal) -> dict[str, Any]:
        """Answer the report of a batch that was examined."""
        batch = self.get(batch_id, by)
        if batch.status in WAITING:
            raise Conflict("not_examined_yet", f"Batch {batch_id} is still {batch.status}")
        return report(batch, self._staging.findings(batch_id), self._staging.fates(batch_id))

    def shown(self, batch_id: UUID, by: Principal) -> ImportReport:
        """Answer the report of a batch that was examined, to be written in any form."""
        document = self.report(batch_id, by)
        batch, rows = self._staging.get(batch_id), rows_of(document["findings"])
        return ImportReport(document, self._staging.concerned(batch, rows))

    def findings(self, batch_id: UUID, by: Principal) -> list[dict[str, Any]]:
        """Answer the findings of a batch."""
        return self._staging.findings(self.get(batch_id, by).batch_id)

    def concerned(self, batch_id: UUID, rows: Sequence[int], by: Principal) -> ParcelSet:
        """Answer the parcels of some rows, to be drawn."""
        return self._staging.concerned(self.get(batch_id, by), rows)

    def rows(
        self, batch_id: UUID, by: Principal, *, state: str | None, after: int, limit: int
    ) -> list[dict[str, Any]]:
        """Answer rows of a batch with their raw attributes (personal data)."""
        batch = self.get(batch_id, by)
        return self._staging.rows(batch.batch_id, state=state, after=after, limit=limit)


def _error_document(error: LandgisError) -> dict[str, Any]:
    return {"code": error.code, "message": error.message, **error.data}


def may_see(batch: Batch, by: Principal) -> bool:
    """Answer whether somebody may know a batch at all."""
    return by.everywhere("import") or batch.created_by == by.name
