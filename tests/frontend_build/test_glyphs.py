"""The glyph files hold Vietnamese letters that stand on the line, as distance fields."""

import importlib.util
import sys
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
FRONTEND = ROOT / "landgis" / "frontend"
BUILT = ROOT / "landgis" / "web" / "static" / "app" / "glyphs"
FACES = ("Be Vietnam Pro Regular", "Be Vietnam Pro SemiBold")
EDGE = 191
"""Value of a field on the outline itself."""

VOWELS = "aăâeêioôơuưy"
TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")


@pytest.fixture(scope="module")
def glyphs() -> ModuleType:
    spec = importlib.util.spec_from_file_location("glyphs", FRONTEND / "glyphs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module", params=FACES)
def face(request: pytest.FixtureRequest, glyphs: ModuleType) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for path in (BUILT / request.param).glob("*.pbf"):
        found |= {chr(c): glyph for c, glyph in glyphs.decode(path.read_bytes()).items()}
    return found


def test_every_composed_vietnamese_letter_is_there(face: Mapping[str, Any]) -> None:
    letters = {unicodedata.normalize("NFC", v + tone) for v in VOWELS for tone in TONES} | {"đ"}
    letters |= {letter.upper() for letter in letters}

    assert len(letters) == 2 * (12 * 6 + 1)
    assert all(len(letter) == 1 for letter in letters)
    assert sorted(letters - face.keys()) == []


@pytest.mark.parametrize("letter", "ẪẴỄỐỒ")
def test_stacked_capital_stands_on_the_line_of_its_base_letter(
    face: Mapping[str, Any], glyphs: ModuleType, letter: str
) -> None:
    base = face[unicodedata.normalize("NFD", letter)[0]]
    marked = face[letter]

    assert marked.top - marked.height == base.top - base.height
    assert marked.top > base.top
    assert base.top + glyphs.ASCENDER_PX in (18, 19)
    assert marked.advance == base.advance


def test_ranges_missing_from_the_font_are_files_too(glyphs: ModuleType) -> None:
    """A range that is asked for and not there would be a 404 on every page."""
    expected = {f"{first}-{first + 255}.pbf" for first in glyphs.RANGES}

    for name in FACES:
        assert {path.name for path in (BUILT / name).glob("*.pbf")} == expected


def test_field_is_high_inside_low_outside_and_on_the_edge_in_between(
    face: Mapping[str, Any],
) -> None:
    stem = face["I"]
    field = np.frombuffer(stem.field, np.uint8).reshape(stem.height + 6, stem.width + 6)
    row = field[len(field) // 2].astype(int)

    assert field.max() > EDGE > row[0]
    assert (np.diff(row[: row.argmax() + 1]) > 0).all()
    # One pixel is an eighth of the whole range of the field.
    assert abs(np.diff(row[:4]) - 255 / 8).max() <= 1


def test_encoding_reads_back(glyphs: ModuleType) -> None:
    glyph = glyphs.Glyph(7850, 1, 1, -2, 3, 300, bytes(range(49)))

    assert glyphs.decode(glyphs.encode("Face", "7680-7935", [glyph])) == {7850: glyph}
