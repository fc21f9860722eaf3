"""What a tile must show, asked of the register in SQL, and where a drawn tile says otherwise."""

import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import shapely
from sqlalchemy import text

from landgis.store.database import Database
from landgis.tiling.grid import EXTENT, HALF_WORLD_M, Box, buffered, tile_box
from proofs.mvt_tile import Feature, Tile

BUFFER = 64
"""Of parcels, in tile units; the layers' own files say so."""

PARCELS_FROM_ZOOM = 13
COUNTED_BELOW_ZOOM = 10
"""Below, units say how many parcels they have; from here to the parcels sheets do."""

EXACT_FROM_ZOOM = 16
"""From here on a parcel is drawn as it is; below in a picture with fewer vertices."""

NAMED_FROM_ZOOM = 14
"""Below, parcels are drawn without number and sheet."""

ROUNDING = 1.0
"""Tile units that a point may be off: 0.5 in x and in y."""

CLIPPED = 1.75
"""Tile units that an exact shape may be off: 0.71 by the grid, and twice 0.5 where the clipper of
PostGIS drew it, which first joins points and straightens lines by half a unit."""

SIMPLIFIED = {13: 16.0, 14: 16.0, 15: 16.0}
"""Tile units that a simplified shape may be off: two pixels of a tile of 512."""

CORNER = 24.0
"""Tile units beside the edge of the buffer that are not looked at."""

PLAIN_UNITS = 8.0
"""A parcel so wide on average cannot vanish between the integers."""

SQL = text(
    """
SELECT fid, number, sheet, main_use, withheld,
    ST_XMin(geom_3857), ST_YMin(geom_3857), ST_XMax(geom_3857), ST_YMax(geom_3857),
    ST_X(label_3857), ST_Y(label_3857),
    2 * ST_Area(geom_3857) / nullif(ST_Perimeter(geom_3857), 0),
    CASE WHEN fid = ANY(:touched) THEN ST_AsBinary(geom_3857) END
FROM parcels
WHERE geom_3857 && ST_MakeEnvelope(:west, :south, :east, :north, 3857)
"""
)


COUNTS = text(
    """
SELECT coalesce(unit_code, ''), coalesce(sheet, ''), count(*)
FROM parcels WHERE NOT withheld GROUP BY 1, 2
"""
)


class Place(NamedTuple):
    """A tile."""

    z: int
    x: int
    y: int


@dataclass(frozen=True)
class Row:
    """A public parcel near a tile, in tile units, y down."""

    fid: int
    properties: dict[str, Any]
    box: tuple[float, float, float, float]
    label: tuple[float, float]
    width: float
    shape: Any = None
    """Given for parcels that are to be compared to the vertex."""


@dataclass
class Expected:
    """What SQL says of a tile."""

    place: Place
    rows: dict[int, Row] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    sheets: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Public parcels of each unit and sheet, below z13."""


def expected(database: Database, place: Place, touched: frozenset[int]) -> Expected:
    """Answer what is in and around a tile now."""
    box = tile_box(*place)
    around = buffered(box, BUFFER + 2)
    sides = ("west", "south", "east", "north")
    values: dict[str, Any] = {side: getattr(around, side) for side in sides}
    found = Expected(place)
    with database.begin() as connection:
        if place.z < PARCELS_FROM_ZOOM:
            found.sheets.update({(r[0], r[1]): r[2] for r in connection.execute(COUNTS)})
            return found
        for row in connection.execute(
            SQL, {**values, "north": around.north, "touched": [*touched]}
        ):
            if row[4]:
                found.hidden.add(row[0])
            else:
                found.rows[row[0]] = _row(row, box)
    return found


def tiles_of(boxes: Any, zoom: int, buffer: int = BUFFER) -> Iterator[Place]:
    """Answer the tiles of a zoom whose buffered squares meet any box in EPSG:3857."""
    size = 2 * HALF_WORLD_M / 2**zoom
    margin = size * buffer / EXTENT
    seen: set[Place] = set()
    for west, south, east, north in boxes:
        columns = range(
            int((west - margin + HALF_WORLD_M) // size),
            int((east + margin + HALF_WORLD_M) // size) + 1,
        )
        rows = range(
            int((HALF_WORLD_M - north - margin) // size),
            int((HALF_WORLD_M - south + margin) // size) + 1,
        )
        seen.update(Place(zoom, x, y) for x in columns for y in rows)
    yield from sorted(seen)


def differences(tile: Tile, truth: Expected) -> list[str]:
    """Answer where a tile and the register disagree."""
    if truth.place.z < PARCELS_FROM_ZOOM:
        return [*(f"{f.code} in {f.layer} {f.feature}" for f in tile.faults), *_counts(tile, truth)]
    drawn = {f.id: f for f in tile.layer("parcels") if f.id is not None}
    return [
        *(f"{fault.code} in {fault.layer} {fault.feature}" for fault in tile.faults),
        *_ids(drawn, truth),
        *_properties(drawn, truth),
        *_shapes(drawn, truth),
        *_labels(tile.layer("labels"), truth),
    ]


def _counts(tile: Tile, truth: Expected) -> Iterator[str]:
    """Compare what blocks and units count; blocks of no sheet are parts of what SQL counts."""
    units = Counter[str]()
    for (unit, _), parcels in truth.sheets.items():
        units[unit] += parcels
    for block in tile.layer("blocks"):
        sheet, unit = block.properties.get("sheet"), block.properties.get("unit")
        if sheet is not None:
            right = truth.sheets[str(unit or ""), str(sheet)]
            if block.properties["parcels"] != right:
                yield f"sheet {sheet} of {unit} counts {block.properties['parcels']}, not {right}"
    for unit_drawn in tile.layer("units"):
        told, code = unit_drawn.properties.get("parcels"), str(unit_drawn.properties["code"])
        if told is not None and told != units[code]:
            yield f"unit {code} counts {told}, not {units[code]}"
        if told is None and truth.place.z < COUNTED_BELOW_ZOOM and units[code]:
            yield f"unit {code} has no count"


def _row(row: Any, box: Box) -> Row:
    scale = EXTENT / (box.east - box.west)
    to_x, to_y = lambda x: (x - box.west) * scale, lambda y: (box.north - y) * scale
    shape = None
    if row[12] is not None:
        shape = shapely.affinity.affine_transform(
            shapely.from_wkb(bytes(row[12])),
            [scale, 0, 0, -scale, -box.west * scale, box.north * scale],
        )
    return Row(
        fid=row[0],
        properties={"number": row[1], "sheet": row[2], "use": row[3]},
        box=(to_x(row[5]), to_y(row[8]), to_x(row[7]), to_y(row[6])),
        label=(to_x(row[9]), to_y(row[10])),
        width=(row[11] or 0.0) * scale,
        shape=shape,
    )


def _ids(drawn: dict[int, Feature], truth: Expected) -> Iterator[str]:
    for fid in drawn.keys() - truth.rows.keys():
        why = "withheld" if fid in truth.hidden else "not there any more"
        yield f"parcel {fid} is drawn, but {why}"
    for fid, row in truth.rows.items():
        if fid not in drawn and _must_be_seen(row):
            yield f"parcel {fid} is missing"


def _must_be_seen(row: Row) -> bool:
    """Whether a parcel lies in the buffered tile so plainly that rounding cannot lose it."""
    if row.width < PLAIN_UNITS:
        return False
    if row.shape is not None:
        clipped = shapely.intersection(row.shape, _square(0.0))
        return bool(2 * clipped.area > PLAIN_UNITS * clipped.length)
    return all(2 <= c <= EXTENT - 2 for c in row.label)


def _properties(drawn: dict[int, Feature], truth: Expected) -> Iterator[str]:
    for fid, feature in drawn.items():
        row = truth.rows.get(fid)
        if row is None:
            continue
        for name, told in row.properties.items():
            value = told if truth.place.z >= NAMED_FROM_ZOOM or name == "use" else None
            shown = feature.properties.get(name)
            if _nfc(shown) != _nfc(value):
                yield f"parcel {fid}: {name} is {shown!r}, not {value!r}"


def _shapes(drawn: dict[int, Feature], truth: Expected) -> Iterator[str]:
    off = SIMPLIFIED.get(truth.place.z, CLIPPED)
    for fid, row in truth.rows.items():
        if row.shape is None or fid not in drawn or not drawn[fid].polygons:
            continue
        picture = drawn[fid].shape()
        # Where an edge meets the buffer's at a flat angle, half a unit moves the corner by several.
        outer = shapely.buffer(shapely.intersection(row.shape, _square(BUFFER + CORNER)), off)
        core = shapely.buffer(shapely.intersection(row.shape, _square(BUFFER - CORNER)), -off)
        is_inside = shapely.covers(outer, picture) and shapely.covers(_square(BUFFER), picture)
        if not is_inside or not (core.is_empty or shapely.covers(picture, core)):
            far = shapely.hausdorff_distance(row.shape, picture)
            yield f"parcel {fid}: its shape is off by up to {far:.1f} units"


def _labels(features: list[Feature], truth: Expected) -> Iterator[str]:
    if truth.place.z < EXACT_FROM_ZOOM:
        return
    inside = {
        fid: row
        for fid, row in truth.rows.items()
        if row.properties["number"] is not None and all(0 <= c < EXTENT for c in row.label)
    }
    # On the very edge the two roundings may differ: such a label is left out of the count.
    edge = {fid for fid, row in truth.rows.items() if min(_to_edge(c) for c in row.label) < 1e-6}
    drawn = {f.id: f for f in features if f.id is not None}
    for fid in (drawn.keys() ^ inside.keys()) - edge:
        yield f"label of {fid} is {'drawn' if fid in drawn else 'missing'}"
    for fid in drawn.keys() & inside.keys():
        ((x, y),) = drawn[fid].parts[0]
        at, row = inside[fid].label, inside[fid]
        if abs(x - at[0]) > ROUNDING or abs(y - at[1]) > ROUNDING:
            yield f"label of {fid} stands at {x}, {y}, not {at}"
        if _nfc(drawn[fid].properties.get("number")) != _nfc(row.properties["number"]):
            yield f"label of {fid} says {drawn[fid].properties.get('number')!r}"


def _to_edge(coordinate: float) -> float:
    return min(abs(coordinate), abs(coordinate - EXTENT))


def _square(buffer: float) -> Any:
    return shapely.box(-buffer, -buffer, EXTENT + buffer, EXTENT + buffer)


def _nfc(value: Any) -> Any:
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value
