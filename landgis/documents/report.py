"""The report of an import: the same for the same file, but for its last four members."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from landgis import __version__, geodesy
from landgis.cadastre.batches import Batch, RowFate
from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.rules import RULES

FORMAT = 1


def finding_document(finding: Finding, batch_id: str | None) -> dict[str, Any]:
    """Answer a finding as reports, the API and the store keep it."""
    rule = finding.rule
    place = native = None
    if finding.place_xy is not None and finding.place_epsg is not None:
        x, y = finding.place_xy
        lon, lat = geodesy.transform_xy(
            np.array([x]), np.array([y]), finding.place_epsg, geodesy.LONLAT
        )
        native = {"srid": finding.place_epsg, "xy": [x, y]}
        if np.isfinite([lon[0], lat[0]]).all():
            coordinates = [round(float(lon[0]), 9), round(float(lat[0]), 9)]
            place = {"type": "Point", "coordinates": coordinates}
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
        "measured": finding.measured,
        "limit": finding.limit,
        "unit": finding.unit,
        "basis": finding.legal_basis,
        "batch_id": batch_id,
        "rows": list(finding.rows),
        "parcels": list(finding.parcels),
        "fixes": [],
        "acceptance": None,
    }


def by_rule(
    findings: Sequence[dict[str, Any]], rules: Sequence[Rule] = RULES
) -> list[dict[str, Any]]:
    """Answer one line per rule there is: how often it failed, or that it was not tested."""
    lines = []
    for rule in rules:
        mine = [f for f in findings if f["rule"] == rule.code]
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
    return {
        "format": FORMAT,
        "landgis": __version__,
        "file": {"name": batch.file_name, "sha256": batch.sha256, "bytes": batch.bytes},
        "options": batch.options,
        "evidence": batch.evidence,
        "counts": batch.counts.as_dict(),
        "by_rule": batch.by_rule,
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
