"""Boundaries of neighbouring sheets or units that do not meet."""

from collections.abc import Iterator, Sequence

import shapely

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.limits import Limits
from landgis.cadastre.rules.topology.between import Metres, finding, named, tolerance
from landgis.cadastre.topology.gaps import Gap
from landgis.cadastre.topology.ground import Who
from landgis.cadastre.topology.overlaps import Overlap

RULE = Rule(
    code="topology.edge_match",
    severity="warning",
    title={"vi": "Ranh giới giữa hai tờ bản đồ không khớp", "en": "Sheets do not match"},
    remedy={
        "vi": "Trong hạn sai: sửa bản đồ mới hơn hoặc có tỷ lệ nhỏ hơn; ngoài hạn sai: không tự "
        "sửa, báo cáo cơ quan quản lý.",
        "en": "Within the tolerance edit the newer map, or the one of smaller scale; beyond it do "
        "not edit but report.",
    },
    basis={
        "document": "Thông tư 25/2014/TT-BTNMT",
        "article": "quy định về tiếp biên bản đồ",
        "date": "2014-05-19",
        "class": "B",
    },
    place="area",
)

RULES = (RULE,)


def check(
    overlaps: Sequence[Overlap], gaps: Sequence[Gap], limits: Limits, metres: Metres, epsg: int
) -> Iterator[Finding]:
    """Find strips between parcels of different sheets; told beside the overlap or the gap."""
    for one, other, shape, width in _across([*overlaps, *gaps]):
        limit, basis = tolerance(one, other, limits)
        verdict = (
            ("trong hạn sai", "within the tolerance")
            if width <= limit
            else ("vượt hạn sai", "beyond the tolerance")
        )
        first, second = named(one), named(other)
        message = {
            "vi": f"Tờ {one.sheet} và tờ {other.sheet} lệch {width:.3f} m giữa {first['vi']} và "
            f"{second['vi']}, {verdict[0]} {limit:.3f} m.",
            "en": f"Sheets {one.sheet} and {other.sheet} differ by {width:.3f} m between "
            f"{first['en']} and {second['en']}, {verdict[1]} of {limit:.3f} m.",
        }
        yield finding(
            RULE, (one, other), message, shape, metres, epsg, (width, limit, basis or RULE.basis)
        )


def _across(
    strips: Sequence[Overlap | Gap],
) -> Iterator[tuple[Who, Who, shapely.Geometry, float]]:
    for strip in sorted(strips, key=lambda s: (s.one.row, s.other.row, s.other.key or "")):
        one, other = strip.one, strip.other
        if one.sheet and other.sheet and one.sheet != other.sheet:
            yield one, other, strip.shape, strip.width_m
