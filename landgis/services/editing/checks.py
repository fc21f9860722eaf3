"""What is asked of every change before a person approves it, and what came out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from landgis.cadastre.edits.balance import OVERLAP_M2
from landgis.cadastre.edits.nodes import NODE_TOLERANCE_M
from landgis.cadastre.topology.gaps import Gap
from landgis.cadastre.topology.overlaps import Overlap
from landgis.services.editing.topology import Made, Topology
from landgis.services.editing.view import ChangeView, Face

Outcome = Literal["pass", "warning", "fail", "untested"]

AREA_STEP_M2 = 0.1
"""Areas are told in tenths. Source: Circular 25/2014/TT-BTNMT (domain B1), class A."""


@dataclass(frozen=True)
class Check:
    """One question and its answer."""

    code: str
    outcome: Outcome
    message: Mapping[str, str]
    """By language."""


MINIMUM_AREA = Check(
    "change.minimum_area",
    "untested",
    {
        "vi": "Chưa nhập quyết định về diện tích tối thiểu được tách thửa: không kiểm tra.",
        "en": "No decision on the least area of a new parcel has been entered: not tested.",
    },
)
GROUND_KEPT = Check(
    "change.no_gap_no_overlap",
    "pass",
    {
        "vi": "Không phát sinh khoảng hở hay chồng lấn với thửa liền kề.",
        "en": "No gap and no overlap arises with any neighbour.",
    },
)
GROUND_UNTESTED = Check(
    "change.no_gap_no_overlap",
    "untested",
    {
        "vi": "Sổ đăng ký đã thay đổi sau khi lập hồ sơ này: không kiểm tra được.",
        "en": "The register has changed since this draft was made: it cannot be tested.",
    },
)


def checks(view: ChangeView, ground: Check, refusal_code: str | None) -> list[Check]:
    """Answer every check of a change.

    Parameters
    ----------
    ground
        Answer to the question of gaps and overlaps, from ``of_ground`` or as it is known.
    refusal_code
        Code of what keeps the change from being taken; None: nothing does.
    """
    return [
        _area_conserved(view),
        ground,
        _allocation(view, refusal_code),
        MINIMUM_AREA,
        _pending(view),
        _uses(view.own_after),
    ]


def of_ground(topology: Topology) -> Check:
    """Answer whether a change keeps its neighbours whole."""
    if topology.overlaps:
        area = sum(overlap.area_m2 for overlap in topology.overlaps)
        return _failed(
            GROUND_KEPT.code, f"Chồng lấn mới {area:.4f} m².", f"New overlap of {area:.4f} m²."
        )
    if topology.lost_m2 > OVERLAP_M2:
        lost = topology.lost_m2
        return _failed(
            GROUND_KEPT.code,
            f"{lost:.4f} m² không còn thuộc thửa nào.",
            f"{lost:.4f} m² would belong to no parcel any more.",
        )
    between = topology.made.between
    strips: list[Gap | Overlap] = [*between.gaps, *between.overlaps]
    if strips:
        area, width = sum(s.area_m2 for s in strips), max(s.width_m for s in strips)
        return _warned(
            GROUND_KEPT.code,
            f"Phát sinh khe hở hoặc chồng lấn hẹp với thửa liền kề: {len(strips)} chỗ, {area:.4f} "
            f"m², rộng đến {width:.3f} m.",
            f"Narrow gaps or overlaps with neighbours arise: {len(strips)}, {area:.4f} m² up to "
            f"{width:.3f} m wide.",
        )
    return GROUND_KEPT


def of_neighbours(made: Made) -> list[Check]:
    """Answer what else a change does to boundaries; nothing for what it does not do."""
    found = []
    nodes = [miss for miss in made.between.misses if miss.distance_m <= NODE_TOLERANCE_M]
    if nodes:
        found.append(
            _warned(
                "change.missing_node",
                f"Thửa liền kề thiếu {len(nodes)} đỉnh trên ranh giới chung.",
                f"Neighbours lack {len(nodes)} node(s) on the common boundary.",
            )
        )
    beside = [m.distance_m for m in made.between.misses if m.distance_m > NODE_TOLERANCE_M]
    if beside:
        found.append(
            _warned(
                "change.near_miss",
                f"{len(beside)} đỉnh lệch ranh giới liền kề đến {max(beside):.3f} m.",
                f"{len(beside)} vertices lie up to {max(beside):.3f} m beside a neighbour's "
                "boundary.",
            )
        )
    if made.slivers_m:
        width = made.slivers_m[0]
        found.append(
            _warned(
                "change.sliver",
                f"Có thửa chỉ rộng trung bình {width:.3f} m.",
                f"A parcel is only {width:.3f} m wide on average.",
            )
        )
    return found


def _area_conserved(view: ChangeView) -> Check:
    before, after = (sum(f.area_m2 for f in own) for own in (view.own_before, view.own_after))
    # As much as the boundaries may move without moving: each point by a node's tolerance.
    boundary = sum(face.parcel.geom.length for face in view.own_before)
    limit = max(AREA_STEP_M2 / 2, boundary * NODE_TOLERANCE_M)
    code, difference = "change.area_conserved", after - before
    if abs(difference) <= limit:
        return Check(
            code,
            "pass",
            {
                "vi": f"Tổng diện tích giữ nguyên: {before:.1f} m².",
                "en": f"The area as a whole stays: {before:.1f} m².",
            },
        )
    return _warned(
        code,
        f"Tổng diện tích thay đổi {difference:+.1f} m².",
        f"The area as a whole changes by {difference:+.1f} m².",
    )


def _allocation(view: ChangeView, refusal_code: str | None) -> Check:
    code = "change.allocation"
    if refusal_code is not None and refusal_code.startswith("allocation_"):
        return _failed(
            code,
            "Chưa phân bổ đúng loại đất và diện tích đăng ký cho các thửa mới.",
            "Land uses and register area are not rightly divided among the new parcels yet.",
        )
    if any(face.parcel.register_area_m2 is None for face in view.own_before):
        return Check(
            code,
            "untested",
            {
                "vi": "Sổ không ghi diện tích của thửa gốc: không có gì để cộng.",
                "en": "The register states no area of a parcel before: there is nothing to sum.",
            },
        )
    return Check(
        code,
        "pass",
        {
            "vi": "Diện tích đăng ký và các loại đất được phân bổ hết.",
            "en": "Register area and land uses are divided without remainder.",
        },
    )


def _pending(view: ChangeView) -> Check:
    code = "change.pending"
    others = {f.pending.record_no: f.pending for f in view.before if f.pending is not None}
    if not others:
        return Check(
            code,
            "pass",
            {
                "vi": "Không có hồ sơ nào khác đang thay đổi các thửa này.",
                "en": "No other draft is about to change these parcels.",
            },
        )
    named = ", ".join(f"{p.record_no} ({p.author_shown_as})" for p in others.values())
    return _warned(
        code,
        f"Hồ sơ khác cũng đang thay đổi các thửa này: {named}.",
        f"Other drafts are about to change these parcels: {named}.",
    )


def _uses(after: Sequence[Face]) -> Check:
    code = "change.uses_and_register_area"
    apart = [f.parcel.number or "?" for f in after if _differs(f)]
    if not apart:
        return Check(
            code,
            "pass",
            {
                "vi": "Diện tích các loại đất khớp với diện tích đăng ký.",
                "en": "The areas of the land uses add up to the register area.",
            },
        )
    numbers = ", ".join(apart)
    return _warned(
        code,
        f"Diện tích các loại đất không khớp với diện tích đăng ký: thửa {numbers}.",
        f"The areas of the land uses do not add up to the register area: parcel {numbers}.",
    )


def _differs(face: Face) -> bool:
    register = face.parcel.register_area_m2
    areas = [share.area_m2 for share in face.parcel.land_uses]
    if register is None or not areas or None in areas:
        return False
    return abs(sum(area or 0.0 for area in areas) - register) > AREA_STEP_M2 / 2


def _failed(code: str, vi: str, en: str) -> Check:
    return Check(code, "fail", {"vi": vi, "en": en})


def _warned(code: str, vi: str, en: str) -> Check:
    return Check(code, "warning", {"vi": vi, "en": en})
