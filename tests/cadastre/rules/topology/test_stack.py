"""Several parcels on one polygon: normal, and worth a look."""

from landgis.cadastre.rules.topology import stack
from tests.builders import context, parcel_set, square


def test_two_identities_on_one_polygon_are_a_stack() -> None:
    parcels = parcel_set([square(0, 0), square(0, 0)], ["1/1/1", "1/1/2"])
    (found,) = stack.check(parcels, context(parcels))
    assert (found.rule.code, found.rows) == ("topology.stack", (1, 2))
    assert found.rule.severity == "warning"


def test_equal_polygons_without_identity_are_a_stack() -> None:
    parcels = parcel_set([square(0, 0), square(0, 0)], [None, None])
    (found,) = stack.check(parcels, context(parcels, fields=()))
    assert found.rows == (1, 2)


def test_neighbours_and_a_repeated_row_give_nothing() -> None:
    parcels = parcel_set([square(0, 0), square(10, 0), square(0, 0)], ["1/1/1", "1/1/2", "1/1/1"])
    assert list(stack.check(parcels, context(parcels))) == []
