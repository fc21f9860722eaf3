"""GeoJSON as it comes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from landgis.ingest.geojson import crs_name
from landgis.ingest.raw import RawLayer
from tests.ingest.reading import SQUARE, code_of, collection, feature, unreadable

Make = Callable[..., Path]
Read = Callable[..., list[RawLayer]]


@pytest.fixture
def read_json(tmp_path: Path, read_file: Read) -> Callable[[Any], RawLayer]:
    def read(content: Any) -> RawLayer:
        path = tmp_path / "parcels.geojson"
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        (layer,) = read_file(path)
        return layer

    return read


def test_geojson_rows_follow_the_file_whatever_their_ids(
    read_json: Callable[[Any], RawLayer],
) -> None:
    features = [feature(n=n) | {"id": identity} for n, identity in enumerate([9, 2, 2, "x", -1])]
    layer = read_json(collection(*features))
    assert layer.rows.tolist() == [1, 2, 3, 4, 5]
    assert layer.columns["n"].tolist() == [0, 1, 2, 3, 4]
    assert layer.driver == "GeoJSON"


def test_geojson_elements_that_are_no_parcels_are_named(
    read_json: Callable[[Any], RawLayer],
) -> None:
    point = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [0, 0]}}
    broken: list[Any] = [
        feature(),
        7,
        point,
        feature(SQUARE[:-1]),
        feature("abc"),
        feature([[0], [1], [2], [0]]),
        feature([[0, 10**400], [1, 1], [2, 0], [0, 10**400]]),
        {"type": "Feature", "geometry": {"type": [], "coordinates": []}},
        {"type": "Feature", "geometry": None, "properties": None},
        {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": None}},
    ]
    layer = read_json(collection(*broken))
    assert layer.rows.tolist() == [1, 9]
    assert layer.wkb[1] is None
    assert unreadable(layer) == {
        2: "not_a_feature", 3: "not_a_polygon", 4: "ring_unclosed", 5: "damaged_geometry",
        6: "damaged_geometry", 7: "damaged_geometry", 8: "not_a_polygon", 10: "damaged_geometry",
    }  # fmt: skip


def test_geojson_properties_become_typed_columns(read_json: Callable[[Any], RawLayer]) -> None:
    layer = read_json(
        collection(
            feature(number=1, text="Đất", mixed=1, nested={"a": ["ô"]}, flag=True),
            feature(number=2, text=None, mixed="x", late=2.5),
        )
    )
    columns = {name: column.tolist() for name, column in layer.columns.items()}
    assert columns.pop("late") == pytest.approx([np.nan, 2.5], nan_ok=True)
    assert columns.pop("flag") == pytest.approx([1.0, np.nan], nan_ok=True)
    assert columns == {
        "number": [1, 2],
        "text": ["Đất", None],
        "mixed": ["1", "x"],
        "nested": ['{"a": ["ô"]}', None],
    }


@pytest.mark.parametrize(
    ("member", "crs"),
    [
        ({"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::5897"}}, "EPSG:5897"),
        ({"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}, "OGC:CRS84"),
        ({"type": "name", "properties": {"name": "EPSG:9209"}}, "EPSG:9209"),
        ({"type": "name", "properties": {"name": "VN-2000 / TM-3"}}, "VN-2000 / TM-3"),
        ({"type": "EPSG", "properties": {"code": 3405}}, "EPSG:3405"),
        ({"type": "link", "properties": {"href": "http://evil.example"}}, None),
        ({"type": "name", "properties": []}, None),
        (None, None),
    ],
)
def test_geojson_crs_is_reported_as_declared(member: object, crs: str | None) -> None:
    assert crs_name(member) == crs


def test_geojson_without_crs_is_crs84_by_its_standard(
    read_json: Callable[[Any], RawLayer],
) -> None:
    assert read_json(collection(feature())).crs_wkt == "OGC:CRS84"
    assert read_json(collection(feature(), crs=None)).crs_wkt is None


def test_geojson_crs_after_the_features_and_a_bom_are_understood(
    read_json: Callable[[Any], RawLayer],
) -> None:
    text = json.dumps(collection(feature([(*point, 7.5) for point in SQUARE])))
    layer = read_json(
        "\ufeff" + text[:-1] + ', "crs": {"type": "EPSG", "properties": {"code": 5897}}}'
    )
    assert layer.crs_wkt == "EPSG:5897"
    assert layer.heights == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"type": "FeatureCollection", "features": [', "bad_geojson"),
        ('{"type": "FeatureCollection", "features": []} x', "bad_geojson"),
        ("<html>", "bad_geojson"),
        ("[" * 100_000, "bad_geojson"),
        ('{"a": ' + "[" * 200_000, "bad_geojson"),
        ('{"a": 1' + "0" * 5000 + "}", "not_a_feature_collection"),
        ('{"type": "FeatureCollection"}', "bad_geojson"),
        ("{}", "not_a_feature_collection"),
        ('{"type": "Topology", "objects": {}}', "not_a_feature_collection"),
        ('{"type": "Point", "coordinates": [0, 0]}', "no_polygon_layer"),
    ],
)
def test_wrong_geojson_is_refused(
    read_json: Callable[[Any], RawLayer], text: str, code: str
) -> None:
    assert code_of(lambda: read_json(text)) == code


def test_geojson_that_is_not_utf_8_is_refused(tmp_path: Path, read_file: Read) -> None:
    (tmp_path / "x.geojson").write_bytes(b'{"type": "\xff"}')
    assert code_of(lambda: read_file(tmp_path / "x.geojson")) == "bad_geojson"


def test_geojson_of_points_has_no_polygon_layer(read_json: Callable[[Any], RawLayer]) -> None:
    point = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [0, 0]}}
    assert code_of(lambda: read_json(collection(point))) == "no_polygon_layer"
