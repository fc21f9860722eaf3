"""What parcels must be beside each other."""

from landgis.cadastre.rules.topology import (
    edge_match,
    gap,
    node,
    overlap,
    same_geometry,
    sheet_frame,
    sliver,
    stack,
    unit_border,
)

ROW_CHECKS = (sliver, unit_border, sheet_frame)
GROUP_CHECKS = (same_geometry, stack)
RULES = (
    *same_geometry.RULES,
    *stack.RULES,
    *overlap.RULES,
    *gap.RULES,
    *node.RULES,
    *edge_match.RULES,
    *sliver.RULES,
    *unit_border.RULES,
    *sheet_frame.RULES,
)
