"""The rules a ParcelSet is judged by: a file each, a folder for each family.

A rule file holds its ``RULES`` with their words and a ``check`` that gives findings.
"""

from collections.abc import Mapping

from landgis.cadastre.findings import Finding, Severity
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules.context import RuleContext, identity_keys
from landgis.cadastre.rules.families import GROUP_CHECKS, ROW_CHECKS, RULES
from landgis.cadastre.rules.inspection import Inspection

CHECKS = (*ROW_CHECKS, *GROUP_CHECKS)


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
