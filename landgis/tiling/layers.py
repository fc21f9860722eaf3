"""Layer folders as values: loaded and checked once, at start."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from landgis.errors import UsageError


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

    fields: Mapping[str, Mapping[str, str]]
    query: str
    style: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class TileSet:
    """Layers that are served together in one tile."""

    name: str
    title: Mapping[str, str]
    layers: tuple[Layer, ...]
    minzoom: int
    maxzoom: int


def load(tiles_dir: Path) -> dict[str, TileSet]:
    """Answer every set of ``tileset.toml`` and, beside them, every layer as a set of its own.

    Raises
    ------
    UsageError
        ``bad_layer``: a folder or a key is missing; the message names the file.
    """
    config = _toml(tiles_dir / "tileset.toml")
    sets: dict[str, TileSet] = {}
    for name, entry in config.get("sets", {}).items():
        layers = tuple(_layer(tiles_dir / layer) for layer in entry["layers"])
        sets[name] = TileSet(name, entry["title"], layers, entry["minzoom"], entry["maxzoom"])
        for layer in layers:
            alone = TileSet(layer.name, layer.title, (layer,), layer.minzoom, layer.maxzoom)
            sets.setdefault(layer.name, alone)
    return sets


def _layer(folder: Path) -> Layer:
    config = _toml(folder / "layer.toml")
    try:
        style = json.loads((folder / "style.json").read_text(encoding="utf-8"))
        query = (folder / "query.sql").read_text(encoding="utf-8")
        return Layer(
            name=folder.name,
            title=config["title"],
            minzoom=config["minzoom"],
            maxzoom=config["maxzoom"],
            buffer=config["buffer"],
            fid=config["fid"],
            fields=config["fields"],
            query=query,
            style=tuple(style),
        )
    except (OSError, KeyError, json.JSONDecodeError) as problem:
        raise UsageError(
            "bad_layer", f"Layer folder {folder}: {problem!r} is missing or wrong"
        ) from problem


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as problem:
        raise UsageError("bad_layer", f"{path} cannot be read: {problem}") from problem
