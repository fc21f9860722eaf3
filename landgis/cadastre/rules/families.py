"""All families of rules, gathered in the order in which their findings are told."""

from types import ModuleType

from landgis.cadastre.findings import Rule
from landgis.cadastre.rules import attribute, dataset, file, geometry, identity, topology

ROW_CHECKS: tuple[ModuleType, ...] = (
    *geometry.ROW_CHECKS,
    *topology.ROW_CHECKS,
    *identity.ROW_CHECKS,
    *attribute.ROW_CHECKS,
)
"""Modules whose ``check(parcels, context)`` judges each parcel of a block by itself."""

GROUP_CHECKS: tuple[ModuleType, ...] = (*identity.GROUP_CHECKS, *topology.GROUP_CHECKS)
"""Modules whose ``check`` compares the rows that may be equal."""

LAYER_CHECKS = (*identity.LAYER_CHECKS, *attribute.LAYER_CHECKS, *dataset.LAYER_CHECKS)
"""Classes that see every block (``look_at``) and judge the layer at its end (``findings``)."""

RULES: tuple[Rule, ...] = (
    *geometry.RULES,
    *identity.RULES,
    *topology.RULES,
    *attribute.RULES,
    *dataset.RULES,
    *file.RULES,
)
"""Every rule that a file of parcels is judged by."""
