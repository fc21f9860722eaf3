"""Rows let into the register with their batch, and after it."""

from pathlib import Path

import pytest

from landgis.bootstrap import Services
from landgis.cadastre.batches import Batch
from landgis.cadastre.drafts import Heading
from landgis.errors import Conflict
from landgis.geodesy import LONLAT
from landgis.services.mended_values import Said
from tests.builders import parcel_set, square
from tests.conftest import Open
from tests.drafting import Office
from tests.held_rows import (
    BOWTIE,
    CHAM,
    EMPTY,
    ITS_TWIN,
    LINE,
    TWIN,
    UNIT,
    counts,
    drawn,
    mend,
    one,
    outline,
    retry,
    staged,
)

pytestmark = pytest.mark.db


@pytest.fixture
def services(open_services: Open) -> Services:
    return open_services("vn-80")


@pytest.fixture
def batch(services: Services, tmp_path: Path) -> Batch:
    return staged(services, tmp_path)


def test_mended_rows_are_accepted_and_published_with_the_rest(
    services: Services, batch: Batch
) -> None:
    mend(services, batch, BOWTIE, drawn(BOWTIE))
    mend(services, batch, TWIN, Said({"number": "5.0"}))
    mend(services, batch, EMPTY, drawn(EMPTY, LONLAT))
    mend(services, batch, LINE, drawn(LINE))
    assert counts(services, batch) == {
        "read": 12, "accepted": 7, "quarantined": 5, "unreadable": 0,
    }  # fmt: skip
    tried = retry(services, batch)
    assert {row: t.is_accepted for row, t in tried.items()} == dict.fromkeys(
        (BOWTIE, TWIN, ITS_TWIN, EMPTY, LINE), True
    )
    assert counts(services, batch)["accepted"] == 12
    published = services.publish.publish(batch.batch_id, CHAM)
    assert published.created == 12
    live = Office(services).live()
    assert sorted(live, key=lambda name: int(name[2:])) == [f"4/{n}" for n in range(1, 13)]
    assert live["4/3"].geom.equals_exact(outline(BOWTIE), 0.0)
    assert live["4/8"].geom.equals_exact(outline(EMPTY), 0.002)
    # What a line's row says beside its geometry was read from its raw attributes.
    nine = live["4/9"]
    assert (nine.unit_code, nine.register_area_m2) == (UNIT, 100.0)
    assert [tuple(share) for share in nine.land_uses] == [("ODT", 100.0)]
    assert services.verify.register().is_clean
    assert services.verify.audit().is_clean


def test_mended_rows_of_a_batch_that_two_people_let_in_need_two_people(
    services: Services, batch: Batch
) -> None:
    office, editing = Office(services), services.editing
    heading = Heading("HS-1", "bản đồ mới", "Công văn 1")
    first = editing.resends.propose(batch.batch_id, CHAM, heading, "none", None).shown
    office.approve(office.submit(first, CHAM))
    mend(services, batch, EMPTY, drawn(EMPTY))
    retry(services, batch, EMPTY)
    with pytest.raises(Conflict) as alone:
        services.rows.late.publish(batch.batch_id, CHAM)
    assert alone.value.code == "second_person_needed"
    made = services.rows.proposals.propose(batch.batch_id, CHAM, heading, None)
    assert made.rows == (EMPTY,)
    office.approve(office.submit(made.shown, CHAM))
    assert office.live()["4/8"].geom.equals_exact(outline(EMPTY), 0.0)
    with pytest.raises(Conflict) as again:  # the register says so now; nothing is left to do
        services.rows.proposals.propose(batch.batch_id, CHAM, heading, None)
    assert again.value.code == "nothing_to_publish"
    assert services.rows.late.waiting(batch.batch_id, CHAM) == []
    assert services.verify.register().is_clean


def test_mended_rows_of_a_published_batch_become_their_own_revision(
    services: Services, batch: Batch
) -> None:
    services.publish.publish(batch.batch_id, CHAM)
    mend(services, batch, BOWTIE, drawn(BOWTIE))
    mend(services, batch, TWIN, Said({"number": "5"}))
    assert all(t.is_accepted for t in retry(services, batch, BOWTIE, TWIN).values())
    assert len(Office(services).live()) == 7, "accepted is not published"
    let_in = services.rows.late.publish(batch.batch_id, CHAM)
    assert (let_in.revision, let_in.rows) == (2, (BOWTIE, TWIN))
    assert len(Office(services).live()) == 9
    assert one(services, batch, TWIN).tries[-1].revision == 2
    with pytest.raises(Conflict) as again:
        services.rows.late.publish(batch.batch_id, CHAM)
    assert again.value.code == "nothing_to_publish"
    assert services.verify.register().is_clean
    assert services.verify.audit().is_clean


def test_row_that_the_register_speaks_against_does_not_join_its_batch(
    services: Services, batch: Batch
) -> None:
    services.publish.publish(batch.batch_id, CHAM)
    mend(services, batch, EMPTY, drawn(EMPTY, size=12.0))
    mend(services, batch, TWIN, Said({"number": "1"}))
    mend(services, batch, ITS_TWIN, Said({"number": "77"}))
    tried = retry(services, batch, EMPTY, TWIN, ITS_TWIN)
    assert tried[EMPTY].is_accepted, "two metres too wide, on ground that is nobody's yet"
    assert tried[TWIN].reasons == ("identity.duplicate",)
    assert tried[ITS_TWIN].is_accepted
    mend(services, batch, LINE, drawn(LINE, size=11.0))
    assert retry(services, batch, LINE)[LINE].reasons == ("topology.overlap",)
    office = Office(services)
    office.publish(parcel_set([square(25, 5, 3)], [f"{UNIT}/9/1"]))
    mend(services, batch, BOWTIE, drawn(BOWTIE))
    late = retry(services, batch, BOWTIE)[BOWTIE]
    assert late.reasons == ("topology.register_overlap",)
    (finding,) = [f for f in late.findings if f["rule"] == "topology.register_overlap"]
    assert finding["measured"] == pytest.approx(9.0, abs=0.01)
    assert finding["parcels"] == [str(office.live()["9/1"].parcel_id)]


def test_number_drawn_meanwhile_holds_a_late_row_back_again(
    services: Services, batch: Batch
) -> None:
    services.publish.publish(batch.batch_id, CHAM)
    mend(services, batch, BOWTIE, drawn(BOWTIE))
    mend(services, batch, EMPTY, drawn(EMPTY))
    retry(services, batch, BOWTIE, EMPTY)
    office = Office(services)
    office.publish(parcel_set([square(500, 500)], [f"{UNIT}/4/3"]))
    let_in = services.rows.late.publish(batch.batch_id, CHAM)
    assert let_in.rows == (EMPTY,)
    (held,) = let_in.held
    assert (held.row, held.reasons) == (BOWTIE, ("identity.in_register",))
    assert one(services, batch, BOWTIE).shown.row.state == "quarantined"
    assert counts(services, batch)["accepted"] == 8
    assert services.verify.register().is_clean
