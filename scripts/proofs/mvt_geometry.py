"""Commands of a vector tile's geometry, followed to the letter of MVT 2.1, section 4.3."""

from collections.abc import Iterator, Sequence

import numpy as np
import shapely

from proofs.protobuf_wire import Broken

POINT, LINESTRING, POLYGON = 1, 2, 3
MOVE_TO, LINE_TO, CLOSE_PATH = 1, 2, 7

XY = tuple[int, int]
Part = list[XY]
"""A point, a line, or a ring without its repeated first vertex."""

Polygon = list[Part]
"""The exterior ring and its holes."""


def parts(kind: int, numbers: Sequence[int]) -> list[Part]:
    """Answer points, lines or rings in absolute tile coordinates.

    Raises
    ------
    Broken
        The code of the first rule that the commands break.
    """
    if not numbers:
        raise Broken("geometry_empty")
    steps = list(_steps(numbers))
    if steps[0][0] != MOVE_TO:
        raise Broken("first_command_not_move_to")
    if kind == POINT:
        if len(steps) != 1:
            raise Broken("point_not_one_move_to")
        return [[xy] for xy in steps[0][1]]
    found: list[Part] = []
    at = 0
    while at < len(steps):
        part, at = _part(kind, steps, at)
        found.append(part)
    return found


def polygons(rings: list[Part]) -> list[Polygon]:
    """Answer rings as polygons: positive area begins one, negative is a hole of the last."""
    found: list[Polygon] = []
    for ring in rings:
        area = doubled_area(ring)
        if area == 0:
            raise Broken("ring_without_area")
        if area > 0:
            found.append([ring])
        elif not found:
            raise Broken("first_ring_is_a_hole")
        else:
            found[-1].append(ring)
    return found


def doubled_area(ring: Part) -> int:
    """Answer twice the area by the surveyor's formula, positive for an exterior ring."""
    x, y = ring[-1]
    total = 0
    for nx, ny in ring:
        total += x * ny - nx * y
        x, y = nx, ny
    return total


def as_shapes(found: Sequence[Polygon]) -> "np.ndarray[tuple[int], np.dtype[np.object_]]":
    """Answer polygons as shapely has them, all at once."""
    rings = [ring for polygon in found for ring in polygon]
    of_polygon = [i for i, polygon in enumerate(found) for _ in polygon]
    of_ring = np.repeat(np.arange(len(rings)), [len(ring) for ring in rings])
    coordinates = np.array([xy for ring in rings for xy in ring], dtype=np.float64).reshape(-1, 2)
    made = shapely.linearrings(coordinates, indices=of_ring)
    return np.asarray(shapely.polygons(made, indices=of_polygon))


def _steps(numbers: Sequence[int]) -> Iterator[tuple[int, list[XY]]]:
    """Answer each command with the places that the cursor goes to."""
    x = y = at = 0
    while at < len(numbers):
        command, count = numbers[at] & 7, numbers[at] >> 3
        at += 1
        if command == CLOSE_PATH:
            if count != 1:
                raise Broken("close_path_count")
            yield command, []
            continue
        if command not in (MOVE_TO, LINE_TO):
            raise Broken("unknown_command")
        if count == 0:
            raise Broken("command_count_zero")
        if at + 2 * count > len(numbers):
            raise Broken("parameters_missing")
        places: list[XY] = []
        for i in range(at, at + 2 * count, 2):
            dx, dy = numbers[i], numbers[i + 1]
            if command == LINE_TO and dx == 0 == dy:
                raise Broken("line_to_nowhere")
            x += (dx >> 1) ^ -(dx & 1)
            y += (dy >> 1) ^ -(dy & 1)
            places.append((x, y))
        at += 2 * count
        yield command, places


def _part(kind: int, steps: list[tuple[int, list[XY]]], at: int) -> tuple[Part, int]:
    """Answer the line or ring that begins at a step, and the step after it."""
    command, begin = steps[at]
    if command != MOVE_TO:
        raise Broken("move_to_missing")
    if len(begin) != 1:
        raise Broken("move_to_count")
    if at + 1 >= len(steps) or steps[at + 1][0] != LINE_TO:
        raise Broken("line_to_missing")
    part = begin + steps[at + 1][1]
    at += 2
    if kind == LINESTRING:
        return part, at
    if len(part) < 3:
        raise Broken("ring_too_short")
    if at >= len(steps) or steps[at][0] != CLOSE_PATH:
        raise Broken("close_path_missing")
    if part[0] == part[-1]:
        raise Broken("ring_repeats_its_start")
    return part, at + 1


def anomalies(found: Sequence[Polygon]) -> dict[int, str]:
    """Answer the code of every polygon whose rings touch or cross as they must not."""
    if not found:
        return {}
    shapes = as_shapes(found)
    (wrong,) = np.nonzero(~shapely.is_valid(shapes))
    return {int(i): _why(str(shapely.is_valid_reason(shapes[i]))) for i in wrong}


def _why(reason: str) -> str:
    if reason.startswith("Hole lies outside shell"):
        return "hole_outside"
    if reason.startswith("Holes are nested"):
        return "hole_in_hole"
    if reason.startswith("Interior is disconnected"):
        return "interior_disconnected"
    return "ring_crosses"
