"""Several parcels on one polygon: normal for condominiums and split rights, worth a look."""

from collections.abc import Iterator

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules.context import RuleContext, groups_of_equal
from landgis.cadastre.rules.placed import keys_of, on_group

RULE = Rule(
    code="topology.stack",
    severity="warning",
    title={"vi": "Nhiều thửa đất trên cùng một hình", "en": "Several parcels on one polygon"},
    remedy={
        "vi": "Nếu không phải nhà chung cư hay quyền chung, kiểm tra lại hình học.",
        "en": "Unless it is a condominium or a shared right, check the geometry.",
    },
)

RULES = (RULE,)


def check(parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    """Find groups of rows with equal geometry whose identities differ or are unknown."""
    identity = context.identity
    shape = parcels.geometry_key
    for group in groups_of_equal(shape):
        names = [identity[i] for i in group]
        if None not in names and len(set(names)) == 1:
            continue
        listed = ", ".join(map(str, parcels.row[group]))
        message = {
            "vi": f"Các dòng {listed} có cùng một hình học.",
            "en": f"Rows {listed} have the same geometry.",
        }
        keys = keys_of(parcels, group.tolist(), context)
        yield on_group(RULE, parcels, group, keys, message)
