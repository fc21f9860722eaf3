"""TileJSON and the MapLibre style, assembled from the layer folders, a theme and the land uses."""

from collections.abc import Mapping, Sequence
from typing import Any

from landgis.errors import UsageError
from landgis.tiling.layers import TileSet
from landgis.tiling.themes import LAND_USE, Colour, Theme, hex_colour


def tilejson(
    tileset: TileSet,
    base_url: str,
    bounds: Sequence[float],
    sequence: int,
    centre: tuple[float, float, int] | None = None,
) -> dict[str, Any]:
    """Answer a TileJSON 3.0 document; its version grows with every change that tiles show.

    Parameters
    ----------
    bounds
        West, south, east, north in degrees.
    centre
        Longitude, latitude in degrees and zoom at which a map may open.
    """
    sources = dict.fromkeys(one.attribution for one in tileset.layers if one.attribution)
    document: dict[str, Any] = {
        "tilejson": "3.0.0",
        "name": tileset.name,
        "description": tileset.title["en"],
        "version": f"1.{sequence}.0",
        "scheme": "xyz",
        "tiles": [f"{base_url}/tiles/{tileset.name}/{{z}}/{{x}}/{{y}}.mvt"],
        "minzoom": tileset.minzoom,
        "maxzoom": tileset.maxzoom,
        "bounds": list(bounds),
    }
    if centre is not None:
        lon, lat, zoom = centre
        document["center"] = [
            round(lon, 6),
            round(lat, 6),
            min(max(zoom, tileset.minzoom), tileset.maxzoom),
        ]
    if sources:
        document["attribution"] = " · ".join(sources)
    document["vector_layers"] = [
        {
            "id": layer.name,
            "description": layer.title["en"],
            "minzoom": layer.minzoom,
            "maxzoom": layer.maxzoom,
            "fields": {name: f"{f['type']}: {f['meaning']}" for name, f in layer.fields.items()},
        }
        for layer in tileset.layers
    ]
    return document


def style(
    tileset: TileSet, colours: Mapping[str, Colour], theme: Theme, base_url: str, lang: str = "vi"
) -> dict[str, Any]:
    """Answer a MapLibre style for a set; every URL is on our own server.

    Raises
    ------
    UsageError
        ``bad_layer``: a ``style.json`` has a token that the theme does not know.
    """
    return {
        "version": 8,
        "name": tileset.title[lang],
        "metadata": {"landgis:theme": theme.name},
        "glyphs": f"{base_url}/static/app/glyphs/{{fontstack}}/{{range}}.pbf",
        "sources": {
            tileset.name: {"type": "vector", "url": f"{base_url}/tiles/{tileset.name}.json"}
        },
        "layers": [
            {
                "id": "ground",
                "type": "background",
                "paint": {"background-color": theme.colours["ground"]},
            },
            *style_layers(tileset, colours, theme),
        ],
    }


def style_layers(
    tileset: TileSet, colours: Mapping[str, Colour], theme: Theme
) -> list[dict[str, Any]]:
    """Answer the style's layers of a set, which a page may add to another style."""
    land_use = land_use_colour(colours, theme)
    return [
        {
            **filled(entry, theme, land_use, layer.name),
            "source": tileset.name,
            "source-layer": layer.name,
        }
        for layer in tileset.layers
        for entry in layer.style
    ]


def land_use_colour(colours: Mapping[str, Colour], theme: Theme) -> Any:
    """Answer the expression from the property ``use`` to its colour."""
    unknown = hex_colour(theme.land_use_unknown)
    if not colours:
        return unknown
    expression: list[Any] = ["match", ["get", "use"]]
    for code, colour in sorted(colours.items()):
        # In a list of its own, which MapLibre takes as well: QGIS 3.22 knows no other form.
        expression += [[code], theme.land_use(colour)]
    return [*expression, unknown]


def filled(value: Any, theme: Theme, land_use: Any, layer: str) -> Any:
    """Answer a part of ``style.json`` with what its tokens stand for."""
    if isinstance(value, str) and value.startswith("@"):
        known = land_use if value == LAND_USE else theme.value(value)
        if known is None:
            raise UsageError(
                "bad_layer",
                f"Layer {layer}: style.json has {value!r}, which the theme {theme.name!r} does "
                "not know: add it to themes.toml, or write a colour or a number",
            )
        return known
    if isinstance(value, list):
        return [filled(one, theme, land_use, layer) for one in value]
    if isinstance(value, dict):
        return {key: filled(one, theme, land_use, layer) for key, one in value.items()}
    return value
