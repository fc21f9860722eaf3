"""Nodes go in exactly, and nothing else of a boundary changes."""

import numpy as np
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from landgis.cadastre.edits import insert_nodes, share_nodes, trespasses, vertices
from tests.cadastre.edits.land import SHAPES, at, bits, corners, local, plot, rectangle

YARD = rectangle(0, 0, 30, 20)


def test_vertices_are_listed_once_holes_and_parts_included() -> None:
    holed = plot((0, 0), (9, 0), (9, 9), (0, 9), holes=[[(3, 3), (6, 3), (6, 6)]])
    both = shapely.MultiPolygon([holed, rectangle(20, 0, 1, 1)])
    assert len(vertices(both)) == 4 + 3 + 4
    assert bits(vertices(both)) == bits(shapely.get_coordinates(both))


def test_points_become_vertices_in_their_order_along_the_edge() -> None:
    noded = insert_nodes(YARD, at((20, 0), (5, 0.0004), (12, -0.0007), (30, 7)))
    assert local(vertices(noded)) == [
        *[(0, 0), (5, 0.0004), (12, -0.0007), (20, 0), (30, 0), (30, 7), (30, 20), (0, 20)]
    ]


def test_nothing_to_do_answers_the_same_object() -> None:
    far = at((500, 500), (15, 10), (10, 0.0011))
    at_vertices = at((0, 0), (30.0007, 20.0007), (0, 0.0009))
    assert insert_nodes(YARD, np.concatenate([far, at_vertices])) is YARD
    assert insert_nodes(YARD, np.empty((0, 2))) is YARD


def test_points_within_a_millimetre_of_each_other_are_one_node() -> None:
    noded = insert_nodes(YARD, at((10, 0), (10.0006, 0), (9.9995, 0)))
    assert corners(noded) - corners(YARD) == bits(at((10, 0)))


def test_point_goes_into_the_nearest_edge_only() -> None:
    spike = plot((0, 0), (30, 0.0008), (30, 10), (0, 10), holes=[])
    inner = shapely.Polygon(spike.exterior, [at((5, 0.0015), (25, 0.0019), (15, 5))])
    noded = insert_nodes(inner, at((15, 0.0005)))
    assert len(noded.exterior.coords) == len(inner.exterior.coords) + 1
    assert len(noded.interiors[0].coords) == len(inner.interiors[0].coords)


def test_point_that_would_make_the_boundary_cross_itself_stays_out() -> None:
    # The corner of the hole is 0.2 mm from the outer edge: a node 0.9 mm inside draws that edge
    # over it.
    thin = plot((0, 0), (30, 0), (30, 20), (0, 20), holes=[[(5, 0.0002), (6, 5), (4, 5)]])
    assert thin.is_valid
    noded = insert_nodes(thin, at((15, 0.0009), (28, 0.0001)))
    assert noded.is_valid
    assert corners(noded) - corners(thin) == bits(at((28, 0.0001)))


@given(st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_nodes_into_any_parcel_leave_the_rest_bit_for_bit(data: st.DataObject) -> None:
    geom = data.draw(SHAPES)
    own = vertices(geom)
    picks = data.draw(
        st.lists(st.tuples(st.integers(0, len(own) - 2), st.floats(0, 1)), max_size=6)
    )
    points = np.array([own[i] + t * (own[i + 1] - own[i]) for i, t in picks]).reshape(-1, 2)
    noded = insert_nodes(geom, points)
    assert noded.is_valid
    assert corners(noded) - corners(geom) <= bits(points)
    kept = [v for v in vertices(noded).tolist() if tuple(v) in corners(geom)]
    assert kept == own.tolist()
    if corners(noded) == corners(geom):
        assert noded is geom
    assert insert_nodes(noded, points) is noded


def test_neighbours_share_the_node_and_the_others_are_answered_themselves() -> None:
    beside, below, far = rectangle(30, 0, 9, 20), rectangle(0, -9, 30, 9), rectangle(70, 0, 5, 5)
    node = at((30, 8))
    shared = share_nodes(YARD, [beside, below, far], node)
    assert bits(node) <= corners(shared[0])
    assert shared[1] is below
    assert shared[2] is far


def test_node_heals_a_boundary_that_is_off_by_half_a_millimetre() -> None:
    off = plot((30, 0), (40, 0), (40, 20), (30, 20), (30.0005, 10))
    (shared,) = share_nodes(YARD, [off], at((30, 4)))
    assert bits(at((30, 4))) <= corners(shared)


def test_node_near_a_sharp_corner_takes_no_land_of_the_parcel_between() -> None:
    # Three parcels meet at the origin; the middle one is so thin there that a node on its left
    # boundary lies less than 1 mm from its right one, which belongs to the third parcel.
    left = plot((0, 0), (-20, 0), (-20, 50), (0, 50))
    middle = plot((0, 0), (0, 50), (10, 50))
    right = plot((0, 0), (10, 50), (30, 50), (30, 0))
    node = at((0, 0.0045))
    assert shapely.dwithin(shapely.points(node), right.boundary, 0.001).all()
    harmless = at((5, 25), (30, 10))
    shared = share_nodes(left, [middle, right], np.concatenate([node, harmless]))
    assert corners(shared[0]) - corners(middle) == bits(node) | bits(harmless[:1])
    assert corners(shared[1]) - corners(right) == bits(harmless)
    assert trespasses([left, middle, right], [left, *shared], []) == []
    taken = insert_nodes(right, node)
    assert len(trespasses([left, middle, right], [left, middle, taken], [])) == 1
