"""A boundary that crosses itself or breaks the order of its rings encloses no certain area."""

import re
from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.parcels import Column, ParcelSet
from landgis.cadastre.rules.context import RuleContext
from landgis.cadastre.rules.placed import on_row

RULE = Rule(
    code="geometry.invalid",
    severity="error",
    title={"vi": "Ranh giới thửa đất không hợp lệ", "en": "Invalid parcel boundary"},
    remedy={
        "vi": "Sửa ranh giới tại vị trí đã nêu (tự cắt, vòng sai thứ tự) rồi nhập lại.",
        "en": "Mend the boundary at the stated place (self-crossing, ring order), import again.",
    },
)

RULES = (RULE,)

_VIETNAMESE = {
    "Self-intersection": "ranh giới tự cắt",
    "Ring Self-intersection": "vòng ranh giới tự chạm",
    "Hole lies outside shell": "lỗ nằm ngoài ranh giới",
    "Holes are nested": "các lỗ lồng nhau",
    "Nested shells": "các vòng ngoài lồng nhau",
    "Interior is disconnected": "phần trong bị tách rời",
    "Duplicate Rings": "vòng ranh giới trùng nhau",
    "Too few points in geometry component": "vòng có quá ít điểm",
    "Invalid Coordinate": "tọa độ không phải là số hữu hạn",
}

_REASON = re.compile(r"^(?P<what>[^\[]+?)\s*(?:\[(?P<x>\S+) (?P<y>\S+)\])?$")


def check(parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    """Find parcels whose geometry is not valid in the sense of OGC Simple Features."""
    present = ~(shapely.is_missing(parcels.geom) | shapely.is_empty(parcels.geom))
    bad = present & ~shapely.is_valid(parcels.geom)
    if context.storage_geom is not None:
        yield from _broken_by_storage(parcels, context, context.storage_geom, present & ~bad)
    reasons = shapely.is_valid_reason(parcels.geom[bad])
    for i, reason in zip(np.flatnonzero(bad), reasons, strict=True):
        row = parcels.row[i]
        what, place = _read_reason(str(reason))
        message = {
            "vi": f"Dòng {row}: {_VIETNAMESE.get(what, what)}.",
            "en": f"Row {row}: {what.lower()}.",
        }
        yield on_row(RULE, parcels, int(i), context, message, place=place)


def _broken_by_storage(
    parcels: ParcelSet, context: RuleContext, storage: Column, sound: NDArray[np.bool_]
) -> Iterator[Finding]:
    """Find needle-thin parcels whose valid boundary crosses itself after rounding elsewhere."""
    for i in np.flatnonzero(sound & ~shapely.is_valid(storage)):
        row = parcels.row[i]
        message = {
            "vi": f"Dòng {row}: ranh giới quá hẹp, tự cắt sau khi đổi hệ tọa độ lưu trữ.",
            "en": f"Row {row}: too thin, crosses itself in the storage plane.",
        }
        yield on_row(RULE, parcels, int(i), context, message)


def _read_reason(reason: str) -> tuple[str, tuple[float, float] | None]:
    match = _REASON.match(reason)
    if match is None:
        return reason, None
    x, y = match["x"], match["y"]
    place = (float(x), float(y)) if x is not None else None
    if place is not None and not np.isfinite(place).all():
        place = None
    return match["what"], place
