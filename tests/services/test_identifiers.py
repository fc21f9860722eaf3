"""National identifiers of parcels in whatever plane they were surveyed."""

import zipfile
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely

from landgis import geodesy
from landgis.cadastre.identifier import feature_points
from landgis.cadastre.jurisdiction import find, load
from landgis.errors import Refused
from landgis.services.identifiers import feature_plane, identify, identify_place
from tests.builders import EPSG, column, parcel_set, vn_80
from tests.sending import parcels

GENERIC = load(find("generic"))


def test_survey_plane_in_metres_is_kept_and_another_is_left() -> None:
    assert feature_plane(parcel_set(parcels()), vn_80()) == EPSG
    lonlat = list(geodesy.transform(column(parcels()), EPSG, geodesy.LONLAT))
    assert feature_plane(parcel_set(lonlat, epsg=4756), vn_80()) == 9209
    assert feature_plane(parcel_set(lonlat, epsg=4326), GENERIC) == 32648
    feet = [shapely.box(2_500_000, 700_000, 2_500_100, 700_100)]  # Wisconsin, US survey feet
    assert feature_plane(parcel_set(feet, epsg=2289), GENERIC) == 32616


def test_identifiers_of_one_parcel_are_the_same_from_every_plane() -> None:
    here = parcel_set(parcels())
    found = identify(here, EPSG)
    assert found.identifiers.tolist() == [
        identify_place(x, y, EPSG).identifiers[0] for x, y in found.points.tolist()
    ]
    there = parcel_set(list(geodesy.transform(here.geom, EPSG, 9210)), epsg=9210)
    again = identify(there, 9210)
    back = np.column_stack(geodesy.transform_xy(*again.points.T, 9210, EPSG))
    assert np.abs(back - found.points).max() < 0.003
    assert np.mean(again.identifiers == found.identifiers) > 0.8


def test_parcel_without_a_point_has_no_identifier() -> None:
    found = identify(parcel_set([None, parcels()[0]]), EPSG)
    assert found.identifiers[0] is None
    assert np.isnan(found.lonlat[0]).all()
    assert len(found.identifiers[1]) == 12


def test_place_beyond_its_plane_is_refused_also_where_the_date_changes() -> None:
    fiji = identify_place(2_000_000, 4_000_000, 3460)
    assert 176 < fiji.lonlat[0, 0] < 180
    for x, y, epsg in ((1_250_811, 565_302, 9209), (500_000, 1_250_000, 3460), (106, 95, 4756)):
        with pytest.raises(Refused) as refusal:
            identify_place(x, y, epsg)
        assert refusal.value.code == "no_such_place"


@pytest.mark.large
def test_points_of_real_parcels_are_as_deep_as_geos_finds(test_data: Path) -> None:
    archive = test_data / "parcels-large" / "cambridge_x8_shp.zip"
    (name,) = [n for n in zipfile.ZipFile(archive).namelist() if n.endswith(".shp")]
    _, _, wkb, _ = pyogrio.raw.read(f"/vsizip/{archive}/{name}", columns=[], max_features=12_000)
    lonlat = shapely.from_wkb(wkb[::30], on_invalid="ignore")
    geoms = geodesy.transform(lonlat[shapely.is_valid(lonlat)], geodesy.LONLAT, 32619)
    single = geoms[shapely.get_num_geometries(geoms) == 1]
    places = shapely.points(feature_points(single))
    depth = shapely.distance(shapely.boundary(single), places)
    circles = shapely.maximum_inscribed_circle(single, tolerance=1e-3)
    assert len(single) > 350
    assert shapely.covers(single, places).all()
    assert (depth >= shapely.length(circles) - 0.001 - 1e-6).all()
    assert (depth <= shapely.length(circles) + 0.001).all()
