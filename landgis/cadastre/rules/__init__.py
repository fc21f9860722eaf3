"""The rules a ParcelSet is judged by: one file each, gathered here in the order of reporting."""

from collections.abc import Mapping

from landgis.cadastre.findings import Finding, Rule, Severity
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules import outside, shift, unread
from landgis.cadastre.rules.context import RuleContext, identity_keys
from landgis.cadastre.rules.inspection import GROUP_CHECKS, ROW_CHECKS, Inspection

CHECKS = (*ROW_CHECKS, *GROUP_CHECKS)

RULES: tuple[Rule, ...] = (
    *(check.RULE for check in CHECKS),
    outside.FILE_RULE,
    shift.RULE,
    unread.RULE,
)


def check_all(
    parcels: ParcelSet, context: RuleContext, severities: Mapping[str, Severity]
) -> list[Finding]:
    """Answer every finding of every rule, in a fixed order: the same parcels, the same list.

    ``severities`` are a jurisdiction's own: rule code -> severity, replacing the rule's default.
    """
    inspection = Inspection(severities)
    inspection.look_at(parcels, context)
    return inspection.findings(parcels, context)


__all__ = ["CHECKS", "RULES", "Inspection", "RuleContext", "check_all", "identity_keys"]
