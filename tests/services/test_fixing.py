"""Fixes of rows that are not in the register: shown, made when asked, taken back."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
import shapely
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from landgis.bootstrap import Services
from landgis.cadastre.batches import Batch
from landgis.cadastre.register import Principal
from landgis.errors import Conflict, LandgisError, NotAllowed, NotFound, Refused
from landgis.ingest.evidence import Choices
from landgis.services.fixing import FixAsked, Made
from tests.fixable_rows import (
    ACCEPTED,
    DANGLE,
    LOST,
    NO_NODE,
    OVERLAPPED,
    OVERLAPS,
    SLIVER,
    SPRAWLS,
    at,
    fixable,
    row,
)
from tests.held_rows import CHAM, UNIT, feature, written

pytestmark = pytest.mark.db

ASKED = FixAsked(CHAM, "theo bản vẽ gốc")


@pytest.fixture
def batch(services: Services, tmp_path: Path) -> Batch:
    """Nine rows accepted, three held back: the dangle and the two that overlap by 2 m."""
    path = written(tmp_path / "fixes.geojson", fixable(tmp_path.name))
    batch = services.load.load(path, Choices(), CHAM).batch
    assert batch.counts.accepted == ACCEPTED, [line for line in batch.by_rule if line["findings"]]
    return batch


def finding(services: Services, batch: Batch, rule: str) -> str:
    every = services.load.findings(batch.batch_id, CHAM)
    return str(min(f["id"] for f in every if f["rule"] == rule and f["outcome"] == "fail"))


def make(services: Services, batch: Batch, rule: str, kind: str, **versions: int) -> Made:
    name = finding(services, batch, rule)
    (preview,) = services.fixing.propose(batch.batch_id, name, CHAM)
    seen = {number: staged.version for number, staged in preview.rows.items()}
    seen |= {int(number[1:]): version for number, version in versions.items()}
    return services.fixing.make(batch.batch_id, name, kind, seen, ASKED)


def shape(services: Services, batch: Batch, number: int) -> Any:
    history = services.rows.reading.one(batch.batch_id, number, CHAM, personal=False)
    return shapely.from_wkb(history.shown.row.wkb)


def state(services: Services, batch: Batch, number: int) -> tuple[str, int]:
    shown = services.rows.reading.one(batch.batch_id, number, CHAM, personal=False).shown
    return shown.row.state, shown.row.version


def accepted(services: Services, batch: Batch) -> int:
    return services.load.get(batch.batch_id, CHAM).counts.accepted


def test_dangle_is_shown_then_cut_and_its_row_accepted(services: Services, batch: Batch) -> None:
    name = finding(services, batch, "topology.dangle")
    (preview,) = services.fixing.propose(batch.batch_id, name, CHAM)
    assert preview.offered.fix is not None
    (change,) = preview.offered.fix.changes
    assert (change.name, change.area_before_m2, change.area_after_m2) == (DANGLE, 100.0, 100.0)
    assert preview.offered.fix.moved_m == 2.0
    assert [(t.row, t.is_accepted) for t in preview.tried] == [(DANGLE, True)]
    assert state(services, batch, DANGLE) == ("quarantined", 0), "a preview writes nothing"

    done = services.fixing.make(batch.batch_id, name, "cut_spike", {DANGLE: 0}, ASKED)
    assert done.batch.counts.accepted == 10
    assert state(services, batch, DANGLE) == ("accepted", 1)
    assert points(shape(services, batch, DANGLE)) == points(row(DANGLE, (10, 5)))
    history = services.rows.reading.one(batch.batch_id, DANGLE, CHAM, personal=False)
    (mend,) = history.mends
    assert mend.reason == f"fix cut_spike of finding {name}: theo bản vẽ gốc"
    assert mend.by == CHAM.name
    assert services.verify.audit().is_clean


def test_undo_gives_back_what_was_and_the_row_waits_again(services: Services, batch: Batch) -> None:
    before = shape(services, batch, DANGLE)
    (fix,) = make(services, batch, "topology.dangle", "cut_spike").fixes
    done = services.fixing.undo(batch.batch_id, fix.fix_id, ASKED)
    assert done.batch.counts.as_dict() == batch.counts.as_dict()
    assert state(services, batch, DANGLE) == ("quarantined", 2)
    assert shape(services, batch, DANGLE).equals_exact(before, 0.0)
    first, second = services.fixing.listed(batch.batch_id, CHAM)
    assert (first.undone_by, second.undoes) == (second.fix_id, first.fix_id)
    for again, code in ((first, "already_undone"), (second, "not_undoable")):
        with pytest.raises(Conflict) as refusal:
            services.fixing.undo(batch.batch_id, again.fix_id, ASKED)
        assert refusal.value.code == code
    # It can be made once more, on the row as it is now.
    make(services, batch, "topology.dangle", "cut_spike")
    assert state(services, batch, DANGLE) == ("accepted", 3)
    assert services.verify.audit().is_clean


def test_accepted_rows_are_fixed_and_published_as_fixed(services: Services, batch: Batch) -> None:
    done = make(services, batch, "topology.hairline_overlap", "cut_overlap")
    (record,) = done.fixes
    (fixed,) = record.rows
    assert fixed.row == OVERLAPS
    assert (fixed.was, fixed.area_before_m2, fixed.area_after_m2) == ("accepted", 100.3, 100.0)
    assert record.moved_m == pytest.approx(0.03, abs=1e-6)
    assert state(services, batch, OVERLAPS) == ("accepted", 1)
    assert state(services, batch, OVERLAPPED) == ("accepted", 0)
    assert accepted(services, batch) == batch.counts.accepted
    ours, theirs = (points(shape(services, batch, n)) for n in (OVERLAPS, OVERLAPPED))
    assert len(ours & theirs) == 2, "they share the boundary bit for bit"


def points(geom: Any) -> set[tuple[float, ...]]:
    return {tuple(p) for p in shapely.get_coordinates(geom).tolist()}


def test_all_of_a_rule_are_fixed_at_once_or_only_shown(services: Services, batch: Batch) -> None:
    rule = "topology.missing_node"
    shown = services.fixing.make_all(batch.batch_id, rule, None, ASKED, dry_run=True)
    assert (NO_NODE, 1) in {(r.row, r.version) for fix in shown.fixes for r in fix.rows}
    assert state(services, batch, NO_NODE) == ("accepted", 0), "a dry run writes nothing"
    assert services.fixing.listed(batch.batch_id, CHAM) == []
    done = services.fixing.make_all(batch.batch_id, rule, "insert_node", ASKED, dry_run=False)
    assert {fix.kind for fix in done.fixes} == {"insert_node"}
    assert len(done.fixes) == len(shown.fixes)
    assert at(60, 4) in points(shape(services, batch, NO_NODE))
    again = services.fixing.make_all(batch.batch_id, rule, None, ASKED, dry_run=False)
    assert again.fixes == (), "what was fixed is not fixed again"


def test_overlap_beyond_the_tolerance_may_not_be_fixed(services: Services, batch: Batch) -> None:
    name = finding(services, batch, "topology.overlap")
    (preview,) = services.fixing.propose(batch.batch_id, name, CHAM)
    assert preview.offered.refusal is not None
    assert preview.offered.refusal.code == "beyond_tolerance"
    assert preview.offered.refusal.data["measured"] == pytest.approx(2.0)
    with pytest.raises(Refused) as refusal:
        services.fixing.make(batch.batch_id, name, "cut_overlap", {}, ASKED)
    assert refusal.value.code == "beyond_tolerance"
    assert "surveyed again" in refusal.value.message
    assert {state(services, batch, n)[1] for n in (SPRAWLS, LOST)} == {0}


def test_sliver_is_only_proposed(services: Services, batch: Batch) -> None:
    name = finding(services, batch, "topology.sliver")
    (preview,) = services.fixing.propose(batch.batch_id, name, CHAM)
    assert preview.offered.fix is not None
    gone, taker = sorted(preview.offered.fix.changes, key=lambda c: c.area_after_m2)
    assert (gone.name, gone.after, taker.name) == (SLIVER, None, SLIVER - 1)
    assert taker.difference_m2 == pytest.approx(0.5)
    with pytest.raises(Refused) as refusal:
        services.fixing.make(batch.batch_id, name, "drop_sliver", {}, ASKED)
    assert refusal.value.code == "only_proposed"


def test_fix_of_a_row_that_changed_since_is_refused(services: Services, batch: Batch) -> None:
    with pytest.raises(Conflict) as refusal:
        make(services, batch, "topology.dangle", "cut_spike", r2=7)
    assert refusal.value.code == "stale_row"
    name = finding(services, batch, "topology.dangle")
    with pytest.raises(Conflict) as refusal:
        services.fixing.make(batch.batch_id, name, "cut_spike", {}, ASKED)
    assert refusal.value.code == "stale_row"
    (first,) = make(services, batch, "topology.hairline_overlap", "cut_overlap").fixes
    with services.database.begin() as connection:
        put = text(
            "INSERT INTO import_mends (batch_id, row_no, version, by, reason, before, after)"
            " VALUES (:batch, :row, 2, 'user:an', 'x', '{}', CAST(:said AS jsonb))"
        )
        said = json.dumps({"number": "77"})
        values = {"batch": batch.batch_id, "row": OVERLAPS, "said": said}
        connection.execute(put, values)
    with pytest.raises(Conflict) as refusal:
        services.fixing.undo(batch.batch_id, first.fix_id, ASKED)
    assert refusal.value.code == "stale_row"


def test_two_people_make_one_fix_and_it_is_made_once(services: Services, batch: Batch) -> None:
    name, both = finding(services, batch, "topology.dangle"), Barrier(2)

    def one(_nth: int) -> str:
        both.wait()
        try:
            services.fixing.make(batch.batch_id, name, "cut_spike", {DANGLE: 0}, ASKED)
        except LandgisError as refusal:
            return refusal.code
        return "made"

    with ThreadPoolExecutor(2) as people:
        said = sorted(people.map(one, range(2)))
    assert said[0] == "made"
    assert said[1] in ("nothing_to_fix", "stale_row")
    assert len(services.fixing.listed(batch.batch_id, CHAM)) == 1
    assert state(services, batch, DANGLE) == ("accepted", 1)


def test_rows_of_others_are_nobody_elses(services: Services, batch: Batch) -> None:
    stranger = Principal.holding("user:la", {"import"}, frozenset({UNIT}))
    name = finding(services, batch, "topology.dangle")
    with pytest.raises(NotFound):
        services.fixing.propose(batch.batch_id, name, stranger)
    elsewhere = Principal.holding(CHAM.name, {"import"}, frozenset({"25459"}))
    asked = FixAsked(elsewhere, "x")
    with pytest.raises(NotAllowed) as refusal:
        services.fixing.make(batch.batch_id, name, "cut_spike", {DANGLE: 0}, asked)
    assert refusal.value.code == "other_unit"


def test_what_cannot_be_fixed_says_so(services: Services, batch: Batch) -> None:
    dangle, one = finding(services, batch, "topology.dangle"), batch.batch_id
    for name, kind, code in (
        (dangle, "cut_overlap", "no_fix"),
        ("0" * 16, "cut_spike", "no_such_finding"),
    ):
        with pytest.raises(NotFound) as refusal:
            services.fixing.make(one, name, kind, {}, ASKED)
        assert refusal.value.code == code
    with pytest.raises(NotFound) as refusal:
        services.fixing.make_all(one, "identity.duplicate", None, ASKED, dry_run=True)
    assert refusal.value.code == "no_fix"
    with pytest.raises(NotFound) as refusal:
        services.fixing.undo(one, UUID(int=1), ASKED)
    assert refusal.value.code == "no_such_fix"


def test_fixes_are_kept_for_good(services: Services, batch: Batch) -> None:
    make(services, batch, "topology.dangle", "cut_spike")
    with pytest.raises(DBAPIError, match="append-only"), services.database.begin() as connection:
        connection.execute(text("DELETE FROM import_fixes"))


def test_published_rows_are_not_fixed_but_those_that_wait_are(
    services: Services, batch: Batch
) -> None:
    make(services, batch, "topology.hairline_overlap", "cut_overlap")
    fixed = shape(services, batch, OVERLAPS)
    services.publish.publish(batch.batch_id, Principal.holding(CHAM.name, {"import"}))
    with services.database.begin() as connection:
        query = text(
            "SELECT ST_AsBinary(geom_survey) FROM parcel_versions"
            " WHERE batch_id = :batch AND row_no = :row"
        )
        wkb = connection.execute(query, {"batch": batch.batch_id, "row": OVERLAPS}).scalar_one()
    assert shapely.from_wkb(bytes(wkb)).equals_exact(fixed, 0.0), "the register has it as fixed"
    every = services.load.findings(batch.batch_id, CHAM)
    (node,) = (f for f in every if f["rule"] == "topology.missing_node" and NO_NODE in f["rows"])
    with pytest.raises(Conflict) as refusal:
        services.fixing.propose(batch.batch_id, node["id"], CHAM)
    assert refusal.value.code == "rows_published"
    with pytest.raises(Conflict) as refusal:
        services.fixing.make(batch.batch_id, node["id"], "insert_node", {NO_NODE: 0}, ASKED)
    assert refusal.value.code == "rows_published"
    make(services, batch, "topology.dangle", "cut_spike")
    assert state(services, batch, DANGLE)[0] == "accepted"


def test_open_ring_is_closed_and_its_row_read_or_left_as_it_was(
    services: Services, tmp_path: Path
) -> None:
    rows = [feature(801, row(801)), feature(802, row(802))]
    ring = rows[1]["geometry"]["coordinates"][0]  # type: ignore[index]
    rows[1]["geometry"] = {"type": "Polygon", "coordinates": [ring[:-1]]}
    path = written(tmp_path / "open.geojson", rows)
    batch = services.load.load(path, Choices(), CHAM).batch
    before = batch.counts.as_dict()
    assert before == {"read": 2, "accepted": 1, "quarantined": 0, "unreadable": 1}
    name = finding(services, batch, "geometry.unclosed")
    (preview,) = services.fixing.propose(batch.batch_id, name, CHAM)
    assert preview.offered.fix is not None, preview.offered.refusal
    (change,) = preview.offered.fix.changes
    assert (change.before, change.area_after_m2) == (None, 100.0)
    done = services.fixing.make(batch.batch_id, name, "close_ring", {2: 0}, ASKED)
    assert done.batch.counts.as_dict() == {**before, "accepted": 2, "unreadable": 0}
    history = services.rows.reading.one(batch.batch_id, 2, CHAM, personal=False)
    assert history.shown.row.facts["number"] == "802"
    assert shape(services, batch, 2).equals_exact(row(802), 0.0)
    (fix,) = done.fixes
    undone = services.fixing.undo(batch.batch_id, fix.fix_id, ASKED)
    assert undone.batch.counts.as_dict() == before
    now = services.rows.reading.one(batch.batch_id, 2, CHAM, personal=False).shown.row
    assert (now.state, now.reasons, now.facts["number"]) == ("unreadable", ("ring_unclosed",), None)
    assert services.verify.audit().is_clean
