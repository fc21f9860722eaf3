"""Slivers are known by their width, not by their area."""

import pytest

from landgis.cadastre.rules.topology import sliver
from tests.builders import context, parcel_set, ring, square


def test_thin_parcel_is_told_with_its_width_and_shape() -> None:
    thin = ring((0, 0), (100, 0), (100, 0.15), (0, 0.15))
    parcels = parcel_set([thin, square(0, 10)])
    (found,) = sliver.check(parcels, context(parcels))
    assert found.rule.code == "topology.sliver"
    assert found.rows == (1,)
    assert found.measured == pytest.approx(0.1498, abs=1e-3)
    assert found.shape.equals(thin)
    assert "0.150 m" in found.message["en"]
    assert "0.150 m" in found.message["vi"]


def test_small_parcel_and_long_road_are_no_slivers() -> None:
    road = ring((0, 0), (900, 0), (900, 3), (0, 3))
    parcels = parcel_set([square(0, 10, 0.5), road])
    assert not list(sliver.check(parcels, context(parcels)))
