"""``landgis certificates load``: what is kept, what is named, how it ends."""

import json
from pathlib import Path

import pytest

from landgis.store.database import Database
from tests.builders import square
from tests.cli.conftest import Landgis
from tests.histories import Land, Register

pytestmark = pytest.mark.db

HEADING = "serial;parcel;book_no;issued_on;ended_on\n"


def test_table_is_noted_and_what_cannot_be_taken_is_named(
    landgis: Landgis, database: Database, tmp_path: Path
) -> None:
    Register(database).publish(Land(square(0, 0), "25645/12/1"))
    table = tmp_path / "papers.csv"
    table.write_text(f"{HEADING}BK 1;25645/12/1;CH 1;2019-05-06;\n", "utf-8-sig")
    told = landgis("certificates", "load", table)
    assert (told.exit_code, told.stdout) == (0, "1 added, 0 changed, 0 unchanged, 0 refused\n")
    table.write_text(f"{HEADING}BK 1;25645/12/1;CH 1;2019-05-06;\nBK 2;25645/12/7;;;\n", "utf-8")
    told = landgis("certificates", "load", table)
    counts, row = told.stdout.splitlines()
    assert (told.exit_code, counts) == (3, "0 added, 0 changed, 1 unchanged, 1 refused")
    assert row == "row 2: no_such_parcel: there is no live parcel '25645/12/7'"
    said = json.loads(landgis("certificates", "load", table, "--json").stdout)
    assert said["counts"] == {"added": 0, "changed": 0, "unchanged": 1, "refused": 1}
    assert [one["row"] for one in said["refused"]] == [2]
    assert landgis("audit", "verify").exit_code == 0


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("parcel\n1\n", "bad_body"),
        ("serial,parcel,owner\nBK 1,1,x\n", "unknown_column"),
        ("serial,parcel\n", "no_rows"),
        ("serial,parcel\nBK 1,1,2\n", "bad_body"),
    ],
)
def test_what_is_no_such_table_is_refused(
    landgis: Landgis, tmp_path: Path, content: str, code: str
) -> None:
    (tmp_path / "a.csv").write_text(content, "utf-8")
    told = landgis("certificates", "load", tmp_path / "a.csv")
    assert (told.exit_code, f"[{code}]" in told.stderr) == (4, True)
    missing = landgis("certificates", "load", tmp_path / "b.csv")
    assert (missing.exit_code, "[no_such_file]" in missing.stderr) == (4, True)
