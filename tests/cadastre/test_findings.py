"""What makes a finding the same one tomorrow: its rule, its parcels and its place, not its row."""

from dataclasses import replace

import numpy as np
import pytest
import shapely

from landgis.cadastre.findings import Finding, Rule, subject_of
from landgis.cadastre.parcels import geometry_hash
from landgis.cadastre.rules.placed import keys_of, on_row
from landgis.cadastre.rules.topology import stack
from tests.builders import EAST, NORTH, context, parcel_set, ring, square

WORDS = {"vi": "a", "en": "b"}
RULE = Rule("geometry.spike", "warning", WORDS, WORDS)
BASE = Finding(RULE, "fail", WORDS, (3,), (EAST, NORTH), 9209, keys=("25645/4/1",))


@pytest.mark.parametrize(
    ("changed", "is_same"),
    [
        ({"rows": (99,)}, True),
        ({"message": {"vi": "c", "en": "d"}}, True),
        ({"measured": 4.0}, True),
        ({"shape": square(0, 0)}, True),
        ({"place_xy": (EAST + 0.3, NORTH - 0.3)}, True),
        ({"place_xy": (EAST + 1.0, NORTH)}, False),
        ({"keys": ("25645/4/2",)}, False),
        ({"rule": replace(RULE, code="geometry.invalid")}, False),
        ({"rule": replace(RULE, severity="info")}, True),
    ],
    ids=str,
)
def test_id_is_of_the_defect(changed: dict[str, object], *, is_same: bool) -> None:
    assert (replace(BASE, **changed).id == BASE.id) == is_same


def test_order_of_the_parcels_does_not_matter() -> None:
    keys = ("25645/4/1", "25645/4/2")
    assert replace(BASE, keys=keys).id == replace(BASE, keys=keys[::-1]).id
    assert subject_of("a.b", keys, (1,)) == subject_of("a.b", keys[::-1], (2,))
    assert subject_of("a.b", (), (1,)) != subject_of("a.b", (), (2,))


def test_degrees_count_to_a_metre_too() -> None:
    here = replace(BASE, place_xy=(106.1, 11.25), place_epsg=4326)
    assert replace(here, place_xy=(106.1000001, 11.25)).id == here.id
    assert replace(here, place_xy=(106.10002, 11.25)).id != here.id


def test_parcel_without_identity_is_known_by_its_geometry_wherever_it_stands() -> None:
    geoms = [square(0, 0), square(20, 0), square(40, 0)]
    first, again = (parcel_set(g, [None] * 3) for g in (geoms, geoms[::-1]))
    found = on_row(RULE, first, 0, context(first, ()), WORDS)
    later = on_row(RULE, again, 2, context(again, ()), WORDS)
    assert found.id == later.id
    assert (found.rows, later.rows) == ((1,), (3,))
    assert found.keys[0].startswith("geometry:")
    assert on_row(RULE, first, 1, context(first, ()), WORDS).keys != found.keys


def test_identity_goes_before_geometry() -> None:
    parcels = parcel_set([square(0, 0), square(20, 0), None], ["25645/4/1", None, None])
    around = context(parcels)
    keys = keys_of(parcels, [2, 1, 0], around)
    assert keys == ("25645/4/1", geometry_hash(square(20, 0)))


def test_stack_of_named_and_unnamed_parcels_is_known_by_both() -> None:
    geoms = [square(0, 0)] * 2
    parcels = parcel_set(geoms, ["25645/4/1", None])
    (found,) = stack.check(parcels, context(parcels))
    assert found.keys == ("25645/4/1", geometry_hash(square(0, 0)))


def test_hash_does_not_depend_on_where_a_ring_begins() -> None:
    points = [(0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0)]
    assert geometry_hash(ring(*points)) == geometry_hash(ring(*points[2:], *points[:2]))
    assert geometry_hash(ring(*points)) == geometry_hash(ring(*points[::-1]))
    assert geometry_hash(ring(*points)) != geometry_hash(ring((0.001, 0.0), *points[1:]))


def test_broken_geometry_has_a_hash_and_nothing_has_none() -> None:
    bow = ring((0, 0), (10, 10), (10, 0), (0, 10))
    lost = shapely.transform(square(0, 0), lambda xy: np.where(xy == EAST + 10, np.inf, xy))
    assert len({geometry_hash(bow), geometry_hash(lost), geometry_hash(square(0, 0))}) == 3
    assert geometry_hash(None) is geometry_hash(shapely.Polygon()) is None
