"""Layer folders: all of ours load, a broken one says which file is wrong."""

import json
import re
import shutil
from pathlib import Path

import pytest

from landgis.errors import UsageError
from landgis.tiling import layers, style
from landgis.tiling.vector import PLACEHOLDER, statement

TILES = Path(__file__).parents[2] / "tiles"
COLOURS = {"ODT": (255, 160, 255), "CLN": (255, 210, 160)}


def test_every_folder_is_in_a_set_and_documented() -> None:
    sets = layers.load(TILES)
    folders = {p.name for p in TILES.iterdir() if p.is_dir()}
    assert folders == {layer.name for layer in sets["map"].layers}
    for folder in folders:
        assert (TILES / folder / "README.md").read_text().strip()


def test_every_query_selects_what_the_layer_declares() -> None:
    for layer in layers.load(TILES)["map"].layers:
        for field in (*layer.fields, *([layer.fid] if layer.fid else [])):
            assert re.search(rf"\b{field}\b", layer.query), f"{layer.name}: {field}"
        assert "ORDER BY" in layer.query


def test_statement_binds_every_parameter_and_no_number_of_the_request() -> None:
    tileset = layers.load(TILES)["map"]
    made = statement(tileset, 16, 52083, 30700, 7)
    assert made is not None
    named = set(re.findall(r"%\((\w+)\)s", made.sql))
    assert named <= set(made.parameters)
    assert "52083" not in made.sql
    assert not PLACEHOLDER.search(made.sql)


def test_zoom_without_layers_has_no_statement() -> None:
    assert statement(layers.load(TILES)["labels"], 3, 0, 0, 1) is None


def test_missing_style_is_named(tmp_path: Path) -> None:
    shutil.copytree(TILES, tmp_path / "tiles")
    (tmp_path / "tiles" / "parcels" / "style.json").unlink()
    with pytest.raises(UsageError, match="parcels") as refusal:
        layers.load(tmp_path / "tiles")
    assert refusal.value.code == "bad_layer"


def test_style_is_ours_alone_and_carries_the_official_colours() -> None:
    made = style.style(layers.load(TILES)["map"], COLOURS, "http://127.0.0.1:1")
    text = json.dumps(made)
    assert "@land_use" not in text
    assert set(re.findall(r"https?://[^/\"]+", text)) == {"http://127.0.0.1:1"}
    assert style.hex_colour(style.tint(COLOURS["ODT"])) in text
    names = [layer["id"] for layer in made["layers"]]
    assert len(names) == len(set(names))


def test_tint_keeps_the_hue_and_goes_towards_white() -> None:
    assert style.tint((0, 0, 0)) == tuple(round(0.64 * c) for c in style.WARM_WHITE)
    assert style.tint(style.WARM_WHITE) == style.WARM_WHITE
