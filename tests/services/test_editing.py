"""The stories of drafts: what people do, and what is refused to them."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import shapely

from landgis import geodesy
from landgis.cadastre.drafts import Heading
from landgis.cadastre.edits import NetChange
from landgis.cadastre.parcels import LandUseShare
from landgis.errors import Conflict, LandgisError, NotAllowed, NotFound, Refused
from landgis.services.editing.operations import Merge, Split
from landgis.services.editing.undoing import Undo
from tests.builders import EAST, NORTH, parcel_set, square
from tests.conftest import Open
from tests.drafting import (
    LAN,
    MINH,
    OTHER_UNIT,
    UNIT,
    Office,
    allotment,
    asked,
    coordinates,
    person,
    with_areas,
)

pytestmark = pytest.mark.db

ACROSS = ((15.0, 10.0), (45.0, 10.0))
"""Cuts parcel 2 into a northern and a southern half."""


@pytest.fixture
def office(open_services: Open) -> Office:
    """Three squares of 20 m in a row: 1, 2 and 3 of sheet 1."""
    office = Office(open_services("vn-80"))
    row = parcel_set([square(0, 0, 20), square(20, 0, 20), square(40, 0, 20)])
    office.publish(with_areas(row, 400.0, ("ODT", 100.0), ("CLN", 300.0)))
    return office


def code_of(story: Callable[[], object]) -> str:
    with pytest.raises(LandgisError) as error:
        story()
    return error.value.code


def outcomes(shown) -> dict[str, str]:
    return {check.code: check.outcome for check in shown.change.checks}


def test_whole_story_from_draft_to_the_register(office: Office) -> None:
    before = office.live()
    shown = office.open()
    tried = office.split(shown, before["1/2"].parcel_id, *ACROSS)
    assert tried.refusal is None
    shown = office.commit(shown, tried)
    assert (shown.draft.step, shown.draft.rev) == (1, 2)
    shown = office.drafts.undo(shown.draft.draft_id, asked(shown))
    assert shown.change is None
    shown = office.drafts.redo(shown.draft.draft_id, asked(shown))
    assert len(shown.change.view.after) == 4
    shown = office.submit(shown)
    shown = office.approvals.give_back(shown.draft.draft_id, asked(shown, MINH), "thiếu chữ ký")
    assert (shown.draft.state, shown.draft.comment) == ("returned", "thiếu chữ ký")
    shown = office.submit(office.drafts.get(shown.draft.draft_id, LAN))
    shown = office.approve(shown)
    assert (shown.draft.state, shown.draft.revision) == ("approved", 2)
    assert shown.sequence == office.services.query.state().sequence
    after = office.live()
    assert set(after) == {"1/1", "1/3", "1/4", "1/5"}
    assert [after[n].register_area_m2 for n in ("1/4", "1/5")] == [200.0, 200.0]
    node = (EAST + 20, NORTH + 10)
    assert coordinates(after["1/1"]) == coordinates(before["1/1"]) | {node}
    assert node in coordinates(after["1/4"])
    assert node in coordinates(after["1/5"])


def test_change_is_shown_with_fates_points_edges_and_checks(office: Office) -> None:
    shown = office.cut(office.open(), office.live()["1/2"].parcel_id, *ACROSS)
    view = shown.change.view
    fates = {(f.parcel.number, f.fate) for f in (*view.before, *view.after)}
    assert fates == {
        ("1", "node_added"),
        ("2", "retired"),
        ("3", "node_added"),
        ("4", "created"),
        ("5", "created"),
    }
    new = {tuple(p) for p, is_new in zip(view.points.tolist(), view.is_new, strict=True) if is_new}
    assert new == {(EAST + 20, NORTH + 10), (EAST + 40, NORTH + 10)}
    assert [line.length for line in view.edges] == [20.0]
    assert [(n.nodes_added, n.before_m2, n.after_m2) for n in view.neighbours] == [
        (1, 400.0, 400.0)
    ] * 2
    assert outcomes(shown) == {
        "change.area_conserved": "pass",
        "change.no_gap_no_overlap": "pass",
        "change.allocation": "pass",
        "change.minimum_area": "untested",
        "change.pending": "pass",
        "change.uses_and_register_area": "pass",
    }


def test_split_without_allocation_proposes_one_and_cannot_be_taken(office: Office) -> None:
    shown = office.open()
    target = office.live()["1/2"].parcel_id
    tried = office.split(shown, target, *ACROSS, allocation=None)
    assert tried.refusal.code == "allocation_missing"
    assert tried.proposal == (allotment(200.0, ("ODT", 50.0), ("CLN", 150.0)),) * 2
    assert code_of(lambda: office.commit(shown, tried)) == "allocation_missing"


def test_allocation_that_does_not_add_up_cannot_be_taken(office: Office) -> None:
    shown = office.open()
    target = office.live()["1/2"].parcel_id
    given = (
        allotment(300.0, ("ODT", 100.0), ("CLN", 200.0)),
        allotment(150.0, ("CLN", 150.0)),
    )
    tried = office.split(shown, target, *ACROSS, allocation=given)
    assert tried.refusal.code == "allocation_sum"
    assert {c.code: c.outcome for c in tried.change.checks}["change.allocation"] == "fail"
    assert code_of(lambda: office.commit(shown, tried)) == "allocation_sum"


def test_line_that_divides_nothing_is_refused(office: Office) -> None:
    target = office.live()["1/2"].parcel_id
    assert code_of(lambda: office.split(office.open(), target, (0, 50), (60, 50))) == "line_misses"


def test_net_change_of_a_split_of_a_split_takes_no_number_for_the_middle(office: Office) -> None:
    shown = office.cut(office.open(), office.live()["1/2"].parcel_id, *ACROSS)
    north = next(f.parcel for f in shown.change.view.after if f.parcel.number == "4")
    shown = office.cut(shown, north.parcel_id, (30, 5), (30, 25))
    view = shown.change.view
    assert sorted(f.parcel.number for f in view.own_after) == ["4", "5", "6"]
    assert [f.parcel.number for f in view.own_before] == ["2"]
    assert all(f.is_provisional for f in view.own_after)
    parents = {edge.parent for edge in view.net.lineage}
    assert parents == {office.live()["1/2"].parcel_id}
    shown = office.submit(shown)
    assert not any(f.is_provisional for f in shown.change.view.own_after)
    office.approve(shown)
    assert set(office.live()) == {"1/1", "1/3", "1/4", "1/5", "1/6"}


def test_numbers_of_an_abandoned_draft_are_never_given_again(office: Office) -> None:
    live = office.live()
    first = office.submit(office.cut(office.open(), live["1/1"].parcel_id, (10, -5), (10, 25)))
    assert sorted(f.parcel.number for f in first.change.view.own_after) == ["4", "5"]
    second = office.cut(office.open(), live["1/3"].parcel_id, (50, -5), (50, 25))
    assert sorted(f.parcel.number for f in second.change.view.own_after) == ["6", "7"]
    gone = office.drafts.abandon(first.draft.draft_id, asked(first))
    assert gone.draft.state == "abandoned"
    second = office.approve(office.submit(second))
    assert {"1/6", "1/7"} <= set(office.live())
    assert {"1/4", "1/5"}.isdisjoint(office.live())


def test_returned_draft_keeps_the_numbers_it_holds(office: Office) -> None:
    live = office.live()
    first = office.submit(office.cut(office.open(), live["1/1"].parcel_id, (10, -5), (10, 25)))
    office.submit(office.cut(office.open(), live["1/3"].parcel_id, (50, -5), (50, 25)))
    back = office.approvals.give_back(first.draft.draft_id, asked(first, MINH), "vẽ lại")
    back = office.drafts.get(back.draft.draft_id, LAN)
    south = next(f.parcel for f in back.change.view.own_after if f.parcel.number == "5")
    again = office.submit(office.cut(back, south.parcel_id, (-5, 10), (25, 10)))
    assert sorted(f.parcel.number for f in again.change.view.own_after) == ["4", "5", "8"]


def test_step_after_undo_replaces_what_was_undone(office: Office) -> None:
    target = office.live()["1/2"].parcel_id
    shown = office.cut(office.open(), target, *ACROSS)
    shown = office.drafts.undo(shown.draft.draft_id, asked(shown))
    shown = office.cut(shown, target, (30, -5), (30, 25))
    assert (shown.draft.step, shown.draft.steps) == (1, 1)
    assert (
        code_of(lambda: office.drafts.redo(shown.draft.draft_id, asked(shown))) == "nothing_to_redo"
    )


def test_parcel_that_the_draft_retired_cannot_be_split_again(office: Office) -> None:
    target = office.live()["1/2"].parcel_id
    shown = office.cut(office.open(), target, *ACROSS)
    assert code_of(lambda: office.split(shown, target, (30, -5), (30, 25))) == "no_such_parcel"


def test_merge_makes_one_parcel_and_retires_the_others(office: Office) -> None:
    live = office.live()
    shown = office.open()
    tried = office.merge(shown, live["1/1"].parcel_id, live["1/2"].parcel_id)
    assert tried.refusal is None
    office.approve(office.submit(office.commit(shown, tried)))
    after = office.live()
    assert set(after) == {"1/3", "1/4"}
    assert after["1/4"].register_area_m2 == 800.0
    assert after["1/4"].land_uses == (LandUseShare("ODT", 200.0), LandUseShare("CLN", 600.0))
    assert after["1/4"].geom.area == 800.0


def test_merge_of_parcels_with_two_addresses_asks_which(open_services: Open) -> None:
    office = Office(open_services("vn-80"))
    pair = parcel_set([square(0, 0), square(10, 0)])
    pair.address[:] = ["số 1", "số 2"]
    office.publish(pair)
    ids = [p.parcel_id for p in office.live().values()]
    shown = office.open()
    tried = office.merge(shown, *ids)
    assert tried.refusal.code == "address_needed"
    assert sorted(tried.refusal.data["addresses"]) == ["số 1", "số 2"]
    assert code_of(lambda: office.commit(shown, tried)) == "address_needed"
    tried = office.merge(shown, *ids, address="số 1-2")
    assert office.commit(shown, tried).change.view.own_after[0].parcel.address == "số 1-2"


def test_merge_across_units_or_gaps_is_refused(open_services: Open) -> None:
    office = Office(open_services("vn-80"))
    names = [f"{UNIT}/1/1", f"{OTHER_UNIT}/1/1", f"{UNIT}/1/2"]
    office.publish(parcel_set([square(0, 0), square(10, 0), square(50, 0)], names))
    both = person("lan", "edit", "drafts", "drafts", units=(UNIT, OTHER_UNIT))
    shown = office.open(both)
    a, b, c = (p.parcel_id for p in office.by_fid())

    def merge(*parcels):
        return office.previews.attempt(shown.draft.draft_id, asked(shown, both), Merge(parcels))

    assert code_of(lambda: merge(a, b)) == "other_unit"
    assert code_of(lambda: merge(a, c)) == "not_adjacent"
    assert code_of(lambda: merge(a)) == "too_few"


def test_neighbour_of_another_survey_plane_gets_the_node_in_its_own(open_services: Open) -> None:
    office = Office(open_services("vn-80"))
    west, east = square(0, 0, 20), square(20, 0, 20)
    over_there = geodesy.transform(east, 9209, 9210)
    office.publish(
        parcel_set([west], [f"{UNIT}/1/1"]),
        parcel_set([over_there], [f"{UNIT}/1/2"], epsg=9210),
    )
    before = office.live()
    shown = office.cut(office.open(), before["1/1"].parcel_id, (-5, 10), (25, 10))
    office.approve(office.submit(shown))
    after = office.live()["1/2"]
    assert after.survey_epsg == 9210
    old, new = coordinates(before["1/2"]), coordinates(after)
    assert old < new
    (node,) = new - old
    x, y = geodesy.transform_xy(np.array([node[0]]), np.array([node[1]]), 9210, 9209)
    assert np.hypot(x - (EAST + 20), y - (NORTH + 10))[0] < 1e-6


def test_parcel_surveyed_in_degrees_is_cut_and_keeps_its_vertices(open_services: Open) -> None:
    office = Office(open_services("generic"))
    pair = [shapely.box(2.3, 48.6, 2.301, 48.601), shapely.box(2.301, 48.6, 2.302, 48.601)]
    rows = parcel_set(pair, [None, None], epsg=geodesy.LONLAT)
    rows.sheet[:] = "A"
    office.services.deployments.fix_by(rows)
    office.publish(rows)
    lan = person("lan", "edit", "drafts", "drafts", units=None)
    shown = office.open(lan)
    target = office.by_fid()[0].parcel_id
    line = ((2.2995, 48.6004), (2.3015, 48.6004))

    def tried(allocation):
        op = Split(target, line, geodesy.LONLAT, allocation)
        return office.previews.attempt(shown.draft.draft_id, asked(shown, lan), op)

    view = office.commit(shown, tried(tried(None).proposal), lan).change.view
    children = [f for f in view.after if f.fate == "created"]
    assert {f.parcel.survey_epsg for f in children} == {geodesy.LONLAT}
    corners = set().union(*(coordinates(f.parcel) for f in children))
    assert {tuple(c) for c in shapely.get_coordinates(pair[0]).tolist()} < corners
    (neighbour,) = (f.parcel for f in view.after if f.fate == "node_added")
    shared = (
        coordinates(neighbour) & coordinates(children[0].parcel) & coordinates(children[1].parcel)
    )
    assert len(shared) == 1
    before, after = (sum(f.area_m2 for f in own) for own in (view.own_before, view.own_after))
    assert abs(after - before) < 0.01


def test_undo_brings_parcels_back_with_their_identity(office: Office) -> None:
    before = office.live()
    office.approve(office.submit(office.cut(office.open(), before["1/2"].parcel_id, *ACROSS)))
    shown = office.open()
    tried = office.previews.attempt(shown.draft.draft_id, asked(shown), Undo(2))
    assert tried.change.view.net.kind == "undo"
    shown = office.approve(office.submit(office.commit(shown, tried)))
    assert shown.draft.revision == 3
    after = office.live()
    assert set(after) == {"1/1", "1/2", "1/3"}
    for name, parcel in before.items():
        assert (after[name].parcel_id, after[name].fid) == (parcel.parcel_id, parcel.fid)
        assert after[name].geom.wkb == parcel.geom.wkb
    redo = office.open()
    tried = office.previews.attempt(redo.draft.draft_id, asked(redo), Undo(3))
    office.approve(office.submit(office.commit(redo, tried)))
    assert set(office.live()) == {"1/1", "1/3", "1/4", "1/5"}


def test_undo_of_what_changed_since_or_of_no_edit_is_refused(office: Office) -> None:
    live = office.live()
    office.approve(
        office.submit(office.cut(office.open(), live["1/1"].parcel_id, (10, -5), (10, 25)))
    )
    north = office.live()["1/4"]
    office.approve(office.submit(office.cut(office.open(), north.parcel_id, (-5, 15), (25, 15))))
    shown = office.open()

    def undo(revision: int):
        return office.previews.attempt(shown.draft.draft_id, asked(shown), Undo(revision))

    assert code_of(lambda: undo(2)) == "stale"
    assert code_of(lambda: undo(1)) == "not_undoable"
    assert code_of(lambda: undo(99)) == "no_such_revision"


def test_undo_is_a_draft_of_its_own(office: Office) -> None:
    live = office.live()
    office.approve(
        office.submit(office.cut(office.open(), live["1/1"].parcel_id, (10, -5), (10, 25)))
    )
    drawn = office.cut(office.open(), live["1/3"].parcel_id, (50, -5), (50, 25))
    assert (
        code_of(lambda: office.previews.attempt(drawn.draft.draft_id, asked(drawn), Undo(2)))
        == "undo_alone"
    )
    undoing = office.open()
    tried = office.previews.attempt(undoing.draft.draft_id, asked(undoing), Undo(2))
    undoing = office.commit(undoing, tried)
    cut = (live["1/3"].parcel_id, (50.0, -5.0), (50.0, 25.0))
    assert code_of(lambda: office.split(undoing, *cut)) == "undo_alone"


def test_only_its_author_changes_a_draft_and_only_his_units_read_it(office: Office) -> None:
    shown = office.cut(office.open(), office.live()["1/2"].parcel_id, *ACROSS)
    colleague = person("huy", "edit", "drafts", "drafts")
    stranger = person("an", "edit", "drafts", "drafts", "review", units=(OTHER_UNIT,))
    auditor = person("thu", "audit", "drafts", "drafts", units=(OTHER_UNIT,))
    draft_id = shown.draft.draft_id
    assert code_of(lambda: office.drafts.undo(draft_id, asked(shown, colleague))) == "not_author"
    assert code_of(lambda: office.drafts.get(draft_id, stranger)) == "other_unit"
    assert code_of(lambda: office.approvals.approve(draft_id, asked(shown, stranger), b"")) == (
        "other_unit"
    )
    assert office.drafts.get(draft_id, auditor).may == ()
    assert office.drafts.get(draft_id, colleague).may == ()
    assert office.drafts.get(draft_id, LAN).may == ("edit", "submit", "abandon")
    assert [s.draft.draft_id for s in office.drafts.listed(colleague, None, mine=False)] == [
        draft_id
    ]
    assert office.drafts.listed(stranger, None, mine=False) == []
    assert office.drafts.listed(colleague, None, mine=True) == []
    assert office.drafts.listed(LAN, "submitted", mine=True) == []


def test_nobody_approves_or_returns_his_own_draft_by_whatever_account(office: Office) -> None:
    shown = office.submit(office.cut(office.open(), office.live()["1/2"].parcel_id, *ACROSS))
    second_account = replace(person("lan2", "review", "drafts", "drafts"), person=LAN.person)
    assert shown.may == ("abandon",)
    assert code_of(lambda: office.approve(shown, second_account)) == "own_draft"
    draft_id = shown.draft.draft_id
    assert (
        code_of(lambda: office.approvals.give_back(draft_id, asked(shown, second_account), "x"))
        == "own_draft"
    )
    assert office.drafts.get(draft_id, MINH).may == ("approve", "return")


def test_parcel_of_another_unit_needs_the_right_there_a_node_in_it_does_not(
    open_services: Open,
) -> None:
    office = Office(open_services("vn-80"))
    names = [f"{UNIT}/1/1", f"{OTHER_UNIT}/1/2"]
    office.publish(parcel_set([square(0, 0, 20), square(20, 0, 20)], names))
    live = office.live()
    shown = office.open()
    assert (
        code_of(lambda: office.split(shown, live["1/2"].parcel_id, (15, 10), (45, 10)))
        == "other_unit"
    )
    shown = office.submit(office.cut(shown, live["1/1"].parcel_id, (-5, 10), (25, 10)))
    assert shown.draft.units == tuple(sorted((UNIT, OTHER_UNIT)))
    assert code_of(lambda: office.approve(shown, MINH)) == "other_unit"
    office.approve(shown, person("minh", "review", "drafts", "drafts", units=(UNIT, OTHER_UNIT)))


def test_withheld_land_is_hidden_from_whoever_may_not_see_it(open_services: Open) -> None:
    office = Office(open_services("vn-80"))
    pair = parcel_set([square(0, 0, 20), square(20, 0, 20)], uses=[["ODT"], ["CQP"]])
    office.publish(pair)
    live = office.live()
    shown = office.open()
    cut = (live["1/2"].parcel_id, (15.0, 10.0), (45.0, 10.0))
    assert code_of(lambda: office.split(shown, *cut)) == "no_such_parcel"
    around = office.surroundings.of_parcel(shown.draft.draft_id, str(live["1/1"].fid), LAN)
    assert [f.parcel.number for f in around.faces] == ["1"]
    committed = office.cut(shown, live["1/1"].parcel_id, (-5, 10), (25, 10))
    assert [f.parcel.number for f in committed.change.view.before] == ["1"]
    assert committed.change.view.neighbours == ()
    office.approve(office.submit(committed))
    node = (EAST + 20, NORTH + 10)
    assert node in coordinates(office.live()["1/2"])


def test_withheld_land_is_changed_only_by_people_who_see_it(open_services: Open) -> None:
    office = Office(open_services("vn-80"))
    office.publish(parcel_set([square(0, 0, 20)], uses=[["CQP"]]))
    cleared = person("lan", "edit", "drafts", "drafts", "withheld")
    shown = office.open(cleared)
    parcel_id = office.live()["1/1"].parcel_id
    tried = office.split(shown, parcel_id, (-5, 10), (25, 10), by=cleared)
    shown = office.submit(office.commit(shown, tried, cleared), cleared)
    hidden = office.drafts.get(shown.draft.draft_id, MINH).change.view
    assert (hidden.before, hidden.after, len(hidden.points), hidden.edges) == ((), (), 0, ())
    assert code_of(lambda: office.approve(shown)) == "scope_missing"
    office.approve(shown, person("minh", "review", "drafts", "drafts", "withheld"))


def test_every_write_needs_the_draft_as_it_is(office: Office) -> None:
    shown = office.open()
    draft_id = shown.draft.draft_id
    office.drafts.rename(draft_id, asked(shown), {"basis": None})
    assert code_of(lambda: office.drafts.submit(draft_id, asked(shown))) == "stale_draft"
    shown = office.drafts.get(draft_id, LAN)
    assert code_of(lambda: office.submit(shown)) == "draft_empty"
    assert code_of(lambda: office.drafts.undo(draft_id, asked(shown))) == "nothing_to_undo"
    assert code_of(lambda: office.drafts.redo(draft_id, asked(shown))) == "nothing_to_redo"
    assert code_of(lambda: office.drafts.commit(draft_id, asked(shown), "x")) == "preview_gone"
    shown = office.cut(shown, office.live()["1/2"].parcel_id, *ACROSS)
    assert code_of(lambda: office.submit(shown)) == "basis_missing"
    shown = office.drafts.rename(draft_id, asked(shown), {"basis": "QĐ 5"})
    shown = office.submit(shown)
    assert code_of(lambda: office.drafts.undo(draft_id, asked(shown))) == "draft_not_open"
    assert (
        code_of(lambda: office.drafts.rename(draft_id, asked(shown), {"reason": "x"}))
        == "draft_not_open"
    )
    office.approve(shown)
    shown = office.drafts.get(draft_id, MINH)
    assert code_of(lambda: office.approve(shown)) == "draft_not_submitted"
    assert (
        code_of(lambda: office.approvals.give_back(draft_id, asked(shown, MINH), "x"))
        == "draft_not_submitted"
    )
    assert code_of(lambda: office.drafts.abandon(draft_id, asked(shown, LAN))) == "draft_not_open"


def test_only_the_newest_preview_can_be_taken(office: Office) -> None:
    target = office.live()["1/2"].parcel_id
    shown = office.open()
    old = office.split(shown, target, *ACROSS)
    new = office.split(shown, target, (30, -5), (30, 25))
    assert code_of(lambda: office.commit(shown, old)) == "preview_gone"
    shown = office.commit(shown, new)
    assert code_of(lambda: office.commit(shown, new)) == "preview_gone"


def test_approval_is_bound_to_what_was_shown(office: Office) -> None:
    shown = office.submit(office.cut(office.open(), office.live()["1/2"].parcel_id, *ACROSS))
    draft_id = shown.draft.draft_id
    assert (
        code_of(lambda: office.approvals.approve(draft_id, asked(shown, MINH), bytes(32)))
        == "changed_since_shown"
    )
    back = office.approvals.give_back(draft_id, asked(shown, MINH), "sai số hồ sơ")
    renamed = office.drafts.rename(draft_id, asked(back, LAN), {"record_no": "HS-02"})
    again = office.submit(renamed)
    assert again.sha256 != shown.sha256
    with pytest.raises(Conflict) as conflict:
        office.approvals.approve(draft_id, asked(again, MINH), shown.sha256)
    assert conflict.value.code == "changed_since_shown"
    office.approve(again)


def test_parcel_that_changed_meanwhile_makes_the_draft_stale(office: Office) -> None:
    target = office.live()["1/2"].parcel_id
    first = office.submit(office.cut(office.open(), target, *ACROSS))
    second = office.cut(office.open(), target, (30, -5), (30, 25))
    assert outcomes(second)["change.pending"] == "warning"
    retired = next(f for f in second.change.view.before if f.fate == "retired")
    assert retired.pending.record_no == "HS-01"
    third = office.submit(office.cut(office.open(), target, (25, -5), (25, 25)))
    office.approve(first)
    assert code_of(lambda: office.submit(second)) == "stale"
    assert code_of(lambda: office.approve(third)) == "stale"
    late = office.drafts.get(third.draft.draft_id, MINH)
    assert outcomes(late)["change.no_gap_no_overlap"] == "untested"
    assert [f.parcel.number for f in late.change.view.own_before] == ["2"]


def test_change_that_grows_into_a_neighbour_is_refused_naming_it(office: Office) -> None:
    live = office.live()
    grown = replace(live["1/1"], geom=square(0, 0, 25))
    shown = office.draft_of(NetChange((live["1/1"].as_before(),), (grown,), ()), "HS-03")
    assert outcomes(shown)["change.no_gap_no_overlap"] == "fail"
    shown = office.submit(shown)
    with pytest.raises(Refused) as refused:
        office.approve(shown)
    assert refused.value.code == "new_overlap"
    assert "parcel 2 of sheet 1 by 100.0000 m²" in refused.value.message
    assert refused.value.data["parcel"] == str(live["1/2"].parcel_id)
    assert office.services.query.state().revision == 1
    assert office.drafts.get(shown.draft.draft_id, LAN).draft.state == "submitted"


def test_two_drafts_at_once_do_not_fill_one_gap(office: Office) -> None:
    """Each alone is right; whoever comes second under the locks finds the gap taken."""
    for y in (100.0, 200.0, 300.0):
        sides = parcel_set(
            [square(0, y, 20), square(30, y, 20)], [f"{UNIT}/{y:.0f}/1", f"{UNIT}/{y:.0f}/2"]
        )
        office.publish(sides)
        live = office.live()
        shapes = {"1": square(0, y, 28), "2": square(22, y, 28)}
        submitted = []
        for number, shape in shapes.items():
            parcel = live[f"{y:.0f}/{number}"]
            net = NetChange((parcel.as_before(),), (replace(parcel, geom=shape),), ())
            submitted.append(office.submit(office.draft_of(net, f"HS-{y:.0f}-{number}")))
        start = threading.Barrier(2)

        def approve(shown, start=start) -> str:
            start.wait()
            try:
                return office.approve(shown).draft.state
            except Refused as refused:
                return refused.code

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(approve, submitted)) == ["approved", "new_overlap"]


def test_files_are_known_by_their_bytes_and_part_of_what_is_approved(office: Office) -> None:
    shown = office.cut(
        office.open(heading=Heading("HS-04", "tách thửa")), office.live()["1/2"].parcel_id, *ACROSS
    )
    draft_id, sha256 = shown.draft.draft_id, shown.sha256
    with pytest.raises(Refused) as refused:
        office.drafts.attach(draft_id, asked(shown), "virus.pdf", b"MZ\x90")
    assert refused.value.code == "not_a_document"
    shown = office.drafts.attach(draft_id, asked(shown), "hợp đồng.pdf", b"%PDF-1.7 ...")
    (paper,) = shown.draft.papers
    assert (paper.name, paper.media_type, paper.bytes) == ("hợp đồng.pdf", "application/pdf", 12)
    assert shown.sha256 != sha256
    assert office.drafts.paper(draft_id, paper.sha256, MINH)[1] == b"%PDF-1.7 ..."
    with pytest.raises(NotFound):
        office.drafts.paper(draft_id, bytes(32), LAN)
    with pytest.raises(NotAllowed):
        office.drafts.paper(
            draft_id, paper.sha256, person("an", "drafts", "drafts", units=(OTHER_UNIT,))
        )
    assert office.submit(shown).draft.state == "submitted"


def test_same_request_again_is_done_once(office: Office) -> None:
    heading = Heading("HS-05", "tách thửa", "HĐ 9")
    shown = office.drafts.create(heading, LAN, "k0")
    assert office.drafts.create(heading, LAN, "k0").draft.draft_id == shown.draft.draft_id
    draft_id, target = shown.draft.draft_id, office.live()["1/2"].parcel_id
    tried = office.split(shown, target, *ACROSS)
    commit = asked(shown, LAN, "k1")
    first = office.drafts.commit(draft_id, commit, tried.token)
    again = office.drafts.commit(draft_id, commit, tried.token)
    assert (again.draft.rev, again.draft.step) == (first.draft.rev, 1)
    submit = asked(first, LAN, "k2")
    office.drafts.submit(draft_id, submit)
    shown = office.drafts.submit(draft_id, submit)
    approve = asked(shown, MINH, "k3")
    office.approvals.approve(draft_id, approve, shown.sha256)
    last = office.approvals.approve(draft_id, approve, shown.sha256)
    assert (last.draft.state, last.draft.revision) == ("approved", 2)
    assert office.services.query.state().revision == 2


def test_surroundings_show_the_register_as_the_draft_has_changed_it(office: Office) -> None:
    live = office.live()
    shown = office.cut(office.open(), live["1/2"].parcel_id, *ACROSS)
    draft_id = shown.draft.draft_id
    around = office.surroundings.of_parcel(draft_id, str(live["1/1"].parcel_id), LAN)
    assert {f.parcel.number: f.fate for f in around.faces} == {
        "1": "node_added",
        "4": "created",
        "5": "created",
    }
    assert around.plane_epsg == 9209
    names = {node.name for node in around.nodes}
    node = f"{round((EAST + 20) * 1000)}:{round((NORTH + 10) * 1000)}"
    assert node in names
    assert len(names) == len(around.nodes) == 8
    assert {e for a, b, _ in around.edges for e in (a.name, b.name)} == names
    assert sum(node in (a.name, b.name) for a, b, _ in around.edges) == 3
    by_fid = office.surroundings.of_parcel(draft_id, str(live["1/3"].fid), LAN)
    assert {f.parcel.number for f in by_fid.faces} == {"3", "4", "5"}
    lon, lat = geodesy.transform_xy(
        np.array([EAST - 1, EAST + 61]), np.array([NORTH - 1, NORTH + 21]), 9209, geodesy.LONLAT
    )
    box = (float(lon[0]), float(lat[0]), float(lon[1]), float(lat[1]))
    assert len(office.surroundings.of_box(draft_id, box, LAN).faces) == 4
    wide = (box[0], box[1], box[0] + 0.1, box[1] + 0.1)
    assert code_of(lambda: office.surroundings.of_box(draft_id, wide, LAN)) == "too_wide"
    assert code_of(lambda: office.surroundings.of_parcel(draft_id, "x", LAN)) == "bad_parcel"
    assert code_of(lambda: office.surroundings.of_parcel(draft_id, "999", LAN)) == (
        "no_such_parcel"
    )
