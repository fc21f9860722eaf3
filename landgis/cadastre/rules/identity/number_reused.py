"""The name of a parcel that is gone, given to another one: a cancelled number never comes back."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules.at_register import AtRegister
from landgis.cadastre.rules.context import RuleContext
from landgis.cadastre.rules.placed import middle
from landgis.cadastre.rules.shared_cause import without_register

RULE = Rule(
    code="identity.number_reused",
    severity="error",
    title={"vi": "Dùng lại số thửa đã hủy", "en": "Cancelled number used again"},
    remedy={
        "vi": "Số thửa đã hủy không được dùng lại: cấp số mới tiếp theo số lớn nhất của tờ bản đồ.",
        "en": "A cancelled number is never used again: give the next one after the sheet's "
        "largest.",
    },
    basis={
        "document": "Thông tư 25/2014/TT-BTNMT",
        "article": "",
        "date": "2014-05-19",
        "class": "A",
    },
)

WARNS = replace(RULE, severity="warning")
"""Of rows that are proposed as a difference: a sheet sent again names what was split since."""

RULES = (RULE,)


def check(parcels: ParcelSet, context: RuleContext, register: AtRegister) -> Iterator[Finding]:
    """Find rows that name what is in the register no more.

    A parcel that was taken back with its batch has named nothing.
    """
    named = np.array([key in register.retired for key in context.identity.tolist()], dtype=bool)
    for i in np.flatnonzero(named).tolist():
        row, key, unit = int(parcels.row[i]), context.identity[i], parcels.unit_code[i] or ""
        is_proposed = unit in register.filled
        where = middle(parcels, i)
        yield Finding(
            rule=WARNS if is_proposed else RULE,
            outcome="fail",
            message={
                "vi": f"Dòng {row}: số hiệu {key} đã từng là của một thửa khác, nay không còn.",
                "en": f"Row {row}: {key} named a parcel before that is gone.",
            },
            rows=(row,),
            place_xy=where,
            place_epsg=parcels.survey_epsg if where else None,
            keys=(key,),
            parcels=(register.retired[key],),
            holds=() if is_proposed else None,
        )


def untested() -> Finding:
    """Answer that there is no register to ask."""
    return without_register(RULE)
