"""The picture of a block from its parcels: one outline, one use, one place for a label.

Nothing but the parcels and their order decides it, so a block that is drawn again after a change
is what a drawing of the whole register would give.
"""

import math
from collections import defaultdict
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.blocks import BlockLand, BlockPicture
from landgis.tiling.grid import HALF_WORLD_M
from landgis.tiling.snapping import oriented, snap_zooms

ZOOMS = (10, 11, 12)
"""Blocks are drawn at these zooms: below them units are, above them parcels."""

PIXEL_M = 2 * HALF_WORLD_M / 2 ** ZOOMS[-1] / 512
"""Side of a pixel of a tile of z12 that is shown 512 pixels wide, in Web Mercator metres."""

CLOSED_M = PIXEL_M
"""Streets of up to twice this width do not part a block."""

STEPS_M = 2.0
"""Bends smaller than this are left out before streets are closed: a tenth of a pixel."""

LEAST_PART_M2 = PIXEL_M**2
LEAST_HOLE_M2 = 25 * PIXEL_M**2
"""Smaller parts and holes of a block are not drawn: a hole of a few pixels looks like dirt."""

MITRE = 2.0
"""Corners are moved out by no more than that many times the distance."""

SAME_AREA = 1e-6
"""The union of a clean coverage has the area of its parts but for rounding, as a share of it."""


def picture(land: BlockLand) -> BlockPicture | None:
    """Answer the picture of a block, None when no parcel is in it."""
    if not len(land.area_m2):
        return None
    outline = outline_of(land.geom_3857)
    return BlockPicture(
        parcels=len(land.area_m2),
        area_m2=math.fsum(land.area_m2),
        use=dominant_use(land),
        outline_3857=outline,
        snap_zoom=int(snap_zooms(np.array([outline], dtype=object), ZOOMS)[0]),
        label_3857=_label(outline),
        extent_3857=shapely.total_bounds(land.geom_3857),
    )


def dominant_use(land: BlockLand) -> str | None:
    """Answer the main use of most of the area; of equal ones the first by code, unknown last."""
    areas: dict[str | None, list[float]] = defaultdict(list)
    for use, area in zip(land.main_use, land.area_m2, strict=True):
        areas[use].append(area)
    return min(areas, key=lambda use: (-math.fsum(areas[use]), use is None, use or ""))


def outline_of(parcels: NDArray[Any]) -> Any:
    """Answer the outline of parcels that lie beside each other, as zoom 12 can show it.

    Valid, within the extent of the parcels; exterior rings clockwise in EPSG:3857, holes
    counter-clockwise, which is how the tile wants them.
    """
    united = _united(shapely.get_parts(parcels))
    rough = shapely.simplify(united, STEPS_M)
    closed = _moved(_moved(rough, CLOSED_M), -CLOSED_M)
    # What sticks out and is thinner than a pixel goes, unless nothing else is there.
    blunt = _moved(_moved(closed, -PIXEL_M / 2), PIXEL_M / 2)
    for fitting in (blunt, closed, rough):
        shown = _without_specks(shapely.simplify(fitting, PIXEL_M / 2))
        within = _polygonal(_within(shown, shapely.total_bounds(parcels)))
        if not within.is_empty and within.is_valid:
            return oriented(within)
    return oriented(united)


def _moved(land: Any, by_m: float) -> Any:
    """Answer land whose edges are all moved outwards, or inwards where it is negative."""
    return shapely.buffer(land, by_m, join_style="mitre", mitre_limit=MITRE)


def _united(polygons: NDArray[Any]) -> Any:
    """Answer the union: quickly where the parcels are a clean coverage, exactly where not.

    Parcels that overlap, or lie on each other as those of a house of flats, are no coverage; their
    union as one would lack what is covered twice.
    """
    quick = _covered(polygons)
    if quick is not None:
        return quick
    is_off = ~shapely.is_empty(shapely.coverage_invalid_edges(polygons))
    clean = _covered(polygons[~is_off])
    rest = polygons if clean is None else np.append(polygons[is_off], clean)
    return shapely.union_all(rest)


def _covered(polygons: NDArray[Any]) -> Any:
    """Answer the union of a clean coverage, None when it is not one."""
    try:
        united = shapely.coverage_union_all(polygons)
    except shapely.GEOSException:
        return None
    area = math.fsum(shapely.area(polygons))
    return united if abs(united.area - area) <= SAME_AREA * area and united.is_valid else None


def _without_specks(land: Any) -> Any:
    """Leave out the parts and holes that are too small to be seen, but not the largest part."""
    parts = shapely.get_parts(land)
    if not len(parts):
        return land
    areas = shapely.area(parts)
    seen = parts[(areas >= LEAST_PART_M2) | (areas == areas.max())]
    filled = [shapely.Polygon(part.exterior, _holes(part)) for part in seen]
    return filled[0] if len(filled) == 1 else shapely.MultiPolygon(filled)


def _holes(part: Any) -> list[Any]:
    return [r for r in part.interiors if shapely.Polygon(r).area >= LEAST_HOLE_M2]


def _within(land: Any, bounds: NDArray[np.float64]) -> Any:
    """Cut off what the mitres of narrow corners left outside the extent of the parcels."""
    low, high = shapely.bounds(land)[:2] >= bounds[:2], shapely.bounds(land)[2:] <= bounds[2:]
    return land if low.all() and high.all() else shapely.intersection(land, shapely.box(*bounds))


def _polygonal(land: Any) -> Any:
    """Leave out the lines and points that a cut may give."""
    if land.geom_type in ("Polygon", "MultiPolygon"):
        return land
    polygons = [p for p in shapely.get_parts(land) if p.geom_type == "Polygon"]
    return shapely.MultiPolygon(polygons)


def _label(outline: Any) -> Any:
    """Answer the middle of the largest part where that lies inside it, else a point that does."""
    parts = shapely.get_parts(outline)
    largest = parts[int(np.argmax(shapely.area(parts)))]
    middle = shapely.centroid(largest)
    return middle if largest.contains(middle) else shapely.point_on_surface(largest)
