"""What is true of a file as a whole."""

from landgis.cadastre.rules.dataset import coverage_holes, near_limit, shift, unit_area

LAYER_CHECKS = (unit_area.UnitAreas,)
RULES = (*shift.RULES, *unit_area.RULES, *near_limit.RULES, *coverage_holes.RULES)
