"""A file beside the live register: what overlaps is held back, when it comes in and when it enters."""

import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import shapely
from sqlalchemy import text

from landgis.cadastre.batches import Batch
from landgis.cadastre.changes import ChangeSet, Entry, Neighbourhood, Part
from landgis.cadastre.edits import NetChange
from landgis.cadastre.register import Principal
from landgis.errors import Conflict
from landgis.geodesy import transform
from landgis.ingest.archive import open_source
from landgis.ingest.evidence import Choices
from landgis.services.derive import derive
from landgis.services.examine import examine, work_folder
from landgis.services.mended_values import Said
from landgis.services.ports import silent
from landgis.store.database import Database
from landgis.store.history import HistoryStore
from tests.builders import column, parcel_set, square, vn_80
from tests.conftest import Open
from tests.drafting import HEADING, LAN, OTHER_UNIT, UNIT, Office
from tests.held_rows import mend, retry

pytestmark = pytest.mark.db

SENDER = Principal.holding("user:cham", {"public", "import", "edit", "drafts"})
ROWS = 40


@pytest.fixture
def office(open_services: Open) -> Office:
    return Office(open_services("vn-80"))


def strip(count: int = ROWS, north: float = 0.0) -> list[Any]:
    """Squares side by side, 10 m wide."""
    return [square(10.0 * i, north) for i in range(count)]


def written(path: Path, geoms: Sequence[Any], unit: str = UNIT, first: int = 1) -> Path:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::9209"}}
    features = [
        {
            "type": "Feature",
            "properties": {"XAID": unit, "SHBANDO": "4", "SHTHUA": str(i), "KHLOAIDAT": "ODT"},
            "geometry": shapely.geometry.mapping(geom),
        }
        for i, geom in enumerate(geoms, first)
    ]
    document = {"type": "FeatureCollection", "crs": crs, "features": features}
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def staged(office: Office, path: Path, **choices: Any) -> Batch:
    return office.services.load.load(path, Choices(**choices), SENDER).batch


def said(office: Office, batch: Batch, rule: str) -> list[dict[str, Any]]:
    found = office.services.load.findings(batch.batch_id, SENDER)
    return [f for f in found if f["rule"] == rule]


def neighbours(office: Office, *geoms: Any, epsg: int = 9209, **more: Any) -> list[str]:
    """Put parcels of the next commune into the register and answer their ids."""
    names = [f"{OTHER_UNIT}/1/{i + 1}" for i in range(len(geoms))]
    office.publish(parcel_set(list(geoms), names, epsg=epsg, **more))
    return [str(office.live()[f"1/{i + 1}"].parcel_id) for i in range(len(geoms))]


def test_row_that_overlaps_a_live_parcel_is_held_back(office: Office, tmp_path: Path) -> None:
    over = transform(square(35, 8, 12), 9209, 9210)  # over 4 and 5, surveyed in the other plane
    (parcel,) = neighbours(office, over, epsg=9210)
    batch = staged(office, written(tmp_path / "a.geojson", strip()))
    found = said(office, batch, "topology.register_overlap")
    assert [(f["rows"], f["severity"], f["parcels"]) for f in found] == [
        ([4], "error", [parcel]),
        ([5], "error", [parcel]),
    ]
    assert found[0]["measured"] == pytest.approx(10 / 7, abs=0.001)  # 5 m by 2 m
    assert f"{OTHER_UNIT}/1/1" in found[0]["message"]["vi"]
    shown = shapely.geometry.shape(found[0]["shape"])
    assert transform(shown, 4326, 9209).area == pytest.approx(10.0, abs=0.01)
    assert (batch.counts.accepted, batch.counts.quarantined) == (ROWS - 2, 2)
    published = office.services.publish.publish(batch.batch_id, SENDER)
    assert published.created == ROWS - 2


def test_strip_and_vertex_beside_a_live_parcel_are_told_with_it(
    office: Office, tmp_path: Path
) -> None:
    (below, right) = neighbours(office, square(0, -30.3, 30), square(ROWS * 10.0, -1.0, 20))
    batch = staged(office, written(tmp_path / "a.geojson", strip()))
    gaps = said(office, batch, "topology.gap")
    assert [(f["rows"], f["parcels"], f["measured"]) for f in gaps] == [
        ([row], [below], pytest.approx(0.3)) for row in (1, 2, 3)
    ]
    nodes = said(office, batch, "topology.missing_node")
    assert {(tuple(f["rows"]), tuple(f["parcels"])) for f in nodes} == {((ROWS,), (right,))}
    assert batch.counts.accepted == ROWS


def test_withheld_parcel_is_not_named(office: Office, tmp_path: Path) -> None:
    (parcel,) = neighbours(office, square(35, 8, 12), uses=[["CQP"]])
    batch = staged(office, written(tmp_path / "a.geojson", strip()))
    for finding in office.services.load.findings(batch.batch_id, SENDER):
        assert parcel not in json.dumps(finding)
        assert f"{OTHER_UNIT}/1/1" not in json.dumps(finding)
    found = said(office, batch, "topology.register_overlap")
    assert [(f["rows"], f["parcels"], f["shape"]) for f in found] == [
        ([4], [], None),
        ([5], [], None),
    ]
    assert "another parcel of the register" in found[0]["message"]["en"]


def test_parcels_that_the_file_names_are_older_versions_of_its_rows(
    office: Office, tmp_path: Path
) -> None:
    first = staged(office, written(tmp_path / "a.geojson", strip()))
    office.services.publish.publish(first.batch_id, SENDER)
    moved = [square(10.0 * i + 3, 0) for i in range(ROWS)]
    again = staged(office, written(tmp_path / "b.geojson", moved))
    assert again.counts.quarantined == 0
    assert said(office, again, "topology.register_overlap") == []


def test_row_that_is_mended_up_to_the_live_boundary_is_let_in(
    office: Office, tmp_path: Path
) -> None:
    neighbours(office, square(35, 8, 12))
    batch = staged(office, written(tmp_path / "a.geojson", strip()))
    services = office.services
    assert retry(services, batch, 4)[4].reasons == ("topology.register_overlap",)
    cut = shapely.geometry.mapping(square(30, 0).difference(square(35, 8, 12)))
    mend(services, batch, 4, Said(geometry=cut, epsg=9209), by=SENDER)
    assert {row: tried.is_accepted for row, tried in retry(services, batch, 4, 5).items()} == {
        4: True,
        5: False,
    }
    assert office.services.publish.publish(batch.batch_id, SENDER).created == ROWS - 1


def test_row_of_a_filled_unit_is_only_warned_about(office: Office, tmp_path: Path) -> None:
    first = staged(office, written(tmp_path / "a.geojson", strip()))
    office.services.publish.publish(first.batch_id, SENDER)
    other = staged(office, written(tmp_path / "b.geojson", [square(5, 5)], first=900))
    (found,) = [f for f in said(office, other, "topology.register_overlap") if f["rows"]][:1]
    assert found["severity"] == "warning"
    assert other.counts.quarantined == 0
    with pytest.raises(Conflict) as refused:
        office.services.publish.publish(other.batch_id, SENDER)
    assert refused.value.code == "unit_not_empty"


def test_parcel_that_came_since_holds_its_row_back_and_lets_the_others_in(
    office: Office, tmp_path: Path
) -> None:
    batch = staged(office, written(tmp_path / "a.geojson", strip()))
    assert batch.counts.accepted == ROWS
    other = staged(office, written(tmp_path / "b.geojson", [square(65, 5, 4)], OTHER_UNIT))
    assert other.counts.accepted == 1
    office.services.publish.publish(other.batch_id, SENDER)
    with pytest.raises(Conflict) as refused:
        office.services.publish.publish(batch.batch_id, SENDER)
    assert (refused.value.code, refused.value.data["rows"]) == ("register_overlap", [7])
    assert refused.value.data["parcels"] == [str(office.live()["4/1"].parcel_id)]
    assert "Row 7" in refused.value.message
    now = office.services.load.get(batch.batch_id, SENDER)
    assert (now.status, now.counts.accepted, now.counts.quarantined) == ("staged", ROWS - 1, 1)
    published = office.services.publish.publish(batch.batch_id, SENDER)
    assert published.created == ROWS - 1
    assert office.services.verify.register().is_clean


def test_edit_that_races_with_a_publication_is_seen_by_it(office: Office, tmp_path: Path) -> None:
    """The publication waits for the locks of a change that puts a parcel where a row lies."""
    batch = staged(office, written(tmp_path / "a.geojson", strip()))
    raised: list[Conflict] = []

    def publish() -> None:
        try:
            office.services.publish.publish(batch.batch_id, SENDER)
        except Conflict as problem:
            raised.append(problem)

    racing = threading.Thread(target=publish)

    def under_the_locks(_now: Neighbourhood) -> None:
        racing.start()
        while racing.is_alive() and not somebody_waits(office.database):
            pass
        assert racing.is_alive(), "the publication did not wait for the change"

    intruder = parcel_set([square(65, 5, 4)], [f"{OTHER_UNIT}/1/1"])
    changeset = ChangeSet("publish", (), (Part(intruder, column([uuid4()])),))
    jurisdiction, deployment = office.services.jurisdiction, office.services.deployments.require()
    derived = derive(intruder, deployment.storage_epsg, jurisdiction, jurisdiction.identity_fields)
    HistoryStore(office.database).append(
        changeset, [derived], deployment, Entry("user:lan"), check=under_the_locks
    )
    racing.join()
    assert [(problem.code, problem.data["rows"]) for problem in raised] == [
        ("register_overlap", [7])
    ]
    assert list(office.live()) == ["1/1"]


def somebody_waits(database: Database) -> bool:
    ask = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    with database.begin() as connection:
        return bool(connection.execute(ask).scalar())


def split(office: Office, name: str) -> None:
    """Two people halve a parcel: its number is cancelled."""
    shown = office.open()
    cut = office.cut(shown, office.live()[name].parcel_id, (5, -1), (5, 11))
    office.approve(office.submit(cut))


def test_cancelled_number_is_not_given_again(office: Office, tmp_path: Path) -> None:
    first = staged(office, written(tmp_path / "a.geojson", strip(1)))
    office.services.publish.publish(first.batch_id, SENDER)
    split(office, "4/1")
    again = staged(office, written(tmp_path / "b.geojson", [square(0, 50)]))
    (found,) = said(office, again, "identity.number_reused")
    assert (found["rows"], found["severity"]) == ([1], "warning")
    assert again.counts.accepted == 1, "its unit is filled: the difference decides (number_used)"
    retire_everything(office)
    empty = staged(office, written(tmp_path / "c.geojson", strip(4, north=50)))
    found = said(office, empty, "identity.number_reused")  # 2 and 3 were the halves of 1
    assert [(f["rows"], f["severity"]) for f in found] == [([n], "error") for n in (1, 2, 3)]
    assert found[0]["basis"]["class"] == "A"
    assert (empty.counts.accepted, empty.counts.quarantined) == (1, 3)


def retire_everything(office: Office) -> None:
    before = tuple(parcel.as_before() for parcel in office.by_fid())
    office.approve(office.submit(office.draft_of(NetChange(before, (), ()), "HS-9")))


def test_numbers_of_a_batch_that_was_taken_back_are_free(office: Office, tmp_path: Path) -> None:
    first = staged(office, written(tmp_path / "a.geojson", strip()))
    office.services.publish.publish(first.batch_id, SENDER)
    undone = office.services.editing.batch_undo.propose(first.batch_id, LAN, HEADING, None)
    office.approve(office.submit(undone.shown))
    assert office.live() == {}
    again = staged(office, written(tmp_path / "b.geojson", strip(ROWS - 1)))
    assert said(office, again, "identity.number_reused") == []
    assert again.counts.accepted == ROWS - 1


def test_without_a_register_its_rules_are_untested(tmp_path: Path) -> None:
    path = written(tmp_path / "a.geojson", strip())
    with work_folder() as folder:
        opened = open_source(path, folder, None)
        examined = examine(opened, folder, Choices(), vn_80(), deployment=None, progress=silent)
    untested = {f.rule.code: f.message["en"] for f in examined.findings if f.outcome == "untested"}
    for code in ("topology.register_overlap", "identity.number_reused"):
        assert "no_register" in untested[code]


def test_empty_register_speaks_against_nothing(office: Office, tmp_path: Path) -> None:
    batch = staged(office, written(tmp_path / "a.geojson", strip()))
    outcomes = {line["rule"]: line["outcome"] for line in batch.by_rule}
    assert outcomes["topology.register_overlap"] == "pass"
    assert outcomes["identity.number_reused"] == "pass"
