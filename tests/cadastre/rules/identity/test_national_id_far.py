"""identity.national_id_far: stated identifiers against computed ones, with the likely cause."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from landgis import geodesy
from landgis.cadastre.findings import Finding
from landgis.cadastre.identifier import feature_points, geohash
from landgis.cadastre.identifier.comparison import MISTAKES
from landgis.cadastre.rules.identity import national_id_far
from landgis.geodesy.wrong_ways import (
    EPSG_5194,
    NO_DATUM_SHIFT,
    UNFLIPPED_ROTATIONS,
    displacement_m,
)
from tests.builders import EAST, EPSG, NORTH, column, context, parcel_set, ring, square
from tests.sending import parcels as some_parcels

Points = NDArray[np.float64]
TO_LONLAT = partial(geodesy.transform_xy, from_epsg=EPSG, to_epsg=geodesy.LONLAT)


def named(points: Points) -> list[Any]:
    return list(geohash.encode(*TO_LONLAT(*points.T)))


def found_on(geoms: Sequence[Any], stated: Sequence[str | None]) -> list[Finding]:
    parcels = parcel_set(geoms)
    around = context(parcels, stated={"national_id": stated})
    return list(national_id_far.check(parcels, replace(around, to_lonlat=TO_LONLAT)))


def moved(*by: tuple[float, float]) -> list[Finding]:
    """Findings on squares of 40 m whose identifiers lie so far east and north."""
    geoms = [square(60 * i, 0, 40) for i in range(len(by))]
    return found_on(geoms, named(feature_points(column(geoms)) + np.array(by)))


def test_identifiers_that_lie_at_their_feature_points_are_clean() -> None:
    geoms = some_parcels()
    assert found_on(geoms, named(feature_points(column(geoms)))) == []
    assert found_on(geoms[:2], [None, "?"]) == []


def test_golden_place_is_its_own_identifier() -> None:
    here = shapely.box(565_297, 1_250_806, 565_307, 1_250_816)
    assert found_on([here], ["w652q6gtt0zn"]) == []
    (found,) = found_on([here], ["w652q6gtt0zz"])
    assert found.measured == pytest.approx(0.15, abs=0.1)


def test_place_that_is_as_deep_is_as_right() -> None:
    strip = square(0, 0, 10).union(square(10, 0, 10)).union(square(20, 0, 10))
    middle = np.array([[EAST + 15, NORTH + 5]])
    as_deep, shallow = middle + np.array([9.0, 0.02]), middle + np.array([9.0, 2.0])
    assert found_on([strip], named(as_deep)) == []
    assert len(found_on([strip], named(shallow))) == 1


def test_other_tolerance_is_told_for_information() -> None:
    (found,) = moved((0.0, 0.0), (0.3, 0.2))
    assert (found.rule.code, found.rule.severity, found.rows, found.unit, found.limit) == (
        "identity.national_id_far",
        "info",
        (2,),
        "m",
        0.05,
    )
    assert found.measured == pytest.approx(0.36, abs=0.03)
    assert found.place_xy == (EAST + 80, NORTH + 20)
    assert found.shape is not None
    assert found.shape.length == pytest.approx(0.36, abs=0.03)
    assert "có thể do phần mềm hoặc sai số tính khác" in found.message["vi"]
    assert "other software or another tolerance may do that" in found.message["en"]


@pytest.mark.parametrize(
    ("by", "severity", "said"),
    [
        ((5.0, 3.0), "warning", "a wrong transformation, or the parcel has another shape now"),
        ((-180.0, 134.0), "warning", "no datum shift from VN-2000 to WGS 84 (about 225 m)"),
        ((900.0, 0.0), "warning", "a wrong CRS, or another parcel"),
        ((27_300.0, 40.0), "warning", "another meridian, 15′ away (about 27 km)"),
        ((0.4, 0.4), "info", "the signs of the three rotations not flipped (0.56 m)"),
        ((0.0, -0.8), "info", "the operation EPSG:5194 taken for EPSG:6960 (0.80 m)"),
    ],
)
def test_cause_follows_from_the_distance(by: tuple[float, float], severity: str, said: str) -> None:
    (found,) = moved((0, 0), by)
    assert found.rule.severity == severity
    assert found.message["en"].endswith(said + ".")


@pytest.mark.parametrize("cause", [UNFLIPPED_ROTATIONS, EPSG_5194, NO_DATUM_SHIFT])
def test_mistake_of_a_whole_file_is_told_once_with_its_name(cause: str) -> None:
    geoms = some_parcels()
    way = displacement_m(cause, EPSG, 106.17, 11.27)
    points = feature_points(column(geoms))
    points[7] += (3.0, 1.0)
    found = found_on(geoms, named(points + np.array(way)))
    assert len(found) == 2
    assert (found[0].rule.severity, len(found[0].rows)) == ("warning", 59)
    assert found[0].measured == pytest.approx(np.hypot(*way), rel=0.02)
    known = [m for m in MISTAKES if m.said["en"] in found[0].message["en"]]
    assert [m.least_m <= np.hypot(*way) <= m.most_m for m in known] == [True]
    assert found[1].rows == (8,)


def test_untested_where_nothing_can_be_compared() -> None:
    parcels = parcel_set([square(0, 0)])
    stated: Callable[..., Any] = partial(context, stated={"national_id": ["w652q6gtt0zn"]})
    degrees = parcel_set([shapely.box(106, 11, 106.001, 11.001)], epsg=4756)
    abroad = replace(context(parcels).jurisdiction, identifier=None)
    cases = [
        (parcels, context(parcels)),
        (parcels, stated(parcels)),
        (degrees, replace(stated(degrees), to_lonlat=TO_LONLAT)),
        (parcels, replace(stated(parcels), to_lonlat=TO_LONLAT, jurisdiction=abroad)),
    ]
    for judged, around in cases:
        (found,) = national_id_far.check(judged, around)
        assert (found.outcome, found.rows) == ("untested", ())


def test_parcel_that_has_no_point_or_is_endless_is_left_to_its_own_rule() -> None:
    bow_tie = ring((0, 0), (10, 10), (0, 10), (10, 0))
    endless = shapely.Point(EAST, NORTH).buffer(40, quad_segs=3_000)
    assert found_on([None, bow_tie, endless], ["w652q6gtt0zn"] * 3) == []
