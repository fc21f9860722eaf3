"""Parcels, and whole files, that lie beyond the territory."""

from landgis.cadastre.rules import check_all
from landgis.cadastre.rules.geometry import outside
from tests.builders import context, parcel_set, square


def test_parcel_beyond_the_territory_is_found() -> None:
    parcels = parcel_set([square(0, 0), square(20, 0), square(30_000, 0)])
    (found,) = outside.check(parcels, context(parcels))
    assert (found.rule.code, found.rows) == ("geometry.outside_jurisdiction", (3,))


def test_parcels_inside_give_nothing() -> None:
    parcels = parcel_set([square(0, 0), None])
    assert list(outside.check(parcels, context(parcels))) == []


def test_file_that_lies_mostly_outside_is_blocked_as_a_whole() -> None:
    parcels = parcel_set([square(0, 0), square(30_000, 0), square(30_020, 0)])
    found = [f for f in check_all(parcels, context(parcels), {}) if f.rule.severity == "block"]
    assert [f.rule.code for f in found] == ["dataset.outside_deployment"]
    assert found[0].measured == 2 / 3
    assert outside.whole_file(1, 3, 3, context(parcels)) is None
