"""The report of an import: the same for the same file, but for its last four members."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from landgis import __version__
from landgis.cadastre.batches import Batch, RowFate
from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.rules import RULES
from landgis.documents.geojson import GeoJSON, lonlat_places, lonlat_shapes

FORMAT = 1


def finding_documents(findings: Sequence[Finding], batch_id: str | None) -> list[dict[str, Any]]:
    """Answer findings as reports, the API and the store keep them, in the same order."""
    places, shapes = lonlat_places(findings), lonlat_shapes(findings)
    return [
        _document(finding, batch_id, place, shape)
        for finding, place, shape in zip(findings, places, shapes, strict=True)
    ]


def _document(
    finding: Finding, batch_id: str | None, place: GeoJSON | None, shape: GeoJSON | None
) -> dict[str, Any]:
    rule, native = finding.rule, None
    if finding.place_xy is not None and finding.place_epsg is not None:
        native = {"srid": finding.place_epsg, "xy": list(finding.place_xy)}
    return {
        "id": finding.id,
        "rule": rule.code,
        "severity": rule.severity,
        "outcome": finding.outcome,
        "title": rule.title,
        "message": finding.message,
        "remedy": rule.remedy,
        "place": place,
        "place_native": native,
        "shape": shape,
        "measured": finding.measured,
        "limit": finding.limit,
        "unit": finding.unit,
        "basis": finding.legal_basis,
        "batch_id": batch_id,
        "rows": list(finding.rows),
        "keys": list(finding.keys),
        "parcels": list(finding.parcels),
        "fixes": list(rule.fixes) if finding.outcome == "fail" else [],
        "acceptance": None,
    }


def by_rule(
    findings: Sequence[dict[str, Any]], rules: Sequence[Rule] = RULES
) -> list[dict[str, Any]]:
    """Answer one line per rule there is: how often it failed, or that it was not tested."""
    found: dict[str, list[dict[str, Any]]] = {rule.code: [] for rule in rules}
    for finding in findings:
        found.setdefault(finding["rule"], []).append(finding)
    lines = []
    for rule in rules:
        mine = found[rule.code]
        failed = [f for f in mine if f["outcome"] == "fail"]
        untested = any(f["outcome"] == "untested" for f in mine)
        outcome = "fail" if failed else "untested" if untested else "pass"
        lines.append(
            {
                "rule": rule.code,
                "severity": mine[0]["severity"] if mine else rule.severity,
                "outcome": outcome,
                "findings": len(failed),
                "rows": len({row for f in failed for row in f["rows"]}),
                "title": rule.title,
            }
        )
    return lines


def report(
    batch: Batch, findings: Sequence[dict[str, Any]], fates: Sequence[RowFate]
) -> dict[str, Any]:
    """Answer the report of a batch; ``rows`` lists every row that did not simply pass."""
    accepted = Counter(f["rule"] for f in findings if f["acceptance"])
    return {
        "format": FORMAT,
        "landgis": __version__,
        "file": {"name": batch.file_name, "sha256": batch.sha256, "bytes": batch.bytes},
        "options": batch.options,
        "evidence": batch.evidence,
        "counts": batch.counts.as_dict(),
        "by_rule": [{**line, "accepted": accepted[line["rule"]]} for line in batch.by_rule],
        "findings": [{**f, "batch_id": None} for f in findings],
        "rows": [
            {"row": f.row, "state": f.state, "reasons": list(f.reasons)}
            for f in fates
            if f.state != "accepted"
        ],
        "batch_id": str(batch.batch_id),
        "status": batch.status,
        "revision": batch.published_revision,
        "timings": batch.timings,
    }
