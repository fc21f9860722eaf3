"""topology.unit_border: parcels that reach into another unit, or lie in one."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from landgis.cadastre.findings import Finding
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules import RuleContext
from landgis.cadastre.rules.topology import unit_border
from tests.builders import EAST, NORTH, context, parcel_set, ring, square

HOA_THANH, TAN_NINH = "25645", "25459"


def outlined(parcels: ParcelSet, *, at: tuple[float, float] = (0, 0)) -> RuleContext:
    """Phường Hoà Thành west of the place, Phường Tân Ninh east of it; good to 21 m."""
    x, y = EAST + at[0], NORTH + at[1]
    west, east = (
        shapely.box(x - 500, y - 500, x, y + 500),
        shapely.box(x, y - 500, x + 500, y + 500),
    )
    for outline in (west, east):
        shapely.prepare(outline)
    return replace(context(parcels), outlines={HOA_THANH: west, TAN_NINH: east})


def found_on(geoms: Sequence[Any], unit: str = HOA_THANH) -> list[Finding]:
    parcels = parcel_set(geoms, [f"{unit}/1/{i}" for i in range(len(geoms))])
    return list(unit_border.check(parcels, outlined(parcels)))


def test_parcel_within_its_unit_and_the_outlines_accuracy_is_clean() -> None:
    assert found_on([square(-200, 0), square(5, 0), square(-5, 0, size=25)]) == []


def test_parcel_that_reaches_over_is_found_with_the_other_units_part() -> None:
    (found,) = found_on([square(-200, 0), ring((-50, 0), (30, 0), (30, 10), (-50, 10))])
    assert (found.rule.code, found.rule.severity, found.rows) == (
        "topology.unit_border",
        "warning",
        (2,),
    )
    assert (found.measured, found.limit, found.unit) == (30.0, 21.0, "m")
    assert found.place_xy in {(EAST + 30, NORTH), (EAST + 30, NORTH + 10)}
    assert found.shape is not None
    assert found.shape.equals(ring((0, 0), (30, 0), (30, 10), (0, 10)))
    assert found.message == {
        "vi": "Dòng 2 vượt ranh giới Phường Hoà Thành 30.0 m (Phường Tân Ninh: 300.0 m²); "
        "ranh giới chính xác đến 21 m.",
        "en": "Row 2 reaches 30.0 m over the border of Phường Hoà Thành (Phường Tân Ninh: "
        "300.0 m²); the outline is accurate to 21 m.",
    }


def test_parcels_that_lie_in_another_unit_are_told_together() -> None:
    (found,) = found_on([square(-200, 0), square(100, 0), square(300, 50)])
    assert (found.rows, found.measured) == ((2, 3), 110.0)
    assert found.message == {
        "vi": "2 dòng, từ dòng 2 đến 3: ghi Phường Hoà Thành nhưng nằm trong Phường Tân Ninh, "
        "vượt ranh giới đến 110 m.",
        "en": "2 rows, from 2 to 3: named in Phường Hoà Thành, lie in Phường Tân Ninh, up to 110 m "
        "beyond the border.",
    }


def test_parcel_in_no_unit_is_told_so_unless_it_lies_beyond_the_territory() -> None:
    (found,) = found_on([square(-700, 0), square(-5_000, 0)])
    assert found.rows == (1,)
    assert "nằm ngoài mọi đơn vị" in found.message["vi"]


def test_without_outlines_or_units_it_is_untested() -> None:
    parcels = parcel_set([square(100, 0), square(0, 0)], [None, "99999/1/1"])
    (found,) = unit_border.check(parcels, outlined(parcels))
    assert (found.outcome, found.rows) == ("untested", ())
    (found,) = unit_border.check(parcels, context(parcels))
    assert (found.outcome, found.message["en"]) == (
        "untested",
        "Not tested: no outlines of units are known.",
    )


def test_null_and_invalid_parcels_are_left_to_their_own_rules() -> None:
    bow_tie = ring((50, 0), (60, 10), (50, 10), (60, 0))
    assert found_on([None, shapely.Polygon(), bow_tie]) == []


def test_degrees_are_measured_in_metres() -> None:
    border = 106.1
    parcels = parcel_set(
        [shapely.box(border - 0.001, 11.3, border + grow, 11.3001) for grow in (0.00018, 0.0002)],
        [f"{HOA_THANH}/1/1", f"{HOA_THANH}/1/2"],
        epsg=4756,
    )
    outlines = {
        HOA_THANH: shapely.box(border - 1, 10, border, 12),
        TAN_NINH: shapely.box(border, 10, border + 1, 12),
    }
    around = replace(
        context(parcels),
        outlines=outlines,
        metres=(109_166.0, 110_600.0),
        territory_lonlat=shapely.box(105, 10, 107, 12),
    )
    (found,) = unit_border.check(parcels, around)
    assert (found.rows, found.measured) == ((2,), 21.8)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_many_parcels_give_what_each_gives_by_itself(seed: int) -> None:
    chance = np.random.default_rng(seed)
    places = chance.uniform((-480, -480), (60, 480), (120, 2))
    geoms = [
        square(x, y, size) for (x, y), size in zip(places, chance.uniform(1, 60, 120), strict=True)
    ]
    together = {row for found in found_on(geoms) for row in found.rows}
    east, north = np.maximum(shapely.bounds(geoms)[:, 2:] - (EAST, NORTH + 500), 0).T
    assert together == set((np.flatnonzero(np.hypot(east, north) > 21) + 1).tolist())
