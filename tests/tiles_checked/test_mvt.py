"""The checker of tiles: the verdicts of the public fixtures, and what they leave out."""

import json
from pathlib import Path

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from proofs import mvt

from tests.tiles_checked import writing as w

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "landgis" / "frontend" / "node_modules" / "@mapbox" / "mvt-fixtures" / "fixtures"
KNOWN = sorted(p.name for p in FIXTURES.iterdir()) if FIXTURES.is_dir() else []

CONTRADICTED = {
    "016": "byte for byte 003, whose verdict is the other one; 4.2: a type field MUST be there",
    "057": "the fault of 051, fewer places than the count says; 4.3.3.1: MUST be followed by n pairs",
}
"""Fixtures whose verdict another fixture and the specification's text deny."""

SQUARE = [(0, 0), (10, 0), (10, 10), (0, 10)]
HOLE = [(2, 2), (2, 4), (4, 4), (4, 2)]
BOW_TIE = [(0, 0), (10, 0), (2, 8), (10, 10)]


def test_the_fixtures_are_there() -> None:
    assert len(KNOWN) == 74, "npm --prefix landgis/frontend ci"


@pytest.mark.parametrize("name", [n for n in KNOWN if n not in CONTRADICTED])
def test_verdict_of_the_fixture(name: str) -> None:
    info = json.loads((FIXTURES / name / "info.json").read_text(encoding="utf-8"))
    read = mvt.read((FIXTURES / name / "tile.mvt").read_bytes())
    assert read.is_valid == info["validity"]["v2"], read.faults
    expected = info["validity"].get("error")
    if not read.is_valid and expected is not None:
        levels = {fault.level for fault in read.faults}
        assert ("fatal" if "fatal" in levels else "recoverable") == expected, read.faults


@pytest.mark.parametrize("name", sorted(CONTRADICTED))
def test_contradicted_fixture_is_judged_by_the_text(name: str) -> None:
    twin = {"016": "003", "057": "051"}[name]
    codes = [
        {f.code for f in mvt.read((FIXTURES / n / "tile.mvt").read_bytes()).faults}
        for n in (name, twin)
    ]
    assert codes[0] == codes[1]


FAULTY = {
    "ring_crosses": w.tile(w.feature(w.POLYGON, w.rings(BOW_TIE))),
    "first_ring_is_a_hole": w.tile(w.feature(w.POLYGON, w.rings(SQUARE[::-1]))),
    "hole_outside": w.tile(w.feature(w.POLYGON, w.rings([(20, 20), (30, 20), (30, 30)], HOLE))),
    "hole_in_hole": w.tile(
        w.feature(w.POLYGON, w.rings([(0, 0), (9, 0), (9, 9), (0, 9)], [(1, 1), (1, 8), (8, 8), (8, 1)], HOLE))
    ),
    "ring_without_area": w.tile(w.feature(w.POLYGON, w.rings([(0, 0), (5, 5), (9, 9)]))),
    "ring_too_short": w.tile(w.feature(w.POLYGON, w.rings([(0, 0), (5, 5)]))),
    "ring_repeats_its_start": w.tile(w.feature(w.POLYGON, w.rings([*SQUARE, (0, 0)]))),
    "close_path_missing": w.tile(w.feature(w.POLYGON, w.walk((w.MOVE, SQUARE[:1]), (w.LINE, SQUARE[1:])))),
    "move_to_count": w.tile(w.feature(w.LINESTRING, w.walk((w.MOVE, SQUARE[:2]), (w.LINE, SQUARE[2:])))),
    "line_to_missing": w.tile(w.feature(w.LINESTRING, w.walk((w.MOVE, SQUARE[:1])))),
    "line_to_nowhere": w.tile(w.feature(w.LINESTRING, w.walk((w.MOVE, SQUARE[:1]), (w.LINE, SQUARE[:1])))),
    "point_not_one_move_to": w.tile(w.feature(w.POINT, w.walk((w.MOVE, SQUARE[:1]), (w.MOVE, SQUARE[:1])))),
    "unknown_command": w.tile(w.feature(w.POINT, [3 | 1 << 3, 0, 0])),
    "first_command_not_move_to": w.tile(w.feature(w.LINESTRING, w.walk((w.LINE, SQUARE[1:])))),
    "geometry_empty": w.tile(w.number(1, 7) + w.number(3, w.POINT) + w.packed(4, [])),
    "key_twice": w.tile(
        w.feature(w.POINT, w.walk((w.MOVE, [(1, 1)])), tags=(0, 0, 0, 0)), keys=["k"], values=[w.chunk(1, b"v")]
    ),
    "value_not_exactly_one": w.tile(
        w.feature(w.POINT, w.walk((w.MOVE, [(1, 1)])), tags=(0, 0)),
        keys=["k"],
        values=[w.chunk(1, b"v") + w.number(7, 1)],
    ),
    "truncated": w.tile(w.feature(w.POINT, w.walk((w.MOVE, [(1, 1)]))))[:-1],
    "id_duplicate": w.tile(*[w.feature(w.POINT, w.walk((w.MOVE, [(1, 1)])), fid=5)] * 2),
    "id_too_large": w.tile(w.feature(w.POINT, w.walk((w.MOVE, [(1, 1)])), fid=2**53)),
}  # fmt: skip


@pytest.mark.parametrize("code", sorted(FAULTY))
def test_fault_is_named(code: str) -> None:
    assert [fault.code for fault in mvt.read(FAULTY[code]).faults] == [code]


def test_a_name_that_is_no_text_is_seen() -> None:
    content = w.tile(w.feature(w.POINT, w.walk((w.MOVE, [(1, 1)]))))
    first, *_ = mvt.read(content.replace(b"parcels", b"parcel\xff")).faults
    assert first.code == "not_utf8"


def test_bytes_after_the_tile_are_seen() -> None:
    good = w.tile(w.feature(w.POLYGON, w.rings(SQUARE, HOLE)))
    assert mvt.read(good).faults == []
    assert [f.code for f in mvt.read(good + b"\x00").faults] == ["field_number_zero"]


def test_what_is_read() -> None:
    content = w.tile(
        w.feature(w.POLYGON, w.rings(SQUARE, HOLE, [(20, 0), (30, 0), (30, 10)]), fid=9, tags=(0, 0)),
        keys=["use"],
        values=[w.chunk(1, b"ONT")],
    )  # fmt: skip
    (read,) = mvt.read(content).layer("parcels")
    assert (read.id, read.properties) == (9, {"use": "ONT"})
    expected = shapely.MultiPolygon([(SQUARE, [HOLE]), ([(20, 0), (30, 0), (30, 10)], [])])
    assert read.shape().equals(expected)


WHERE = st.integers(-200, 4296)


@given(st.lists(st.tuples(WHERE, WHERE), min_size=1, max_size=9))
def test_points_come_back(places: list[tuple[int, int]]) -> None:
    content = w.tile(w.feature(w.POINT, w.walk((w.MOVE, places))))
    (read,) = mvt.read(content).layer("parcels")
    assert [part[0] for part in read.parts] == places


@given(st.lists(st.tuples(WHERE, WHERE), min_size=3, max_size=7, unique=True))
def test_a_ring_is_valid_if_and_only_if_geos_says_so(places: list[tuple[int, int]]) -> None:
    if not shapely.LinearRing(places).is_ccw:  # y runs down: positive is counter-clockwise here
        places.reverse()
    read = mvt.read(w.tile(w.feature(w.POLYGON, w.rings(places))))
    assert (read.faults == []) == shapely.Polygon(places).is_valid


@given(st.binary(max_size=200))
def test_any_bytes_get_a_verdict(content: bytes) -> None:
    mvt.read(content)


@given(st.data())
def test_a_cut_tile_is_not_valid(data: st.DataObject) -> None:
    content = w.tile(w.feature(w.POLYGON, w.rings(SQUARE, HOLE)))
    cut = data.draw(st.integers(1, len(content) - 1))
    assert not mvt.read(content[:cut]).is_valid
