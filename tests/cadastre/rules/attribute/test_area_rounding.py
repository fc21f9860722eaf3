"""The surveyed area is that of the boundary, as written."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from landgis.cadastre.findings import Finding
from landgis.cadastre.rules.attribute import area_rounding
from tests.builders import EAST, NORTH, column, context, parcel_set, ring, square


def found_on(stated: Sequence[str | None], sizes: Sequence[float] | None = None) -> list[Finding]:
    sizes = sizes or [10.0] * len(stated)
    parcels = parcel_set([square(100 * i, 0, size) for i, size in enumerate(sizes)])
    around = context(parcels, stated={"survey_area_m2": stated})
    return list(area_rounding.check(parcels, around))


def test_area_of_the_boundary_is_no_finding() -> None:
    assert found_on(["100.0", "100.01", None, "1069.3"], [10, 10, 10, 32.7]) == []


def test_area_of_another_boundary_is_found() -> None:
    (found,) = found_on(["100.0", "100.2"])
    assert (found.rule.code, found.rows) == ("attribute.area_rounding", (2,))
    assert (found.measured, found.limit, found.unit) == (0.2, 0.07, "m2")
    assert (found.place_xy, found.shape) == ((EAST + 105, NORTH + 5), square(100, 0))
    assert found.basis is not None
    assert found.message["en"] == "Row 2: surveyed area 100.2 m², the boundary has 100.0 m²."
    assert found.message["vi"].startswith("Dòng 2: diện tích đo đạc ghi 100.2 m²")


def test_areas_in_whole_square_metres_may_be_off_by_half_of_one() -> None:
    assert found_on(["100", "107"], [10, 10.35]) == []
    assert [f.rows for f in found_on(["101", "107"], [10, 10.35])] == [(1,)]


@given(st.integers(0, 2**32 - 1), st.integers(3, 30), st.floats(2, 2000))
def test_vertices_written_to_the_millimetre_never_differ(
    seed: int, vertices: int, size: float
) -> None:
    random = np.random.default_rng(seed)
    turns = np.sort(random.random(vertices)) * 2 * np.pi
    xy = np.c_[np.cos(turns), np.sin(turns)] * random.uniform(size, 2 * size, (vertices, 1))
    as_surveyed, as_written = ring(*xy.tolist()), ring(*xy.round(3).tolist())
    parcels = parcel_set([as_written])
    around = context(parcels, stated={"survey_area_m2": [f"{as_surveyed.area:.1f}"]})
    assert [f for f in area_rounding.check(parcels, around) if f.outcome == "fail"] == []


def test_areas_of_another_plane_are_one_finding() -> None:
    sizes = [30.0 + i for i in range(40)]
    (found,) = found_on([f"{1.001 * size**2:.1f}" for size in sizes], sizes)
    assert found.rows == tuple(range(1, 41))
    assert "median ratio 1.00100" in found.message["en"]
    assert "trung vị tỷ số 1.00100" in found.message["vi"]


def test_without_surveyed_areas_or_metres_it_is_untested() -> None:
    parcels = parcel_set([square(0, 0), ring((0, 0), (9, 9), (0, 9), (9, 0))])
    (found,) = area_rounding.check(parcels, context(parcels))
    assert found.outcome == "untested"
    around = context(parcels, stated={"survey_area_m2": ["500.0", "500.0"]})
    (found,) = area_rounding.check(parcels, replace(around, metres=(110_000.0, 111_000.0)))
    assert "coordinates are no metres" in found.message["en"]
    # An invalid boundary is left to its own rule.
    assert [f.rows for f in area_rounding.check(parcels, around)] == [(1,)]


def test_texts_that_are_no_numbers_state_nothing() -> None:
    parcels = parcel_set([square(0, 0)])
    around = context(parcels, stated={"survey_area_m2": column(["không rõ"])})
    assert [f.outcome for f in area_rounding.check(parcels, around)] == ["untested"]
