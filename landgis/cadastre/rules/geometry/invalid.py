"""A boundary that crosses or touches itself, or rings out of order, encloses no certain area."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import numpy as np
import shapely

from landgis.cadastre.findings import Finding, Rule, Text
from landgis.cadastre.parcels import MOST_EXAMINED, Column, ParcelSet
from landgis.cadastre.rules.context import RuleContext
from landgis.cadastre.rules.geometry.faults import CROSSES, MEETS_ITSELF, Fault, Kind, fault_of
from landgis.cadastre.rules.geometry.needles import LEAST_CORNERS, Flat, broken, cut
from landgis.cadastre.rules.placed import Measure, on_row

SELF_CROSSING = Rule(
    code="geometry.self_crossing",
    severity="error",
    title={"vi": "Ranh giới tự cắt", "en": "Boundary crosses itself"},
    remedy={
        "vi": "Kiểm tra thứ tự và tọa độ các đỉnh quanh vị trí đã nêu.",
        "en": "Check the order and the coordinates of the vertices around the stated place.",
    },
    fixes=("rebuild_structure",),
)

BOW_TIE = Rule(
    code="geometry.bow_tie",
    severity="error",
    title={"vi": "Ranh giới bắt chéo hình nơ", "en": "Bow-tie"},
    remedy={
        "vi": "Có thể hai đỉnh bị đảo thứ tự: đổi lại thứ tự, hoặc tách thành hai phần.",
        "en": "Two vertices may be in the wrong order: exchange them, or make two parts of it.",
    },
    fixes=("rebuild_structure",),
)

RING_TOUCHES = Rule(
    code="geometry.ring_touches",
    severity="error",
    title={"vi": "Ranh giới tự chạm", "en": "Boundary touches itself"},
    remedy={
        "vi": "Tách phần đất bị chia rời thành phần riêng, hoặc sửa vòng trong chạm vòng ngoài.",
        "en": "Make parts of what the touching parts, or mend the hole that lies on its ring.",
    },
    fixes=("rebuild_structure",),
)

RINGS_MISPLACED = Rule(
    code="geometry.rings_misplaced",
    severity="error",
    title={"vi": "Vòng ranh giới sai vị trí", "en": "Rings out of place"},
    remedy={
        "vi": "Vòng trong phải nằm trong vòng ngoài, các vòng không được chồng lên nhau.",
        "en": "Holes belong inside their outer ring, and no ring may lie across or on another.",
    },
)

FEW_VERTICES = Rule(
    code="geometry.few_vertices",
    severity="error",
    title={"vi": "Ranh giới không đủ ba đỉnh", "en": "Boundary of fewer than three vertices"},
    remedy={
        "vi": "Vẽ lại vòng ranh giới này với ít nhất ba đỉnh không thẳng hàng.",
        "en": "Draw this ring anew, with three vertices at least that are not in one line.",
    },
)

INVALID = Rule(
    code="geometry.invalid",
    severity="error",
    title={"vi": "Ranh giới thửa đất không hợp lệ", "en": "Invalid parcel boundary"},
    remedy={
        "vi": "Sửa ranh giới tại vị trí đã nêu trong tệp gốc rồi nhập lại.",
        "en": "Mend the boundary at the stated place in the source file and import it again.",
    },
)

RULES = (SELF_CROSSING, BOW_TIE, RING_TOUCHES, RINGS_MISPLACED, FEW_VERTICES, INVALID)

RULE_OF: Mapping[Kind, Rule] = MappingProxyType(dict(zip(Kind, RULES, strict=True)))

CROSSING: Mapping[Kind, Text] = MappingProxyType(
    {
        Kind.SELF_CROSSING: {"vi": "ranh giới tự cắt", "en": "the boundary crosses itself"},
        Kind.TOUCHES: {
            "vi": "ranh giới tự chạm tại một điểm hoặc dọc theo một đoạn",
            "en": "the boundary touches itself at a point or along a line",
        },
        Kind.MISPLACED: {
            "vi": "hai vòng ranh giới cắt nhau hoặc phủ lên nhau",
            "en": "two rings cross or cover each other",
        },
    }
)
"""What is said where GEOS only says that something meets."""

REASONS: Mapping[str, str] = MappingProxyType(
    {
        "Hole lies outside shell": "vòng trong nằm ngoài ranh giới",
        "Holes are nested": "các vòng trong lồng nhau",
        "Nested shells": "các vòng ngoài lồng nhau",
        "Interior is disconnected": "phần đất bên trong bị tách rời",
        "Duplicate Rings": "vòng ranh giới trùng nhau",
        "Too few points in geometry component": "vòng có quá ít điểm",
        "Invalid Coordinate": "tọa độ không phải là số hữu hạn",
    }
)
"""Reason of GEOS -> the same in Vietnamese."""


def check(parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    """Find parcels whose geometry is not valid in the sense of OGC Simple Features.

    A boundary that only runs out and back over itself is left to ``topology.dangle``.
    """
    node_m = context.jurisdiction.limits["node_m"].value
    for i in broken(parcels).tolist():
        geom = parcels.geom[i]
        if not np.isfinite(shapely.get_coordinates(geom)).all():
            yield _told(parcels, i, context, fault_of(geom, context.metres))
            continue
        found = cut(geom, context.metres, node_m)
        if found.flat is not None:
            yield _flat(parcels, i, context, found.flat)
        elif not found.lines or not shapely.is_valid(found.rest):
            yield _told(parcels, i, context, fault_of(found.rest, context.metres))
    yield from _too_large(parcels, context)
    if context.storage_geom is not None:
        yield from _broken_by_storage(parcels, context, context.storage_geom)


def _told(parcels: ParcelSet, i: int, context: RuleContext, fault: Fault) -> Finding:
    row, measure = parcels.row[i], None
    if fault.loop_m2 is not None:
        measure = Measure(fault.loop_m2, 0.0, "m2")
        what: Text = {
            "vi": f"ranh giới bắt chéo thành hai vòng, vòng nhỏ rộng {fault.loop_m2:.2f} m²",
            "en": "the boundary crosses itself into two loops, the smaller one of "
            f"{fault.loop_m2:.2f} m²",
        }
    elif fault.reason in (CROSSES, MEETS_ITSELF) and fault.kind in CROSSING:
        what = CROSSING[fault.kind]
    else:
        what = {"vi": REASONS.get(fault.reason, fault.reason), "en": fault.reason.lower()}
    message = {"vi": f"Dòng {row}: {what['vi']}.", "en": f"Row {row}: {what['en']}."}
    rule = RULE_OF[fault.kind]
    return on_row(rule, parcels, i, context, message, place=fault.place, measure=measure)


def _flat(parcels: ParcelSet, i: int, context: RuleContext, flat: Flat) -> Finding:
    row = parcels.row[i]
    message = {
        "vi": f"Dòng {row}: một vòng không khép thành vùng: số đỉnh là {flat.corners}.",
        "en": f"Row {row}: a ring encloses no area: {flat.corners} of its vertices count.",
    }
    measure = Measure(float(flat.corners), float(LEAST_CORNERS), "vertices")
    return on_row(FEW_VERTICES, parcels, i, context, message, place=flat.place, measure=measure)


def _too_large(parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    """Find boundaries whose validity would take minutes to tell."""
    for i in np.flatnonzero(parcels.is_too_large).tolist():
        row, count = parcels.row[i], int(shapely.get_num_coordinates(parcels.geom[i]))
        message = {
            "vi": f"Dòng {row}: {count} đỉnh, quá nhiều để kiểm tra ranh giới.",
            "en": f"Row {row}: {count} vertices are too many for the boundary to be examined.",
        }
        measure = Measure(float(count), float(MOST_EXAMINED), "vertices")
        yield on_row(INVALID, parcels, i, context, message, measure=measure)


def _broken_by_storage(
    parcels: ParcelSet, context: RuleContext, storage: Column
) -> Iterator[Finding]:
    """Find needle-thin parcels whose valid boundary crosses itself after rounding elsewhere."""
    sound = np.flatnonzero(parcels.is_sound)
    for i in sound[~shapely.is_valid(storage[sound])].tolist():
        row = parcels.row[i]
        message = {
            "vi": f"Dòng {row}: ranh giới quá hẹp, tự cắt sau khi đổi hệ tọa độ lưu trữ.",
            "en": f"Row {row}: too thin, crosses itself in the storage plane.",
        }
        yield on_row(INVALID, parcels, i, context, message)
