"""One identity on two different pieces of land: nobody can say which is meant."""

from collections.abc import Iterator

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules.context import RuleContext, groups_of_equal
from landgis.cadastre.rules.placed import on_group

RULE = Rule(
    code="identity.duplicate",
    severity="error",
    title={"vi": "Trùng số hiệu thửa đất", "en": "Identity used twice"},
    remedy={
        "vi": "Kiểm tra số tờ, số thửa của các dòng này trong hồ sơ gốc; không dòng nào được nhận.",
        "en": "Check sheet and number of these rows against the records; none was accepted.",
    },
)

RULES = (RULE,)


def check(parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    """Find identities that several rows with different geometries claim."""
    if not context.identity_fields:
        yield Finding(
            rule=RULE,
            outcome="untested",
            message={
                "vi": "Không kiểm tra: nguồn dữ liệu không có trường định danh thửa đất.",
                "en": "Not tested: the source names no identity of its parcels.",
            },
        )
        return
    identity = context.identity
    shape = parcels.geometry_key
    for group in groups_of_equal(identity):
        if len(set(shape[group])) > 1:
            key = str(identity[group[0]])
            listed = ", ".join(map(str, parcels.row[group]))
            message = {
                "vi": f"Các dòng {listed} cùng mang số hiệu {key} nhưng khác hình học.",
                "en": f"Rows {listed} carry the same identity {key} on different geometries.",
            }
            yield on_group(RULE, parcels, group, (key,), message)
