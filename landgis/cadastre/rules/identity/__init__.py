"""What names a parcel: unit, sheet, number, national identifier."""

from landgis.cadastre.rules.identity import (
    national_id_duplicate,
    national_id_far,
    national_id_missing,
    number_gap,
    number_reused,
    same_identity,
    unit_in_force,
)

ROW_CHECKS = (unit_in_force, national_id_far)
GROUP_CHECKS = (same_identity,)
LAYER_CHECKS = (
    number_gap.NumberGap,
    national_id_missing.NationalIdMissing,
    national_id_duplicate.NationalIdDuplicate,
)
RULES = (
    *same_identity.RULES,
    *unit_in_force.RULES,
    *number_gap.RULES,
    *number_reused.RULES,
    *national_id_missing.RULES,
    *national_id_duplicate.RULES,
    *national_id_far.RULES,
)
