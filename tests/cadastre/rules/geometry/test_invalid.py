"""What is not valid is told by what it is, at its place, within seconds whatever it is."""

from dataclasses import replace
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from landgis.cadastre.findings import Finding
from landgis.cadastre.parcels import MOST_EXAMINED
from landgis.cadastre.rules.geometry import dangle, invalid
from tests.builders import EAST, EPSG, NORTH, column, context, parcel_set, ring, square

Ring = list[tuple[float, float]]
BOX: Ring = [(0, 0), (10, 0), (10, 10), (0, 10)]
SMALL: Ring = [(2, 2), (4, 2), (4, 4), (2, 4)]


def holed(shell: Ring, *holes: Ring) -> shapely.Polygon:
    inner = [list(ring(*hole).exterior.coords) for hole in holes]
    return shapely.Polygon(ring(*shell).exterior.coords, inner)


def parts(*rings: Ring) -> shapely.MultiPolygon:
    return shapely.MultiPolygon([ring(*one) for one in rings])


def moved(by: float, points: Ring = BOX) -> Ring:
    return [(x + by, y) for x, y in points]


class Sketch(NamedTuple):
    """A boundary that is not valid, and what is said of it."""

    geom: Any
    code: str
    place: tuple[float, float]
    says: str


SKETCHES = {
    # 3 . . 2        the two edges cross in the middle
    #   . .
    #   . .
    # 1 . . 4
    "bow-tie": Sketch(
        ring((0, 0), (10, 10), (0, 10), (10, 0)), "geometry.bow_tie", (5, 5),
        "the boundary crosses itself into two loops, the smaller one of 25.00 m²"),
    "bow-tie with vertices at the crossing": Sketch(
        ring((0, 0), (5, 5), (10, 10), (10, 0), (5, 5), (0, 10)), "geometry.bow_tie", (5, 5),
        "the boundary crosses itself into two loops, the smaller one of 25.00 m²"),
    "bow-tie of a hole": Sketch(
        holed([(0, 0), (30, 0), (30, 30), (0, 30)], [(2, 2), (8, 8), (2, 8), (8, 2)]),
        "geometry.bow_tie", (5, 5),
        "the boundary crosses itself into two loops, the smaller one of 9.00 m²"),
    "loop inside": Sketch(
        ring((0, 0), (10, 0), (10, 10), (4, 10), (4, 4), (6, 4), (6, 12), (0, 12)),
        "geometry.self_crossing", (6, 10), "the boundary crosses itself"),
    "five-pointed star": Sketch(
        ring((0, 3), (10, 3), (2, 9), (5, 0), (8, 9)), "geometry.self_crossing", (0, 0),
        "the boundary crosses itself"),
    "two rooms that meet in a point": Sketch(
        ring((0, 0), (5, 5), (10, 0), (10, 10), (5, 5), (0, 10)), "geometry.ring_touches", (5, 5),
        "the boundary touches itself at a point or along a line"),
    "vertex on an edge": Sketch(
        ring((0, 0), (10, 0), (10, 10), (5, 0), (0, 10)), "geometry.ring_touches", (5, 0),
        "the boundary touches itself at a point or along a line"),
    "hole along its ring": Sketch(
        holed(BOX, [(0, 2), (4, 2), (4, 4), (0, 4)]), "geometry.ring_touches", (0, 4),
        "the boundary touches itself at a point or along a line"),
    "parts along an edge": Sketch(
        parts(BOX, moved(10)), "geometry.ring_touches", (10, 10),
        "the boundary touches itself at a point or along a line"),
    "hole from side to side": Sketch(
        holed(BOX, [(0, 5), (5, 4), (10, 5), (5, 6)]), "geometry.ring_touches", (10, 5),
        "interior is disconnected"),
    "hole outside": Sketch(
        holed(BOX, moved(20, SMALL)), "geometry.rings_misplaced", (22, 2),
        "hole lies outside shell"),
    "hole half outside": Sketch(
        holed(BOX, moved(7, SMALL)), "geometry.rings_misplaced", (10, 4),
        "two rings cross or cover each other"),
    "hole in a hole": Sketch(
        holed(BOX, [(1, 1), (8, 1), (8, 8), (1, 8)], SMALL), "geometry.rings_misplaced", (2, 2),
        "holes are nested"),
    "part in a part": Sketch(
        parts(BOX, SMALL), "geometry.rings_misplaced", (2, 2), "nested shells"),
    "parts that overlap": Sketch(
        parts(BOX, moved(8)), "geometry.rings_misplaced", (10, 10),
        "two rings cross or cover each other"),
    "part twice": Sketch(
        parts(BOX, BOX), "geometry.rings_misplaced", (10, 10),
        "two rings cross or cover each other"),
    "line": Sketch(
        ring((0, 0), (5, 5), (9, 9)), "geometry.few_vertices", (5, 5),
        "a ring encloses no area: 2 of its vertices count"),
    "point": Sketch(
        ring((1, 1), (1, 1), (1, 1)), "geometry.few_vertices", (1, 1),
        "a ring encloses no area: 1 of its vertices count"),
    "hole of a line": Sketch(
        holed(BOX, [(2, 2), (4, 4), (2, 2)]), "geometry.few_vertices", (4, 4),
        "a ring encloses no area: 2 of its vertices count"),
}  # fmt: skip


def found_in(*geoms: Any) -> list[Finding]:
    parcels = parcel_set(geoms)
    around = context(parcels)
    return [*invalid.check(parcels, around), *dangle.check(parcels, around)]


@pytest.mark.parametrize("sketch", SKETCHES.values(), ids=SKETCHES)
def test_what_is_wrong_is_named_at_its_place(sketch: Sketch) -> None:
    (found,) = found_in(square(50, 0), sketch.geom)
    assert (found.rule.code, found.rows, found.rule.severity) == (sketch.code, (2,), "error")
    assert found.message["en"] == f"Row 2: {sketch.says}."
    assert found.message["vi"].startswith("Dòng 2: ")
    assert found.place_xy is not None
    if sketch.geom != SKETCHES["five-pointed star"].geom:  # any of its crossings
        assert np.allclose(found.place_xy, np.add(sketch.place, (EAST, NORTH)), atol=1e-6)
    assert found.place_epsg == EPSG


@pytest.mark.parametrize("sketch", SKETCHES.values(), ids=SKETCHES)
def test_start_and_direction_of_rings_do_not_matter(sketch: Sketch) -> None:
    (found,) = found_in(_started_elsewhere(sketch.geom))
    assert found.rule.code == sketch.code


def _started_elsewhere(geom: Any) -> Any:
    """Each ring begins at its second vertex and runs the other way."""
    parts = []
    for part in shapely.get_parts(geom):
        turned = [np.roll(shapely.get_coordinates(ring)[:-1], -1, axis=0)[::-1]
                  for ring in shapely.get_rings(part)]  # fmt: skip
        parts.append(shapely.Polygon(turned[0], turned[1:]))
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def test_sound_boundaries_give_nothing() -> None:
    touching = holed(BOX, [(0, 5), (5, 4), (5, 6)])  # a hole may touch its ring in a point
    assert found_in(square(0, 0), touching, parts(BOX, moved(20)), None, shapely.Polygon()) == []


def test_coordinate_that_is_no_number_is_found() -> None:
    with np.errstate(invalid="ignore"):
        broken = shapely.Polygon([(0, 0), (float("nan"), 5), (5, 5), (0, 0)])
    (found,) = found_in(broken)
    assert found.rule.code == "geometry.invalid"
    assert found.message["vi"] == "Dòng 1: tọa độ không phải là số hữu hạn."
    assert found.place_xy == (2.5, 2.5)  # the middle of what is finite


def test_needle_that_breaks_in_the_storage_plane_is_found() -> None:
    parcels = parcel_set([square(0, 0), square(10, 0), None])
    broken = column([square(0, 0), SKETCHES["bow-tie"].geom, None])
    found = list(invalid.check(parcels, replace(context(parcels), storage_geom=broken)))
    assert [(f.rule.code, f.rows) for f in found] == [("geometry.invalid", (2,))]
    assert found[0].message["en"] == "Row 2: too thin, crosses itself in the storage plane."


def test_bow_tie_with_a_dangle_has_both_and_each_once() -> None:
    both = ring((0, 0), (10, 10), (0, 10), (0, 15), (0, 10), (10, 0))
    assert [f.rule.code for f in found_in(both)] == ["geometry.bow_tie", "topology.dangle"]


@settings(deadline=None)
@given(st.sets(st.integers(0, 62), min_size=4), st.integers(0, 62))
def test_two_exchanged_vertices_of_a_round_parcel_make_a_bow_tie(tenths: set[int], at: int) -> None:
    turns = np.array(sorted(tenths)) / 10
    xy = np.array((EAST, NORTH)) + 40 * np.c_[np.cos(turns), np.sin(turns)]
    order = np.roll(np.arange(len(xy)), at)
    order[[0, 1]] = order[[1, 0]]
    (found,) = found_in(shapely.Polygon(xy[order]))
    assert found.rule.code == "geometry.bow_tie"
    assert 0 < (found.measured or 0) < np.pi * 40**2 / 2


def star(rays: int, turns: int) -> shapely.Polygon:
    at = 2 * np.pi * np.arange(rays) * turns / rays
    return shapely.Polygon(np.c_[EAST + 100 * np.cos(at), NORTH + 100 * np.sin(at)])


def test_star_that_crosses_itself_millions_of_times_is_told_at_once() -> None:
    started = perf_counter()
    (found,) = found_in(star(4999, 2499))
    assert found.rule.code == "geometry.self_crossing"
    assert perf_counter() - started < 5  # 0.02 s; with every crossing sought it would be minutes


def test_boundary_too_long_to_be_examined_is_not_taken_for_valid() -> None:
    parcels = parcel_set([star(MOST_EXAMINED + 1, 2)])
    assert parcels.is_sound.tolist() == [False]
    (found,) = invalid.check(parcels, context(parcels))
    assert (found.rule.code, found.measured, found.limit, found.unit) == (
        "geometry.invalid", 50_002.0, 50_000.0, "vertices",
    )  # fmt: skip
