"""A strip that belongs to nobody, too narrow to be land of its own."""

from collections.abc import Iterator, Sequence

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.limits import Limits
from landgis.cadastre.rules.topology.between import Metres, finding, named
from landgis.cadastre.topology.gaps import Gap

RULE = Rule(
    code="topology.gap",
    severity="warning",
    title={"vi": "Khoảng hở giữa hai thửa đất", "en": "Gap between parcels"},
    remedy={
        "vi": "Nếu không phải đất có chủ riêng, cho hai thửa dùng chung một đường ranh giới.",
        "en": "Unless it is land of its own, let both parcels share one boundary.",
    },
    place="area",
    fixes=("close_gap",),
)

RULES = (RULE,)


def check(gaps: Sequence[Gap], limits: Limits, metres: Metres, epsg: int) -> Iterator[Finding]:
    """Find strips at most ``gap_m`` wide that no parcel covers."""
    limit = limits["gap_m"]
    for gap in sorted(gaps, key=lambda g: (g.one.row, g.other.row, g.other.key or "")):
        one, other = named(gap.one), named(gap.other)
        area, width = f"{gap.area_m2:.4g}", f"{gap.width_m:.3f}"
        message = {
            "vi": f"Giữa {one['vi']} và {other['vi']} hở {area} m², rộng đến {width} m.",
            "en": f"{area} m² lie open between {one['en']} and {other['en']}, up to {width} m "
            "wide.",
        }
        measure = (gap.width_m, limit.value, limit.basis)
        yield finding(RULE, (gap.one, gap.other), message, gap.shape, metres, epsg, measure)
