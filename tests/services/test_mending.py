"""Rows that were held back: mended and examined again; the file is not sent again."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
import shapely
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from landgis.bootstrap import Services
from landgis.cadastre.batches import Batch
from landgis.cadastre.register import Principal
from landgis.errors import Conflict, LandgisError, NotAllowed, NotFound, Refused
from landgis.geodesy import LONLAT
from landgis.ingest.evidence import Choices
from landgis.services.mended_values import Said
from tests.held_rows import (
    AN,
    BOWTIE,
    CHAM,
    EMPTY,
    ITS_TWIN,
    LINE,
    TWIN,
    UNIT,
    counts,
    drawn,
    feature,
    features,
    mend,
    one,
    outline,
    parts,
    retry,
    staged,
    written,
)

pytestmark = pytest.mark.db


@pytest.fixture
def batch(services: Services, tmp_path: Path) -> Batch:
    return staged(services, tmp_path)


def test_mend_is_kept_with_who_when_why_and_what_was_before(
    services: Services, batch: Batch
) -> None:
    said = Said({"number": " 55 ", "register_area_m2": "90,5", "land_use": "odt + CLN"})
    mend(services, batch, TWIN, said)
    mend(services, batch, TWIN, drawn(TWIN, size=9.0), version=1, by=AN)
    history = one(services, batch, TWIN)
    first, second = history.mends
    assert (first.version, first.by, first.reason) == (1, "user:cham", "đối chiếu hồ sơ gốc")
    assert first.before == {
        "number": "6",
        "land_uses": [{"code": "ODT", "area_m2": 100.0}],
        "register_area_m2": 100.0,
    }
    assert first.after == {
        "number": "55",
        "land_uses": [{"code": "ODT", "area_m2": None}, {"code": "CLN", "area_m2": None}],
        "register_area_m2": 90.5,
    }
    assert (second.version, second.by, second.after) == (2, "user:an", {})
    assert shapely.from_wkb(second.wkb_before).equals_exact(outline(TWIN), 0.0)
    assert shapely.from_wkb(second.wkb_after).equals_exact(outline(TWIN, size=9.0), 0.0)
    assert second.at is not None
    # The row as its file had it is untouched.
    assert history.shown.attributes["SHTHUA"] == str(ITS_TWIN)
    with services.database.begin() as connection:
        query = text(
            "SELECT actor, body FROM audit_log WHERE action = 'mend' AND body LIKE :its ORDER BY seq"
        )
        entries = connection.execute(query, {"its": f"%{batch.batch_id}%"}).all()
    assert [entry.actor for entry in entries] == ["user:cham", "user:an"]
    assert "đối chiếu" not in entries[0].body, "a reason may name people; the log has its hash"
    assert services.verify.audit().is_clean
    with pytest.raises(DBAPIError, match="append-only"), services.database.begin() as connection:
        connection.execute(text("UPDATE import_mends SET reason = 'x'"))


def test_mended_row_is_judged_by_the_scale_of_its_batch(services: Services, tmp_path: Path) -> None:
    path = written(tmp_path / "scale.geojson", [*features(), feature(13, GHICHU=str(tmp_path))])
    batch = services.load.load(path, Choices(map_scale=500), CHAM).batch
    mend(services, batch, TWIN, Said({"number": "55", "register_area_m2": "110"}))
    (tried,) = retry(services, batch, TWIN).values()
    told = [found for found in tried.findings if found["rule"] == "attribute.area_error"]
    assert [(found["measured"], found["limit"]) for found in told] == [(10.0, 3.02)]
    assert tried.is_accepted


def test_row_that_is_still_wrong_says_so_and_keeps_waiting(
    services: Services, batch: Batch
) -> None:
    mend(services, batch, BOWTIE, drawn(1))  # now a second parcel on the first one's ground
    mend(services, batch, EMPTY, Said({"sheet": "9"}))
    tried = retry(services, batch, BOWTIE, EMPTY)
    assert tried[BOWTIE].is_accepted, "two parcels on one polygon are a stack: a warning"
    assert [f["rule"] for f in tried[BOWTIE].findings] == ["topology.stack"]
    assert tried[EMPTY].reasons == ("geometry.empty",)
    now = one(services, batch, EMPTY)
    assert (now.shown.row.state, now.shown.row.version) == ("quarantined", 1)
    assert now.shown.row.facts["sheet"] == "9"
    assert now.tries[-1].findings[0]["rule"] == "geometry.empty"


def test_number_of_an_accepted_row_is_refused_whichever_came_first(
    services: Services, batch: Batch
) -> None:
    mend(services, batch, TWIN, Said({"number": "12"}))
    assert retry(services, batch, TWIN)[TWIN].reasons == ("identity.duplicate",)
    # The same ground too: a repetition, and the row that is accepted already is the one that stays.
    mend(services, batch, TWIN, drawn(12), version=1)
    assert retry(services, batch, TWIN)[TWIN].reasons == ("topology.same_geometry",)
    assert one(services, batch, 12).shown.row.state == "accepted"


def test_far_away_row_is_held_back_alone(services: Services, batch: Batch) -> None:
    far = shapely.geometry.mapping(shapely.box(105.8, 21.0, 105.8001, 21.0001))
    mend(services, batch, EMPTY, Said(geometry=far, epsg=LONLAT))
    tried = retry(services, batch, EMPTY, ITS_TWIN)
    assert tried[EMPTY].reasons == ("geometry.outside_jurisdiction",)
    assert tried[ITS_TWIN].is_accepted, "its twin is not retried, so nothing claims its number"


def test_two_people_mend_one_row_and_no_word_is_lost(services: Services, batch: Batch) -> None:
    both = Barrier(2)

    def say(number: str) -> str:
        both.wait()
        try:
            mend(services, batch, TWIN, Said({"number": number}))
        except LandgisError as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(2) as people:
        said = list(people.map(say, ["51", "52"]))
    assert sorted(said) == ["done", "stale_row"]
    history = one(services, batch, TWIN)
    winner = ["51", "52"][said.index("done")]
    assert history.shown.row.facts["number"] == winner
    assert [m.after["number"] for m in history.mends] == [winner]
    assert services.verify.audit().is_clean


def test_two_retries_at_once_never_accept_one_number_twice(
    services: Services, batch: Batch
) -> None:
    mend(services, batch, BOWTIE, Said({"number": "60"}, *parts(drawn(BOWTIE))))
    mend(services, batch, EMPTY, Said({"number": "60"}, *parts(drawn(EMPTY))))
    both = Barrier(2)

    def again(row: int) -> bool:
        both.wait()
        return retry(services, batch, row)[row].is_accepted

    with ThreadPoolExecutor(2) as people:
        accepted = list(people.map(again, [BOWTIE, EMPTY]))
    assert sum(accepted) == 1
    assert counts(services, batch) == {
        "read": 12, "accepted": 8, "quarantined": 3, "unreadable": 1,
    }  # fmt: skip


REFUSED = [
    (TWIN, Said(), "nothing_said"),
    (TWIN, Said({"number": "6"}), "nothing_said"),
    (TWIN, Said({"colour": "red"}), "unknown_target"),
    (TWIN, Said({"register_area_m2": "-3"}), "bad_area"),
    (TWIN, Said(geometry={"type": "Point", "coordinates": [1, 2]}, epsg=9209), "not_a_polygon"),
    (
        TWIN,
        Said(geometry={"type": "Polygon", "coordinates": [[[0, 0]]]}, epsg=9209),
        "bad_geometry",
    ),
    (TWIN, Said(geometry={"type": "Polygon", "coordinates": []}), "crs_missing"),
    (TWIN, Said(geometry={"type": "Polygon", "coordinates": []}, epsg=999_999), "unknown_crs"),
    (LINE, Said({"number": "9"}), "geometry_needed"),
    (1, Said({"number": "99"}), "row_accepted"),
    (99, Said({"number": "99"}), "no_such_row"),
    (TWIN, Said({"unit_code": "25459"}), "other_unit"),
]


def test_mend_that_cannot_be_is_refused_and_changes_nothing(
    services: Services, batch: Batch
) -> None:
    for row, said, code in REFUSED:
        with pytest.raises((Refused, Conflict, NotFound, NotAllowed)) as refusal:
            mend(services, batch, row, said)
        assert refusal.value.code == code, (row, said)
    assert counts(services, batch) == batch.counts.as_dict()
    with services.database.begin() as connection:
        query = text("SELECT count(*) FROM import_mends WHERE batch_id = :batch_id")
        assert connection.execute(query, {"batch_id": batch.batch_id}).scalar_one() == 0


def test_rows_of_others_are_nobody_elses(services: Services, batch: Batch) -> None:
    stranger = Principal.holding("user:la", {"import"}, frozenset({UNIT}))
    with pytest.raises(NotFound):
        mend(services, batch, TWIN, Said({"number": "5"}), by=stranger)
    with pytest.raises(NotFound):
        services.rows.mending.retry(batch.batch_id, None, stranger)
    with pytest.raises(NotFound):
        services.rows.late.publish(batch.batch_id, stranger)


def test_retry_of_rows_that_do_not_wait_is_refused(services: Services, batch: Batch) -> None:
    for row, code in ((1, "row_accepted"), (LINE, "row_unreadable"), (99, "no_such_row")):
        with pytest.raises(LandgisError) as refusal:
            retry(services, batch, row)
        assert refusal.value.code == code
