"""Load a file: examine it and stage what was found, once per content."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import shapely

from landgis.cadastre.batches import Batch
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.register import Principal
from landgis.documents.report import by_rule, finding_document, report
from landgis.documents.shown import ImportReport, rows_of
from landgis.errors import Conflict, LandgisError, NotFound
from landgis.ingest.archive import open_source
from landgis.ingest.evidence import Choices
from landgis.ingest.raw import SourceFile
from landgis.services.deployment import DeploymentService
from landgis.services.examine import Examined, examine, raw_rows, work_folder
from landgis.services.ports import Parcels, Progress, Staging, silent

WAITING = ("queued", "reading", "validating")
"""What a batch may be while its file still has to be examined."""


@dataclass(frozen=True)
class Loaded:
    """A staged batch."""

    batch: Batch
    already: bool
    """True: the same bytes with the same options had been handed in before."""

    accepted: ParcelSet | None = None
    """What was staged just now, to publish without reading it back."""


class LoadService:
    """Takes files in."""

    def __init__(
        self,
        staging: Staging,
        parcels: Parcels,
        deployments: DeploymentService,
        jurisdiction: Jurisdiction,
    ) -> None:
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
            first = self.known(opened.source, choices)
            if first is not None and (batch is None or first.batch_id != batch.batch_id):
                return Loaded(first, already=True)
            examined = examine(
                opened,
                workdir,
                choices,
                self._jurisdiction,
                deployment=self._deployments.current(),
                progress=progress,
            )
            staged = self._stage(examined, choices, by, batch, progress)
        return Loaded(staged, already=False, accepted=examined.triage.accepted)

    def known(self, source: SourceFile, choices: Choices) -> Batch | None:
        """Answer the batch that the same bytes with the same choices gave before."""
        return self._staging.same_file(source.sha256, choices.as_options())

    def _stage(
        self,
        examined: Examined,
        choices: Choices,
        by: Principal,
        queued: Batch | None,
        progress: Progress,
    ) -> Batch:
        started = perf_counter()
        normalised, total = examined.normalised, examined.counts.read
        self._deployments.fix_by(normalised.parcels)
        batch, documents = batch_of(examined, choices, by, queued)
        batch = replace(batch, base_revision=self._parcels.state().revision)
        progress("staged", 0, total)
        self._staging.save(
            batch,
            parcels=normalised.parcels,
            fates=examined.fates(),
            findings=documents,
            raw=raw_rows(examined),
            geom_found=_lost_geometries(examined),
        )
        timings = {**batch.timings, "stage": perf_counter() - started}
        self._staging.update(batch.batch_id, timings=timings)
        progress("staged", total, total)
        return replace(batch, timings=timings)

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

    def rows(
        self, batch_id: UUID, by: Principal, *, state: str | None, after: int, limit: int
    ) -> list[dict[str, Any]]:
        """Answer rows of a batch with their raw attributes (personal data)."""
        batch = self.get(batch_id, by)
        return self._staging.rows(batch.batch_id, state=state, after=after, limit=limit)


def batch_of(
    examined: Examined, choices: Choices, by: Principal, queued: Batch | None = None
) -> tuple[Batch, list[dict[str, Any]]]:
    """Answer what was examined as a staged batch, with its findings as documents.

    ``queued`` is the batch that was recorded for the file earlier; None: a new one.
    """
    source, total = examined.source, examined.counts.read
    batch_id = queued.batch_id if queued else uuid4()
    documents = [finding_document(f, str(batch_id)) for f in examined.findings]
    batch = Batch(
        batch_id=batch_id,
        file_name=source.name,
        sha256=source.sha256,
        bytes=source.bytes,
        options=choices.as_options(),
        status="staged",
        created_by=queued.created_by if queued else by.name,
        created_at=queued.created_at if queued else datetime.now(UTC),
        counts=examined.counts,
        progress={"stage": "staged", "done": total, "total": total},
        evidence={**examined.normalised.evidence, "extent": _extent(examined.triage.accepted)},
        by_rule=by_rule(documents),
        survey_epsg=examined.normalised.parcels.survey_epsg,
        identity_fields=examined.normalised.identity_fields,
        timings=examined.timings,
    )
    return batch, documents


def _extent(parcels: ParcelSet) -> dict[str, Any] | None:
    """Answer west, south, east and north of parcels in their survey plane; None for none."""
    bounds = shapely.total_bounds(parcels.geom)
    if not np.isfinite(bounds).all():
        return None
    return {"srid": parcels.survey_epsg, "bounds": bounds.tolist()}


def _error_document(error: LandgisError) -> dict[str, Any]:
    return {"code": error.code, "message": error.message, **error.data}


def may_see(batch: Batch, by: Principal) -> bool:
    """Answer whether somebody may know a batch at all."""
    return by.everywhere("import") or batch.created_by == by.name


def _lost_geometries(examined: Examined) -> dict[int, bytes]:
    """Answer the WKB of rows whose geometry could not be built, by row number."""
    raw = examined.normalised.raw
    lost = {u.row for u in examined.normalised.unreadable}
    if not lost:
        return {}
    return {
        int(row): wkb
        for row, wkb in zip(raw.rows, raw.wkb, strict=True)
        if wkb is not None and int(row) in lost
    }
