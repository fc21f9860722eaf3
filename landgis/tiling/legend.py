"""The legend: the colours that the style has, with the words of the layers and the land uses."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from landgis.cadastre.landuse import LandUse, LandUseTable
from landgis.errors import UsageError
from landgis.tiling.layers import Layer, LegendEntry, TileSet
from landgis.tiling.style import filled
from landgis.tiling.themes import Theme, hex_colour

_COLOUR = {
    "fill": "fill-color",
    "line": "line-color",
    "circle": "circle-color",
    "symbol": "text-color",
}
"""Type of a style's layer -> the paint property that tells it from others."""

_PAIR_FROM = 2
"""``["match", input, value, colour, …, otherwise]``: where its pairs begin."""


def legend(tileset: TileSet, land_uses: LandUseTable, theme: Theme, lang: str) -> dict[str, Any]:
    """Answer what a map of a set shows, as lines with swatches, from the top down.

    A line that depends on a value has it as ``value``; land uses come in the groups of the
    jurisdiction's table. Nothing of it is written twice: the colours are those of the style.
    """
    layers = []
    for layer in reversed(tileset.layers):
        last = layer.maxzoom + 1 if layer.maxzoom < tileset.maxzoom else None
        lines = [
            {**line, "minzoom": layer.minzoom, "maxzoom": last}
            for entry in layer.legend
            for line in _lines(layer, entry, theme, lang)
        ]
        uses = any(isinstance(entry.values, str) for entry in layer.legend)
        if lines or uses:
            layers.append(
                {"layer": layer.name, "title": layer.title[lang], "by_use": uses, "entries": lines}
            )
    by_use = any(one["by_use"] for one in layers)
    return {
        "theme": theme.name,
        "title": theme.title[lang],
        "lang": lang,
        "layers": layers,
        "land_uses": list(_groups(land_uses, theme, lang)) if by_use else [],
        "land_use_unknown": hex_colour(theme.land_use_unknown),
    }


def _lines(layer: Layer, entry: LegendEntry, theme: Theme, lang: str) -> Iterator[dict[str, Any]]:
    if isinstance(entry.values, str):
        return
    drawn = next(one for one in layer.style if one["id"] == entry.of)
    paint = filled(drawn.get("paint", {}), theme, "", layer.name)
    colour = paint.get(_COLOUR.get(drawn["type"], ""))
    swatch = {"kind": drawn["type"], "dashed": "line-dasharray" in paint}
    if not entry.values:
        yield {"title": entry.title[lang], "colour": _plain(layer, entry, colour), **swatch}
    for value, title in entry.values.items():
        found = _of_value(layer, entry, colour, value)
        yield {"title": title[lang], "value": value, "colour": found, **swatch}


def _plain(layer: Layer, entry: LegendEntry, colour: Any) -> str:
    if not isinstance(colour, str):
        raise _unfit(layer, entry, "has no colour that is the same everywhere: give values")
    return colour


def _of_value(layer: Layer, entry: LegendEntry, colour: Any, value: str) -> str:
    if not isinstance(colour, list) or colour[:1] != ["match"]:
        raise _unfit(layer, entry, 'has values, so its colour must be ["match", …]')
    for labels, found in zip(colour[_PAIR_FROM::2], colour[_PAIR_FROM + 1 :: 2], strict=False):
        if value == labels or (isinstance(labels, list) and value in labels):
            return str(found)
    raise _unfit(layer, entry, f"has no colour for {value!r}: add it to the match")


def _unfit(layer: Layer, entry: LegendEntry, what: str) -> UsageError:
    return UsageError("bad_layer", f"Layer {layer.name}: the legend of {entry.of!r} {what}")


def _groups(land_uses: LandUseTable, theme: Theme, lang: str) -> Iterator[dict[str, Any]]:
    """Answer the land uses under the top group of each; a group is a use, too, if it is drawn."""
    latest = {use.code: use for use in land_uses.latest()}
    under: dict[str, list[LandUse]] = {}
    for use in latest.values():
        under.setdefault(_top(use, latest), []).append(use)
    for code, uses in sorted(under.items()):
        group = latest.get(code)
        yield {
            "group": code,
            "title": group.name[lang] if group else "",
            "uses": [_use(use, theme, lang) for use in _in_order(uses)],
        }


def _top(use: LandUse, known: Mapping[str, LandUse]) -> str:
    seen = set()
    while use.group in known and use.code not in seen:
        seen.add(use.code)
        use = known[use.group]
    return use.code


def _in_order(uses: Iterable[LandUse]) -> list[LandUse]:
    """Those of the present act first; then by code."""
    return sorted(uses, key=lambda use: (use.valid_to is not None, use.code))


def _use(use: LandUse, theme: Theme, lang: str) -> dict[str, Any]:
    return {
        "code": use.code,
        "title": use.name[lang],
        "colour": theme.land_use(use.colour),
        "official": hex_colour(use.colour),
        "until": use.valid_to.isoformat() if use.valid_to else None,
    }
