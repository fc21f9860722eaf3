"""Places and shapes of findings in longitude and latitude, many at once."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely

from landgis import geodesy
from landgis.cadastre.findings import Finding, Rule
from landgis.documents.geojson import MOST_VERTICES, shapes_of
from landgis.documents.report import finding_documents
from tests.builders import EAST, EPSG, NORTH, square

WORDS = {"vi": "a", "en": "b"}
BASE = Finding(
    Rule("topology.gap", "warning", WORDS, WORDS, place="area", fixes=("fill_gap",)),
    "fail",
    WORDS,
    place_xy=(EAST, NORTH),
    place_epsg=EPSG,
)
LINE = shapely.LineString([(EAST, NORTH), (EAST + 5, NORTH)])
HOLED = square(0, 0, 30).difference(square(10, 10))


def documents(*findings: Finding) -> list[dict[str, Any]]:
    return finding_documents(findings, None)


def test_findings_of_several_planes_keep_their_order_and_their_places() -> None:
    other = geodesy.transform_xy(np.array([EAST]), np.array([NORTH]), EPSG, 9210)
    there = (float(other[0][0]), float(other[1][0]))
    degrees = (106.1, 11.25)
    found = documents(
        replace(BASE, place_xy=there, place_epsg=9210),
        replace(BASE, place_xy=None, place_epsg=None),
        BASE,
        replace(BASE, place_xy=degrees, place_epsg=4326),
    )
    first, nowhere, here, lonlat = (f["place"] for f in found)
    assert nowhere is None
    assert found[1]["place_native"] is None
    assert first["coordinates"] == pytest.approx(here["coordinates"], abs=2e-9)
    assert lonlat == {"type": "Point", "coordinates": list(degrees)}
    assert found[0]["place_native"] == {"srid": 9210, "xy": list(there)}


def test_shape_is_the_line_or_area_itself() -> None:
    shapes = [LINE, HOLED, shapely.MultiPolygon([square(0, 0), square(50, 0)]), None]
    found = [f["shape"] for f in documents(*(replace(BASE, shape=shape) for shape in shapes))]
    assert [f and f["type"] for f in found] == ["LineString", "Polygon", "MultiPolygon", None]
    back = geodesy.transform(shapes_of(found), geodesy.LONLAT, EPSG)
    for was, now in zip(shapes[:3], back[:3], strict=True):
        assert shapely.hausdorff_distance(was, now) < 0.001
    exterior = shapely.LinearRing(found[1]["coordinates"][0])
    assert exterior.is_ccw
    assert not shapely.LinearRing(found[1]["coordinates"][1]).is_ccw


def test_what_cannot_be_drawn_is_none_and_stops_nothing() -> None:
    nan = float("nan")
    with np.errstate(invalid="ignore"):
        lost = shapely.LineString([(EAST, NORTH), (nan, NORTH)])
        endless = shapely.LineString([(EAST, NORTH), (float("inf"), NORTH)])
    shapes = [shapely.Polygon(), lost, endless, shapely.force_3d(LINE, 7.0)]
    found = [f["shape"] for f in documents(*(replace(BASE, shape=shape) for shape in shapes))]
    assert found[:3] == [None, None, None]
    assert [len(xy) for xy in found[3]["coordinates"]] == [2, 2]


def test_vast_shape_is_thinned_and_stays_where_it_is() -> None:
    vast = shapely.Point(EAST, NORTH).buffer(500, quad_segs=MOST_VERTICES)
    (found,) = documents(replace(BASE, shape=vast))
    drawn = geodesy.transform(shapes_of([found["shape"]]), geodesy.LONLAT, EPSG)[0]
    assert shapely.get_num_coordinates(drawn) < MOST_VERTICES
    assert shapely.hausdorff_distance(drawn, vast) < 0.2


def test_fixes_are_those_of_the_rule_where_it_failed() -> None:
    found = documents(BASE, replace(BASE, outcome="untested"))
    assert [f["fixes"] for f in found] == [["fill_gap"], []]
