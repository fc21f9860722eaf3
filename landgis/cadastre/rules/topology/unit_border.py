"""A parcel that lies in another unit than it says, or reaches into one."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules.context import RuleContext
from landgis.cadastre.rules.placed import Measure, on_row
from landgis.cadastre.rules.shared_cause import causes, of_one_cause, untested

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RULE = Rule(
    code="topology.unit_border",
    severity="warning",
    title={"vi": "Thửa đất vượt địa giới đơn vị", "en": "Parcel across its unit's border"},
    remedy={
        "vi": "Kiểm tra mã đơn vị hành chính của thửa và tọa độ; ranh giới dùng để so sánh chỉ có "
        "giá trị tham khảo.",
        "en": "Check the parcel's unit code and its coordinates; the outline it is compared with "
        "is indicative.",
    },
    place="area",
)

RULES = (RULE,)

ROWS_A_CELL = 16
"""Parcels that are looked at as one square, on average, before they are looked at singly."""

TINY = 1e-9
LEAST_M2 = 0.1
"""Areas are told to this."""

MOST_NAMED = 3
"""Units that a parcel reaches into, the largest parts first."""


def check(parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    """Find parcels that reach over their unit's outline by more than it is accurate to."""
    if not context.outlines:
        yield untested(RULE, "không có ranh giới đơn vị", "no outlines of units are known")
        return
    box = shapely.bounds(parcels.geom)
    finite = np.isfinite(box).all(axis=1)
    known = np.zeros(len(parcels), dtype=bool)
    for code, where in causes(parcels.unit_code):
        if code not in context.outlines:
            continue
        known[where] = True
        some = _not_surely_within(context.outlines[code], box, where[finite[where]])
        yield from _across(parcels, context, code, some[parcels.is_sound[some]])
    if not known.all():
        yield untested(
            RULE,
            "thửa không ghi đơn vị, hoặc đơn vị không có ranh giới",
            "rows name no unit, or one without an outline",
        )


def _not_surely_within(outline: shapely.Geometry, box: Floats, where: Ints) -> Ints:
    """Answer the parcels that are not in a square of neighbours that is wholly within."""
    if not len(where):
        return where
    mine = box[where]
    low, high = mine[:, :2].min(axis=0), mine[:, :2].max(axis=0)
    across = max(1, int(np.sqrt(len(where) / ROWS_A_CELL)))
    cell = ((mine[:, :2] - low) * (across / np.maximum(high - low, TINY))).astype(np.int64)
    number = cell[:, 1] * (across + 1) + cell[:, 0]
    order = np.argsort(number, kind="stable")
    begins = np.flatnonzero(np.diff(number[order], prepend=-1))
    lowest = np.minimum.reduceat(mine[order, :2], begins)
    highest = np.maximum.reduceat(mine[order, 2:], begins)
    within = shapely.contains_properly(outline, shapely.box(*lowest.T, *highest.T))
    sure = np.repeat(within, np.diff(begins, append=len(order)))
    return np.sort(where[order[~sure]])


def _across(parcels: ParcelSet, context: RuleContext, code: str, where: Ints) -> Iterator[Finding]:
    """Find those of some parcels of a unit that have a vertex too far beyond its outline."""
    outline, accuracy = context.outlines[code], context.jurisdiction.outline_accuracy_m
    vertices, of = shapely.get_coordinates(parcels.geom[where], return_index=True)
    reach = accuracy / min(context.metres)
    far = ~shapely.dwithin(outline, shapely.points(vertices), reach)
    beyond = np.bincount(of[far], minlength=len(where))
    astray = where[beyond == np.bincount(of, minlength=len(where))]
    # Of what lies beyond the whole territory another rule speaks.
    here = astray[_in_territory(context, astray)]
    if len(here):
        yield from _elsewhere(parcels, context, code, here)
    for k in np.flatnonzero((beyond > 0) & ~np.isin(where, astray)):
        found = _reaching_over(parcels, context, code, int(where[k]))
        if found is not None:
            yield found


def _in_territory(context: RuleContext, where: Ints) -> NDArray[np.bool_]:
    west, south, east, north = context.extent_lonlat[where].T
    middle = np.nan_to_num((west + east) / 2), np.nan_to_num((south + north) / 2)
    return np.asarray(shapely.contains_xy(context.territory_lonlat, *middle))


def _elsewhere(
    parcels: ParcelSet, context: RuleContext, code: str, astray: Ints
) -> Iterator[Finding]:
    """Tell of parcels that lie wholly beyond, by the unit that they lie in: one cause each."""
    names = _names(context)
    middles = shapely.point_on_surface(parcels.geom[astray])
    into = np.full(len(astray), "", dtype=object)
    for other, outline in context.outlines.items():
        into[shapely.contains(outline, middles)] = other
    for other, which in causes(into):
        first = int(astray[which[0]])
        metres = _beyond(context.outlines[code], parcels.geom[first], context)[0]
        lies = {"vi": f"nằm trong {names[other]}", "en": f"lie in {names[other]}"}
        if not other:
            lies = {"vi": "nằm ngoài mọi đơn vị", "en": "lie in no unit"}
        said = {
            "vi": f"ghi {names[code]} nhưng {lies['vi']}, vượt ranh giới đến {metres:.0f} m",
            "en": f"named in {names[code]}, {lies['en']}, up to {metres:.0f} m beyond the border",
        }
        found = of_one_cause(RULE, parcels, astray[which], context, said)
        limit = context.jurisdiction.outline_accuracy_m
        yield replace(
            found, measured=round(metres, 1), limit=limit, unit="m", shape=parcels.geom[first]
        )


def _reaching_over(parcels: ParcelSet, context: RuleContext, code: str, i: int) -> Finding | None:
    geom, outline = parcels.geom[i], context.outlines[code]
    metres, place = _beyond(outline, geom, context)
    limit = context.jurisdiction.outline_accuracy_m
    if metres <= limit:
        return None
    part, names = shapely.difference(geom, outline), _names(context)
    square = context.metres[0] * context.metres[1]
    areas = {
        names[other]: shapely.area(shapely.intersection(part, there)) * square
        for other, there in context.outlines.items()
        if other != code and shapely.intersects(there, part)
    }
    largest = sorted(areas.items(), key=lambda named: -named[1])[:MOST_NAMED]
    into = ", ".join(f"{name}: {area:.1f} m²" for name, area in largest if area >= LEAST_M2)
    row, own, whole = parcels.row[i], names[code], shapely.area(part) * square
    into = into or f"{whole:.1f} m²"
    message = {
        "vi": f"Dòng {row} vượt ranh giới {own} {metres:.1f} m ({into}); "
        f"ranh giới chính xác đến {limit:g} m.",
        "en": f"Row {row} reaches {metres:.1f} m over the border of {own} ({into}); "
        f"the outline is accurate to {limit:g} m.",
    }
    measure = Measure(round(metres, 1), limit, "m")
    return on_row(RULE, parcels, i, context, message, place=place, measure=measure, shape=part)


def _beyond(
    outline: shapely.Geometry, geom: shapely.Geometry, context: RuleContext
) -> tuple[float, tuple[float, float]]:
    """Answer how many metres a parcel reaches beyond an outline, and its vertex that does so."""
    vertices = shapely.get_coordinates(geom)
    ways = shapely.get_coordinates(shapely.shortest_line(outline, shapely.points(vertices)))
    metres = np.hypot(*((ways[::2] - ways[1::2]) * context.metres).T)
    farthest = int(metres.argmax())
    x, y = vertices[farthest]
    return float(metres[farthest]), (float(x), float(y))


def _names(context: RuleContext) -> dict[str, str]:
    """Answer the names of the units; the code of one that has none."""
    units = {unit.code: unit.name for unit in context.jurisdiction.units}
    return {code: units.get(code, code) for code in context.outlines} | {"": ""}
