"""Layer folders: all of ours load; what is wrong is said with file, key and remedy."""

import json
import re
import shutil
from pathlib import Path

import pytest

from landgis.errors import UsageError
from landgis.tiling import layers
from landgis.tiling.vector import PLACEHOLDER, statement

TILES = Path(__file__).parents[2] / "tiles"


@pytest.fixture
def tiles(tmp_path: Path) -> Path:
    """A copy of our folders, to be spoilt."""
    return Path(shutil.copytree(TILES, tmp_path / "tiles"))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_every_folder_is_served() -> None:
    folders = {p.name for p in TILES.iterdir() if p.is_dir()}
    assert folders == set(layers.load(TILES)) - {"map"}


def test_map_is_public_and_officers_layers_are_not() -> None:
    sets = layers.load(TILES)
    assert sets["map"].is_public
    assert sets["findings"].audience == "import"
    assert sets["raster_footprints"].audience == "drafts"


def test_every_query_selects_what_the_layer_declares() -> None:
    for name, tileset in layers.load(TILES).items():
        for layer in tileset.layers:
            for field in (*layer.fields, *([layer.fid] if layer.fid else []), "snap_zoom"):
                assert re.search(rf"\b{field}\b", layer.query), f"{name}: {field}"
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


@pytest.mark.parametrize(
    ("file", "old", "new", "where", "remedy"),
    [
        ("parcels/layer.toml", "minzoom = 13", "", "minzoom", "a whole number from 0 to 22"),
        ("parcels/layer.toml", "minzoom = 13", "minzoom = 19", "maxzoom", "from 19 to 22"),
        ("parcels/layer.toml", "buffer =", "bufer = 1\nbuffer =", "bufer", "write one of"),
        ("parcels/layer.toml", '"String"', '"Text"', "fields.number.type", "String, Number"),
        ("parcels/layer.toml", 'fid = "fid"', 'fid = "f; --"', "'f; --'", "a-z, 0-9 and _"),
        ("parcels/layer.toml", 'of = "parcels"', 'of = "x"', "legend[0].of", "parcels"),
        ("parcels/layer.toml", 'en = "Parcels"', "en = 1", "title.en", "quotation marks"),
        ("parcels/query.sql", "&& :box_3857", "&& :bbox", ":bbox", ":box_3857"),
        ("parcels/query.sql", "&& :box_3857", "&& :units", ":units", "audience in layer.toml"),
        ("parcels/style.json", '"type": "fill",', "", "[0].type", "write a text"),
        ("parcels/style.json", "[\n", "", "parcels/style.json", "is no JSON"),
        ("tileset.toml", '"labels"]', '"findings"]', "sets.map.layers", 'audience = "import"'),
        ("tileset.toml", "alone", "single", "single", "alone"),
    ],
)
def test_what_is_wrong_is_named_with_its_remedy(
    tiles: Path, file: str, old: str, new: str, where: str, remedy: str
) -> None:
    edit(tiles / file, old, new)
    with pytest.raises(UsageError) as refusal:
        layers.load(tiles)
    assert refusal.value.code == "bad_layer"
    said = refusal.value.message.replace("'import'", '"import"')
    assert file in said
    assert where in said
    assert remedy in said


def test_two_styles_of_one_id_are_refused(tiles: Path) -> None:
    edit(tiles / "labels" / "style.json", "parcel-numbers", "unit-names")
    with pytest.raises(UsageError, match=r"tileset.toml: sets.map.layers .*'unit-names'"):
        layers.load(tiles)


@pytest.mark.parametrize("name", ["style.json", "query.sql", "layer.toml", "README.md"])
def test_missing_file_is_named(tiles: Path, name: str) -> None:
    (tiles / "parcels" / name).unlink()
    with pytest.raises(UsageError, match=rf"parcels/{re.escape(name)}"):
        layers.load(tiles)


def test_every_layer_says_what_a_reader_sees_of_it() -> None:
    for tileset in layers.load(TILES).values():
        for layer in tileset.layers:
            readme = (TILES / layer.name / "README.md").read_text(encoding="utf-8")
            assert readme.startswith(f"# {layer.name}\n")
            assert json.loads((TILES / layer.name / "style.json").read_text(encoding="utf-8"))
