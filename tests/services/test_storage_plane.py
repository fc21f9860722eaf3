"""The plane that a first file fixes, and the territory around it."""

import numpy as np
import pytest
import shapely

from landgis.cadastre import jurisdiction
from landgis.services.storage_plane import storage_for
from landgis.services.surroundings import _box
from tests.builders import parcel_set, square

GENERIC = jurisdiction.load(jurisdiction.find("generic"))
VN_80 = jurisdiction.load(jurisdiction.find("vn-80"))


def degrees(*places: tuple[float, float]) -> list[shapely.Polygon]:
    return [shapely.box(lon, lat, lon + 0.001, lat + 0.001) for lon, lat in places]


def test_jurisdiction_names_the_plane() -> None:
    assert storage_for(parcel_set([square(0, 0)], epsg=9210), VN_80) == 9209


def test_projected_file_keeps_its_own_plane() -> None:
    assert storage_for(parcel_set([square(0, 0)], epsg=2154), GENERIC) == 2154


@pytest.mark.parametrize(
    ("places", "epsg"),
    [
        ([(-71.1, 42.37)], 32619),
        ([(151.2, -33.8)], 32756),
        # New Zealand with the Chatham Islands: most lie west of the antimeridian.
        ([(174.7, -41.2), (175.0, -39.0), (-176.5, -44.0)], 32760),
    ],
)
def test_degrees_go_to_the_zone_of_the_median_parcel(
    places: list[tuple[float, float]], epsg: int
) -> None:
    assert storage_for(parcel_set(degrees(*places), epsg=4326), GENERIC) == epsg


@pytest.mark.parametrize(
    ("bounds", "inside", "outside"),
    [
        ((-9.9, 41.2, 10.4, 51.6), [(2.3, 48.6), (-20, 45)], [(48.6, 2.3), (106, 11)]),
        ((174.0, -84.0, 180.0, 0.0), [(175, -41), (-176.5, -44)], [(106, 11), (0, -41)]),
        ((167.6, 14.9, -40.7, 86.5), [(-100, 40), (175, 52)], [(10, 40)]),
    ],
)
def test_territory_reaches_over_the_antimeridian_and_not_round_the_world(
    bounds: tuple[float, float, float, float],
    inside: list[tuple[float, float]],
    outside: list[tuple[float, float]],
) -> None:
    territory = _box(bounds)
    assert shapely.contains_xy(territory, *np.array(inside).T).all()
    assert not shapely.contains_xy(territory, *np.array(outside).T).any()
