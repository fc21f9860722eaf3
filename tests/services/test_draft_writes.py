"""Writes to a draft: of the draft as it is, approved as it was shown, done once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from landgis.cadastre.drafts import Heading
from landgis.cadastre.edits import NetChange
from landgis.errors import Conflict, NotAllowed, NotFound, Refused
from tests.builders import parcel_set, square
from tests.conftest import Open
from tests.drafting import LAN, MINH, OTHER_UNIT, UNIT, Office, asked, person
from tests.services.three_squares import ACROSS, code_of, outcomes, three_squares

pytestmark = pytest.mark.db


@pytest.fixture
def office(open_services: Open) -> Office:
    return three_squares(open_services("vn-80"))


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
