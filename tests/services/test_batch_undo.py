"""A published batch taken back: by two people, never over what others did since."""

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from landgis.cadastre.changes import SurveyedParcel
from landgis.cadastre.drafts import Heading
from landgis.cadastre.edits import NetChange
from landgis.cadastre.register import Principal
from landgis.errors import Conflict, NotAllowed
from landgis.ingest.evidence import Choices
from landgis.services.editing.batch_undo import UndoProposed
from landgis.services.mended_values import Said
from landgis.services.mending import MendAsked
from tests.conftest import Open
from tests.drafting import LAN, MINH, Office, asked
from tests.held_rows import CHAM, ITS_TWIN, TWIN, feature, outline, staged, written

pytestmark = pytest.mark.db

HEADING = Heading("HS-90", "tệp sai tờ bản đồ", "Công văn 90")
WHOLE = [feature(n) for n in range(1, 13)]


@pytest.fixture
def office(open_services: Open) -> Office:
    return Office(open_services("vn-80"))


def load(office: Office, path: Path) -> UUID:
    return office.services.load.load(path, Choices(), CHAM).batch.batch_id


def published(office: Office, path: Path) -> UUID:
    batch_id = load(office, path)
    office.services.publish.publish(batch_id, CHAM)
    return batch_id


def undo(office: Office, batch_id: UUID, by: Principal = LAN) -> UndoProposed:
    return office.services.editing.batch_undo.propose(batch_id, by, HEADING, None)


def approved(office: Office, made: UndoProposed) -> int:
    submitted = office.drafts.submit(made.shown.draft.draft_id, asked(made.shown, LAN))
    return office.approve(submitted).draft.revision or 0


def is_sound(office: Office) -> bool:
    verify = office.services.verify
    return verify.register().is_clean and verify.audit().is_clean


def split(office: Office, name: str) -> None:
    """Two people cut a parcel from west to east."""
    parcel = office.live()[name]
    west, south, east, _ = parcel.geom.bounds
    shown = office.open()
    line = [(x - 568_000.0, south - 1_246_000.0 + 4.0) for x in (west - 1, east + 1)]
    submitted = office.submit(office.commit(shown, office.split(shown, parcel.parcel_id, *line)))
    office.approve(submitted)


def change(office: Office, name: str, **facts: object) -> None:
    """Two people change a parcel's facts; no tool does so yet."""
    parcel = office.live()[name]
    net = NetChange((parcel.as_before(),), (replace(parcel, **facts),), ())
    office.approve(office.submit(office.draft_of(net, "HS-55")))


def test_first_load_is_taken_back_whole_and_the_file_can_be_sent_again(
    office: Office, tmp_path: Path
) -> None:
    path = written(tmp_path / "a.geojson", WHOLE)
    batch_id = published(office, path)
    first = {p.parcel_id for p in office.by_fid()}
    made = undo(office, batch_id)
    assert made.kept == ()
    assert len(office.live()) == 12, "a draft changes nothing"
    with pytest.raises(NotAllowed):
        office.approvals.approve(
            made.shown.draft.draft_id, asked(made.shown, LAN), made.shown.sha256 or b""
        )
    assert approved(office, made) == 2
    assert office.live() == {}
    assert is_sound(office)
    with pytest.raises(Conflict) as twice:
        undo(office, batch_id)
    assert twice.value.code == "batch_taken_back"
    with pytest.raises(Conflict) as late:
        office.services.rows.late.publish(batch_id, CHAM)
    assert late.value.code == "batch_taken_back"

    again = published(office, path)
    assert again != batch_id
    assert len(office.live()) == 12
    assert first.isdisjoint(p.parcel_id for p in office.by_fid())
    assert is_sound(office), "a number that was taken back with its batch names its parcel again"


def test_parcel_split_since_stays_and_is_named(office: Office, tmp_path: Path) -> None:
    path = written(tmp_path / "a.geojson", WHOLE)
    batch_id = published(office, path)
    split(office, "4/5")
    made = undo(office, batch_id)
    (kept,) = made.kept
    assert (kept.parcel.number, kept.why, kept.revision) == ("5", "gone_since", 2)
    # Parcels 4 and 6 only got a node of the cut: they are what the batch brought.
    assert approved(office, made) == 3
    assert sorted(office.live()) == ["4/13", "4/14"]
    assert is_sound(office)

    batch = load(office, path)
    found = office.services.editing.resends.difference(batch, CHAM, "none")
    assert len(found.created) == 11
    assert found.outdated == 1, "the one that was split is not brought back by an old file"


def test_parcel_changed_since_is_not_overwritten(office: Office, tmp_path: Path) -> None:
    batch_id = published(office, written(tmp_path / "a.geojson", [feature(1), feature(2)]))
    change(office, "4/2", address="12 Lê Lợi")
    made = undo(office, batch_id)
    assert [(k.parcel.number, k.why, k.revision) for k in made.kept] == [("2", "changed_since", 2)]
    approved(office, made)
    assert [p.address for p in office.by_fid()] == ["12 Lê Lợi"]
    assert is_sound(office)

    other = published_beside(office, tmp_path)
    change(office, "4/9", address="14 Lê Lợi")
    with pytest.raises(Conflict) as nothing:
        undo(office, other)
    assert nothing.value.code == "nothing_to_undo"
    assert "parcel 9 of sheet 4" in nothing.value.message
    assert is_sound(office)


def published_beside(office: Office, folder: Path) -> UUID:
    """One more parcel, by a file that another person approved."""
    batch_id = load(office, written(folder / "b.geojson", [feature(9)]))
    made = office.services.editing.resends.propose(batch_id, CHAM, HEADING, "none", None)
    shown = office.drafts.submit(made.shown.draft.draft_id, asked(made.shown, CHAM))
    office.approve(shown, MINH)
    return batch_id


def test_newer_file_is_taken_back_to_what_the_register_held(office: Office, tmp_path: Path) -> None:
    published(office, written(tmp_path / "a.geojson", WHOLE))
    before = {name: facts(p) for name, p in office.live().items()}
    newer = [feature(n) for n in range(1, 12)]  # 12 is left out: retired
    newer[0] = feature(1, KHLOAIDAT="CLN")
    newer[10] = feature(11, outline(11, size=9.0))
    newer.append(feature(21))
    batch_id = load(office, written(tmp_path / "b.geojson", newer))
    proposed = office.services.editing.resends.propose(batch_id, CHAM, HEADING, "sheet", None)
    office.approve(office.drafts.submit(proposed.shown.draft.draft_id, asked(proposed.shown, CHAM)))
    assert "4/12" not in office.live()
    assert "4/21" in office.live()

    made = undo(office, batch_id)
    assert made.kept == ()
    approved(office, made)
    assert {name: facts(p) for name, p in office.live().items()} == before
    assert is_sound(office)


def facts(parcel: SurveyedParcel) -> tuple[object, ...]:
    return parcel.parcel_id, parcel.fid, parcel.geom.wkb, parcel.land_uses, parcel.register_area_m2


def test_ground_taken_meanwhile_is_not_given_back(office: Office, tmp_path: Path) -> None:
    published(office, written(tmp_path / "a.geojson", WHOLE))
    batch_id = load(office, written(tmp_path / "b.geojson", WHOLE[:11]))
    proposed = office.services.editing.resends.propose(batch_id, CHAM, HEADING, "sheet", None)
    office.approve(office.drafts.submit(proposed.shown.draft.draft_id, asked(proposed.shown, CHAM)))
    other = load(office, written(tmp_path / "c.geojson", [feature(40, outline(12, size=5.0))]))
    again = office.services.editing.resends.propose(other, CHAM, HEADING, "none", None)
    office.approve(office.drafts.submit(again.shown.draft.draft_id, asked(again.shown, CHAM)))

    with pytest.raises(Conflict) as nothing:
        undo(office, batch_id)
    (kept,) = nothing.value.data["kept"]
    assert (kept["number"], kept["why"]) == ("12", "ground_taken")


def test_rows_let_in_later_go_with_their_batch(office: Office, tmp_path: Path) -> None:
    batch = staged(office.services, tmp_path)
    office.services.publish.publish(batch.batch_id, CHAM)
    rows = office.services.rows
    said = MendAsked(CHAM, 0, "nhầm số thửa")
    rows.mending.mend(batch.batch_id, TWIN, Said({"number": "5"}), said)
    rows.mending.retry(batch.batch_id, [TWIN, ITS_TWIN], CHAM)
    rows.late.publish(batch.batch_id, CHAM)
    assert len(office.live()) == 9
    made = undo(office, batch.batch_id)
    approved(office, made)
    assert office.live() == {}
    assert is_sound(office)


def test_undo_needs_an_officer_of_the_unit_and_a_published_batch(
    office: Office, tmp_path: Path
) -> None:
    batch_id = load(office, written(tmp_path / "a.geojson", WHOLE))
    with pytest.raises(Conflict) as staged_only:
        undo(office, batch_id)
    assert staged_only.value.code == "batch_not_published"
    office.services.publish.publish(batch_id, CHAM)
    stranger = Principal.holding("user:la", {"edit", "drafts"}, frozenset({"25459"}))
    with pytest.raises(NotAllowed):
        undo(office, batch_id, stranger)
    assert office.drafts.listed(stranger, None, mine=True) == []
