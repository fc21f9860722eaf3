"""What parcels must be beside each other."""

from landgis.cadastre.rules.topology import same_geometry, stack

ROW_CHECKS = ()
GROUP_CHECKS = (same_geometry, stack)
RULES = (*same_geometry.RULES, *stack.RULES)
