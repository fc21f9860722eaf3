"""``--report PATH`` by suffix, as people type it."""

import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pyogrio
import pytest
from openpyxl import load_workbook

from tests.documents.reports import DEMO
from tests.running import environment


def validate(home: Path, *arguments: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "landgis", "validate", *map(str, arguments)],
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    path = tmp_path_factory.mktemp("truth") / "report.json"
    done = validate(path.parent, DEMO, "--report", path)
    assert done.returncode == 3, done.stderr
    report: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return report


@pytest.mark.parametrize("suffix", ["html", "XLSX", "gpkg"])
def test_every_form_holds_every_finding(truth: dict, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"report.{suffix}"
    done = validate(tmp_path, DEMO, "--report", path)
    assert done.returncode == 3, done.stderr
    ids = [f["id"] for f in truth["findings"]]
    data = path.read_bytes()
    if suffix == "html":
        found = [i for i in ids if i in data.decode()]
    elif suffix == "XLSX":
        sheet = load_workbook(BytesIO(data))["findings"]
        column = next(i for i, c in enumerate(sheet[1]) if c.value == "Mã phát hiện")
        found = [row[column] for row in sheet.iter_rows(min_row=2, values_only=True)]
    else:
        found = pyogrio.read_dataframe(path, layer="findings")["finding_id"].tolist()
    assert found == ids


def test_language_is_the_jurisdictions_unless_said(tmp_path: Path) -> None:
    path = tmp_path / "r.html"
    for options, lang in (((), "vi"), (("--lang", "en"), "en")):
        validate(tmp_path, DEMO, "--report", path, *options)
        assert f'<html lang="{lang}">' in path.read_text(encoding="utf-8")
    done = validate(tmp_path, DEMO, "--report", path, "--lang", "fr")
    assert done.returncode == 2


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("r.pdf", "unknown_report_format", ".json, .html, .xlsx, .gpkg"),
        ("report", "unknown_report_format", ".json, .html, .xlsx, .gpkg"),
        ("missing/r.html", "no_such_folder", "missing"),
    ],
)
def test_report_that_cannot_be_written_is_said_before_the_work(
    tmp_path: Path, name: str, code: str, said: str
) -> None:
    done = validate(tmp_path, DEMO, "--report", tmp_path / name)
    assert done.returncode == 2
    assert f"[{code}]" in done.stderr
    assert said in done.stderr
    assert '"stage"' not in done.stderr


def test_several_files_stand_in_one_report(tmp_path: Path, truth: dict) -> None:
    page = tmp_path / "page.zip"
    page.write_bytes(b"<!DOCTYPE html>")
    for suffix in ("json", "html"):
        done = validate(tmp_path, page, DEMO, "--report", tmp_path / f"r.{suffix}")
        assert done.returncode == 4
    told = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert [f["file"]["name"] for f in told["files"]] == ["page.zip", DEMO.name]
    assert told["counts"] == truth["counts"]
    shown = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "not_a_zip" in shown
    assert truth["findings"][0]["id"] in shown
