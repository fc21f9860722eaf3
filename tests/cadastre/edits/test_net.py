"""A draft's net change is what its steps come to, whatever came and went between them."""

from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landgis.cadastre.changes import Before, Descent, SurveyedParcel
from landgis.cadastre.edits import EMPTY, NetChange, Step, change_set, compose
from tests.cadastre.edits.land import code_of, created, ids, parcel, rectangle

A, B, N = (
    parcel(rectangle(x, 0, 10, 10), fid=i, revision=3, number=str(i))
    for i, x in ((1, 0), (2, 10), (3, 20))
)
LIVE = {p.parcel_id: p for p in (A, B, N)}


def divide(parent: SurveyedParcel, *neighbours: SurveyedParcel, n: int = 2) -> Step:
    children = [created(sheet=parent.sheet) for _ in range(n)]
    return Step(
        (parent.parcel_id,),
        (*children, *neighbours),
        tuple(Descent(parent.parcel_id, child.parcel_id) for child in children),
    )


def unite(*parents: SurveyedParcel) -> Step:
    child = created()
    return Step(
        tuple(ids(parents)), (child,), tuple(Descent(p.parcel_id, child.parcel_id) for p in parents)
    )


def play(*steps: Step) -> NetChange:
    net = EMPTY
    for step in steps:
        net = compose(net, step, LIVE)
    return net


def edges(net: NetChange) -> set[tuple[UUID, UUID]]:
    return {(d.parent, d.child) for d in net.lineage}


def test_split_retires_the_parent_and_changes_the_neighbour() -> None:
    noded = replace(N, geom=rectangle(20, 0, 10, 11))
    step = divide(A, noded)
    net = play(step)
    assert net.before == (A.as_before(), N.as_before())
    assert ids(net.after) == ids(step.after)
    assert net.after[-1] == noded
    assert edges(net) == {(A.parcel_id, child.parcel_id) for child in step.after[:2]}
    assert len(net) == 4


def test_split_of_a_child_leaves_only_the_leaves() -> None:
    first = divide(A)
    middle, kept = first.after
    second = divide(middle)
    net = play(first, second)
    assert ids(net.before) == [A.parcel_id]
    assert ids(net.after) == [kept.parcel_id, *ids(second.after)]
    assert edges(net) == {(A.parcel_id, p.parcel_id) for p in net.after}


def test_children_merged_again_descend_from_the_live_parent_once() -> None:
    first = divide(A)
    net = play(first, unite(*first.after))
    assert len(net.after) == len(net.lineage) == 1
    assert edges(net) == {(A.parcel_id, net.after[0].parcel_id)}


def test_child_merged_with_a_live_parcel_descends_from_both() -> None:
    first = divide(A)
    net = play(first, unite(first.after[1], B))
    assert ids(net.before) == [A.parcel_id, B.parcel_id]
    kept, merged = net.after
    assert edges(net) == {
        (A.parcel_id, kept.parcel_id),
        (A.parcel_id, merged.parcel_id),
        (B.parcel_id, merged.parcel_id),
    }


def test_parcel_changed_twice_stands_once_at_the_revision_first_seen() -> None:
    first = replace(N, geom=rectangle(20, 0, 10, 11))
    second = replace(N, geom=rectangle(20, 0, 10, 12), revision=9)
    net = compose(
        play(divide(A, first)), divide(B, second), LIVE | {N.parcel_id: replace(N, revision=9)}
    )
    assert [b for b in net.before if b.parcel_id == N.parcel_id] == [N.as_before()]
    assert [p for p in net.after if p.parcel_id == N.parcel_id] == [replace(second, revision=3)]


def test_neighbour_changed_and_then_split_is_retired() -> None:
    noded = replace(N, geom=rectangle(20, 0, 10, 11))
    second = divide(noded)
    net = play(divide(A, noded), second)
    assert N.parcel_id in ids(net.before)
    assert N.parcel_id not in ids(net.after)
    assert {(N.parcel_id, p.parcel_id) for p in second.after} <= edges(net)


def test_parcel_that_is_gone_cannot_be_taken() -> None:
    stranger, retired = parcel(rectangle(0, 0, 1, 1)), divide(A)
    assert code_of(lambda: play(divide(stranger))) == "parcel_gone"
    assert code_of(lambda: play(retired, divide(A))) == "parcel_gone"
    assert code_of(lambda: play(divide(A, stranger))) == "parcel_gone"


def test_composing_leaves_the_earlier_change_as_it_was() -> None:
    net = play(divide(A))
    copy = replace(net)
    compose(net, divide(B), LIVE)
    assert net == copy
    assert EMPTY.before == EMPTY.after == EMPTY.lineage == ()


@dataclass
class World:
    """What every parcel is and where it came from, told step by step: slow and plain."""

    now: dict[UUID, SurveyedParcel] = field(default_factory=dict)
    parents: dict[UUID, set[UUID]] = field(default_factory=dict)

    def play(self, step: Step) -> None:
        for gone in step.removed:
            del self.now[gone]
        self.now |= {p.parcel_id: p for p in step.after}
        for d in step.descents:
            self.parents.setdefault(d.child, set()).add(d.parent)

    def origins(self, parcel_id: UUID) -> set[UUID]:
        above = self.parents.get(parcel_id)
        return set().union(*map(self.origins, above)) if above else {parcel_id}


@given(st.data())
@settings(max_examples=120, deadline=None)
def test_any_steps_come_to_the_difference_of_the_register(data: st.DataObject) -> None:
    live = {p.parcel_id: p for p in (parcel(rectangle(i, 0, 1, 1)) for i in range(5))}
    world, net = World(dict(live)), EMPTY
    for _ in range(data.draw(st.integers(1, 7))):
        order = data.draw(st.permutations(list(world.now.values())))
        n = data.draw(st.integers(2, 3))
        if data.draw(st.booleans()) and len(order) > 3:
            step = unite(*order[:n])
        else:
            changed = [replace(p, address=str(uuid4())) for p in order[1:n]]
            step = divide(order[0], *changed, n=n)
        world.play(step)
        net = compose(net, step, live)
    left = {i: p for i, p in world.now.items() if live.get(i) != p}
    assert {p.parcel_id: p for p in net.after} == left
    assert set(ids(net.before)) == {i for i, p in live.items() if world.now.get(i) != p}
    born = left.keys() - live.keys()
    assert edges(net) == {(above, child) for child in born for above in world.origins(child)}
    assert len(net.lineage) == len(edges(net))


def test_change_set_groups_parcels_by_survey_plane() -> None:
    east = created(survey_epsg=9210, register_area_m2=None, land_uses=())
    west = created(survey_epsg=9209, number="71")
    step = Step((A.parcel_id,), (west, east, created(survey_epsg=9209)), ())
    changes = change_set(replace(play(step), kind="undo", undoes=5))
    assert [part.parcels.survey_epsg for part in changes.after] == [9209, 9210]
    assert [list(part.ids) for part in changes.after] == [
        [west.parcel_id, step.after[2].parcel_id],
        [east.parcel_id],
    ]
    first = changes.after[0].parcels
    assert first.geom[0] is west.geom
    assert first.number.tolist() == ["71", None]
    assert first.land_uses[0] == west.land_uses
    assert first.register_area_m2.tolist() == [100.4, 100.4]
    assert np.isnan(changes.after[1].parcels.register_area_m2[0])
    assert changes.before == (Before(A.parcel_id, 3, "25645"),)
    assert (changes.kind, changes.undoes, changes.units()) == ("undo", 5, ("25645",))


def test_change_set_of_nothing_is_empty() -> None:
    assert len(change_set(EMPTY)) == 0


def test_parcel_of_a_draft_is_never_a_before() -> None:
    with pytest.raises(ValueError, match="in no revision yet"):
        created().as_before()
