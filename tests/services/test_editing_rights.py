"""Who may read, change and approve a draft, and the land that most people do not see."""

from dataclasses import replace

import pytest

from tests.builders import EAST, NORTH, parcel_set, square
from tests.conftest import Open
from tests.drafting import (
    LAN,
    MINH,
    OTHER_UNIT,
    UNIT,
    Office,
    asked,
    coordinates,
    person,
)
from tests.services.three_squares import ACROSS, code_of, three_squares

pytestmark = pytest.mark.db


@pytest.fixture
def office(open_services: Open) -> Office:
    return three_squares(open_services("vn-80"))


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
