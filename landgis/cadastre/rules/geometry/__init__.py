"""What a parcel's boundary must be by itself."""

from landgis.cadastre.rules.geometry import empty, invalid, outside, vertices

ROW_CHECKS = (empty, invalid, vertices, outside)
GROUP_CHECKS = ()
RULES = (*empty.RULES, *invalid.RULES, *vertices.RULES, *outside.RULES)
