"""One identity on several pieces of land."""

from landgis.cadastre.rules.identity import same_identity
from tests.builders import context, parcel_set, square


def test_one_identity_on_two_places_is_found() -> None:
    parcels = parcel_set([square(0, 0), square(50, 0), square(90, 0)], ["1/1/1", "1/1/1", "1/1/2"])
    (found,) = same_identity.check(parcels, context(parcels))
    assert (found.rule.code, found.rows, found.keys) == ("identity.duplicate", (1, 2), ("1/1/1",))
    assert found.message["en"] == (
        "Rows 1, 2 carry the same identity 1/1/1 on different geometries."
    )


def test_names_of_their_own_and_a_repeated_row_give_nothing() -> None:
    parcels = parcel_set([square(0, 0), square(0, 0), square(50, 0)], ["1/1/1", "1/1/1", None])
    assert list(same_identity.check(parcels, context(parcels))) == []


def test_identity_is_untested_where_the_source_names_none() -> None:
    parcels = parcel_set([square(0, 0)], [None])
    (found,) = same_identity.check(parcels, context(parcels, fields=()))
    assert (found.outcome, found.rows) == ("untested", ())
