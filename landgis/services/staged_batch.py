"""What was examined, as the batch that is recorded of it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from landgis.cadastre.batches import Batch
from landgis.cadastre.register import Principal
from landgis.documents.report import by_rule, finding_documents, report
from landgis.documents.shown import ImportReport, rows_of
from landgis.ingest.evidence import Choices
from landgis.ingest.raw import SourceFile
from landgis.services.examine import Examined


def batch_begun(
    source: SourceFile, choices: Choices, by: Principal, queued: Batch | None = None
) -> Batch:
    """Answer the batch of a file whose rows begin to come in.

    ``queued`` is the batch that was recorded for the file earlier; None: a new one.
    """
    return Batch(
        batch_id=queued.batch_id if queued else uuid4(),
        file_name=source.name,
        sha256=source.sha256,
        bytes=source.bytes,
        options=choices.as_options(),
        status="validating",
        created_by=queued.created_by if queued else by.name,
        created_at=queued.created_at if queued else datetime.now(UTC),
    )


def batch_staged(begun: Batch, examined: Examined) -> tuple[Batch, list[dict[str, Any]]]:
    """Answer a batch with what was examined of it, and its findings as documents."""
    total = examined.counts.read
    documents = finding_documents(examined.findings, str(begun.batch_id))
    staged = replace(
        begun,
        status="staged",
        counts=examined.counts,
        progress={"stage": "staged", "done": total, "total": total},
        evidence={**examined.normalised.evidence, "extent": _extent(examined)},
        by_rule=by_rule(documents),
        survey_epsg=examined.understood.reading.epsg,
        identity_fields=examined.understood.identity.fields,
        timings=examined.timings,
    )
    return staged, documents


def report_of(examined: Examined, choices: Choices, by: Principal) -> ImportReport:
    """Answer the report of a file that is not staged; the file must still be there."""
    batch, findings = batch_staged(batch_begun(examined.source, choices, by), examined)
    document = report(batch, findings, examined.fates())
    document |= {"batch_id": None, "status": "examined"}
    return ImportReport(document, examined.parcels(rows_of(findings)))


def _extent(examined: Examined) -> dict[str, Any] | None:
    """Answer west, south, east and north of what was accepted; None for nothing."""
    if examined.extent is None:
        return None
    return {"srid": examined.understood.reading.epsg, "bounds": list(examined.extent)}
