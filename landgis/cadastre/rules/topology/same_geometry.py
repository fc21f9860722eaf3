"""The same parcel twice in one file: one identity, one geometry, several rows."""

from collections.abc import Iterator

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules.context import RuleContext, groups_of_equal
from landgis.cadastre.rules.placed import on_group

RULE = Rule(
    code="topology.same_geometry",
    severity="error",
    title={"vi": "Thửa đất bị lặp lại", "en": "Parcel repeated"},
    remedy={
        "vi": "Dòng đầu tiên được nhận; xóa các dòng lặp trong tệp gốc.",
        "en": "The first row was accepted; delete the repetitions from the source file.",
    },
    keeps_first=True,
)

RULES = (RULE,)


def check(parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    """Find rows that repeat an earlier row's identity and geometry."""
    identity = context.identity
    shape = parcels.geometry_key
    both = identity.copy()
    for i, (key, wkb) in enumerate(zip(identity, shape, strict=True)):
        both[i] = None if key is None or wkb is None else (key, wkb)
    for group in groups_of_equal(both):
        name = str(identity[group[0]])
        first, *others = parcels.row[group].tolist()
        later = ", ".join(map(str, others))
        message = {
            "vi": f"Dòng {later} lặp lại dòng {first} ({name}).",
            "en": f"Row {later} repeats row {first} ({name}).",
        }
        yield on_group(RULE, parcels, group, (name,), message)
