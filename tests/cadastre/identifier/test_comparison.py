"""How far identifiers lie apart, in metres of the survey plane, and which mistake fits."""

from functools import partial

import numpy as np
import pytest

from landgis import geodesy
from landgis.cadastre.identifier import geohash
from landgis.cadastre.identifier.comparison import MISTAKES, SYSTEM, TOLERANCE, TRANSFORM, apart
from landgis.cadastre.identifier.comparison import likely_cause as cause
from landgis.geodesy.wrong_ways import (
    EPSG_5194,
    NO_DATUM_SHIFT,
    UNFLIPPED_ROTATIONS,
    displacement_m,
)
from tests.builders import EAST, EPSG, NORTH, column

CELL_M = 0.021
"""Half the diagonal of a cell."""


@pytest.mark.parametrize(("epsg", "metres"), [(EPSG, (1.0, 1.0)), (4756, (109_160.0, 110_600.0))])
def test_distance_is_that_in_the_plane(epsg: int, metres: tuple[float, float]) -> None:
    ways = np.array([(0.0, 0.0), (0.3, -0.4), (-60.0, 80.0), (27_000.0, 100.0)])
    here = np.array([[EAST, NORTH]])
    stated = geohash.encode(*geodesy.transform_xy(*(here + ways).T, EPSG, geodesy.LONLAT))
    points = np.column_stack(geodesy.transform_xy(*np.repeat(here, 4, 0).T, EPSG, epsg))
    to_lonlat = partial(geodesy.transform_xy, from_epsg=epsg, to_epsg=geodesy.LONLAT)
    found = apart(points, stated, to_lonlat, metres)
    assert found.distance[0] == 0
    assert np.column_stack([found.east, found.north])[:3] == pytest.approx(ways[:3], abs=0.2)
    assert found.distance[1:3] == pytest.approx([0.5, 100.0], abs=0.2)
    assert found.distance[3] == pytest.approx(27_000, rel=2e-3)
    assert abs(found.distance[1] - 0.5) <= CELL_M


def test_text_that_is_none_has_no_distance() -> None:
    to_lonlat = partial(geodesy.transform_xy, from_epsg=EPSG, to_epsg=geodesy.LONLAT)
    points = np.array([[EAST, NORTH]] * 2)
    assert np.isnan(apart(points, column([None, "?"]), to_lonlat, (1.0, 1.0)).distance).all()


def test_lengths_of_the_mistakes_are_those_that_geodesy_measures_all_over_the_province() -> None:
    wrong_ways = (UNFLIPPED_ROTATIONS, EPSG_5194, NO_DATUM_SHIFT)
    for mistake, way in zip(MISTAKES, wrong_ways, strict=False):
        for lon, lat in ((105.8, 11.7), (106.2, 11.2), (106.7, 10.5)):
            metres = float(np.hypot(*displacement_m(way, EPSG, lon, lat)))
            assert mistake.least_m < metres < mistake.most_m
            assert cause(metres, 1.0) == mistake.said


def test_other_distances_are_graded() -> None:
    graded = [cause(metres, 1.0) for metres in (0.2, 1.0, 1.1, 100.0, 101.0, 5_000.0)]
    assert graded == [TOLERANCE, TOLERANCE, TRANSFORM, TRANSFORM, SYSTEM, SYSTEM]
