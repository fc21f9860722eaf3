"""A parcel far outside the sheet that it is numbered on: another sheet, or wrong coordinates."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules.context import RuleContext
from landgis.cadastre.rules.placed import Measure, on_row
from landgis.cadastre.rules.shared_cause import causes, untested
from landgis.cadastre.sheets import NORTHS_REPEAT_M, Frame, frames_of

RULE = Rule(
    code="topology.sheet_frame",
    severity="warning",
    title={"vi": "Thửa đất nằm ngoài khung tờ bản đồ", "en": "Parcel beyond its sheet"},
    remedy={
        "vi": "Kiểm tra số hiệu mảnh bản đồ và tọa độ của thửa đất.",
        "en": "Check the code of the sheet and the coordinates of the parcel.",
    },
    place="area",
)

RULES = (RULE,)


def check(parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    """Find parcels that reach farther beyond their sheet's frame than it may be extended."""
    why = _cannot_tell(context)
    if why is not None:
        yield untested(RULE, *why)
        return
    box = shapely.bounds(parcels.geom)
    coded = np.zeros(len(parcels), dtype=bool)
    for code, where in causes(parcels.sheet):
        if frames := frames_of(code):
            coded[where] = True
            placed = where[np.isfinite(box[where]).all(axis=1)]
            yield from _beyond(parcels, context, code, frames, placed, box)
    if not coded.all():
        yield untested(RULE, *NO_CODE)


NO_CODE = (
    "số tờ bản đồ là số thứ tự hoặc không có, không phải số hiệu mảnh",
    "sheets are plain numbers or not named: only a code says where its sheet lies",
)


def _cannot_tell(context: RuleContext) -> tuple[str, str] | None:
    """Answer in both languages why no sheet of the source has a place, None when they have."""
    sheets = context.jurisdiction.sheets
    if sheets is None:
        return (
            "địa bàn này không có quy định về số hiệu mảnh bản đồ",
            "nothing says here how the code of a sheet tells its place",
        )
    if context.survey_epsg not in sheets.planes:
        return (
            "tọa độ không thuộc hệ tọa độ của khung tờ bản đồ",
            "the coordinates are not in a plane in which the frames of sheets are defined",
        )
    return None


def _beyond(
    parcels: ParcelSet,
    context: RuleContext,
    code: str,
    frames: tuple[Frame, ...],
    where: NDArray[np.int64],
    box: NDArray[np.float64],
) -> Iterator[Finding]:
    """Find parcels of one sheet; of several meanings of its code the one that fits best holds."""
    limit = context.jurisdiction.limits["frame_extension_map_m"]
    over = np.stack([_overhang(_square(frame, box[where]), box[where]) for frame in frames])
    spare = over - np.array([[limit.value * frame.scale] for frame in frames])
    best = spare.argmin(axis=0)
    for k in np.flatnonzero(spare.min(axis=0) > 0):
        i, frame = int(where[k]), frames[best[k]]
        metres, most = float(over[best[k], k]), limit.value * frame.scale
        square = shapely.box(*_square(frame, box[where[k]][None])[0])
        shape, place = _outside(parcels.geom[i], square)
        row = parcels.row[i]
        message = {
            "vi": f"Dòng {row} vượt khung tờ {code} (1:{frame.scale}) {metres:.1f} m; "
            f"khung được mở rộng đến {most:g} m.",
            "en": f"Row {row} reaches {metres:.1f} m beyond sheet {code} (1:{frame.scale}); "
            f"its frame may be extended by {most:g} m.",
        }
        measure = Measure(round(metres, 3), most, "m")
        found = on_row(
            RULE, parcels, i, context, message, place=place, measure=measure, shape=shape
        )
        yield replace(found, basis=dict(limit.basis) if limit.basis else None)


def _square(frame: Frame, box: NDArray[np.float64]) -> NDArray[np.float64]:
    """Answer ``(n, 4)`` the frame's sides, in those thousands of kilometres that each box is in."""
    middle = (box[:, 1] + box[:, 3] + frame.side) / 2
    north = frame.north + NORTHS_REPEAT_M * np.rint((middle - frame.north) / NORTHS_REPEAT_M)
    west = np.full(len(box), frame.west)
    return np.column_stack([west, north - frame.side, west + frame.side, north])


def _overhang(square: NDArray[np.float64], box: NDArray[np.float64]) -> NDArray[np.float64]:
    """Answer how far boxes reach beyond squares, on the side where they reach farthest."""
    sides = np.concatenate([square[:, :2] - box[:, :2], box[:, 2:] - square[:, 2:]], axis=1)
    return np.asarray(sides.max(axis=1))


def _outside(
    geom: shapely.Geometry, square: shapely.Geometry
) -> tuple[shapely.Geometry, tuple[float, float]]:
    """Answer the part of a parcel beyond its frame, and its vertex that is farthest."""
    vertices = shapely.get_coordinates(geom)
    x, y = vertices[shapely.distance(square, shapely.points(vertices)).argmax()]
    part = geom if not shapely.is_valid(geom) else shapely.difference(geom, square)
    return part, (float(x), float(y))
