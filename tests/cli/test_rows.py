"""Rows that were held back, put right on the local command line; a batch taken back."""

import csv
import io
import json
import re
from pathlib import Path

import orjson
import pytest
import shapely
from openpyxl import load_workbook

from tests.cli.conftest import Landgis
from tests.held_rows import BOWTIE, EMPTY, ITS_TWIN, OWNER, TWIN, feature, outline, written

pytestmark = pytest.mark.db


def test_file_with_held_rows_is_put_right_row_by_row_and_taken_back(
    landgis: Landgis, tmp_path: Path
) -> None:
    imported = landgis("import", written(tmp_path / "held.geojson"), "--publish", "--json")
    assert imported.exit_code == 3, imported.output
    batch = json.loads(imported.stdout)["batch_id"]
    listed = landgis("rows", batch, "--state", "quarantined")
    assert re.findall(r"^ +(\d+)  quarantined", listed.stdout, re.MULTILINE) == ["3", "5", "6", "8"]
    twins = json.loads(landgis("rows", batch, "--rule", "identity.duplicate", "--json").stdout)
    assert [row["row"] for row in twins["rows"]] == [TWIN, ITS_TWIN]

    shape = tmp_path / "eight.json"
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::9209"}}
    shape.write_bytes(orjson.dumps({**feature(EMPTY), "crs": crs}))
    mended = landgis("mend", batch, EMPTY, "--geometry", shape, "--reason", "đo lại")
    assert mended.exit_code == 0, mended.output
    assert "25645/4/8, mended 1×" in mended.stdout
    bare = tmp_path / "three.json"
    bare.write_text(json.dumps(shapely.geometry.mapping(outline(BOWTIE))))
    words = ("--geometry", bare, "--crs", "EPSG:9209", "--reason", "vẽ lại")
    assert landgis("mend", batch, BOWTIE, *words).exit_code == 0
    assert landgis("mend", batch, TWIN, "--set", "number=12", "--reason", "x").exit_code == 0

    tried = landgis("retry", batch, TWIN, EMPTY)
    assert tried.exit_code == 3
    assert f"row {EMPTY}: accepted" in tried.stdout
    assert f"row {TWIN}: held back by identity.duplicate" in tried.stdout
    assert "1 of 2 rows accepted; the batch now has 8 accepted + 3 quarantined" in tried.stdout
    assert landgis("mend", batch, TWIN, "--set", "number=5", "--reason", "x").exit_code == 0
    assert landgis("retry", batch, "--all").exit_code == 0
    late = landgis("publish", batch)
    assert late.stdout.splitlines()[-1] == "Published rows 3, 5, 6, 8 as revision 2"
    assert "published before" in landgis("publish", batch).stdout
    assert landgis("verify").exit_code == 0

    undo = ("batches", "undo", batch, "--record-no", "HS-9", "--reason", "sai", "--basis", "CV 1")
    taken_back = landgis(*undo)
    assert taken_back.exit_code == 0, taken_back.output
    assert taken_back.stdout.splitlines()[0] == f"11 parcels would be as before batch {batch}"
    assert "awaits approval" in taken_back.stdout
    assert f"{batch}" in landgis("batches").stdout


def test_rows_as_tables_hold_every_row_no_person_and_no_formula(
    landgis: Landgis, tmp_path: Path
) -> None:
    rows = [
        feature(1, GHICHU='=HYPERLINK("http://x")'),
        feature(2, GHICHU="-5"),
        feature(3, None, GHICHU="+84 90\n@x"),
    ]  # fmt: skip
    imported = landgis("import", written(tmp_path / "a.geojson", rows), "--json")
    batch = json.loads(imported.stdout)["batch_id"]
    text = landgis("rows", batch, "--csv", "--lang", "en").stdout
    assert text.startswith("\ufeffrow,state,reasons,why,")
    table = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [row["file:GHICHU"] for row in table] == [
        '\'=HYPERLINK("http://x")',
        "-5",
        "'+84 90\n@x",
    ]
    assert [(row["row"], row["state"], row["why"]) for row in table][2] == (
        ("3", "quarantined", "Parcel without a geometry")
    )
    assert (table[0]["number"], table[0]["land_use"], table[0]["file:SHTHUA"]) == ("1", "ODT", "1")
    assert OWNER not in text
    assert OWNER in landgis("rows", batch, "--csv", "--personal").stdout

    path = tmp_path / "rows.xlsx"
    assert landgis("rows", batch, "--xlsx", path, "--state", "accepted").exit_code == 0
    sheet = load_workbook(path).active
    head, *lines = sheet.iter_rows()
    names = [cell.value for cell in head]
    assert len(lines) == 2
    note = lines[0][names.index("file:GHICHU")]
    assert (note.data_type, note.value) == ("s", '=HYPERLINK("http://x")')
    assert "file:TENCHU" not in names
    assert lines[1][names.index("register_area_m2")].value == 100


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("retry", "{batch}"), "which_rows"),
        (("retry", "{batch}", "3", "--all"), "which_rows"),
        (("mend", "{batch}", "3", "--set", "number", "--reason", "x"), "bad_set"),
        (("mend", "{batch}", "3", "--geometry", "{bad}", "--reason", "x"), "bad_geometry_file"),
        (("rows", "here"), "bad_batch"),
    ],
)
def test_what_cannot_be_meant_is_said_in_one_line(
    landgis: Landgis, tmp_path: Path, words: tuple[str, ...], code: str
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text("{")
    filled = [w.format(batch="00000000-0000-0000-0000-000000000000", bad=bad) for w in words]
    done = landgis(*filled)
    assert done.exit_code == 2, done.output
    assert f"[{code}]" in done.stderr
