"""What a parcel's boundary must be by itself."""

from landgis.cadastre.rules.geometry import (
    area,
    dangle,
    dropped,
    duplicate_vertex,
    empty,
    invalid,
    multipart,
    outside,
    spike,
    too_many_vertices,
    unclosed,
)

ROW_CHECKS = (
    empty,
    invalid,
    dangle,
    too_many_vertices,
    spike,
    duplicate_vertex,
    area,
    multipart,
    outside,
)
GROUP_CHECKS = ()
RULES = (
    *(rule for check in ROW_CHECKS for rule in check.RULES),
    *unclosed.RULES,
    *dropped.RULES,
)
