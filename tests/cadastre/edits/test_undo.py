"""An undo gives back exactly what was, with its identity, number and place in the lineage."""

from dataclasses import replace

from landgis.cadastre.changes import Descent, SurveyedParcel
from landgis.cadastre.edits import (
    EMPTY,
    Step,
    compose,
    inverse,
    is_created,
    merge,
    share_nodes,
    split,
)
from tests.cadastre.edits.land import at, code_of, created, ids, parcel, rectangle

P = parcel(rectangle(0, 0, 30, 20), fid=1, revision=3, number="12")
N = parcel(rectangle(30, 0, 30, 20), fid=2, revision=1, number="13")
FAR = parcel(rectangle(300, 0, 30, 20), fid=3, revision=2, number="14")


def published(net_after: tuple[SurveyedParcel, ...], revision: int) -> list[SurveyedParcel]:
    """The parcels as the register has them once the change is in it."""
    fids = iter(range(100, 200))
    return [
        replace(p, fid=next(fids) if is_created(p) else p.fid, revision=revision) for p in net_after
    ]


def cut_p() -> tuple[list[SurveyedParcel], tuple[SurveyedParcel, ...]]:
    """Split P by a line that ends on the boundary of N; answer what is live, and what was."""
    cut = split(P.geom, at((-1, 9), (31, 9)))
    (noded,) = share_nodes(P.geom, [N.geom], cut.nodes)
    children = [created(child) for child in cut.children]
    step = Step(
        (P.parcel_id,),
        (*children, replace(N, geom=noded)),
        tuple(Descent(P.parcel_id, child.parcel_id) for child in children),
    )
    net = compose(EMPTY, step, {P.parcel_id: P, N.parcel_id: N})
    return published(net.after, 7), (P, N)


def test_inverse_restores_every_parcel_exactly() -> None:
    made, earlier = cut_p()
    step = inverse(made, earlier)
    assert step.removed == tuple(ids(made[:2]))
    live = {p.parcel_id: p for p in made}
    net = compose(EMPTY, step, live)
    by_id = {p.parcel_id: p for p in net.after}
    assert by_id[P.parcel_id] == replace(P, revision=None)
    assert by_id[N.parcel_id] == replace(N, revision=7)
    assert by_id[P.parcel_id].geom is P.geom
    assert not any(is_created(p) for p in net.after)
    assert {(b.parcel_id, b.revision) for b in net.before} == {(i, 7) for i in ids(made)}


def test_parcel_that_comes_back_descends_from_what_took_its_ground() -> None:
    made, earlier = cut_p()
    assert inverse(made, earlier).descents == tuple(
        Descent(child.parcel_id, P.parcel_id) for child in made[:2]
    )


def test_two_splits_of_one_revision_keep_their_lineages_apart() -> None:
    made, earlier = cut_p()
    other = published(tuple(map(created, split(FAR.geom, at((310, -1), (310, 21))).children)), 7)
    step = inverse([*made, *other], [*earlier, FAR])
    assert {d.parent for d in step.descents if d.child == FAR.parcel_id} == set(ids(other))
    assert {d.parent for d in step.descents if d.child == P.parcel_id} == set(ids(made[:2]))


def test_undo_of_a_merge_gives_back_the_parcels() -> None:
    united = published((created(merge([P.geom, N.geom])),), 8)
    step = inverse(united, [P, N])
    assert step.after == (replace(P, revision=None), replace(N, revision=None))
    assert step.descents == tuple(Descent(united[0].parcel_id, p.parcel_id) for p in (P, N))


def test_undo_of_an_undo_is_the_change_again() -> None:
    made, earlier = cut_p()
    back = published(
        compose(EMPTY, inverse(made, earlier), {p.parcel_id: p for p in made}).after, 8
    )
    again = inverse(back, made)
    assert {p.parcel_id: p.geom for p in again.after} == {p.parcel_id: p.geom for p in made}
    assert again.removed == (P.parcel_id,)
    assert [p.fid for p in again.after] == [p.fid for p in made]


def test_neighbour_that_stays_descends_from_nobody_though_it_gets_ground_back() -> None:
    healed = replace(N, geom=rectangle(30.0005, 0, 29, 20), revision=7)
    (child,) = published((created(rectangle(0, 0, 30.0005, 20)),), 7)
    step = inverse([child, healed], [P, N])
    assert step.descents == (Descent(child.parcel_id, P.parcel_id),)


def test_parcels_of_another_plane_are_no_descendants() -> None:
    moved = replace(P, survey_epsg=9210)
    (child,) = published((created(P.geom),), 7)
    assert inverse([child], [moved]).descents == ()


def test_nothing_changed_is_nothing_to_undo() -> None:
    assert code_of(lambda: inverse([], [])) == "nothing_to_undo"
