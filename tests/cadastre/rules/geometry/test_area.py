"""Parcels too small to stand on and larger than a commune."""

from dataclasses import replace

import numpy as np

from landgis.cadastre.rules.geometry import area
from tests.builders import EAST, NORTH, context, parcel_set, ring, square


def test_parcel_below_a_square_metre_is_found() -> None:
    parcels = parcel_set([square(0, 0), square(20, 0, 0.9)])
    (found,) = area.check(parcels, context(parcels))
    assert (found.rule.code, found.rows) == ("geometry.area_small", (2,))
    assert (found.measured, found.limit, found.unit) == (0.81, 1.0, "m2")
    assert found.message["en"] == "Row 2 measures 0.81 m²; the limit is 1 m²."
    assert found.message["vi"] == "Dòng 2 rộng 0.81 m²; giới hạn 1 m²."
    assert found.place_xy is not None
    assert np.allclose(found.place_xy, (EAST + 20.45, NORTH + 0.45))


def test_parcel_larger_than_a_commune_is_found_by_its_area_in_metres() -> None:
    parcels = parcel_set([square(0, 0), square(20, 0)])
    around = replace(context(parcels), area_m2=np.array([1e8, 2.5e8]))
    (found,) = area.check(parcels, around)
    assert (found.rule.code, found.rows) == ("geometry.area_large", (2,))
    assert (found.measured, found.limit) == (2.5e8, 1e8)
    assert found.message["en"] == "Row 2 measures 250000000 m²; the limit is 1e+08 m²."


def test_parcels_of_a_square_metre_and_what_is_no_area_give_nothing() -> None:
    broken = ring((0, 0), (0.5, 0.5), (0, 0.5), (0.5, 0))
    parcels = parcel_set([square(0, 0, 1.0), square(10, 0), None, broken])
    assert list(area.check(parcels, context(parcels))) == []
