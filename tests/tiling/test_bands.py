"""Simplified pictures: shared edges stay shared, and each follows from its neighbours alone."""

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from landgis.tiling.bands import draw
from landgis.tiling.snapping import NEVER, oriented
from tests.tiling.coverages import coverage

NONE = np.empty(0, dtype=object)
SEEDS = st.integers(0, 2**32 - 1)


def parcels_of(seed: int) -> np.ndarray:
    return oriented(np.array(coverage(seed), dtype=object))


def neighbours(parcels: np.ndarray, i: int) -> np.ndarray:
    """The other parcels that have a vertex in common with one."""
    own = set(map(tuple, shapely.get_coordinates(parcels[i])))
    return np.array(
        [
            p
            for j, p in enumerate(parcels)
            if j != i and own & set(map(tuple, shapely.get_coordinates(p)))
        ],
        dtype=object,
    )


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.randoms(use_true_random=False))
def test_picture_follows_from_the_parcel_and_its_neighbours(seed: int, chance: object) -> None:
    parcels = parcels_of(seed)
    whole = draw(parcels, NONE)
    order = list(range(len(parcels)))
    chance.shuffle(order)  # type: ignore[attr-defined]
    for i in order[:5]:
        around = neighbours(parcels, i)
        chance.shuffle(around)  # type: ignore[attr-defined]
        # Where a ring begins, and in what order parcels come, must not matter.
        alone = draw(parcels[i : i + 1], around)
        for name in ("geom_13", "geom_15"):
            one, all_ = getattr(alone, name)[0], getattr(whole, name)[i]
            assert one.wkb == all_.wkb
        assert (alone.snap_13[0], alone.snap_15[0]) == (whole.snap_13[i], whole.snap_15[i])


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_parcels_that_fit_together_still_do(seed: int) -> None:
    parcels = parcels_of(seed)
    assert shapely.coverage_is_valid(parcels)
    made = draw(parcels, NONE)
    for drawn in (made.geom_13, made.geom_15):
        assert shapely.is_valid(drawn).all()
        kept_whole = shapely.get_num_coordinates(drawn) == shapely.get_num_coordinates(parcels)
        if not kept_whole.any():  # one that could not be simplified stands as it is
            assert shapely.coverage_is_valid(drawn)


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_lines_stay_within_the_tolerance_and_on_their_vertices(seed: int) -> None:
    parcels = parcels_of(seed)
    made = draw(parcels, NONE)
    for drawn, metres in ((made.geom_13, 4.78), (made.geom_15, 1.195)):
        for parcel, picture in zip(parcels, drawn, strict=True):
            assert shapely.hausdorff_distance(parcel.boundary, picture.boundary) <= metres
            corners = set(map(tuple, shapely.get_coordinates(picture)))
            assert corners <= set(map(tuple, shapely.get_coordinates(parcel)))
            assert (
                len(picture.interiors) == len(parcel.interiors)
                if parcel.geom_type == "Polygon"
                else True
            )


def test_it_simplifies_at_all() -> None:
    parcels = parcels_of(7)
    made = draw(parcels, NONE)
    points = [
        int(shapely.get_num_coordinates(g).sum()) for g in (parcels, made.geom_15, made.geom_13)
    ]
    assert points[0] > 1.3 * points[1] > 1.3 * points[2]


def test_what_would_collapse_keeps_its_own_shape() -> None:
    # Each 2 m wide: both sides of the lower one would be the straight between its ends.
    sliver = shapely.Polygon([(0, 0), (50, -2), (100, 0), (50, 2)])
    above = shapely.Polygon([(0, 0), (50, 2), (100, 0), (100, 50), (0, 50)])
    below = shapely.Polygon([(0, 0), (0, -50), (100, -50), (100, 0), (50, -2)])
    parcels = oriented(np.array([sliver, above, below], dtype=object))
    made = draw(parcels, NONE)
    assert shapely.equals(made.geom_13[0], sliver)
    assert shapely.is_valid(made.geom_13).all()


def test_no_parcels_have_no_pictures() -> None:
    made = draw(NONE, NONE)
    assert (len(made.geom_13), len(made.snap_15)) == (0, 0)


def test_snap_says_from_which_zoom_of_the_band() -> None:
    parcels = parcels_of(3)
    made = draw(parcels, NONE)
    assert set(made.snap_13) <= {13, NEVER}
    assert set(made.snap_15) <= {14, 15, NEVER}
