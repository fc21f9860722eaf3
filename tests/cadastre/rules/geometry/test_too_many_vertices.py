"""Boundaries of very many vertices."""

import shapely

from landgis.cadastre.rules.geometry import too_many_vertices
from tests.builders import EAST, NORTH, context, parcel_set, square


def test_polygon_of_too_many_vertices_is_found() -> None:
    round_one = shapely.Point(EAST, NORTH).buffer(5, quad_segs=2600)
    parcels = parcel_set([square(20, 0), round_one])
    (found,) = too_many_vertices.check(parcels, context(parcels))
    assert found.rule.code == "geometry.too_many_vertices"
    assert (found.rows, found.limit, found.unit) == ((2,), 10_000, "vertices")
    assert found.measured == 10_401


def test_ten_thousand_are_not_too_many() -> None:
    parcels = parcel_set([shapely.Point(EAST, NORTH).buffer(5, quad_segs=2499), None])
    assert list(too_many_vertices.check(parcels, context(parcels))) == []
