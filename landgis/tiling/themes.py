"""Themes of the map: which colours and sizes the tokens of ``style.json`` stand for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from landgis.tiling.toml_keys import Keys, bad

Colour = tuple[int, int, int]

FILE = "themes.toml"
LAND_USE = "@land_use"
"""Token of the colour that the property ``use`` of a feature calls for."""

_HEX = re.compile(r"#[0-9a-f]{6}")
_SIZE = re.compile(r"@(text|line) (\d+(?:\.\d+)?)")


@dataclass(frozen=True)
class Theme:
    """One way to draw every layer."""

    name: str
    title: Mapping[str, str]
    land_use_share: float
    """Share of the official colour in what is drawn; the rest is ``land_use_paper``."""

    land_use_paper: Colour
    land_use_unknown: Colour
    """Of a use that is in no table."""

    text_scale: float
    line_scale: float
    colours: Mapping[str, str]
    """Token without ``@`` -> CSS colour."""

    def land_use(self, official: Colour) -> str:
        """Answer ``#rrggbb`` of a land use: a city of one use stays calm when it is a tint."""
        return hex_colour(mixed(official, self.land_use_paper, self.land_use_share))

    def value(self, token: str) -> Any:
        """Answer what a token stands for, None for one this theme does not have."""
        if size := _SIZE.fullmatch(token):
            scale = self.text_scale if size[1] == "text" else self.line_scale
            return round(float(size[2]) * scale, 3)
        return self.colours.get(token.removeprefix("@"))


def load(tiles_dir: Path) -> dict[str, Theme]:
    """Answer every theme of ``themes.toml``, the usual one first.

    Raises
    ------
    UsageError
        ``bad_layer`` naming the file, the key and what to write there.
    """
    path = tiles_dir / FILE
    file = Keys.read(path)
    themes = {name: _theme(name, file.table(name)) for name in file}
    if not themes:
        bad(path, "", "has no theme: write a table [light]")
    usual, *others = themes.values()
    for theme in others:
        if different := sorted(set(theme.colours) ^ set(usual.colours)):
            where = f"{theme.name}.colours.{different[0]}"
            bad(path, where, f"is in one of {usual.name} and {theme.name} only: give it to both")
    return themes


def _theme(name: str, keys: Keys) -> Theme:
    colours = keys.table("colours")
    theme = Theme(
        name=name,
        title=keys.title("title"),
        land_use_share=keys.number("land_use_share", 0, 1),
        land_use_paper=_colour(keys, "land_use_paper"),
        land_use_unknown=_colour(keys, "land_use_unknown"),
        text_scale=keys.number("text_scale", 0.5, 3),
        line_scale=keys.number("line_scale", 0.5, 5),
        colours={token: colours.text(token) for token in colours},
    )
    keys.finish()
    return theme


def _colour(keys: Keys, key: str) -> Colour:
    text = keys.text(key)
    if not _HEX.fullmatch(text):
        keys.bad(key, f"is {text!r}: write a colour as #rrggbb, in small letters")
    red, green, blue = bytes.fromhex(text[1:])
    return red, green, blue


def mixed(colour: Colour, paper: Colour, share: float) -> Colour:
    """Mix ``share`` of a colour into paper."""
    red, green, blue = (
        round(share * c + (1 - share) * p) for c, p in zip(colour, paper, strict=True)
    )
    return red, green, blue


def hex_colour(colour: Colour) -> str:
    """Answer ``#rrggbb``."""
    return "#{:02x}{:02x}{:02x}".format(*colour)
