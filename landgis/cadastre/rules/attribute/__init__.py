"""What is said of a parcel beside its boundary: areas, land uses, dates, text."""

from landgis.cadastre.findings import Rule

ROW_CHECKS = ()
GROUP_CHECKS = ()
RULES: tuple[Rule, ...] = ()
