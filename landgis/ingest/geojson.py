"""A GeoJSON feature collection, read feature by feature so that each keeps its number.

GDAL is not asked: it renumbers and reorders features by their ``id`` and drops elements that
are no features without saying which.
"""

import json
import re
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from landgis.errors import Refused
from landgis.ingest.records import NO_GEOMETRY, RECORD_TYPE
from landgis.ingest.row_table import RowWriter, judge, require_columns

CRS84 = "OGC:CRS84"
"""What GeoJSON without a ``crs`` member is in (RFC 7946, section 4)."""

EPSG_NAME = re.compile(r"(?:urn:(?:x-)?ogc:def:crs:)?EPSG:(?:[\d.]*:)?(\d{4,6})", re.IGNORECASE)
CRS84_NAME = re.compile(r"(?:urn:(?:x-)?ogc:def:crs:)?OGC:[\d.]*:?CRS84h?", re.IGNORECASE)
CRS_NAME_LIMIT = 200

LONE_MEMBERS = frozenset({"geometry", "properties", "coordinates"})
GEOMETRIES = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon",
              "GeometryCollection")  # fmt: skip
NUMBER_TYPES = frozenset({int, float})

BATCH_ROWS = 16_384
MOST_DIGITS = 4000
"""Python turns 4,300 digits into a whole number, more would take it long."""

SPACE = re.compile(r"[ \t\n\r]*")
INT64_LIMIT = 2**63


class Shape(NamedTuple):
    """The geometry of one feature as WKB, or why there is none."""

    wkb: bytes | None
    problem: str | None = None
    detail: str | None = None
    has_z: bool = False


@dataclass
class _Collection:
    """What was found so far."""

    kind: object = None
    crs: object = None
    has_crs: bool = False
    shapes: list[Shape] = field(default_factory=list)
    properties: dict[str, list[object]] = field(default_factory=dict)
    has_features: bool = False
    alone: dict[str, object] = field(default_factory=dict)
    """Members of a feature or geometry that is not in any collection."""


def read_geojson(path: Path, folder: Path, files: str) -> dict[str, Any]:
    """Write the features of ``path`` into ``folder``; ``fid`` counts the elements from 0.

    Raises
    ------
    Refused
        ``bad_geojson``, ``not_a_feature_collection``.
    """
    try:
        found = _found(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as problem:
        raise _bad(f"it is not UTF-8 (byte {problem.start})") from problem
    except json.JSONDecodeError as problem:
        raise _bad(f"line {problem.lineno}, column {problem.colno}: {problem.msg}") from problem
    except (RecursionError, ValueError) as problem:
        raise _bad(str(problem)) from problem
    if found.kind == "FeatureCollection" and not found.has_features:
        raise _bad("the collection has no member 'features'")
    if found.kind == "Feature" or found.kind in GEOMETRIES:
        _add(found, _lone_feature(found))
    elif found.kind != "FeatureCollection":
        raise Refused(
            "not_a_feature_collection",
            f"its type is {str(found.kind)[:40]!r}; a GeoJSON FeatureCollection is read, or a "
            "Feature or a geometry alone; export the layer again as GeoJSON",
        )
    heights = _write(found, folder / f"{files}.arrow")
    records = np.zeros(len(found.shapes), dtype=RECORD_TYPE)
    records["fid"] = np.arange(len(found.shapes))
    records["state"] = NO_GEOMETRY  # allowed: what is wrong with a geometry is said above
    np.save(folder / f"{files}.npy", records, allow_pickle=False)
    return {
        "files": files,
        "crs": crs_name(found.crs) if found.has_crs else CRS84,
        "heights": heights,
        "stopped": None,
    }


def _found(text: str) -> _Collection:
    try:
        return _scan(_Scanner(text, int))
    except json.JSONDecodeError:
        raise
    except ValueError:  # thousands of digits in one number, which is one row's fault
        return _scan(_Scanner(text, _whole_number))


def _whole_number(digits: str) -> int | float:
    return int(digits) if len(digits) < MOST_DIGITS else float(digits)


def _lone_feature(found: _Collection) -> dict[str, object]:
    if found.kind == "Feature":
        return {"type": "Feature", **found.alone}
    return {"type": "Feature", "geometry": {"type": found.kind, **found.alone}}


def crs_name(member: object) -> str | None:
    """Answer ``EPSG:n``, ``OGC:CRS84`` or the name as found of a ``crs`` member (GeoJSON 2008)."""
    properties = member.get("properties") if isinstance(member, dict) else None
    if not isinstance(properties, dict):
        return None
    if str(member.get("type")).upper() == "EPSG":  # type: ignore[attr-defined]
        return f"EPSG:{properties.get('code')}"
    name = properties.get("name")
    if not isinstance(name, str):
        return None
    if epsg := EPSG_NAME.fullmatch(name.strip()):
        return f"EPSG:{epsg[1]}"
    return CRS84 if CRS84_NAME.fullmatch(name.strip()) else name.strip()[:CRS_NAME_LIMIT] or None


def polygon_wkb(geometry: object) -> Shape:
    """Answer the WKB of a GeoJSON geometry, first two ordinates only, whether valid or not."""
    if geometry is None:
        return Shape(None)
    if not isinstance(geometry, dict):
        return Shape(None, "damaged_geometry", "it is not a JSON object")
    kind = geometry.get("type")
    if kind not in ("Polygon", "MultiPolygon"):
        return Shape(None, "not_a_polygon", f"it is a {str(kind)[:40]}")
    coordinates = geometry.get("coordinates")
    parts: Any = [coordinates] if kind == "Polygon" else coordinates
    try:
        polygons = [_polygon(part) for part in parts]
        has_z = any(len(xy) > 2 for part in parts for ring in part for xy in ring)  # noqa: PLR2004
    except (TypeError, ValueError, OverflowError, struct.error, KeyError) as problem:
        return Shape(None, "damaged_geometry", f"coordinates are not lists of numbers ({problem})")
    if kind == "Polygon":
        return Shape(polygons[0], has_z=has_z)
    return Shape(struct.pack("<BII", 1, 6, len(polygons)) + b"".join(polygons), has_z=has_z)


def _polygon(rings: Sequence[Sequence[Sequence[float]]]) -> bytes:
    pieces = [struct.pack("<BII", 1, 3, len(rings))]
    for ring in rings:
        ordinates = [value for position in ring for value in position[:2]]
        if len(ordinates) != 2 * len(ring):
            raise ValueError("a position has fewer than two numbers")
        if not NUMBER_TYPES.issuperset(map(type, ordinates)):
            raise ValueError("a coordinate is no number")
        pieces.append(struct.pack(f"<I{len(ordinates)}d", len(ring), *ordinates))
    return b"".join(pieces)


class _Scanner:
    """JSON text read value by value, so that only one feature is unfolded at a time."""

    def __init__(self, text: str, parse_int: Callable[[str], int | float]) -> None:
        self._text = text
        self._at = 0
        # None: json's own way, several times faster than to call int.
        self._decode = json.JSONDecoder(
            parse_int=None if parse_int is int else parse_int
        ).raw_decode

    def value(self) -> Any:
        self._skip()
        found, self._at = self._decode(self._text, self._at)
        return found

    def take(self, mark: str) -> bool:
        self._skip()
        taken = self._text.startswith(mark, self._at)
        self._at += taken
        return taken

    def expect(self, mark: str) -> None:
        if not self.take(mark):
            raise json.JSONDecodeError(f"expecting {mark!r}", self._text, self._at)

    def elements(self) -> Iterator[Any]:
        self.expect("[")
        if self.take("]"):
            return
        yield self.value()
        while self.take(","):
            yield self.value()
        self.expect("]")

    def end(self) -> None:
        self._skip()
        if self._at != len(self._text):
            raise json.JSONDecodeError("more text after the end", self._text, self._at)

    def _skip(self) -> None:
        space = SPACE.match(self._text, self._at)
        self._at = space.end() if space else self._at


def _scan(scanner: _Scanner) -> _Collection:
    found = _Collection()
    scanner.expect("{")
    more = not scanner.take("}")
    while more:
        key = scanner.value()
        scanner.expect(":")
        if key == "features":
            found.has_features = True
            for element in scanner.elements():
                _add(found, element)
        elif key == "type":
            found.kind = scanner.value()
        elif key == "crs":
            found.crs, found.has_crs = scanner.value(), True
        else:
            value = scanner.value()
            if key in LONE_MEMBERS:
                found.alone[key] = value
        more = scanner.take(",")
        if not more:
            scanner.expect("}")
    scanner.end()
    return found


def _add(found: _Collection, element: object) -> None:
    row = len(found.shapes)
    if not isinstance(element, dict) or element.get("type") != "Feature":
        found.shapes.append(Shape(None, "not_a_feature", f"it begins {str(element)[:40]!r}"))
        return
    found.shapes.append(polygon_wkb(element.get("geometry")))
    properties = element.get("properties")
    if isinstance(properties, dict):
        for name, value in properties.items():
            column = found.properties.setdefault(name, [])
            column.extend([None] * (row - len(column)))
            column.append(value)
        require_columns(len(found.properties))


def _write(found: _Collection, target: Path) -> int:
    count = len(found.shapes)
    for values in found.properties.values():
        values.extend([None] * (count - len(values)))
    columns = [_column(values) for values in found.properties.values()]
    with RowWriter(target, list(found.properties), [one.type for one in columns]) as rows:
        for first in range(0, count, BATCH_ROWS):
            shapes = found.shapes[first : first + BATCH_ROWS]
            wkb = np.full(len(shapes), None, dtype=object)
            wkb[:] = [shape.wkb for shape in shapes]
            judged = judge(wkb)
            for at, shape in enumerate(shapes):
                if shape.problem is not None:
                    judged.problem[at], judged.detail[at] = shape.problem, shape.detail
            fid = pa.array(range(first, first + len(shapes)), pa.int64())
            rows.write(fid, judged, [one.slice(first, len(shapes)) for one in columns])
    return sum(shape.has_z for shape in found.shapes)


def _column(values: list[object]) -> pa.Array:
    """One type for a property: whole numbers, numbers, yes/no, else text (JSON for the rest)."""
    kinds = {type(value) for value in values} - {type(None)}
    if kinds == {bool}:
        return pa.array(values, pa.bool_())
    if kinds == {int} and all(v is None or -INT64_LIMIT <= v < INT64_LIMIT for v in values):  # type: ignore[operator]
        return pa.array(values, pa.int64())
    if kinds and kinds <= NUMBER_TYPES:
        with suppress(OverflowError):  # whole numbers beyond any float stay text
            return pa.array([None if v is None else float(v) for v in values], pa.float64())  # type: ignore[arg-type]
    return pa.array([_text(value) for value in values], pa.string())


def _text(value: object) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.encode("utf-8", "replace").decode("utf-8")


def _bad(why: str) -> Refused:
    return Refused("bad_geojson", f"it is not sound GeoJSON: {why}; export the layer again")
