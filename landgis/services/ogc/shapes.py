"""Geometries that an asker gives, as shapes in Web Mercator: the plane that members are found in.

Web Mercator is a function of longitude and of latitude alone, so a box of degrees stays a box, the
spatial index is in it, and every member has it computed by the same operation as the shape.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import shapely

from landgis import geodesy
from landgis.errors import LandgisError, UsageError
from landgis.services.ogc.crs import CRS, place_on_earth

MAX_VERTICES = 1_000
DEEPEST = 3
"""Lists around a position in a MultiPolygon."""

MAX_LATITUDE = 85.06
"""Degrees; Web Mercator ends there (EPSG:3857), and what is beyond is cut off."""

FARTHEST_M = 1e8
"""Coordinates beyond twice the earth's girth are no place in any plane."""

STEPS = 32
"""Pieces of a side of a box in a survey plane: it is curved in the other one, by 4 cm at most on a
side of 100 km."""

COLLECTION = "GeometryCollection"
TYPES = frozenset(
    {"Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon"}
)


Bad = Callable[[str], LandgisError]
"""What makes an error of a sentence."""


def bad_bbox(message: str) -> UsageError:
    """Answer the error of a box that cannot be used."""
    return UsageError("bad_bbox", message, parameter="bbox")


def boxes_3857(numbers: Sequence[float], crs: CRS, bad: Bad = bad_bbox) -> tuple[Any, ...]:
    """Answer a box of 4 or 6 numbers as one polygon, or two across the antimeridian.

    Raises
    ------
    UsageError
        ``bad_bbox``: another number of values, not finite, reversed, off the earth.
    """
    if len(numbers) not in {4, 6}:
        raise bad(f"bbox has 4 or 6 numbers, not {len(numbers)}")
    if not all(map(math.isfinite, numbers)):
        raise bad("bbox has numbers that are not finite")
    half = len(numbers) // 2
    low, high = numbers[:2], numbers[half : half + 2]
    if crs.north_first:
        low, high = low[::-1], high[::-1]
    (west, south), (east, north) = low, high
    if south > north or (west > east and not crs.is_lonlat):
        raise bad("bbox is reversed: its first corner is not the lower left one")
    if crs.is_lonlat:
        place_on_earth(np.array([[west, south], [east, north]]), bad)
    if west > east:
        sides = ((west, 180.0), (-180.0, east))
        return tuple(_box((w, south, e, north), crs, bad) for w, e in sides)
    return (_box((west, south, east, north), crs, bad),)


def _box(sides: tuple[float, float, float, float], crs: CRS, bad: Bad) -> Any:
    west, south, east, north = sides
    box = shapely.box(west, south, east, north)
    if not crs.is_lonlat and crs.epsg != geodesy.WEB_MERCATOR:
        longest = max(east - west, north - south) / STEPS
        if max(map(abs, sides)) > FARTHEST_M:
            raise bad(f"A place is outside of what {crs.uri} can tell")
        box = shapely.segmentize(box, longest) if longest > 0 else box
    return _in_mercator(box, crs, bad)


def geometry_3857(body: Any, crs: CRS, bad: Bad) -> Any:
    """Answer a GeoJSON geometry, its coordinates in the order of ``crs``, as a valid shape.

    Raises
    ------
    UsageError
        What ``bad`` makes of: another type, too many vertices, off the earth, invalid.
    """
    flat = [position for part in _parts(body, bad) for position in _positions(part, 0, bad)]
    if not 1 <= len(flat) <= MAX_VERTICES:
        raise bad(f"A geometry has {MAX_VERTICES} vertices at most, not {len(flat)}")
    if body["type"] == "Point" and flat != [body["coordinates"]]:
        raise bad("A point has one position")
    try:
        shape = shapely.force_2d(shapely.geometry.shape(body))
    except (ValueError, TypeError, IndexError, AttributeError, shapely.errors.GEOSException) as why:
        raise bad(f"A geometry is malformed: {why}") from why
    if crs.north_first:
        shape = shapely.transform(shape, lambda xy: xy[:, ::-1])
    if crs.is_lonlat:
        place_on_earth(shapely.get_coordinates(shape), bad)
    if shape.is_empty or not shapely.is_valid(shape):
        raise bad(f"A geometry is invalid: {shapely.is_valid_reason(shape)}")
    # Parts of one dimension become one geometry: not every predicate takes a collection.
    whole = shapely.unary_union(shape) if is_mixed(shape) else shape
    return _in_mercator(whole, crs, bad)


def is_mixed(shape: Any) -> bool:
    """Answer whether a shape has parts of several dimensions."""
    return bool(shape.geom_type == COLLECTION)


def _parts(body: Any, bad: Bad) -> list[Any]:
    """Answer the coordinates of a geometry, or of each member of a collection."""
    if not isinstance(body, dict) or not isinstance(body.get("type"), str):
        raise bad("A geometry has the members type and coordinates")
    if body["type"] == COLLECTION and set(body) == {"type", "geometries"}:
        members = body["geometries"] if isinstance(body["geometries"], list) else [None]
        if any(isinstance(one, dict) and one.get("type") == COLLECTION for one in members):
            raise bad("A collection of geometries holds no other collection")
        return [part for one in members for part in _parts(one, bad)]
    if body["type"] not in TYPES:
        there = ", ".join(sorted(TYPES | {COLLECTION}))
        raise bad(f"A geometry is one of {there}, not {body['type'][:32]!r}")
    if set(body) != {"type", "coordinates"}:
        raise bad("A geometry has the members type and coordinates")
    return [body["coordinates"]]


def _positions(coordinates: Any, depth: int, bad: Bad) -> Iterator[list[float]]:
    """Answer every position below, each of 2 or 3 finite numbers."""
    if not isinstance(coordinates, list) or depth > DEEPEST:
        raise bad("The coordinates of a geometry are lists of numbers")
    if coordinates and all(_is_number(v) for v in coordinates):
        if len(coordinates) not in {2, 3} or not all(map(math.isfinite, coordinates)):
            raise bad("A position has 2 or 3 finite numbers")
        yield coordinates
        return
    for part in coordinates:
        yield from _positions(part, depth + 1, bad)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _in_mercator(shape: Any, crs: CRS, bad: Bad) -> Any:
    if crs.is_lonlat:
        shape = shapely.transform(shape, _cut_off_poles)
    placed = geodesy.transform(shape, crs.epsg, geodesy.WEB_MERCATOR)
    if not np.isfinite(shapely.get_coordinates(placed)).all():
        raise bad(f"A place is outside of what {crs.uri} can tell")
    return placed


def _cut_off_poles(xy: Any) -> Any:
    return np.column_stack([xy[:, 0], np.clip(xy[:, 1], -MAX_LATITUDE, MAX_LATITUDE)])
