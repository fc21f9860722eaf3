"""``landgis findings``: listed, filtered, accepted and taken back; ``validate`` says the same."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from landgis import bootstrap
from landgis.bootstrap import Services
from landgis.cli import main
from landgis.config import Settings
from tests.held_rows import feature, outline, written

pytestmark = pytest.mark.db
Run = Callable[..., Result]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Two parcels on one square, a third far from them, a fourth without a geometry."""
    rows = [feature(1), feature(2, outline(1)), feature(40), feature(41, None)]
    return written(tmp_path / "a.geojson", rows)


@pytest.fixture
def run(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run ``landgis …`` on the test's own database; what a process's end closes is closed here."""
    env = {"LANDGIS_DATABASE_URL": database_url, "LANDGIS_HOME": str(tmp_path)}
    build, opened = bootstrap.build, list[Services]()

    def keep(settings: Settings) -> Services:
        opened.append(build(settings))
        return opened[-1]

    def one(*words: object) -> Result:
        done = CliRunner().invoke(main, [*map(str, words)], env=env)
        while opened:
            opened.pop().close()
        return done

    monkeypatch.setattr(bootstrap, "build", keep)
    return one


def listed(run: Run, batch: str, *options: str) -> list[dict[str, Any]]:
    done = run("findings", batch, "--json", *options)
    assert done.exit_code == 0, done.output
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_findings_are_filtered_accepted_and_taken_back(run: Run, path: Path) -> None:
    offline = json.loads(run("validate", path, "--json").stdout)
    batch = json.loads(run("import", path, "--json").stdout)["batch_id"]
    (stack,) = listed(run, batch, "--rule", "topology.stack")
    assert stack["id"] in {f["id"] for f in offline["findings"]}
    assert all("shape" in f for f in offline["findings"])
    assert {f["severity"] for f in listed(run, batch, "--severity", "error")} == {"error"}
    lon, lat = stack["place"]["coordinates"]
    box = f"{lon - 1e-4},{lat - 1e-4},{lon + 1e-4},{lat + 1e-4}"
    assert stack in listed(run, batch, "--bbox", box)
    assert listed(run, batch, "--bbox", "0,0,1,1") == []

    done = run("findings", batch, "--accept", stack["id"], "--why", "nhà chung cư")
    assert (done.exit_code, stack["id"] in done.output) == (0, True)
    (now,) = listed(run, batch, "--rule", "topology.stack")
    assert now["acceptance"]["why"] == "nhà chung cư"
    assert "nhà chung cư" in run("findings", batch).output
    assert run("findings", batch, "--take-back", stack["id"]).exit_code == 0
    assert listed(run, batch, "--rule", "topology.stack") == [stack]


def test_what_cannot_be_is_said_with_its_code(run: Run, path: Path) -> None:
    batch = json.loads(run("import", path, "--json").stdout)["batch_id"]
    (empty,) = listed(run, batch, "--rule", "geometry.empty")
    done = run("findings", batch, "--accept", empty["id"], "--why", "thôi")
    assert "not_acceptable" in done.output
    assert done.exit_code != 0
    for words in (
        ("--accept", empty["id"]),
        ("--why", "x"),
        ("--accept", "0" * 16, "--why", "x", "--take-back", "0" * 16),
        ("--bbox", "1,2,3"),
    ):
        assert run("findings", batch, *words).exit_code == 2, words
    assert "no_such_finding" in run("findings", batch, "--take-back", "0" * 16).output
