"""Fixes of registered parcels: a draft with basis and the neighbours' consent, for two persons."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import shapely

from landgis.cadastre.drafts import Heading
from landgis.cadastre.register import Principal
from landgis.errors import Conflict, NotAllowed, NotFound, Refused
from landgis.ingest.evidence import Choices
from landgis.services.editing.showing import Shown
from landgis.services.fix_proposal import FixProposed
from landgis.services.fixing import FixAsked
from tests.builders import square
from tests.conftest import Open
from tests.drafting import Office, asked
from tests.fixable_rows import NO_NODE, NODE, OVERLAPPED, OVERLAPS, at, fixable
from tests.held_rows import CHAM, feature, written

pytestmark = pytest.mark.db

HEADING = Heading("HS-70", "khớp ranh giới", "Biên bản 70")


@pytest.fixture
def office(open_services: Open) -> Office:
    return Office(open_services("vn-80"))


@pytest.fixture
def batch_id(office: Office, tmp_path: Path) -> UUID:
    """The accepted rows of the file, in the register."""
    path = written(tmp_path / "fixable.geojson", fixable("register"))
    batch_id = office.services.load.load(path, Choices(), CHAM).batch.batch_id
    office.services.publish.publish(batch_id, CHAM)
    return batch_id


def finding(office: Office, batch_id: UUID, rule: str, row: int) -> str:
    every = office.services.load.findings(batch_id, CHAM)
    (name,) = (f["id"] for f in every if f["rule"] == rule and row in f["rows"])
    return str(name)


def propose(
    office: Office, batch_id: UUID, name: str, kind: str, by: Principal = CHAM
) -> FixProposed:
    return office.services.fix_proposals.propose(batch_id, name, kind, HEADING, by, None)


def live(office: Office, row: int) -> Any:
    return office.live()[f"4/{row}"]


def points(geom: Any) -> set[tuple[float, ...]]:
    return {tuple(p) for p in shapely.get_coordinates(geom).tolist()}


def test_boundary_moves_only_with_the_neighbours_consent_and_two_persons(
    office: Office, batch_id: UUID
) -> None:
    name = finding(office, batch_id, "topology.hairline_overlap", OVERLAPS)
    made = propose(office, batch_id, name, "cut_overlap")
    assert made.fix.moved_m == pytest.approx(0.03)
    draft = made.shown.draft
    neighbours = {live(office, row).parcel_id for row in (OVERLAPS, OVERLAPPED)}
    assert {c.parcel_id for c in draft.consents} == neighbours
    with pytest.raises(Refused) as refusal:
        office.drafts.submit(draft.draft_id, asked(made.shown, CHAM))
    assert refusal.value.code == "consent_missing"
    assert set(refusal.value.data["parcels"]) == {str(i) for i in neighbours}

    with pytest.raises(Refused) as refusal:
        office.drafts.consent(draft.draft_id, asked(made.shown, CHAM), UUID(int=7), "đồng ý")
    assert refusal.value.code == "no_consent_needed"
    shown: Shown = made.shown
    hashes = {shown.sha256}
    for parcel_id in sorted(neighbours):
        text = "Chủ thửa đồng ý, biên bản 71"
        shown = office.drafts.consent(draft.draft_id, asked(shown, CHAM), parcel_id, text)
        hashes.add(shown.sha256)
    assert len(hashes) == 3, "the approver's hash covers what the neighbours say"

    submitted = office.drafts.submit(draft.draft_id, asked(shown, CHAM))
    assert live(office, OVERLAPS).geom.area == pytest.approx(100.3), "nothing is written yet"
    with pytest.raises(NotAllowed):
        office.services.editing.approvals.approve(
            draft.draft_id, asked(submitted, CHAM), submitted.sha256 or b""
        )
    office.approve(submitted)
    ours, theirs = live(office, OVERLAPS).geom, live(office, OVERLAPPED).geom
    assert (ours.area, theirs.area) == (100.0, 100.0)
    assert len(points(ours) & points(theirs)) == 2
    verify = office.services.verify
    assert verify.register().is_clean
    assert verify.audit().is_clean


def test_a_millimetre_needs_no_consent_but_a_second_person(office: Office, batch_id: UUID) -> None:
    name = finding(office, batch_id, "topology.missing_node", NODE)
    made = propose(office, batch_id, name, "insert_node")
    assert made.fix.moved_m <= 0.001
    assert made.shown.draft.consents == ()
    office.approve(office.drafts.submit(made.shown.draft.draft_id, asked(made.shown, CHAM)))
    assert at(60, 4) in points(live(office, NO_NODE).geom)
    with pytest.raises(Conflict) as refusal:
        propose(office, batch_id, name, "insert_node")
    assert refusal.value.code == "parcel_changed", "the row is no longer what the register has"


def test_what_may_not_be_proposed_says_why(office: Office, batch_id: UUID) -> None:
    overlap = finding(office, batch_id, "topology.hairline_overlap", OVERLAPS)
    (sliver,) = (
        f["id"]
        for f in office.services.load.findings(batch_id, CHAM)
        if f["rule"] == "topology.sliver"
    )
    for name, kind, code in (
        (overlap, "close_gap", "no_fix"),
        ("0" * 16, "cut_overlap", "no_such_finding"),
        (sliver, "drop_sliver", "only_proposed"),
    ):
        with pytest.raises((NotFound, Refused)) as refusal:
            propose(office, batch_id, name, kind)
        assert refusal.value.code == code


def test_rows_in_no_register_are_not_proposed(office: Office, tmp_path: Path) -> None:
    path = written(tmp_path / "staged.geojson", fixable("staged"))
    batch_id = office.services.load.load(path, Choices(), CHAM).batch.batch_id
    name = finding(office, batch_id, "topology.hairline_overlap", OVERLAPS)
    with pytest.raises(Conflict) as refusal:
        propose(office, batch_id, name, "cut_overlap")
    assert refusal.value.code == "batch_not_published"


def test_row_gives_way_to_the_register_and_never_the_other_way(
    office: Office, batch_id: UUID, tmp_path: Path
) -> None:
    """The parcel of the register stays as it is, bit for bit; the row gets its boundary."""
    assert batch_id
    was = live(office, 1)
    path = written(tmp_path / "newer.geojson", [feature(30, square(0, 9.97))])
    newer = office.services.load.load(path, Choices(), CHAM).batch.batch_id
    rule = "topology.hairline_overlap"
    (found,) = (f for f in office.services.load.findings(newer, CHAM) if f["rule"] == rule)
    assert (found["parcels"], found["rows"]) == ([str(was.parcel_id)], [1])
    asked_for = FixAsked(CHAM, "khớp với sổ")
    done = office.services.fixing.make(newer, found["id"], "cut_overlap", {1: 0}, asked_for)
    ((fixed,),) = (fix.rows for fix in done.fixes)
    assert (fixed.row, fixed.area_after_m2) == (1, pytest.approx(99.7))
    row = office.services.rows.reading.one(newer, 1, CHAM, personal=False).shown.row
    made = shapely.from_wkb(row.wkb)
    assert made.intersection(was.geom).area == 0.0
    assert len(points(made) & points(was.geom)) == 2
    assert live(office, 1).revision == was.revision
