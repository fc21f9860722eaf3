"""The areas of the uses of a parcel sum to its register area, rounding aside."""

from dataclasses import replace

import numpy as np

from landgis.cadastre.parcels import LandUseShare, ParcelSet
from landgis.cadastre.rules.attribute import use_areas
from tests.builders import EAST, NORTH, column, context, parcel_set, square


def parcels_with(register: list[float]) -> ParcelSet:
    parcels = parcel_set([square(20 * i, 0) for i in range(len(register))])
    return replace(parcels, register_area_m2=np.array(register))


def test_areas_that_sum_up_are_no_finding() -> None:
    parcels = parcels_with([300.0, 250.5, 100.0, 100.0])
    # Thirds rounded each by itself; a comma for the point; a text that states none.
    stated = {"use_areas": ["200+100", "200,4; 50.1", "33.3+33.3+33.3", "ONT"]}
    assert list(use_areas.check(parcels, context(parcels, stated=stated))) == []


def test_areas_that_do_not_sum_up_are_found() -> None:
    parcels = parcels_with([300.0, 250.0])
    (found,) = use_areas.check(
        parcels, context(parcels, stated={"use_areas": ["200+100", "200+50.2"]})
    )
    assert (found.rule.code, found.rows) == ("attribute.use_areas", (2,))
    assert (found.measured, found.limit, found.unit) == (0.2, 0.1, "m2")
    assert found.place_xy == (EAST + 25, NORTH + 5)
    assert found.message["en"] == "Row 2: the uses sum to 250.2 m², the parcel has 250.0 m²."
    assert "250.2 m², thửa đất 250.0 m²" in found.message["vi"]


def test_areas_that_stand_with_the_uses_are_summed_too() -> None:
    shares = [
        (LandUseShare("ONT", 200.0), LandUseShare("CLN", 100.0)),
        (LandUseShare("ONT", 200.0), LandUseShare("CLN", 90.0)),
        (LandUseShare("ONT", 200.0), LandUseShare("CLN", None)),
    ]
    parcels = replace(parcels_with([300.0, 300.0, 300.0]), land_uses=column(shares))
    (found,) = use_areas.check(parcels, context(parcels))
    assert found.rows == (2,)


def test_one_use_with_the_whole_area_proves_nothing() -> None:
    parcels = replace(parcels_with([300.0]), land_uses=column([(LandUseShare("ONT", 300.0),)]))
    (found,) = use_areas.check(parcels, context(parcels))
    assert found.outcome == "untested"
