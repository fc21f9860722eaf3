"""Which rows may enter the register: policy by severity, and nothing is dropped silently."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from landgis.cadastre.findings import Finding, Severity
from landgis.cadastre.parcels import ParcelSet


@dataclass(frozen=True)
class Triage:
    """The fate of every row that could be read."""

    accepted: ParcelSet
    quarantined: ParcelSet
    reasons: dict[int, tuple[str, ...]]
    """Row number of a quarantined row -> codes of the rules that hold it back, sorted."""

    blocking: tuple[Finding, ...]
    """Findings that refuse the file as a whole; then ``accepted`` is empty."""


def triage(parcels: ParcelSet, findings: Sequence[Finding]) -> Triage:
    """Part the rows by the severity of what was found on them.

    block: the file is refused · error: the row waits in quarantine · warning, info: accepted.
    A rule that keeps the first row lets it pass and holds back the others.
    """
    blocking = tuple(f for f in findings if _fails(f, "block"))
    reasons = reasons_of(findings)
    held_back = np.isin(parcels.row, list(reasons))
    accepted = ~held_back & (not blocking)
    return Triage(
        accepted=parcels.take(accepted),
        quarantined=parcels.take(held_back),
        reasons=reasons,
        blocking=blocking,
    )


def reasons_of(findings: Iterable[Finding]) -> dict[int, tuple[str, ...]]:
    """Answer row -> sorted codes of the rules that hold it back, by row."""
    reasons: dict[int, set[str]] = {}
    for finding in findings:
        if _fails(finding, "error"):
            for row in held_rows(finding):
                reasons.setdefault(row, set()).add(finding.rule.code)
    return {row: tuple(sorted(codes)) for row, codes in sorted(reasons.items())}


def held_rows(finding: Finding) -> tuple[int, ...]:
    """Answer the rows that a finding holds back when it is an error."""
    if finding.holds is not None:
        return finding.holds
    return finding.rows[1:] if finding.rule.keeps_first else finding.rows


def _fails(finding: Finding, severity: Severity) -> bool:
    return finding.outcome == "fail" and finding.rule.severity == severity
