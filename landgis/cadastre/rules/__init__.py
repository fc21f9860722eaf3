"""The rules a ParcelSet is judged by: one file each, gathered here in the order of reporting."""

from collections.abc import Mapping
from dataclasses import replace

from landgis.cadastre.findings import Finding, Rule, Severity
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules import (
    empty,
    invalid,
    outside,
    same_geometry,
    same_identity,
    stack,
    vertices,
)
from landgis.cadastre.rules.context import RuleContext, identity_keys

CHECKS = (empty, invalid, vertices, outside, same_identity, same_geometry, stack)

RULES: tuple[Rule, ...] = (*(check.RULE for check in CHECKS), outside.FILE_RULE)


def check_all(
    parcels: ParcelSet, context: RuleContext, severities: Mapping[str, Severity]
) -> list[Finding]:
    """Answer every finding of every rule, in a fixed order: the same parcels, the same list.

    ``severities`` are a jurisdiction's own: rule code -> severity, replacing the rule's default.
    """
    findings = []
    for module in CHECKS:
        for finding in module.check(parcels, context):
            rule = finding.rule
            severity = severities.get(rule.code, rule.severity)
            findings.append(replace(finding, rule=replace(rule, severity=severity)))
    return findings


__all__ = ["CHECKS", "RULES", "RuleContext", "check_all", "identity_keys"]
