"""From a tile set and a tile to one SQL statement with its parameters."""

import re
from dataclasses import dataclass
from typing import Any

from landgis.tiling.grid import EXTENT, Box, buffered, tile_box
from landgis.tiling.layers import Layer, TileSet

PLACEHOLDER = re.compile(r"(?<!:):(box_3857|z|west|south|east|north|revision)\b")
COMMENT = re.compile(r"--[^\n]*")


@dataclass(frozen=True)
class Statement:
    """SQL with ``%(name)s`` parameters that answers one row with one ``bytea``: the tile."""

    sql: str
    parameters: dict[str, Any]


def statement(tileset: TileSet, z: int, x: int, y: int, revision: int) -> Statement | None:
    """Answer the statement for a tile, None when no layer of the set is shown at this zoom."""
    layers = [layer for layer in tileset.layers if layer.minzoom <= z <= layer.maxzoom]
    if not layers:
        return None
    box = tile_box(z, x, y)
    parameters: dict[str, Any] = {"z": z, "revision": revision, **_corners("tile", box)}
    parts = []
    for layer in layers:
        parameters |= _corners(layer.name, buffered(box, layer.buffer))
        parts.append(_layer_sql(layer))
    return Statement("SELECT " + "\n || ".join(parts), parameters)


def _corners(prefix: str, box: Box) -> dict[str, float]:
    return {
        f"{prefix}_west": box.west,
        f"{prefix}_south": box.south,
        f"{prefix}_east": box.east,
        f"{prefix}_north": box.north,
    }


def _envelope(prefix: str) -> str:
    names = ", ".join(f"%({prefix}_{side})s" for side in ("west", "south", "east", "north"))
    return f"ST_MakeEnvelope({names}, 3857)"


def _layer_sql(layer: Layer) -> str:
    """Wrap a layer's query: to tile coordinates, clipped to the buffer, in a fixed order.

    ``ORDER BY`` in the layer's query keeps the bytes of an unchanged tile the same, which the
    strong ETag promises.
    """

    def bound(match: re.Match[str]) -> str:
        name = match.group(1)
        if name == "box_3857":
            return _envelope(layer.name)
        side = name in ("west", "south", "east", "north")
        return f"%(tile_{name})s::float8" if side else f"%({name})s::int"

    source = PLACEHOLDER.sub(bound, COMMENT.sub("", layer.query).replace("%", "%%")).strip()
    columns = ", ".join(
        ([f"q.{layer.fid}"] if layer.fid else []) + [f"q.{f}" for f in layer.fields]
    )
    geom = f"ST_AsMVTGeom(q.geom_3857, {_envelope('tile')}, {EXTENT}, {layer.buffer}, true) AS geom"
    identifier = f", '{layer.fid}'" if layer.fid else ""
    # Every part comes from a layer folder, which is code; requests give only parameters.
    drawn = f"SELECT {geom}, {columns} FROM ({source}) AS q"  # noqa: S608
    encoded = f"ST_AsMVT(f, '{layer.name}', {EXTENT}, 'geom'{identifier})"
    return f"(SELECT {encoded} FROM ({drawn}) AS f WHERE f.geom IS NOT NULL)"  # noqa: S608
