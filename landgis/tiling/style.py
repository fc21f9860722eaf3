"""TileJSON and the MapLibre style, assembled from the layer folders and the land-use colours."""

from collections.abc import Mapping
from typing import Any

from landgis.tiling.layers import TileSet

Colour = tuple[int, int, int]

TINT_SHARE = 0.36
"""Share of the official colour in the calm default theme; the rest is warm white."""

WARM_WHITE: Colour = (251, 248, 241)
NO_USE: Colour = (255, 255, 255)
"""Parcels whose use is in no table: paper, which stands out from the ground."""

GROUND = "#f3f0ea"


def tilejson(
    tileset: TileSet, base_url: str, bounds: tuple[float, ...], sequence: int
) -> dict[str, Any]:
    """Answer a TileJSON 3.0 document; its version grows with every change that tiles show."""
    return {
        "tilejson": "3.0.0",
        "name": tileset.name,
        "description": tileset.title["en"],
        "version": f"1.{sequence}.0",
        "scheme": "xyz",
        "tiles": [f"{base_url}/tiles/{tileset.name}/{{z}}/{{x}}/{{y}}.mvt"],
        "minzoom": tileset.minzoom,
        "maxzoom": tileset.maxzoom,
        "bounds": list(bounds),
        "vector_layers": [
            {
                "id": layer.name,
                "description": layer.title["en"],
                "minzoom": layer.minzoom,
                "maxzoom": layer.maxzoom,
                "fields": {
                    name: f"{f['type']}: {f['meaning']}" for name, f in layer.fields.items()
                },
            }
            for layer in tileset.layers
        ],
    }


def style(tileset: TileSet, colours: Mapping[str, Colour], base_url: str) -> dict[str, Any]:
    """Answer a MapLibre style for a set; every URL is on our own server."""
    placeholders = {
        "@land_use_tint": _match(colours, tinted=True),
        "@land_use_full": _match(colours, tinted=False),
    }
    layers: list[Any] = [
        {"id": "ground", "type": "background", "paint": {"background-color": GROUND}}
    ]
    for layer in tileset.layers:
        for entry in layer.style:
            shown = _fill(entry, placeholders)
            layers.append({**shown, "source": tileset.name, "source-layer": layer.name})
    return {
        "version": 8,
        "name": tileset.title["en"],
        "glyphs": f"{base_url}/static/app/glyphs/{{fontstack}}/{{range}}.pbf",
        "sources": {
            tileset.name: {"type": "vector", "url": f"{base_url}/tiles/{tileset.name}.json"}
        },
        "layers": layers,
    }


def tint(colour: Colour) -> Colour:
    """Mix an official colour into warm white, so that a city of one use stays calm."""
    red, green, blue = (
        round(TINT_SHARE * c + (1 - TINT_SHARE) * w)
        for c, w in zip(colour, WARM_WHITE, strict=True)
    )
    return red, green, blue


def hex_colour(colour: Colour) -> str:
    """Answer ``#rrggbb``."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _match(colours: Mapping[str, Colour], *, tinted: bool) -> Any:
    shade = tint if tinted else (lambda c: c)
    if not colours:
        return hex_colour(shade(NO_USE))
    expression: list[Any] = ["match", ["get", "use"]]
    for code, colour in sorted(colours.items()):
        expression += [code, hex_colour(shade(colour))]
    return [*expression, hex_colour(shade(NO_USE))]


def _fill(value: Any, placeholders: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        return placeholders.get(value, value)
    if isinstance(value, list):
        return [_fill(v, placeholders) for v in value]
    if isinstance(value, dict):
        return {k: _fill(v, placeholders) for k, v in value.items()}
    return value
