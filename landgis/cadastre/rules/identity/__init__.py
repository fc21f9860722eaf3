"""What names a parcel: unit, sheet, number, national identifier."""

from landgis.cadastre.rules.identity import same_identity

ROW_CHECKS = ()
GROUP_CHECKS = (same_identity,)
RULES = (*same_identity.RULES,)
