"""The national identifier that a source states: does it lie where its parcel has it."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.identifier import comparison, feature_points
from landgis.cadastre.identifier.comparison import Apart, ToLonLat
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules.context import RuleContext
from landgis.cadastre.rules.geometry.too_many_vertices import MAX_VERTICES
from landgis.cadastre.rules.identity.national_id import BASIS, COLUMN, NO_COLUMN, identifiers_of
from landgis.cadastre.rules.placed import Measure, on_row
from landgis.cadastre.rules.shared_cause import of_one_cause, untested

RULE = Rule(
    code="identity.national_id_far",
    severity="warning",
    title={"vi": "Mã định danh không khớp thửa đất", "en": "National identifier off its parcel"},
    remedy={
        "vi": "Kiểm tra phép chuyển tọa độ của phần mềm đã tính mã, hoặc thửa đất mang mã này; "
        "mã đã cấp không tự thay đổi.",
        "en": "Check the transformation of the software that computed it, or whose identifier it "
        "is; an identifier that was issued is not replaced by itself.",
    },
    place="line",
    basis=BASIS,
)

RULES = (RULE,)

IN_COMMON = 0.5
"""Identifiers of a block that one mistake moved are more than this share of it (own choice)."""

FEWEST = 10
"""Fewer identifiers prove no mistake in common (own choice)."""


def check(parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    """Find identifiers that do not lie where their parcel has it."""
    stated, to_lonlat = context.stated.get(COLUMN), context.to_lonlat
    procedure = context.jurisdiction.identifier
    if stated is None:
        yield untested(RULE, *NO_COLUMN)
    elif procedure is None or to_lonlat is None:
        yield untested(RULE, "địa bàn này không tính mã", "no identifiers are computed here")
    elif context.survey_epsg not in procedure.planes:
        yield untested(
            RULE,
            "điểm đặc trưng được tính trong VN-2000 với kinh tuyến trục địa phương",
            "the feature point is defined in VN-2000 with the local meridian",
        )
    else:
        known = identifiers_of(stated) != None  # noqa: E711 - of each
        known &= shapely.get_num_coordinates(parcels.geom) <= MAX_VERTICES
        yield from _far(parcels, np.flatnonzero(known), context, to_lonlat)


def _far(
    parcels: ParcelSet, where: NDArray[np.int64], context: RuleContext, to_lonlat: ToLonLat
) -> Iterator[Finding]:
    """Find identifiers off their feature points, one by one unless most are moved alike."""
    points = feature_points(parcels.geom[where])
    placed = np.isfinite(points).all(axis=1)
    where, points = where[placed], points[placed]
    stated = context.stated[COLUMN][where]
    apart = comparison.apart(points, stated, to_lonlat, context.metres)
    same_m = context.jurisdiction.limits["identifier_same_m"].value
    off = apart.distance > same_m
    alike = off & _alike(apart, same_m)
    if alike.any():
        yield _in_common(parcels, where[alike], apart, alike, context)
    there = points + np.column_stack([apart.east, apart.north]) / context.metres
    for k in np.flatnonzero(off & ~alike):
        found = _single(parcels, int(where[k]), points[k], there[k], apart.distance[k], context)
        if found is not None:
            yield found


def _alike(apart: Apart, same_m: float) -> NDArray[np.bool_]:
    """Answer which identifiers are moved by the same way, when most of them are."""
    ways = np.column_stack([apart.east, apart.north])
    if len(ways) < FEWEST:
        return np.zeros(len(ways), dtype=bool)
    common = np.median(ways, axis=0)
    length = float(np.hypot(*common))
    # A known mistake changes by a thousandth of its length within a commune (own measurement).
    reach = max(same_m, length / 1000)
    alike = np.asarray(np.hypot(*(ways - common).T) <= reach)
    return alike & (alike.mean() > IN_COMMON and length > same_m)


def _in_common(
    parcels: ParcelSet,
    where: NDArray[np.int64],
    apart: Apart,
    alike: NDArray[np.bool_],
    context: RuleContext,
) -> Finding:
    east, north = (float(np.median(way[alike])) for way in (apart.east, apart.north))
    metres, limit = float(np.hypot(east, north)), context.jurisdiction.limits["identifier_same_m"]
    cause = comparison.likely_cause(metres, limit.value)
    said = {
        "vi": f"mã định danh cùng lệch {_length(metres)} (đông {east:.2f} m, bắc {north:.2f} m) so "
        f"với điểm đặc trưng: {cause['vi']}",
        "en": f"identifiers all lie {_length(metres)} off their feature points (east {east:.2f} m, "
        f"north {north:.2f} m): {cause['en']}",
    }
    found = of_one_cause(RULE, parcels, where, context, said)
    return replace(found, measured=round(metres, 3), limit=limit.value, unit="m")


def _single(
    parcels: ParcelSet,
    i: int,
    point: NDArray[np.float64],
    there: NDArray[np.float64],
    metres: float,
    context: RuleContext,
) -> Finding | None:
    """Answer what is wrong with one identifier; None where its place is as deep in the parcel."""
    limits = context.jurisdiction.limits
    same_m, near_m = limits["identifier_same_m"].value, limits["identifier_near_m"].value
    shallower = _depth(parcels.geom[i], point) - _depth(parcels.geom[i], there)
    if shallower <= same_m:
        return None
    is_near = metres <= near_m or shallower <= near_m
    as_far = metres if metres <= near_m or not is_near else near_m
    cause = comparison.likely_cause(as_far, near_m)
    row, text = parcels.row[i], context.stated[COLUMN][i]
    message = {
        "vi": f"Dòng {row}: mã {text} cách điểm đặc trưng của thửa {_length(metres)}: "
        f"{cause['vi']}.",
        "en": f"Row {row}: {text} lies {_length(metres)} from the parcel's feature point: "
        f"{cause['en']}.",
    }
    x, y = point.tolist()
    return on_row(
        replace(RULE, severity="info") if is_near else RULE,
        parcels,
        i,
        context,
        message,
        place=(x, y),
        measure=Measure(round(float(metres), 3), same_m, "m"),
        shape=shapely.linestrings([point, there]) if metres <= comparison.CRS_M else None,
    )


def _depth(geom: shapely.Geometry, point: NDArray[np.float64]) -> float:
    """Answer how far within a parcel a place lies, negative outside."""
    place = shapely.points(point)
    depth = float(shapely.distance(shapely.boundary(geom), place))
    return depth if shapely.intersects(geom, place) else -depth


CENTIMETRES_BELOW_M = 1.0
KM = 1000.0


def _length(metres: float) -> str:
    if metres < CENTIMETRES_BELOW_M:
        return f"{metres * 100:.0f} cm"
    return f"{metres:.1f} m" if metres < KM else f"{metres / KM:.1f} km"
