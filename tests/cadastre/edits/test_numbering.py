"""Only what a draft creates for good takes a number, in the order it stands."""

from dataclasses import replace

import pytest

from landgis.cadastre.changes import Descent
from landgis.cadastre.edits import EMPTY, Step, compose, is_created, number, wanted
from tests.cadastre.edits.land import created, parcel, rectangle

LIVE = parcel(rectangle(0, 0, 9, 9), fid=7, revision=2, number="12")
BACK = parcel(rectangle(9, 0, 9, 9), fid=8, revision=None, number="13")


def test_leaves_are_numbered_and_nothing_else() -> None:
    kept, middle = created(), created(number="provisional")
    leaves = created(), created(sheet="2"), created(unit_code=None, sheet=None)
    net = compose(
        EMPTY,
        Step((LIVE.parcel_id,), (kept, middle), (Descent(LIVE.parcel_id, middle.parcel_id),)),
        {LIVE.parcel_id: LIVE},
    )
    net = compose(net, Step((middle.parcel_id,), (*leaves, BACK), ()), {})
    assert wanted(net) == {("25645", "1"): 2, ("25645", "2"): 1, ("", ""): 1}
    free = {("25645", "1"): ["201", "202", "203"], ("25645", "2"): ["55"], ("", ""): ["1"]}
    numbered = number(net, free)
    assert [p.number for p in numbered.after] == ["201", "202", "55", "1", "13"]
    assert [replace(p, number=None) for p in numbered.after[:4]] == [kept, *leaves]
    assert (numbered.before, numbered.lineage) == (net.before, net.lineage)


def test_changed_parcel_keeps_its_number() -> None:
    changed = replace(LIVE, geom=rectangle(0, 0, 9, 8))
    net = compose(EMPTY, Step((), (changed,), ()), {LIVE.parcel_id: LIVE})
    assert wanted(net) == {}
    assert number(net, {}) == net


def test_parcel_of_a_file_keeps_the_number_that_the_file_gives_it() -> None:
    net = compose(EMPTY, Step((), (created(number="88"), created()), ()), {})
    assert wanted(net) == {("25645", "1"): 1}
    assert [p.number for p in number(net, {("25645", "1"): ["9"]}).after] == ["88", "9"]


def test_too_few_numbers_are_an_error_not_a_parcel_without_one() -> None:
    net = compose(EMPTY, Step((), (created(), created()), ()), {})
    with pytest.raises(ValueError, match="2 numbers wanted"):
        number(net, {("25645", "1"): ["9"]})


def test_created_is_what_the_register_never_had() -> None:
    assert [is_created(p) for p in (created(), LIVE, BACK)] == [True, False, False]
