"""Wrong files: one clear line with a code, exit 4, nothing left behind."""

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from landgis.cadastre.register import Principal
from landgis.config import Settings
from landgis.errors import LandgisError
from landgis.ingest.evidence import Choices
from tests.conftest import Open
from tests.flow.test_import import DEMO, EPINAY, run

pytestmark = pytest.mark.db
OFFICER = Principal.holding("officer", {"import"})


def parts_of(folder: Path) -> Path:
    with zipfile.ZipFile(DEMO) as archive:
        archive.extractall(folder)
    (shp,) = folder.glob("*.shp")
    return shp


def html(folder: Path) -> Path:
    path = folder / "page.shp"
    path.write_text("<!DOCTYPE html><html><body>404</body></html>")
    return path


def zip_without_shp(folder: Path) -> Path:
    path = folder / "empty.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "nothing here")
    return path


def missing_dbf(folder: Path) -> Path:
    shp = parts_of(folder)
    shp.with_suffix(".dbf").unlink()
    return shp


def truncated_shp(folder: Path) -> Path:
    shp = parts_of(folder)
    data = shp.read_bytes()
    shp.write_bytes(data[:150])
    return shp


def random_bytes(folder: Path) -> Path:
    path = folder / "noise.zip"
    path.write_bytes(bytes(range(256)) * 64)
    return path


def no_such_path(folder: Path) -> Path:
    return folder / "nothing.zip"


def elsewhere(_folder: Path) -> Path:
    return EPINAY


WRONG = {
    html: "not_a_shapefile",
    zip_without_shp: "no_layer_in_archive",
    missing_dbf: "missing_dbf",
    truncated_shp: "truncated_shp",
    random_bytes: "not_a_zip",
    no_such_path: "no_such_file",
    elsewhere: "crs_not_accepted",
}


@pytest.mark.parametrize(("make", "code"), WRONG.items(), ids=lambda v: getattr(v, "__name__", ""))
def test_wrong_file_is_refused_and_leaves_nothing(
    make: Callable[[Path], Path],
    code: str,
    open_services: Open,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    services = open_services("vn-80")
    with pytest.raises(LandgisError) as refusal:
        services.load.load(make(tmp_path), Choices(), OFFICER)
    assert refusal.value.code == code
    assert list(scratch.iterdir()) == []
    assert services.load.batches() == []


def test_command_line_says_it_in_one_line_and_goes_on(settings: Settings, tmp_path: Path) -> None:
    good = tmp_path / "good.zip"
    shutil.copy(DEMO, good)
    done = run(settings, "import", html(tmp_path), no_such_path(tmp_path), good)
    assert done.returncode == 4
    lines = [line for line in done.stderr.splitlines() if not line.startswith("{")]
    assert len(lines) == 2
    assert lines[0].startswith("landgis: page.shp")
    assert [line.rsplit("[", 1)[1] for line in lines] == ["not_a_shapefile]", "no_such_file]"]
    assert "Traceback" not in done.stderr
    assert "good.zip: imported" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "exit_code"),
    [
        (["import", DEMO, "--encoding", "klingon"], "unknown_encoding", 2),
        (["import", DEMO, "--crs", "here"], "bad_crs", 2),
        (["import", DEMO, "--map", "SHTHUA"], "bad_map", 2),
        (["import", DEMO, "--profile", "none"], "unknown_profile", 2),
        (["publish", "17"], "bad_batch", 2),
        (["publish", "00000000-0000-0000-0000-000000000000"], "no_such_batch", 4),
        (["keys", "create", "x", "--scope", "all"], "unknown_scope", 2),
    ],
)
def test_wrong_use_is_said_with_its_code(
    settings: Settings, arguments: list[object], code: str, exit_code: int
) -> None:
    done = run(settings, *arguments)
    assert (done.returncode, done.stderr.strip().rsplit("[", 1)[-1]) == (exit_code, f"{code}]")


def test_database_that_does_not_answer_is_exit_5(settings: Settings, tmp_path: Path) -> None:
    from dataclasses import replace

    dead = replace(settings, database_url=f"postgresql:///x?host={tmp_path}")
    done = run(dead, "import", DEMO)
    assert done.returncode == 5
    assert done.stderr.strip().endswith("[database_unavailable]")


def test_file_cut_off_in_the_middle_saves_its_whole_rows(
    open_services: Open, tmp_path: Path
) -> None:
    shp = parts_of(tmp_path)
    data = shp.read_bytes()
    shp.write_bytes(data[: len(data) // 2])
    services = open_services("vn-80")
    batch = services.load.load(shp, Choices(), OFFICER).batch
    counts = batch.counts
    assert batch.status == "staged"
    assert counts.read == 4_247
    assert counts.accepted > 1_500
    assert counts.read == counts.accepted + counts.quarantined + counts.unreadable
    lost = services.load.rows(batch.batch_id, OFFICER, state="unreadable", after=0, limit=9_999)
    assert len(lost) == counts.unreadable
    assert {tuple(row["reasons"]) for row in lost} == {("shape_cut_off",)}
