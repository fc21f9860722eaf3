"""Golden points, round trips and the line across 11.04°N."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod, Transformer

from landgis import geodesy
from landgis.errors import Refused
from landgis.geodesy import LONLAT, WEB_MERCATOR, transform_xy

MM_DEG = 0.001 / 111_000

GOLDEN = [
    # EPSG:9209 east, north -> WGS 84 by EPSG:6960 (Decision 05/2007/QĐ-BTNMT), north and south of
    # 11.04°N, where PROJ's own choice changes.
    (565_302.0, 1_250_811.0, 106.100001214, 11.310000700),
    (590_000.0, 1_223_000.0, 106.325524776, 11.058037220),
    (590_000.0, 1_220_000.0, 106.325448985, 11.030916219),
]
OTHER_OPERATION = (106.325456273, 11.030916570)
"""Where PROJ's default (EPSG:5194) puts the last golden point: 0.80 m away."""

ESRI_9209 = (
    'PROJCS["VN_2000_Tay_Ninh",GEOGCS["GCS_VN_2000",DATUM["D_Vietnam_2000",'
    'SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],'
    'UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],'
    'PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],'
    'PARAMETER["Central_Meridian",105.5],PARAMETER["Scale_Factor",0.9999],'
    'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)


def xy(x: float, y: float, source: int, target: int) -> tuple[float, float]:
    east, north = transform_xy(np.array([x]), np.array([y]), source, target)
    return float(east[0]), float(north[0])


@pytest.mark.parametrize(("east", "north", "lon", "lat"), GOLDEN)
def test_golden_points_agree_to_a_millimetre(
    east: float, north: float, lon: float, lat: float
) -> None:
    found = xy(east, north, 9209, LONLAT)
    assert found == pytest.approx((lon, lat), abs=MM_DEG)
    assert xy(lon, lat, LONLAT, 9209) == pytest.approx((east, north), abs=0.001)


def test_operation_of_the_oil_blocks_is_not_ours() -> None:
    lon, lat = xy(590_000.0, 1_220_000.0, 9209, LONLAT)
    _, _, apart = Geod(ellps="WGS84").inv(lon, lat, *OTHER_OPERATION)
    assert apart == pytest.approx(0.80, abs=0.01)


def test_line_across_the_seam_is_not_torn() -> None:
    north = np.arange(1_215_000.0, 1_227_000.0, 10.0)
    east = np.full_like(north, 590_000.0)
    lon, lat = transform_xy(east, north, 9209, LONLAT)
    assert (lat < 11.04).any()
    assert (lat > 11.04).any()
    bend = np.abs(np.diff(lon, n=2)) * 109_000
    assert bend.max() < 1e-4


@given(st.floats(500_000, 640_000), st.floats(1_149_000, 1_304_000))
@settings(max_examples=200, deadline=None)
def test_round_trip_loses_less_than_a_millimetre(east: float, north: float) -> None:
    for epsg in (LONLAT, WEB_MERCATOR, 9210, 3405):
        there = xy(east, north, 9209, epsg)
        assert xy(*there, epsg, 9209) == pytest.approx((east, north), abs=0.001)


def test_change_of_meridian_is_exact_and_equal_to_the_way_round() -> None:
    direct = xy(565_302.0, 1_250_811.0, 9209, 9210)
    round_about = xy(*xy(565_302.0, 1_250_811.0, 9209, LONLAT), LONLAT, 9210)
    assert direct == pytest.approx(round_about, abs=0.001)


@pytest.mark.parametrize("epsg", [9209, 3405, 4756, 32648, LONLAT, WEB_MERCATOR, 2154])
def test_pipeline_for_images_is_the_way_of_the_coordinates(epsg: int) -> None:
    lon, lat = (3.0, 46.5) if epsg == 2154 else (106.325448985, 11.030916219)
    x, y = xy(lon, lat, LONLAT, epsg)
    pinned = Transformer.from_pipeline(geodesy.mercator_pipeline(epsg))
    there = xy(x, y, epsg, WEB_MERCATOR)
    assert pinned.transform(x, y) == pytest.approx(there, abs=1e-6)
    assert pinned.transform(*there, direction="INVERSE") == pytest.approx((x, y), abs=0.001)


def test_web_mercator_is_the_usual_one() -> None:
    # Source: the definition of the projection, R = 6378137 m.
    lon, lat = 106.1, 11.31
    x = 6_378_137.0 * np.radians(lon)
    y = 6_378_137.0 * np.log(np.tan(np.pi / 4 + np.radians(lat) / 2))
    assert xy(lon, lat, LONLAT, WEB_MERCATOR) == pytest.approx((x, y), abs=1e-6)


def test_shared_nodes_stay_shared() -> None:
    left, right = shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)
    moved = geodesy.transform(
        np.array([shapely.affinity.translate(g, 565_000, 1_250_000) for g in (left, right)]),
        9209,
        LONLAT,
    )
    shared = set(moved[0].exterior.coords) & set(moved[1].exterior.coords)
    assert len(shared) == 2


def test_area_in_degrees_is_the_geodesic_one() -> None:
    block = shapely.box(-71.12, 42.37, -71.118, 42.3715)
    geodesic = abs(Geod(ellps="WGS84").geometry_area_perimeter(block)[0])
    (area,) = geodesy.area_m2(np.array([block]), LONLAT)
    assert area == pytest.approx(geodesic, rel=1e-7)


def test_area_in_the_survey_plane_is_that_of_the_plane() -> None:
    areas = geodesy.area_m2(np.array([shapely.box(0, 0, 25, 4), None]), 9209)
    assert areas[0] == 100.0


def test_esri_text_without_code_is_recognised() -> None:
    assert geodesy.identify(ESRI_9209) == 9209
    assert geodesy.identify(ESRI_9209.replace("105.5", "105.75")) == 9210
    assert geodesy.identify(ESRI_9209.replace("0.9999", "0.9996")) is None


@pytest.mark.parametrize("text", ["", "<html>", "PROJCS[", "EPSG:", "EPSG:99999999"])
def test_junk_is_no_coordinate_system(text: str) -> None:
    assert geodesy.identify(text) is None


@pytest.mark.parametrize("epsg", [99_999, 4978, 5773])
def test_what_is_not_horizontal_is_refused(epsg: int) -> None:
    with pytest.raises(Refused) as refusal:
        geodesy.plane(epsg)
    assert refusal.value.code == "unknown_crs"


def test_our_rows_flip_the_rotations_and_never_say_epsg() -> None:
    rows = {row["srid"]: row for row in geodesy.own_srid_rows()}
    assert set(rows) >= {969209, 969210, 964756}
    for row in rows.values():
        assert row["auth_name"] == "LANDGIS"
        assert "0.00928836,-0.01975479,0.00427372" in row["proj4text"]


@pytest.mark.parametrize(
    ("text", "epsg"),
    [
        ("EPSG:2154", 2154),
        ("OGC:CRS84", 4326),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", 4326),
        ("urn:ogc:def:crs:EPSG::9209", 9209),
        ("EPSG:404000", None),
    ],
)
def test_names_of_authorities_are_understood(text: str, epsg: int | None) -> None:
    assert geodesy.identify(text) == epsg
