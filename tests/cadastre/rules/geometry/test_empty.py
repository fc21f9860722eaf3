"""Rows without a geometry."""

import shapely

from landgis.cadastre.rules.geometry import empty
from tests.builders import context, parcel_set, square


def test_null_and_empty_geometries_are_found() -> None:
    parcels = parcel_set([square(0, 0), None, shapely.Polygon()])
    found = list(empty.check(parcels, context(parcels)))
    assert [(f.rule.code, f.rows) for f in found] == [
        ("geometry.empty", (2,)),
        ("geometry.empty", (3,)),
    ]
    assert found[0].message == {
        "vi": "Dòng 2 không có hình học.",
        "en": "Row 2 has no geometry.",
    }
    assert found[0].place_xy is None


def test_a_polygon_is_not_empty() -> None:
    parcels = parcel_set([square(0, 0)])
    assert list(empty.check(parcels, context(parcels))) == []
