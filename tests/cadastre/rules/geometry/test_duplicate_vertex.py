"""Vertices in one place are found; that a ring closes is no repetition."""

from dataclasses import replace

import pytest
import shapely

from landgis.cadastre.rules.geometry import duplicate_vertex
from tests.builders import EAST, NORTH, context, parcel_set, ring, square


def test_vertices_nearer_than_a_node_are_found_at_the_first() -> None:
    twice = ring((0, 0), (0, 10), (0.0006, 10), (10, 10), (10, 10), (10, 0))
    parcels = parcel_set([square(20, 0), twice])
    (found,) = duplicate_vertex.check(parcels, context(parcels))
    assert (found.rule.code, found.rows) == ("geometry.duplicate_vertex", (2,))
    assert found.rule.severity == "warning"
    assert found.place_xy == (EAST, NORTH + 10)
    assert found.measured == pytest.approx(0.0006, abs=1e-8)
    assert (found.limit, found.unit) == (0.001, "m")
    assert found.message == {
        "vi": "Dòng 2: 2 đỉnh cách đỉnh kề dưới 0.001 m.",
        "en": "Row 2: 2 vertices are nearer than 0.001 m to the next.",
    }


def test_last_vertex_on_the_first_is_found_and_the_closing_one_is_not() -> None:
    beside = ring((0, 0), (0, 10), (10, 10), (10, 0), (0.0003, 0))
    parcels = parcel_set([square(0, 0), beside])
    (found,) = duplicate_vertex.check(parcels, context(parcels))
    assert found.rows == (2,)


def test_holes_and_parts_are_looked_at_and_belong_to_their_parcel() -> None:
    hole = [(EAST + 2, NORTH + 2), (EAST + 2, NORTH + 2), (EAST + 4, NORTH + 2),
            (EAST + 3, NORTH + 4)]  # fmt: skip
    holed = shapely.Polygon(square(0, 0).exterior.coords, [hole])
    several = shapely.MultiPolygon([square(0, 0), ring((20, 0), (20, 0), (30, 0), (25, 9))])
    parcels = parcel_set([square(0, 0), None, holed, several, shapely.Polygon()])
    found = list(duplicate_vertex.check(parcels, context(parcels)))
    assert [f.rows for f in found] == [(3,), (4,)]
    assert found[1].place_xy == (EAST + 20, NORTH)


def test_distance_is_measured_in_metres_where_the_plane_is_in_degrees() -> None:
    apart = ring((0, 0), (0, 10), (0.0006, 10), (10, 10))
    parcels = parcel_set([apart])
    degrees = replace(context(parcels), metres=(111_000.0, 111_000.0))
    assert list(duplicate_vertex.check(parcels, degrees)) == []


@pytest.mark.parametrize("geom", [square(0, 0), None, ring((0, 0), (9, 9), (9, 9), (9, 0), (0, 9))])
def test_sound_boundaries_and_broken_ones_give_nothing(geom: shapely.Geometry) -> None:
    parcels = parcel_set([geom])
    assert list(duplicate_vertex.check(parcels, context(parcels))) == []
