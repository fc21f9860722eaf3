"""From a tile set and a tile to one SQL statement with its parameters."""

import re
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np

from landgis.tiling.grid import EXTENT, Box, buffered, tile_box
from landgis.tiling.layers import Layer, TileSet
from landgis.tiling.snapping import units_a_metre

PLACEHOLDER = re.compile(r"(?<!:):(box_3857|z|west|south|east|north|revision|units|asker)\b")
TYPES = {"revision": "bigint", "units": "text[]", "asker": "text"}
"""Of parameters that are no place; who asks is added by whoever knows."""

COMMENT = re.compile(r"--[^\n]*")

AFFINE = "%(scale)s, 0, 0, 0, %(flipped)s, 0, 0, 0, 1, %(right)s, %(down)s, 0"
"""ST_Affine's matrix from metres to the tile's units, y to the south."""

POLYGON_HEAD = struct.pack("<BIIII", 1, 3 | 0x20000000, 3857, 1, 5)
"""EWKB of a polygon of one ring of five points in EPSG:3857."""


@dataclass(frozen=True)
class Statement:
    """SQL with ``%(name)s`` parameters that answers one row with one ``bytea``: the tile.

    The text is the same for all tiles of a set and zoom, so that PostgreSQL plans it once; shapes
    are parameters as text, which PostgreSQL reads once and not for every row.
    """

    sql: str
    parameters: dict[str, Any]


def statement(tileset: TileSet, z: int, x: int, y: int, revision: int) -> Statement | None:
    """Answer the statement for a tile, None when no layer of the set is shown at this zoom."""
    layers = [layer for layer in tileset.layers if layer.minzoom <= z <= layer.maxzoom]
    if not layers:
        return None
    box, scale = tile_box(z, x, y), units_a_metre(z)
    parameters: dict[str, Any] = {
        **_corners(box),
        "scale": scale,
        "flipped": -scale,
        "right": -box.west * scale,
        "down": box.north * scale,
        "tile": f"BOX({box.west!r} {box.south!r},{box.east!r} {box.north!r})",
        "revision": revision,
    }
    for buffer in {layer.buffer for layer in layers}:
        wide = buffered(box, buffer)
        parameters[f"box_{buffer}"] = _ewkb(wide)
        parameters[f"inside_{buffer}"] = _ewkb(_inwards(wide))
    sql = "SELECT " + "\n || ".join(_layer_sql(layer, z) for layer in layers)
    return Statement(sql, parameters)


def _layer_sql(layer: Layer, z: int) -> str:
    """Wrap a layer's query: to tile coordinates, cut to the buffer where needed, in fixed order.

    What lies inside the buffer and stays valid when rounded is only moved and rounded; the
    clipper, which all others go through, takes five times as long. ``ORDER BY`` in the layer's
    query keeps the bytes of an unchanged tile the same, which the strong ETag promises. ST_AsMVT
    itself leaves out what the clipper left nothing of: to ask here would clip twice.
    """

    def bound(match: re.Match[str]) -> str:
        name = match.group(1)
        if name == "z":
            return str(z)
        if name == "box_3857":
            return f"%(box_{layer.buffer})s::geometry"
        return f"%({name})s::{TYPES.get(name, 'float8')}"

    source = PLACEHOLDER.sub(bound, COMMENT.sub("", layer.query).replace("%", "%%")).strip()
    columns = ", ".join(
        f"q.{name}" for name in ([layer.fid] if layer.fid else []) + [*layer.fields]
    )
    identifier = f", '{layer.fid}'" if layer.fid else ""
    # Every part comes from a layer folder, which is code; requests give only parameters.
    return f"""(
    SELECT ST_AsMVT(f, '{layer.name}', {EXTENT}, 'geom'{identifier})
    FROM (
        SELECT
            CASE
                WHEN q.snap_zoom <= {z} AND q.geom_3857 @ %(inside_{layer.buffer})s::geometry
                THEN ST_SnapToGrid(ST_Affine(q.geom_3857, {AFFINE}), 1)
                ELSE ST_AsMVTGeom(
                    q.geom_3857, %(tile)s::box2d, {EXTENT}, {layer.buffer}, true
                )
            END AS geom,
            {columns}
        FROM (
{source}
        ) AS q
    ) AS f
)"""  # noqa: S608


def _corners(box: Box) -> dict[str, float]:
    return {"west": box.west, "south": box.south, "east": box.east, "north": box.north}


def _inwards(box: Box) -> Box:
    """Answer the largest box of single-precision numbers in a box.

    The operator that says whether one extent lies in another compares them in single precision,
    widened outwards: by up to a metre in Web Mercator.
    """
    exact = np.array([box.west, box.south, box.east, box.north])
    single = exact.astype(np.float32)
    away = [single[:2] < exact[:2], single[2:] > exact[2:]]
    inner = np.nextafter(single, np.array([np.inf, np.inf, -np.inf, -np.inf], dtype=np.float32))
    return Box(*np.where(np.concatenate(away), inner, single).tolist())


def _ewkb(box: Box) -> str:
    w, s, e, n = box.west, box.south, box.east, box.north
    return (POLYGON_HEAD + struct.pack("<10d", w, s, w, n, e, n, e, s, w, s)).hex()
