"""Land uses that belong to another kind of unit: urban residential land in a rural commune."""

from collections.abc import Iterator

import numpy as np

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.landuse import uses_of
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules.attribute.land_use_code import without_uses
from landgis.cadastre.rules.context import RuleContext
from landgis.cadastre.rules.shared_cause import causes, of_one_cause, untested

RULE = Rule(
    code="attribute.use_in_unit",
    severity="warning",
    title={
        "vi": "Loại đất không hợp với loại đơn vị hành chính",
        "en": "Land use of another kind of unit",
    },
    remedy={
        "vi": "Kiểm tra loại đất; sau sắp xếp đơn vị hành chính có trường hợp được giữ.",
        "en": "Check the land use; after a merger of units some keep the one they had.",
    },
)

RULES = (RULE,)


def check(parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    """Find uses that the jurisdiction has only in other kinds of units, by unit and use."""
    expected = context.jurisdiction.expected
    if not expected.use_kinds:
        yield untested(
            RULE,
            "địa bàn không quy định loại đất theo loại đơn vị",
            "the jurisdiction ties no land use to a kind of unit",
        )
        return
    uses = uses_of(parcels)
    if not uses.codes:
        yield without_uses(RULE)
        return
    units = {unit.code: unit for unit in context.jurisdiction.units if unit.holds(context.on)}
    basis = dict(expected.use_kinds_basis) if expected.use_kinds_basis else None
    for code, kinds in expected.use_kinds.items():
        wrong = {c for c, unit in units.items() if unit.kind not in kinds}
        of_use = np.unique(uses.parcel[uses.where({code})])
        unit_codes = parcels.unit_code[of_use]
        unit_codes = np.array([c if c in wrong else None for c in unit_codes], dtype=object)
        for unit_code, where in causes(unit_codes):
            name, use = units[unit_code].name, context.jurisdiction.land_uses.get(code)
            vi, en = (f" ({use.name['vi']})", f" ({use.name['en']})") if use else ("", "")
            said = {"vi": f"{code}{vi} ở {name}", "en": f"{code}{en} in {name}"}
            yield of_one_cause(RULE, parcels, of_use[where], context, said, basis)
