"""From file to register on the sample data: every row has its fate, planted defects are found."""

import json
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
import shapely

from landgis.cadastre.changes import ChangeSet, Part
from landgis.cadastre.register import Principal
from landgis.config import Settings
from landgis.errors import Conflict, NotAllowed, Refused
from landgis.ingest.evidence import Choices
from landgis.store.digest import digest_of
from landgis.store.staging import StagingStore
from tests.conftest import SAMPLES, Open

pytestmark = pytest.mark.db

DEMO = SAMPLES / "demo-register" / "demo_hoa_thanh_vilis.zip"
EPINAY = SAMPLES / "epinay" / "parcelles_91216_l93_shp.zip"
OFFICER = Principal.holding("officer", {"import"})


def test_demo_register_gives_exactly_the_planted_defects(open_services: Open) -> None:
    services = open_services("vn-80")
    loaded = services.load.load(DEMO, Choices(), OFFICER)
    planted = json.loads((SAMPLES / "demo-register" / "planted.json").read_text())
    report = services.load.report(loaded.batch.batch_id, OFFICER)
    held = {row["row"]: row["reasons"] for row in report["rows"]}
    expected = {p["row"]: [p["rule"]] for p in planted if p["expect"] == "quarantined"}
    assert held == expected
    found = {(row, f["rule"]): f["severity"] for f in report["findings"] for row in f["rows"]}
    wanted = {(p["row"], p["rule"]) for p in planted}
    # Slivers, strips and parcels below 1 m² are there in the real land that it was made of.
    beside = {found[each] for each in found.keys() - wanted}
    assert wanted <= found.keys()
    assert beside <= {"warning", "info"}
    assert report["counts"] == {
        "read": 4247,
        "accepted": 4238,
        "quarantined": 9,
        "unreadable": 0,
    }


def test_quarantined_row_keeps_what_was_found(open_services: Open) -> None:
    services = open_services("vn-80")
    batch = services.load.load(DEMO, Choices(), OFFICER).batch
    rows = services.load.rows(batch.batch_id, OFFICER, state="quarantined", after=0, limit=100)
    assert len(rows) == 9
    first = rows[0]
    assert first["reasons"] == ["geometry.empty"]
    assert first["attributes"]["GHICHU"] == "Minh hoạ - DEMO"


def test_evidence_says_what_was_decided_and_why(open_services: Open) -> None:
    services = open_services("vn-80")
    evidence = services.load.load(DEMO, Choices(), OFFICER).batch.evidence
    assert evidence["crs"]["chosen"] == "EPSG:9209"
    assert evidence["encoding"]["chosen"] == "tcvn3"
    assert evidence["encoding"]["candidates"][0]["samples"]
    assert evidence["encoding"]["score"] == 1.0
    assert evidence["mapping"]["chosen"] == "vilis"
    for decision in ("crs", "encoding", "axis_order", "mapping"):
        assert set(evidence[decision]) >= {"chosen", "candidates", "score", "samples", "reason"}
    assert evidence["mapping"]["personal"] == ["TENCHU", "DIACHI"]
    shown = json.dumps(evidence, ensure_ascii=False)
    owners = {
        row["attributes"]["TENCHU"]
        for row in services.load.rows(
            services.load.batches()[0].batch_id, OFFICER, state=None, after=0, limit=300
        )
    }
    assert owners
    assert not [name for name in owners if name and name in shown]


def test_published_parcels_have_their_survey_geometry_bit_for_bit(open_services: Open) -> None:
    import pyogrio

    services = open_services("generic")
    loaded = services.load.load(EPINAY, Choices(), OFFICER)
    done = services.publish.publish(loaded.batch.batch_id, OFFICER)
    assert (done.revision, done.created) == (1, 4241)
    truth = pyogrio.read_dataframe(EPINAY, encoding="ISO-8859-1").set_index("id")
    with services.database.begin() as connection:
        rows = connection.exec_driver_sql(
            "SELECT unit_code, sheet, number, register_area_m2, area_m2, ST_AsBinary(geom_survey) g"
            " FROM parcel_versions"
        ).all()
    assert len(rows) == 4241
    for row in rows:
        prefix, section = row.sheet[:3], row.sheet[3:]
        same = truth.loc[f"{row.unit_code}{prefix}{section:0>2}{row.number:0>4}"]
        assert shapely.from_wkb(bytes(row.g)).equals_exact(same.geometry, 0.0)
        assert row.area_m2 == pytest.approx(same.geometry.area, abs=0.0501)


@pytest.mark.parametrize(("jurisdiction", "path"), [("vn-80", DEMO), ("generic", EPINAY)])
def test_rows_read_back_are_the_rows_that_were_staged(
    open_services: Open, jurisdiction: str, path: Path
) -> None:
    services = open_services(jurisdiction)
    loaded = services.load.load(path, Choices(), OFFICER)
    assert loaded.accepted is not None
    back = StagingStore(services.database).accepted(loaded.batch)
    ids = np.array([UUID(int=i) for i in range(len(back))], dtype=object)
    (staged,) = loaded.accepted
    blocks = list(StagingStore(services.database).accepted_blocks(loaded.batch))
    assert [len(block) for block in blocks] == [len(back)]
    digests = {
        digest_of(ChangeSet("publish", (), (Part(parcels, ids),)))
        for parcels in (staged, back, *blocks)
    }
    assert len(digests) == 1


def test_same_file_twice_changes_nothing_and_says_so(open_services: Open) -> None:
    services = open_services("vn-80")
    first = services.load.load(DEMO, Choices(), OFFICER)
    services.publish.publish(first.batch.batch_id, OFFICER)
    state = services.query.state()
    again = services.load.load(DEMO, Choices(), OFFICER)
    assert (again.already, again.batch.batch_id) == (True, first.batch.batch_id)
    done = services.publish.publish(again.batch.batch_id, OFFICER)
    assert (done.already, done.revision) == (True, 1)
    assert services.query.state() == state
    assert len(services.load.batches()) == 1


def test_one_person_cannot_publish_into_a_unit_that_holds_parcels(open_services: Open) -> None:
    services = open_services("vn-80")
    first = services.load.load(DEMO, Choices(), OFFICER)
    second = services.load.load(DEMO, Choices(encoding="TCVN3"), OFFICER)
    services.publish.publish(first.batch.batch_id, OFFICER)
    with pytest.raises(Conflict) as conflict:
        services.publish.publish(second.batch.batch_id, OFFICER)
    assert conflict.value.code == "unit_not_empty"
    assert services.load.get(second.batch.batch_id, OFFICER).status == "staged"
    assert services.query.state().revision == 1


def test_key_of_another_unit_cannot_publish_here(open_services: Open) -> None:
    services = open_services("vn-80")
    batch = services.load.load(DEMO, Choices(), OFFICER).batch
    stranger = Principal.holding("key:other", {"import"}, frozenset({"25459"}))
    with pytest.raises(NotAllowed) as refusal:
        services.publish.publish(batch.batch_id, stranger)
    assert refusal.value.code == "other_unit"


def test_file_of_another_country_is_refused(open_services: Open) -> None:
    services = open_services("vn-80")
    with pytest.raises(Refused) as refusal:
        services.load.load(EPINAY, Choices(), OFFICER)
    assert refusal.value.code == "crs_not_accepted"
    with pytest.raises(Refused) as refusal:
        services.load.load(DEMO, Choices(crs=9210), OFFICER)
    assert services.load.batches() == []


def test_other_jurisdiction_cannot_open_the_register(open_services: Open) -> None:
    open_services("vn-80")
    with pytest.raises(Conflict) as conflict:
        open_services("generic")
    assert conflict.value.code == "other_jurisdiction"


def test_demo_refuses_a_register_with_real_data(open_services: Open) -> None:
    services = open_services("vn-80")
    batch = services.load.load(DEMO, Choices(), OFFICER).batch
    services.publish.publish(batch.batch_id, OFFICER)
    with pytest.raises(Conflict) as conflict:
        services.deployments.mark_demo()
    assert conflict.value.code == "real_data"


@pytest.mark.large
def test_large_real_cadastre_keeps_every_row(open_services: Open, test_data: Path) -> None:
    services = open_services("generic")
    path = test_data / "parcels-large" / "cambridge_x8_shp.zip"
    batch = services.load.load(path, Choices(profile="cambridge"), OFFICER).batch
    assert batch.counts.as_dict() == {
        "read": 105_272,
        "accepted": 104_672,
        "quarantined": 600,
        "unreadable": 0,
    }
    lines = {line["rule"]: line["findings"] for line in batch.by_rule}
    assert lines["topology.stack"] == 8
    # Rows 192: eight of them have a line into the air and touch themselves, too.
    broken = ("topology.dangle", "geometry.bow_tie", "geometry.ring_touches")
    assert [lines[code] for code in broken] == [120, 48, 32]
    # 37 pairs in each of the eight copies: tests/samples/test_real_rules.py counts them otherwise.
    assert lines["topology.overlap"] == 8 * 37
    assert services.publish.publish(batch.batch_id, OFFICER).created == 104_672


def run(settings: Settings, *arguments: object) -> "subprocess.CompletedProcess[str]":
    env = {
        "PATH": "/usr/bin:/bin",
        "LANDGIS_HOME": str(settings.home),
        "LANDGIS_DATABASE_URL": str(settings.database_url),
    }
    command = [sys.executable, "-m", "landgis", *map(str, arguments)]
    return subprocess.run(
        command, env=env, capture_output=True, text=True, timeout=120, check=False
    )


def test_command_line_imports_and_reports(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    done = run(settings, "import", DEMO, "--publish", "--report", path)
    assert done.returncode == 3, done.stderr
    assert "4247 rows = 4238 accepted + 9 quarantined + 0 unreadable" in done.stdout
    report = json.loads(path.read_text())
    assert (report["status"], report["revision"]) == ("published", 1)
    stages = [json.loads(line)["stage"] for line in done.stderr.splitlines()]
    assert list(dict.fromkeys(stages)) == ["reading", "validating", "staged", "publishing"]
    again = run(settings, "import", DEMO, "--publish", "--json")
    assert again.returncode == 0
    second = json.loads(again.stdout)
    assert second["already_imported"] is True
    varying = ("batch_id", "status", "revision", "timings", "already_imported")
    assert {k: v for k, v in second.items() if k not in varying} == {
        k: v for k, v in report.items() if k not in varying
    }


def test_offline_check_finds_the_same(settings: Settings, tmp_path: Path) -> None:
    nowhere = Settings.from_env({"LANDGIS_HOME": str(tmp_path / "none")})
    done = run(nowhere, "validate", DEMO, "--json")
    assert done.returncode == 3, done.stderr
    offline = json.loads(done.stdout)
    online = json.loads(run(settings, "import", DEMO, "--json").stdout)
    for part in ("file", "options", "evidence", "counts", "rows"):
        assert offline[part] == online[part], part
    asks_the_register = {"topology.register_overlap", "identity.number_reused"}
    for part in ("by_rule", "findings"):
        here, there = (
            [one for one in found[part] if one["rule"] not in asks_the_register]
            for found in (offline, online)
        )
        assert here == there, part
    untested = [f for f in offline["findings"] if f["rule"] in asks_the_register]
    assert {f["outcome"] for f in untested} == {"untested"}
    assert all("no_register" in f["message"]["en"] for f in untested)
    assert not [f for f in online["findings"] if f["rule"] in asks_the_register]
    assert not (tmp_path / "none").exists()
