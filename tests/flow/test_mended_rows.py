"""The demonstration file's own held rows, put right one by one after the rest is published."""

import pytest
import shapely

from landgis.cadastre.register import Principal
from landgis.ingest.evidence import Choices
from landgis.services.mended_values import Said
from landgis.services.mending import MendAsked
from tests.builders import square
from tests.conftest import SAMPLES, Open

pytestmark = pytest.mark.db

DEMO = SAMPLES / "demo-register" / "demo_hoa_thanh_vilis.zip"
OFFICER = Principal.holding("user:cham", {"import", "public", "withheld"})
CROSSED, EMPTY, TWINS, REPEATED, AWAY = (1231, 1325), (267, 1861), (1858, 1859), (851, 1515), 3982


def test_real_file_is_completed_without_being_sent_again(open_services: Open) -> None:
    services = open_services("vn-80")
    batch = services.load.load(DEMO, Choices(), OFFICER).batch
    services.publish.publish(batch.batch_id, OFFICER)
    rows = services.rows

    def mend(row: int, said: Said) -> None:
        rows.mending.mend(batch.batch_id, row, said, MendAsked(OFFICER, 0, "đối chiếu hồ sơ"))

    for row in CROSSED:
        wkb = rows.reading.one(batch.batch_id, row, OFFICER, personal=False).shown.row.wkb
        whole = shapely.make_valid(shapely.from_wkb(wkb), method="structure")
        mend(row, Said(geometry=shapely.geometry.mapping(whole), epsg=9209))
    for i, row in enumerate(EMPTY):
        free = square(2_000.0 + 20 * i, -3_000.0)
        mend(row, Said(geometry=shapely.geometry.mapping(free), epsg=9209))
    mend(TWINS[0], Said({"number": "9001"}))

    done = rows.mending.retry(batch.batch_id, None, OFFICER)
    fate = {tried.row: tried.reasons for tried in done.rows}
    mended = sorted((*CROSSED, *EMPTY, *TWINS))
    assert {row for row, reasons in fate.items() if not reasons} == set(mended)
    assert {fate[row] for row in REPEATED} == {("topology.same_geometry",)}
    assert fate[AWAY] == ("geometry.outside_jurisdiction",)
    assert done.batch.counts.as_dict() == {
        "read": 4247, "accepted": 4244, "quarantined": 3, "unreadable": 0,
    }  # fmt: skip

    let_in = rows.late.publish(batch.batch_id, OFFICER)
    assert (let_in.revision, list(let_in.rows), let_in.held) == (2, mended, ())
    state = services.query.state()
    assert state.revision == 2
    assert services.verify.register().is_clean
    assert services.verify.audit().is_clean
