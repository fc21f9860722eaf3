"""Many files on the command line, bars on a terminal, and a system that is not POSIX."""

import contextlib
import json
import os
import pty
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from landgis.cli import main
from tests.running import environment
from tests.sending import parcels, shapefile, vilis

STABLE = {
    "dataset.outside_deployment": "block",
    "geometry.empty": "error",
    "geometry.invalid": "error",
    "geometry.outside_jurisdiction": "error",
    "geometry.too_many_vertices": "error",
    "identity.duplicate": "error",
    "topology.same_geometry": "error",
    "topology.stack": "warning",
}
"""Codes that scripts test for: they may become more, none may go or change its meaning."""

AS_ON_WINDOWS = """
import subprocess, sys, signal, os
import numpy, pyarrow, pyogrio, shapely, pyproj, sqlalchemy, psycopg_pool, procrastinate, granian
import rich.console, geopandas, jinja2, click, flask, werkzeug.serving
gone = {"fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "syslog"}
for name in gone:
    sys.modules[name] = None
for name in [n for n in sys.modules if n.startswith("landgis")]:
    del sys.modules[name]
sys.platform = "win32"
for module, names in ((os, ("fork", "geteuid", "getuid", "killpg", "setsid", "wait4")),
                      (signal, ("SIGKILL", "SIGHUP", "SIGXCPU"))):
    for name in names:
        delattr(module, name)
from landgis.cli import main
main()
"""
"""What there is not on Windows is gone before the first line of landgis runs."""


@pytest.fixture
def runner() -> CliRunner:
    return CliRunner()


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """A sound file, one that is none, and one whose second layer holds a row back."""
    fields = vilis()
    sound = shapefile(tmp_path / "to1.shp", parcels(), fields)
    page = tmp_path / "trang.zip"
    page.write_bytes(b"<!DOCTYPE html><html></html>")
    held = shapefile(tmp_path / "h.shp", [None, *parcels(seed=8)[1:]], fields)
    both = tmp_path / "hai tờ.zip"
    with zipfile.ZipFile(both, "w") as archive:
        for name, shp in (("a", sound), ("b", held)):
            for suffix in (".shp", ".shx", ".dbf", ".prj"):
                archive.write(shp.with_suffix(suffix), f"{name}{suffix}")
    return [str(sound), str(page), str(both)]


def test_bad_file_does_not_stop_the_others_and_the_sum_adds_up(
    runner: CliRunner, files: list[str]
) -> None:
    done = runner.invoke(main, ["validate", *files])
    assert done.exit_code == 4
    assert "not_a_zip" in done.stderr
    table = done.stdout.split("\n\n")[-1].splitlines()
    rows = [line.rsplit(maxsplit=4) for line in table if not line.startswith("-")]
    named = {line.split("  ")[0]: line.split() for line in table}
    assert list(named)[:1] == ["File"]
    assert named["hai tờ.zip [b]"][3:7] == ["60", "59", "1", "0"]
    assert named["Together, of 3 file(s)"][4:8] == ["180", "179", "1", "0"]
    assert "failed: not_a_zip" in " ".join(named["trang.zip"])
    assert len(rows) == 6


def test_json_of_many_files_is_one_object_with_their_sum(
    runner: CliRunner, files: list[str]
) -> None:
    done = runner.invoke(main, ["validate", *files, "--json"])
    said = json.loads(done.stdout)
    assert [entry["file"]["name"] for entry in said["files"]] == [
        "to1.shp",
        "trang.zip",
        "hai tờ.zip",
        "hai tờ.zip",
    ]
    assert [entry.get("options", {}).get("layer") for entry in said["files"]][2:] == ["a", "b"]
    assert said["counts"] == {"read": 180, "accepted": 179, "quarantined": 1, "unreadable": 0}


def test_one_layer_can_be_chosen(runner: CliRunner, files: list[str]) -> None:
    done = runner.invoke(main, ["validate", files[2], "--layer", "b"])
    assert done.exit_code == 3
    assert "60 rows = 59 accepted" in done.stdout
    assert "Together" not in done.stdout


def test_scale_of_the_survey_is_a_choice(runner: CliRunner, files: list[str]) -> None:
    done = runner.invoke(main, ["validate", files[0], "--map-scale", "1:500", "--json"])
    document = json.loads(done.stdout)
    assert document["options"]["map_scale"] == 500
    outcomes = {line["rule"]: line["outcome"] for line in document["by_rule"]}
    assert outcomes["attribute.area_error"] != "untested"
    for wrong, code in (("501", "unknown_map_scale"), ("big", "bad_map_scale")):
        done = runner.invoke(main, ["validate", files[0], "--map-scale", wrong])
        assert (done.exit_code, code in done.stderr) == (2, True), done.stderr


def test_terminal_shows_bars_with_rate_and_time(files: list[str], tmp_path: Path) -> None:
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "landgis", "validate", files[0]],
        env=environment(tmp_path / "home", TERM="xterm-256color", COLUMNS="120"),
        stdout=subprocess.PIPE,
        stderr=follower,
    )
    os.close(follower)
    shown = b""
    with contextlib.suppress(OSError):  # the terminal is gone when its last writer is
        while some := os.read(leader, 1 << 16):
            shown += some
    os.close(leader)
    out, _ = process.communicate(timeout=120)
    told = shown.decode()
    for part in ("to1.shp", "Validating", "60/60", "/s", "0:00:0"):
        assert part in told
    assert "{" not in told
    assert (process.returncode, b"60 rows" in out) == (0, True)


def test_codes_of_rules_stay(runner: CliRunner) -> None:
    said = json.loads(runner.invoke(main, ["rules", "--json"]).stdout)
    found = {rule["rule"]: rule["severity"] for rule in said["rules"]}
    assert found.items() >= STABLE.items()
    for rule in said["rules"]:
        assert set(rule["title"]) >= {"vi", "en"}
    listed = runner.invoke(main, ["rules", "--lang", "en"]).stdout
    assert len(listed.splitlines()) == len(said["rules"]) + 1


def test_validate_needs_nothing_that_windows_has_not(files: list[str], tmp_path: Path) -> None:
    home = tmp_path / "home"
    done = subprocess.run(
        [sys.executable, "-c", AS_ON_WINDOWS, "validate", files[2], "--json"],
        # An encoding that cannot say Vietnamese, as Windows gives to pipes.
        env=environment(home, PYTHONIOENCODING="cp1252"),
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 3, done.stderr.decode()
    said = json.loads(done.stdout.decode("utf-8"))
    assert said["counts"]["accepted"] == 119
    assert "no_limits" in done.stderr.decode()
    assert not home.exists()


def test_reading_process_starts_without_limits_where_there_are_none() -> None:
    program = (
        "import sys; sys.modules['resource'] = None\n"
        "from landgis.ingest import sandbox, child\n"
        "sandbox.enter_sandbox()\n"
        "print(sandbox.is_limited())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "False"
