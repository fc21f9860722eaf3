"""What is said of a parcel beside its boundary: areas, land uses, dates, text."""

from landgis.cadastre.rules.attribute import (
    area_error,
    area_legal,
    area_rounding,
    dates,
    land_use_code,
    mojibake,
    personal_number,
    use_areas,
    use_in_unit,
)

ROW_CHECKS = (
    land_use_code,
    use_in_unit,
    use_areas,
    area_error,
    area_legal,
    dates,
    mojibake,
    personal_number,
)
GROUP_CHECKS = ()
LAYER_CHECKS = (area_rounding.AreaRounding,)
RULES = tuple(rule for check in (*ROW_CHECKS, area_rounding) for rule in check.RULES)
