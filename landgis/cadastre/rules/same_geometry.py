"""The same parcel twice in one file: one identity, one geometry, several rows."""

from collections.abc import Iterator

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules.context import RuleContext, groups_of_equal, identity_keys, middle

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


def check(parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    """Find rows that repeat an earlier row's identity and geometry."""
    identity = identity_keys(parcels, context.identity_fields)
    shape = parcels.geometry_key
    both = identity.copy()
    for i, (key, wkb) in enumerate(zip(identity, shape, strict=True)):
        both[i] = None if key is None or wkb is None else (key, wkb)
    for group in groups_of_equal(both):
        rows = tuple(int(r) for r in parcels.row[group])
        later = ", ".join(str(r) for r in rows[1:])
        yield Finding(
            rule=RULE,
            outcome="fail",
            message={
                "vi": f"Dòng {later} lặp lại dòng {rows[0]} ({identity[group[0]]}).",
                "en": f"Row {later} repeats row {rows[0]} ({identity[group[0]]}).",
            },
            rows=rows,
            place_xy=middle(parcels, int(group[0])),
            place_epsg=parcels.survey_epsg,
            keys=(str(identity[group[0]]),),
        )
