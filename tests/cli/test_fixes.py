"""``landgis fix`` on the local command line: shown, made, taken back."""

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Landgis
from tests.fixable_rows import DANGLE, OVERLAPS, fixable
from tests.held_rows import written

pytestmark = pytest.mark.db


def test_fixes_are_shown_made_and_taken_back(landgis: Landgis, tmp_path: Path) -> None:
    imported = landgis("import", written(tmp_path / "fixable.geojson", fixable("cli")), "--json")
    report = json.loads(imported.stdout)
    batch = report["batch_id"]
    (dangle,) = {f["id"] for f in report["findings"] if f["rule"] == "topology.dangle"}

    shown = landgis("fix", batch, "--finding", dangle)
    assert shown.exit_code == 0, shown.output
    assert "cut_spike: boundary moves 2000.0 mm" in shown.stdout
    assert re.search(rf"row +{DANGLE} +100\.000 m² -> +100\.000 m² +\+0\.000", shown.stdout)
    assert f"row {DANGLE} then: accepted" in shown.stdout
    assert json.loads(landgis("fix", batch, "--json").stdout) == {"fixes": []}, "nothing is made"

    made = landgis("fix", batch, "--finding", dangle, "--apply", "--reason", "đoạn thừa")
    assert made.exit_code == 0, made.output
    (fix_id,) = re.findall(r"fix ([0-9a-f-]{36})", made.stdout)
    dry = json.loads(landgis("fix", batch, "--rule", "topology.hairline_overlap", "--json").stdout)
    ((row,),) = (fix["rows"] for fix in dry["fixes"])
    assert (dry["dry_run"], row["row"]) == (True, OVERLAPS)
    assert (row["area_before_m2"], row["area_after_m2"]) == (100.3, 100.0)
    refused = landgis("fix", batch, "--rule", "topology.overlap")
    assert "cut_overlap refused (beyond_tolerance): The boundary would move 2.000 m" in (
        refused.stdout
    )

    undone = landgis("fix", batch, "--undo", fix_id, "--reason", "nhầm")
    assert undone.exit_code == 0, undone.output
    listed = landgis("fix", batch).stdout
    assert f"fix {fix_id} (taken back)" in listed
    assert f"takes back {fix_id}" in listed


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--finding", "a", "--rule", "b"), "which_fix"),
        (("--apply",), "which_fix"),
        (("--rule", "topology.gap", "--apply"), "reason_missing"),
        (("--undo", "x"), "reason_missing"),
        (("--undo", "x", "--reason", "y"), "bad_fix_id"),
    ],
)
def test_what_cannot_be_asked_says_so(landgis: Landgis, words: tuple[str, ...], code: str) -> None:
    done = landgis("fix", "0" * 32, *words)
    assert done.exit_code == 2, done.output
    assert code in done.output
