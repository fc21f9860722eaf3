"""Drafts and documents in the store: what is kept, bit for bit, and who waits for whom."""

import threading
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
import shapely

from landgis.cadastre.changes import Before, Descent, SurveyedParcel
from landgis.cadastre.drafts import Heading, Paper, Preview
from landgis.cadastre.edits import EMPTY, NetChange
from landgis.cadastre.parcels import LandUseShare
from landgis.cadastre.register import Principal
from landgis.errors import NotFound
from landgis.store.database import Database
from landgis.store.documents import DocumentStore
from landgis.store.drafts import DraftStore
from tests.builders import square

pytestmark = pytest.mark.db

LAN = Principal.holding("user:lan", {"edit"})
HEADING = Heading("HS-01", "tách thửa", "HĐ 1")
ODD = shapely.Polygon(
    [(565302.1234567891, 1250811.9876543211), (565312.1, 1250811.2), (565310.3, 1250820.7)]
)


@pytest.fixture
def drafts(database: Database) -> DraftStore:
    return DraftStore(database)


@pytest.fixture
def draft_id(drafts: DraftStore) -> UUID:
    made = uuid4()
    drafts.create(made, HEADING, LAN, None)
    return made


def net_of(*shapes: shapely.Polygon, unit: str | None = "25645") -> NetChange:
    parent = uuid4()
    children = [
        SurveyedParcel(
            parcel_id=uuid4(),
            fid=None,
            revision=None,
            survey_epsg=9210,
            geom=shape,
            unit_code=unit,
            sheet="1",
            number=str(i + 7),
            old_unit_code=None,
            old_sheet=None,
            old_number=None,
            land_uses=(LandUseShare("ODT", 100.1), LandUseShare("CLN", None)),
            register_area_m2=0.1 + 0.2,
            address=None,
        )
        for i, shape in enumerate(shapes)
    ]
    descents = tuple(Descent(parent, child.parcel_id) for child in children)
    return NetChange((Before(parent, 3, unit or ""),), tuple(children), descents)


def preview(net: NetChange) -> Preview:
    return Preview("a token", 1, {"op": "split"}, net, None)


def test_net_change_comes_back_bit_for_bit(drafts: DraftStore, draft_id: UUID) -> None:
    net = net_of(ODD, square(0, 0))
    with drafts.held(draft_id) as held:
        held.take_step(preview(net), "key-1")
    draft = drafts.get(draft_id)
    assert drafts.net(draft) == net
    assert drafts.net(draft).after[0].geom.wkb == ODD.wkb
    assert (draft.rev, draft.step, draft.steps, draft.last_key) == (2, 1, 1, "key-1")
    assert set(draft.touched) == {p.parcel_id for p in (*net.before, *net.after)}
    assert draft.units == ("25645",)


def test_steps_go_back_and_forth_with_what_the_draft_touches(
    drafts: DraftStore, draft_id: UUID
) -> None:
    first, second = net_of(ODD), net_of(ODD, square(0, 0), unit=None)
    for net in (first, second):
        with drafts.held(draft_id) as held:
            held.take_step(preview(net), None)
    for step, net in ((1, first), (0, EMPTY), (2, second)):
        with drafts.held(draft_id) as held:
            held.go_to(step, None)
        draft = drafts.get(draft_id)
        assert drafts.net(draft) == net
        assert set(draft.touched) == {p.parcel_id for p in (*net.before, *net.after)}
    assert draft.units == ("",)
    assert (draft.rev, draft.steps) == (6, 2)


def test_preview_replaces_the_one_before_and_goes_with_the_step(
    drafts: DraftStore, draft_id: UUID
) -> None:
    refused = replace(preview(net_of(ODD)), refusal={"code": "allocation_missing", "detail": "…"})
    with drafts.held(draft_id) as held:
        assert held.preview() is None
        held.keep_preview(preview(net_of(square(0, 0))))
        held.keep_preview(refused)
    with drafts.held(draft_id) as held:
        assert held.preview() == refused
        held.go_to(0, None)
        assert held.preview() is None


def test_whole_write_goes_when_the_block_raises(drafts: DraftStore, draft_id: UUID) -> None:
    def write() -> None:
        with drafts.held(draft_id) as held:
            held.rename(Heading("HS-02", "khác"), "key-1")
            raise LookupError

    with pytest.raises(LookupError):
        write()
    draft = drafts.get(draft_id)
    assert (draft.heading, draft.rev, draft.last_key) == (HEADING, 1, None)


def test_second_writer_waits_and_sees_what_the_first_wrote(
    drafts: DraftStore, draft_id: UUID
) -> None:
    seen: list[int] = []
    started = threading.Event()

    def write() -> None:
        started.set()
        with drafts.held(draft_id) as held:
            seen.append(held.draft.rev)

    thread = threading.Thread(target=write)
    with drafts.held(draft_id) as held:
        thread.start()
        started.wait()
        held.abandon(None)
    thread.join()
    assert seen == [2]


def test_pending_names_other_drafts_that_still_count(drafts: DraftStore, draft_id: UUID) -> None:
    net = net_of(ODD)
    with drafts.held(draft_id) as held:
        held.take_step(preview(net), None)
    parent = net.before[0].parcel_id
    assert drafts.pending([parent, uuid4()], but=uuid4())[parent].record_no == "HS-01"
    assert drafts.pending([parent], but=draft_id) == {}
    with drafts.held(draft_id) as held:
        held.abandon(None)
    assert drafts.pending([parent], but=uuid4()) == {}


def test_list_holds_ones_own_and_those_of_ones_units(drafts: DraftStore, draft_id: UUID) -> None:
    with drafts.held(draft_id) as held:
        held.take_step(preview(net_of(ODD)), None)
    own = uuid4()
    huy = Principal.holding("user:huy", {"edit"})
    drafts.create(own, HEADING, huy, None)

    def ids(units: frozenset[str] | None, author: str | None = None) -> set[UUID]:
        found = drafts.listed(state="open", author=author, reader="user:huy", units=units, limit=10)
        return {draft.draft_id for draft in found}

    assert ids(frozenset()) == {own}
    assert ids(frozenset({"25645"})) == {own, draft_id}
    assert ids(None) == {own, draft_id}
    assert ids(None, "user:lan") == {draft_id}
    assert drafts.listed(state="approved", author=None, reader="", units=None, limit=10) == []


def test_same_draft_again_stays_as_it_is(drafts: DraftStore, draft_id: UUID) -> None:
    drafts.create(draft_id, Heading("HS-09", "khác"), LAN, "key")
    assert drafts.get(draft_id).heading == HEADING
    with pytest.raises(NotFound, match="There is no draft"):
        drafts.get(uuid4())


def test_file_is_kept_once_and_named_by_each_draft(
    drafts: DraftStore, draft_id: UUID, database: Database
) -> None:
    files, sha256 = DocumentStore(database), b"s" * 32
    for _ in range(2):
        files.put(sha256, "application/pdf", b"%PDF-")
        with drafts.held(draft_id) as held:
            held.attach(Paper(sha256, "hợp đồng.pdf", "application/pdf", 5), "user:lan", None)
    assert drafts.get(draft_id).papers == (Paper(sha256, "hợp đồng.pdf", "application/pdf", 5),)
    assert files.content(sha256) == b"%PDF-"
    with pytest.raises(NotFound):
        files.content(bytes(32))
