"""Rows that repeat an earlier one."""

import shapely

from landgis.cadastre.rules import check_all
from landgis.cadastre.rules.topology import same_geometry
from landgis.cadastre.triage import reasons_of
from tests.builders import context, parcel_set, square


def test_repeated_row_is_found_whatever_its_start_and_direction() -> None:
    corners = list(square(0, 0).exterior.coords)[:-1]
    turned = shapely.Polygon([*corners[2:], *corners[:2]][::-1])
    parcels = parcel_set([square(0, 0), square(10, 0), turned], ["1/1/1", "1/1/2", "1/1/1"])
    (found,) = same_geometry.check(parcels, context(parcels))
    assert (found.rule.code, found.rows) == ("topology.same_geometry", (1, 3))
    assert found.message["en"] == "Row 3 repeats row 1 (1/1/1)."
    assert reasons_of(check_all(parcels, context(parcels), {})) == {3: (found.rule.code,)}


def test_other_names_and_other_places_give_nothing() -> None:
    parcels = parcel_set([square(0, 0), square(0, 0), square(9, 9)], ["1/1/1", "1/1/2", "1/1/1"])
    assert list(same_geometry.check(parcels, context(parcels))) == []
