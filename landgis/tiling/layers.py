"""Layer folders as values: loaded and checked once, at start."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from landgis.errors import NotFound
from landgis.tiling.grid import EXTENT, MAX_ZOOM
from landgis.tiling.toml_keys import Keys, bad

PUBLIC = "public"
MAP = "map"
"""The set that the pages show, and that is drawn ahead."""

LAND_USE = "land_use"
"""What a legend entry says instead of its values when they are the jurisdiction's land uses."""

NAME = re.compile(r"[a-z][a-z0-9_]*")
FIELD_TYPES = ("String", "Number", "Boolean")
"""Of the values of a tile, as TileJSON names them."""

PARAMETERS = frozenset({"box_3857", "z", "west", "south", "east", "north", "revision"})
"""What every query may ask for, written ``:name``."""

OF_THE_ASKER = frozenset({"units", "asker"})
"""Who asks: only layers that are not public may."""

_PARAMETER = re.compile(r"(?<![:\w]):([a-z_][a-z0-9_]*)")
_COMMENT = re.compile(r"--[^\n]*")


@dataclass(frozen=True)
class LegendEntry:
    """A line of the legend, or one for each value that a colour depends on."""

    of: str
    """Id of the entry of ``style.json`` that is drawn like it."""

    title: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]] | str
    """Value -> title; empty: one colour; ``land_use``: those of the jurisdiction."""


@dataclass(frozen=True)
class Layer:
    """One folder of ``tiles/``."""

    name: str
    title: Mapping[str, str]
    minzoom: int
    maxzoom: int
    buffer: int
    """Width of the margin beyond the tile, in 1/4096 of its side."""

    fid: str
    """Column that identifies a feature; empty: none."""

    audience: str
    """``public``, or the scope that whoever asks must have; only public tiles are kept."""

    attribution: str
    """Whom a map names as the source; empty: nobody."""

    fields: Mapping[str, Mapping[str, str]]
    query: str
    style: tuple[Mapping[str, Any], ...]
    legend: tuple[LegendEntry, ...]


@dataclass(frozen=True)
class TileSet:
    """Layers that are served together in one tile."""

    name: str
    title: Mapping[str, str]
    layers: tuple[Layer, ...]
    minzoom: int
    maxzoom: int

    @property
    def is_public(self) -> bool:
        """Answer whether anybody may see all of its layers."""
        return self.audience == PUBLIC

    @property
    def audience(self) -> str:
        """Answer the scope that whoever asks must have; loading made sure that there is one."""
        return next((one.audience for one in self.layers if one.audience != PUBLIC), PUBLIC)


def named(tilesets: Mapping[str, TileSet], name: str) -> TileSet:
    """Answer a set by its name; ``NotFound`` ``no_such_tileset``."""
    tileset = tilesets.get(name)
    if tileset is None:
        raise NotFound(
            "no_such_tileset",
            f"There is no tile set {name!r}; there are: {', '.join(sorted(tilesets))}",
        )
    return tileset


def load(tiles_dir: Path) -> dict[str, TileSet]:
    """Answer every set of ``tileset.toml`` and, beside them, every layer as a set of its own.

    Raises
    ------
    UsageError
        ``bad_layer``: something is missing or wrong; the message names the file, the key and
        what to write there.
    """
    keys = Keys.read(tiles_dir / "tileset.toml")
    sets: dict[str, TileSet] = {}
    layers: dict[str, Layer] = {}
    for name, entry in keys.tables("sets").items():
        sets[_name(entry, name)] = _set(name, entry, tiles_dir, layers)
    for name in keys.texts("alone", ()):
        layers.setdefault(name, _layer(keys, tiles_dir, name))
    keys.finish()
    for layer in layers.values():
        alone = TileSet(layer.name, layer.title, (layer,), layer.minzoom, layer.maxzoom)
        sets.setdefault(layer.name, alone)
    return sets


def _set(name: str, keys: Keys, tiles_dir: Path, known: dict[str, Layer]) -> TileSet:
    title, low, high = keys.title("title"), *_zooms(keys)
    audience = keys.text("audience", PUBLIC)
    layers = []
    for layer_name in keys.texts("layers"):
        layer = known.setdefault(layer_name, _layer(keys, tiles_dir, layer_name))
        if layer.audience not in {PUBLIC, audience}:
            keys.bad(
                "layers",
                f"has {layer.name!r}, which is for {layer.audience!r}: take it out, or give the "
                f"set audience = {layer.audience!r}",
            )
        layers.append(layer)
    keys.finish()
    drawn = [entry["id"] for layer in layers for entry in layer.style]
    if twice := sorted({one for one in drawn if drawn.count(one) > 1}):
        keys.bad("layers", f"have two styles with the id {twice[0]!r}: give one another id")
    return TileSet(name, title, tuple(layers), low, high)


def _zooms(keys: Keys) -> tuple[int, int]:
    low = keys.integer("minzoom", 0, MAX_ZOOM)
    return low, keys.integer("maxzoom", low, MAX_ZOOM)


def _name(keys: Keys, name: str) -> str:
    if not NAME.fullmatch(name):
        keys.bad("", f"{name!r} is no name: write a-z, 0-9 and _, a letter first")
    return name


def _layer(parent: Keys, tiles_dir: Path, name: str) -> Layer:
    folder = tiles_dir / _name(parent, name)
    keys = Keys.read(folder / "layer.toml")
    low, high = _zooms(keys)
    audience = keys.text("audience", PUBLIC)
    fields = {_name(entry, f): _field(entry) for f, entry in keys.tables("fields").items()}
    style = _style(folder / "style.json")
    layer = Layer(
        name=name,
        title=keys.title("title"),
        minzoom=low,
        maxzoom=high,
        buffer=keys.integer("buffer", 0, EXTENT // 4),
        fid=_fid(keys),
        audience=audience,
        attribution=keys.text("attribution", ""),
        fields=fields,
        query=_query(folder / "query.sql", is_public=audience == PUBLIC),
        style=style,
        legend=tuple(_legend(entry, style) for entry in keys.list_of_tables("legend")),
    )
    keys.finish()
    if not (folder / "README.md").is_file():
        bad(folder / "README.md", "", "is not there: say in it what the layer shows and to whom")
    return layer


def _fid(keys: Keys) -> str:
    """Answer the name of a column: it becomes a part of the statement."""
    fid = keys.text("fid")
    return _name(keys, fid) if fid else ""


def _field(keys: Keys) -> dict[str, str]:
    field = {"type": keys.one_of("type", FIELD_TYPES), "meaning": keys.text("meaning")}
    keys.finish()
    return field


def _legend(keys: Keys, style: tuple[Mapping[str, Any], ...]) -> LegendEntry:
    of = keys.one_of("of", tuple(entry["id"] for entry in style))
    title = keys.title("title")
    values: Mapping[str, Mapping[str, str]] | str
    if keys.get("values") == LAND_USE:
        values = keys.text("values")
    else:
        titles = keys.table("values", {})
        values = {value: titles.title(value) for value in titles}
    keys.finish()
    return LegendEntry(of, title, values)


def _query(path: Path, *, is_public: bool) -> str:
    query = _read(path)
    asked = set(_PARAMETER.findall(_COMMENT.sub("", query)))
    if unknown := sorted(asked - PARAMETERS - OF_THE_ASKER):
        there_are = ", ".join(f":{name}" for name in sorted(PARAMETERS | OF_THE_ASKER))
        bad(path, f":{unknown[0]}", f"is no parameter; there are {there_are}")
    if is_public and (private := sorted(asked & OF_THE_ASKER)):
        bad(
            path,
            f":{private[0]}",
            "is for layers that are not public, whose tiles differ by who asks: name the scope "
            "as audience in layer.toml",
        )
    return query


def _style(path: Path) -> tuple[Mapping[str, Any], ...]:
    try:
        style = json.loads(_read(path))
    except json.JSONDecodeError as problem:
        bad(path, "", f"is no JSON: {problem}")
    is_list = isinstance(style, list) and all(isinstance(entry, dict) for entry in style)
    if not is_list:
        bad(path, "", "must be a list of MapLibre layers, without source and source-layer")
    for number, entry in enumerate(style):
        for key in ("id", "type"):
            if not isinstance(entry.get(key), str):
                bad(path, f"[{number}].{key}", "is missing: write a text")
        for key in {"source", "source-layer"} & set(entry):
            bad(path, f"[{number}].{key}", "is set by landgis: leave it out")
    return tuple(style)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        bad(path, "", f"cannot be read as UTF-8 text: {problem}")
