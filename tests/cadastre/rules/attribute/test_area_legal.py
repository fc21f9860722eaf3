"""The register area against the surveyed one."""

from dataclasses import replace

import numpy as np

from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules.attribute import area_legal
from tests.builders import EAST, NORTH, context, parcel_set, square, vn_80

STATED = {"survey_area_m2": ["100.0", "100.0", None, "0"]}


def parcels_with(register: list[float]) -> ParcelSet:
    parcels = parcel_set([square(20 * i, 0) for i in range(len(register))])
    return replace(parcels, register_area_m2=np.array(register))


def test_papers_within_the_error_of_the_scale_are_no_finding() -> None:
    parcels = parcels_with([100.0, 103.0, 500.0, 500.0])
    assert list(area_legal.check(parcels, context(parcels, scale=500, stated=STATED))) == []


def test_papers_beyond_it_are_found() -> None:
    parcels = parcels_with([100.0, 96.0, np.nan, 1.0])
    (found,) = area_legal.check(parcels, context(parcels, scale=500, stated=STATED))
    assert (found.rule.code, found.rows) == ("attribute.area_legal", (2,))
    assert (found.measured, found.limit) == (4.0, 3.02)
    assert (found.place_xy, found.shape) == ((EAST + 25, NORTH + 5), parcels.geom[1])
    assert found.message["en"].startswith("Row 2: register area 96.0 m², surveyed 100.0 m²,")
    assert found.message["vi"].startswith("Dòng 2: diện tích pháp lý 96.0 m², đo đạc 100.0 m²,")
    assert found.basis == vn_80().limits.scales_basis


def test_without_both_areas_or_a_scale_it_is_untested() -> None:
    parcels = parcels_with([500.0])
    (found,) = area_legal.check(parcels, context(parcels, scale=500))
    assert "both a register area" in found.message["en"]
    around = context(parcels, stated={"survey_area_m2": ["100"]})
    (found,) = area_legal.check(parcels, around)
    assert (found.outcome, "--map-scale" in found.message["en"]) == ("untested", True)
