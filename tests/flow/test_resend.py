"""A sheet sent again while people worked on: one change, one clash, nothing lost."""

import json
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
import shapely

from landgis.cadastre.drafts import Heading
from landgis.cadastre.edits import NetChange
from landgis.cadastre.jurisdiction import find, load
from landgis.cadastre.register import Principal
from landgis.errors import Conflict, NotAllowed, Refused
from landgis.geodesy import LONLAT, transform_xy
from landgis.ingest.evidence import Choices
from tests.conftest import Open
from tests.drafting import LAN, MINH, Office, asked

pytestmark = pytest.mark.db

UNIT = "25645"
HEADING = Heading("HS-77", "bản đồ mới", "Công văn 12")
SENDER = Principal.holding("user:cham", {"public", "import", "edit", "drafts"}, frozenset({UNIT}))
SIDE, ROWS = 10.0, 20


def corner() -> tuple[float, float]:
    middle = load(find("vn-80")).outlines[UNIT].representative_point()
    (x,), (y,) = transform_xy(np.array([middle.x]), np.array([middle.y]), LONLAT, 9209)
    return round(float(x)), round(float(y))


EAST, NORTH = corner()


def shape(sheet: int, number: int) -> shapely.Polygon:
    """Squares side by side, three sheets of 334, 333, 333 one north of the other."""
    x = EAST + SIDE * ((number - 1) % ROWS)
    y = NORTH + SIDE * ((number - 1) // ROWS) + 400 * (sheet - 1)
    return shapely.box(x, y, x + SIDE, y + SIDE)


def feature(sheet: int, number: int, **facts: object) -> dict[str, object]:
    values = {
        "XAID": UNIT,
        "SHBANDO": str(sheet),
        "SHTHUA": str(number),
        "KHLOAIDAT": "ODT",
        "DIENTICHPL": 100.0,
        **facts,
    }
    geometry = facts.pop("geometry", None) or shape(sheet, number)
    values.pop("geometry", None)
    return {
        "type": "Feature",
        "properties": values,
        "geometry": shapely.geometry.mapping(geometry),
    }


def sheet_of(sheet: int) -> list[dict[str, object]]:
    return [feature(sheet, n) for n in range(1, 335 if sheet == 1 else 334)]


def written(path: Path, features: list[dict[str, object]]) -> Path:
    name = {"name": "urn:ogc:def:crs:EPSG::9209"}
    crs = {"type": "name", "properties": name}
    document = {"type": "FeatureCollection", "crs": crs, "features": features}
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


@pytest.fixture
def office(open_services: Open, tmp_path: Path) -> Office:
    """Three sheets, 1,000 parcels, published as a file."""
    office = Office(open_services("vn-80"))
    everything = [f for sheet in (1, 2, 3) for f in sheet_of(sheet)]
    batch = stage(office, written(tmp_path / "first.geojson", everything))
    office.services.publish.publish(batch, SENDER)
    assert len(office.live()) == 1_000
    return office


def stage(office: Office, path: Path) -> UUID:
    batch = office.services.load.load(path, Choices(), SENDER).batch
    assert batch.status == "staged"
    assert (batch.counts.quarantined, batch.counts.unreadable) == (0, 0)
    return batch.batch_id


def approved(office: Office, shown, by: Principal = LAN) -> int:
    submitted = office.drafts.submit(shown.draft.draft_id, asked(shown, by))
    return office.approve(submitted).draft.revision or 0


def split(office: Office, name: str) -> None:
    """Two people cut a parcel from west to east."""
    parcel = office.live()[name]
    west, south, east, north = parcel.geom.bounds
    middle = (south + north) / 2
    shown = office.open()
    tried = office.split(
        shown,
        parcel.parcel_id,
        *((x - 568_000.0, middle - 1_246_000.0) for x in (west - 1, east + 1)),
    )
    approved(office, office.commit(shown, tried))


def change_here(office: Office, name: str, **facts: object) -> None:
    """Two people change a parcel's facts; no tool does so yet."""
    parcel = office.live()[name]
    net = NetChange((parcel.as_before(),), (replace(parcel, **facts),), ())
    approved(office, office.draft_of(net, "HS-55"))


def test_stale_sheet_sent_again_is_one_change_and_one_clash(office: Office, tmp_path: Path) -> None:
    split(office, "1/5")
    change_here(office, "1/9", address="12 Lê Lợi")
    again = sheet_of(1)
    again[2] = feature(1, 3, KHLOAIDAT="CLN")
    again[8] = feature(1, 9, KHLOAIDAT="CLN")
    batch = stage(office, written(tmp_path / "again.geojson", again))

    with pytest.raises(Conflict) as alone:
        office.services.publish.publish(batch, SENDER)
    assert alone.value.code == "unit_not_empty"

    made = office.services.editing.resends.propose(batch, SENDER, HEADING, "none", None)
    found = made.difference
    assert [p.number for p in found.changed] == ["3"]
    assert found.created == found.retired == ()
    (clash,) = found.clashes
    assert (clash.key, clash.why, clash.row) == (f"{UNIT}/1/9", "changed_on_both_sides", 9)
    assert clash.fields == ("land_uses", "address")
    # 334 rows: one changed, one clashes, one is the parcel that was split.
    assert (found.same, found.outdated) == (331, 1)
    assert found.absent == 666

    submitted = office.drafts.submit(made.shown.draft.draft_id, asked(made.shown, SENDER))
    assert submitted.sha256 is not None
    with pytest.raises(NotAllowed):
        office.approvals.approve(
            submitted.draft.draft_id, asked(submitted, SENDER), submitted.sha256
        )
    revision = office.approve(submitted, MINH).draft.revision
    live = office.live()
    assert live["1/3"].land_uses[0].code == "CLN"
    assert (live["1/9"].land_uses[0].code, live["1/9"].address) == ("ODT", "12 Lê Lợi")
    assert "1/5" not in live
    assert {"1/335", "1/336"} <= live.keys()
    assert len(live) == 1_001
    batch_now = office.services.load.get(batch, SENDER)
    assert (batch_now.status, batch_now.published_revision) == ("published", revision)
    assert office.services.verify.register().is_clean


def test_newer_file_creates_moves_and_retires_where_it_is_complete(
    office: Office, tmp_path: Path
) -> None:
    newer = [f for f in sheet_of(2) if f["properties"]["SHTHUA"] != "40"]  # type: ignore[index]
    wide = shapely.union_all([shape(2, 333), shapely.box(*shape(2, 334).bounds)])
    newer[-1] = feature(2, 333, geometry=wide)
    beside = shapely.box(EAST - 50, NORTH + 400, EAST - 40, NORTH + 410)
    newer.append(feature(2, 500, geometry=beside))
    newer.append(feature(2, 501, geometry=shapely.box(EAST - 6, NORTH + 5, EAST + 4, NORTH + 7)))
    batch = stage(office, written(tmp_path / "newer.geojson", newer))
    (warned,) = (
        f
        for f in office.services.load.findings(batch, SENDER)
        if f["rule"] == "topology.register_overlap"
    )
    assert (warned["severity"], warned["rows"]) == ("warning", [334])
    assert warned["parcels"] == [str(office.live()["1/1"].parcel_id)]
    found = office.services.editing.resends.difference(batch, SENDER, "sheet")
    assert [p.number for p in found.retired] == ["40"]
    assert [p.number for p in found.changed] == ["333"]
    assert len(found.created) == 1
    assert [c.why for c in found.clashes] == ["overlap"]
    made = office.services.editing.resends.propose(batch, SENDER, HEADING, "sheet", None)
    approved(office, made.shown, SENDER)
    live = office.live()
    assert "2/40" not in live
    assert live["2/333"].geom.area == pytest.approx(200.0)
    assert len(live) == 1_000
    assert office.services.verify.register().is_clean


def test_file_that_says_nothing_new_proposes_nothing(office: Office, tmp_path: Path) -> None:
    batch = stage(office, written(tmp_path / "same.geojson", sheet_of(3)))
    with pytest.raises(Conflict) as nothing:
        office.services.editing.resends.propose(batch, SENDER, HEADING, "none", None)
    assert nothing.value.code == "nothing_to_propose"
    assert "333 rows as in the register" in nothing.value.message


def test_officer_of_another_unit_proposes_nothing(office: Office, tmp_path: Path) -> None:
    again = [feature(1, 1, KHLOAIDAT="CLN")]
    batch = stage(office, written(tmp_path / "other.geojson", again))
    stranger = Principal.holding("user:la", {"import", "edit", "drafts"}, frozenset({"25459"}))
    with pytest.raises(NotAllowed):
        office.services.editing.resends.propose(batch, stranger, HEADING, "none", None)
    reader = Principal.holding("user:doc", {"import"}, frozenset({UNIT}))
    with pytest.raises(NotAllowed):
        office.services.editing.resends.propose(batch, reader, HEADING, "none", None)


def test_batch_without_identity_is_refused(open_services: Open, tmp_path: Path) -> None:
    office = Office(open_services("generic"))
    squares = [{**feature(1, n), "properties": {"same": "x"}} for n in (1, 2)]
    batch = stage(office, written(tmp_path / "nameless.geojson", squares))
    anybody = Principal.holding("user:any", {"import", "edit"})
    with pytest.raises(Refused) as nameless:
        office.services.editing.resends.difference(batch, anybody, "none")
    assert nameless.value.code == "no_identity"
