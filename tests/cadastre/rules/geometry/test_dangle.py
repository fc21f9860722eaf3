"""Lines on which a boundary runs out and back: found with their end, told apart from ground."""

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from landgis.cadastre.findings import Finding
from landgis.cadastre.rules.geometry import dangle, invalid
from landgis.cadastre.rules.geometry.needles import cut
from tests.builders import EAST, NORTH, context, parcel_set, ring, square

OUTWARDS = {
    "with a vertex at its foot": ring((0, 0), (0, 10), (0, 15), (0, 10), (10, 10), (10, 0)),
    "without one": ring((0, 0), (0, 15), (0, 10), (10, 10), (10, 0)),
    "that the ring begins with": ring((0, 15), (0, 10), (10, 10), (10, 0), (0, 0), (0, 10)),
    "with its end twice": ring((0, 0), (0, 10), (0, 15), (0, 15), (0, 10), (10, 10), (10, 0)),
    "of a hair's width": ring((0, 0), (0, 10), (0, 15), (0.0009, 10), (0, 10), (10, 10), (10, 0)),
}


def found_in(*geoms: Any) -> list[Finding]:
    parcels = parcel_set(geoms)
    around = context(parcels)
    return [*invalid.check(parcels, around), *dangle.check(parcels, around)]


@pytest.mark.parametrize("geom", list(OUTWARDS.values())[:4], ids=list(OUTWARDS)[:4])
def test_line_into_the_air_is_found_at_its_end(geom: Any) -> None:
    (found,) = found_in(square(50, 0), geom)
    assert (found.rule.code, found.rows, found.unit) == ("topology.dangle", (2,), "m")
    assert found.place_xy == (EAST, NORTH + 15)
    assert found.measured == 5
    want = shapely.LineString([(EAST, NORTH + 10), (EAST, NORTH + 15)])
    assert shapely.equals(found.shape, want)
    assert found.message == {
        "vi": "Dòng 2: ranh giới đi ra 5.000 m rồi quay lại trên chính nó.",
        "en": "Row 2: the boundary runs out 5.000 m and back over itself.",
    }


def test_line_into_the_parcel_is_found_too() -> None:
    (found,) = found_in(ring((0, 0), (0, 10), (5, 10), (5, 4), (5, 10), (10, 10), (10, 0)))
    assert (found.rule.code, found.measured) == ("topology.dangle", 6)
    assert found.place_xy == (EAST + 5, NORTH + 4)


def test_line_with_corners_is_one_line() -> None:
    out = [(10, 12), (20, 12), (20, 30)]
    geom = ring((0, 0), (0, 10), (10, 10), *out, *out[-2::-1], (10, 10), (10, 0))
    (found,) = found_in(geom)
    assert found.measured == 2 + 10 + 18
    assert found.place_xy == (EAST + 20, NORTH + 30)
    assert found.shape is not None
    assert found.shape.geom_type == "LineString"


def test_two_lines_are_one_finding_at_the_longer() -> None:
    geom = ring((0, 0), (-3, 0), (0, 0), (0, 10), (10, 10), (10, 17), (10, 10), (10, 0))
    (found,) = found_in(geom)
    assert (found.measured, found.place_xy) == (7, (EAST + 10, NORTH + 17))
    assert found.shape is not None
    assert shapely.get_num_geometries(found.shape) == 2


def test_line_from_a_hole_is_found() -> None:
    hole = list(ring((2, 2), (4, 2), (4, 4), (3, 4), (3, 7), (3, 4), (2, 4)).exterior.coords)
    (found,) = found_in(shapely.Polygon(square(0, 0).exterior.coords, [hole]))
    assert (found.rule.code, found.place_xy) == ("topology.dangle", (EAST + 3, NORTH + 7))


def test_narrow_ground_of_a_valid_parcel_is_no_dangle() -> None:
    needle = ring((0, 0), (0, 10), (0, 30), (0.0008, 10), (10, 10), (10, 0))
    assert shapely.is_valid(needle)
    assert found_in(square(0, 0), needle, None) == []


@settings(deadline=None)
@given(
    at=st.integers(0, 11),
    start=st.integers(0, 20),
    steps=st.lists(st.tuples(st.floats(0.5, 20), st.floats(-0.6, 0.6)), min_size=1, max_size=5),
)
def test_cutting_gives_back_the_parcel_that_the_line_was_added_to(
    at: int, start: int, steps: list[tuple[float, float]]
) -> None:
    turns = np.arange(12) * np.pi / 6
    clean = np.c_[EAST + 50 * np.cos(turns), NORTH + 50 * np.sin(turns)]
    ways = turns[at] + np.cumsum([turn for _, turn in steps]) / 2
    lengths = np.array([length for length, _ in steps])
    out = clean[at] + np.cumsum(lengths[:, None] * np.c_[np.cos(ways), np.sin(ways)], axis=0)
    planted = np.concatenate([clean[: at + 1], out, out[-2::-1], clean[at:]])
    planted = np.roll(planted, start % len(planted), axis=0)
    found = cut(shapely.Polygon(planted), (1.0, 1.0), 0.001)
    assert found.flat is None
    assert shapely.equals(found.rest, shapely.Polygon(clean))
    assert sum(line.length for line in found.lines) == pytest.approx(lengths.sum())
