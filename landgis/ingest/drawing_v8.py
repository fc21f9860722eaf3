"""DGN of MicroStation V8 through ezdgn, a young library; only the reading process calls it."""

import importlib
import math
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import shapely

from landgis.errors import Refused
from landgis.ingest.drawing_count import Counted
from landgis.ingest.drawing_entities import Drawn, Entities

OLE_START = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Compound file of [MS-CFB] 2.2; DGN V8 is one."""

RECIPE = (
    "in MicroStation, with gCadas or without, use File > Save As and choose MicroStation V7 DGN "
    "Files (the form that FAMIS writes) or Autodesk DXF, then send that file"
)
STRAIGHT = frozenset({"LINE", "LINE_STRING"})
ROUND = frozenset({"ARC", "ELLIPSE"})
CONTAINERS = frozenset({"COMPLEX_CHAIN", "COMPLEX_SHAPE", "CELL", "TEXT_NODE", "BSPLINE_POLE"})
"""Their parts are elements of their own, or are no shapes."""

DEFINITION = "SHARED_CELL_DEFINITION"
ESCAPED_TEXT = b"\xff\xfe"
WIDE_TEXT = b"\xff\xfd"
ESCAPE_BYTES = 4

DEGREES_A_STEP = 1
"""How arcs are cut; the same as ``OGR_ARC_STEPSIZE`` for the other drawings."""

RANGE_SLACK = 1e-3
"""Units of the drawing: an element's own range is rounded to its units of resolution."""

UNTURNED = ((), (1.0, 0.0, 0.0, 0.0))


class _Reading(NamedTuple):
    drawn: list[Drawn]
    unused: Counter[str]
    counted: Counter[tuple[str, str]]


def is_v8(path: Path) -> bool:
    """Answer whether the file is a compound file, as DGN V8 is."""
    with path.open("rb") as file:
        return file.read(len(OLE_START)) == OLE_START


def read_v8(path: Path) -> tuple[Counted, Entities]:
    """Answer what the fullest model of the drawing at ``path`` holds.

    Each element's shape is compared with the range that the file states for it: one that lies
    outside was misread, and is counted instead of believed.

    Raises
    ------
    Refused
        ``dgn_v8`` with the way around, when ezdgn is not installed or cannot read it.
    """
    try:
        ezdgn = importlib.import_module("ezdgn")
    except ModuleNotFoundError as problem:
        raise _refused("which is not read here") from problem
    try:
        document = ezdgn.read_v8(path)
        models = sorted(document.models, key=lambda one: -len(one.elements))
        level_names = {one.level_id: str(one.number or one.name) for one in document.levels}
    except (ezdgn.DgnError, OSError, ValueError) as problem:
        raise _refused(f"which cannot be read ({problem})") from problem
    if not models:
        raise _refused("in which no model was found")
    reading = _Reading([], Counter(), Counter())
    _read_model(models[0], level_names, reading)
    reading.unused["element of another model"] += sum(len(one.elements) for one in models[1:])
    skipped = document.raw.skipped_models
    stopped = f"models that cannot be read: {', '.join(skipped)}" if skipped else None
    counted = Counted(reading.counted, frozenset(), {}, whole=not skipped)
    unused = +reading.unused
    return counted, Entities.of(reading.drawn, unused=unused, given=frozenset(), stopped=stopped)


def _refused(why: str) -> Refused:
    return Refused("dgn_v8", f"this is a DGN of MicroStation V8, {why}; {RECIPE}")


def _read_model(model: Any, level_names: dict[int, str], reading: _Reading) -> None:
    defined = {
        part.index
        for element in model.elements
        if element.kind == DEFINITION
        for part in model.descendants(element)
    }
    for element in model.elements:
        level = level_names.get(element.level, str(element.level))
        reading.counted[element.kind.lower().replace("_", " "), level] += 1
        if element.kind in CONTAINERS or element.kind == DEFINITION or element.index in defined:
            continue
        drawn, why = _drawn(element, level)
        if drawn is None:
            reading.unused[why] += 1
        else:
            reading.drawn.append(drawn)


def _drawn(element: Any, level: str) -> tuple[Drawn | None, str]:
    """Answer the shape of an element, or why it has none."""
    data, kind = element.data, element.kind
    if kind == "TEXT" and data.origin is not None:
        text = _letters(data.text_bytes or b"")
        point = shapely.Point(data.origin.master[:2])
        return (Drawn(level, point, text), "") if text.strip() else (None, "text without letters")
    places = _places(element)
    if places is None or not np.isfinite(places).all() or len(np.unique(places, axis=0)) == 1:
        return None, kind.lower().replace("_", " ")
    if not _within(places, element.common.range_master):
        return None, f"{kind.lower()} outside its own range"
    if kind == "SHAPE" and len(places) > 2:  # noqa: PLR2004 - the smallest ring, still open
        return Drawn(level, shapely.Polygon(places)), ""
    return Drawn(level, shapely.LineString(places)), ""


def _places(element: Any) -> Any | None:
    """Answer the vertices in two dimensions, None for an element of another kind."""
    data, kind = element.data, element.kind
    if kind in STRAIGHT or kind == "SHAPE":
        return np.array([vertex.master[:2] for vertex in data.vertices], dtype=np.float64)
    if kind not in ROUND or data.center is None or data.orientation not in UNTURNED:
        return None
    start, sweep = data.start_angle_radians or 0.0, data.sweep_angle_radians or 2 * math.pi
    steps = max(2, math.ceil(abs(math.degrees(sweep)) / DEGREES_A_STEP)) + 1
    angle = np.linspace(start, start + sweep, steps)
    x, y = data.primary_axis_master * np.cos(angle), data.secondary_axis_master * np.sin(angle)
    turn = data.rotation_radians or 0.0
    turned = np.column_stack(
        [x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)]
    )
    places = turned + data.center.master[:2]
    if data.sweep_angle_radians is None:
        places[-1] = places[0]
    return places


def _within(places: Any, stated: Any) -> bool:
    low, high = np.array(stated[0][:2]), np.array(stated[1][:2])
    return bool((places >= low - RANGE_SLACK).all() and (places <= high + RANGE_SLACK).all())


def _letters(raw: bytes) -> str:
    """Answer a text byte by byte, as ``Entities`` hold them."""
    if raw.startswith(WIDE_TEXT):
        raw = raw[len(WIDE_TEXT) :].decode("utf-16-le", "replace").encode()
    elif raw.startswith(ESCAPED_TEXT):
        raw = raw[ESCAPE_BYTES:]
    return raw.rstrip(b"\0").decode("latin-1")
