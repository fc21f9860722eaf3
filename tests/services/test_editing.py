"""A draft from its first step to the register, and what is shown of it on the way."""

import numpy as np
import pytest

from landgis import geodesy
from tests.builders import EAST, NORTH
from tests.conftest import Open
from tests.drafting import LAN, MINH, Office, allotment, asked, coordinates
from tests.services.three_squares import ACROSS, code_of, outcomes, three_squares

pytestmark = pytest.mark.db


@pytest.fixture
def office(open_services: Open) -> Office:
    return three_squares(open_services("vn-80"))


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
