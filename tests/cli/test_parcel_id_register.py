"""``landgis parcel-id`` on the register: given, verified from a table, looked through."""

import json
from pathlib import Path

import pytest

from landgis.store.database import Database
from tests.builders import square
from tests.cli.conftest import Landgis
from tests.histories import Land, Register

pytestmark = pytest.mark.db


def test_register_from_its_first_identifiers_to_a_drift(
    landgis: Landgis, database: Database, tmp_path: Path
) -> None:
    register = Register(database)
    lands = (Land(square(20 * i, 0), f"25645/12/{i}") for i in range(1, 4))
    first, *_ = register.publish(*lands)
    assert landgis("parcel-id", "assign").stdout == "3 parcel(s) looked at\n"
    assert json.loads(landgis("parcel-id", "assign", "--json").stdout)["assigned"] == 0
    looked = landgis("parcel-id", "verify", "--register", "--lang", "en")
    assert (looked.exit_code, looked.stdout) == (0, "3 parcels, 0 outside, 0 twice\n")

    table = tmp_path / "stated.csv"
    said = {"rows": [{"national_id": "w652q6gtt0zn", "parcel": "25645/12/1"}]}
    (tmp_path / "stated.json").write_text(json.dumps(said), "utf-8")
    found = json.loads(
        landgis("parcel-id", "verify", tmp_path / "stated.json", "--register", "--json").stdout
    )
    (row,) = found["rows"]
    assert (row["right"], row["cause"]["code"]) == (False, "unknown")
    code = row["canonical"]["national_id"]
    table.write_text(f"national_id;parcel\n{code};25645/12/1\n{code};25645/12/2\n", "utf-8")
    told = landgis("parcel-id", "verify", table, "--register", "--lang", "en")
    assert told.exit_code == 1
    heading, line, counts = told.stdout.splitlines()
    assert heading.split() == ["Row", "Stated", "Canonical", "Distance", "Cause"]
    assert line.startswith("2 ")
    assert line.endswith("20.00 m   the identifier of another parcel")
    assert counts == "2 rows, 1 right, 1 other_parcel, 1 same"

    register.change("edit", [first], {first: Land(square(20, 6, 4), "25645/12/1")})
    drifted = landgis("parcel-id", "verify", "--register", "--lang", "en")
    assert drifted.exit_code == 1
    assert drifted.stdout.splitlines()[0] == "3 parcels, 1 outside, 0 twice"
    assert f"{code} lies" in drifted.stdout


def test_what_cannot_be_read_is_refused(landgis: Landgis, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("national_id\n", "utf-8")
    refused = landgis("parcel-id", "verify", tmp_path / "a.txt", "--register")
    assert (refused.exit_code, "[bad_arguments]" in refused.stderr) == (2, True)
    missing = landgis("parcel-id", "verify", tmp_path / "b.csv", "--register")
    assert (missing.exit_code, "[no_such_file]" in missing.stderr) == (4, True)
    nothing = landgis("parcel-id", "verify")
    assert (nothing.exit_code, "[bad_arguments]" in nothing.stderr) == (2, True)


def test_issuer_makes_a_table_official_or_is_told_why_not(
    landgis: Landgis, database: Database, tmp_path: Path
) -> None:
    lands = (Land(square(20 * i, 0), f"25645/12/{i}") for i in range(1, 3))
    Register(database).publish(*lands)
    landgis("parcel-id", "assign")
    stated = tmp_path / "official.csv"
    said = ("--issuer", "Sở Nông nghiệp và Môi trường", "--decision", "12/QĐ", "--lang", "en")
    stated.write_text("national_id,parcel\nw652q6gtt0zn,25645/12/1\n", "utf-8")
    refused = landgis("parcel-id", "issue", stated, *said)
    assert refused.exit_code == 3
    counts, row = refused.stdout.splitlines()
    assert counts == "1 rows, 0 official, 0 already, 1 refused"
    assert row.startswith("row 1: w652q6gtt0zn: ")
    assert "Nothing was written" in refused.stderr
    told = landgis("parcel-id", "verify", stated, "--register", "--json").stdout
    code = json.loads(told)["rows"][0]["canonical"]["national_id"]
    stated.write_text(f"national_id,parcel\n{code},25645/12/1\n", "utf-8")
    done = json.loads(landgis("parcel-id", "issue", stated, *said, "--json").stdout)
    assert (done["written"], done["counts"]["official"]) == (True, 1)
    again = landgis("parcel-id", "issue", stated, *said)
    assert (again.exit_code, again.stdout) == (0, "1 rows, 0 official, 1 already, 0 refused\n")
    assert landgis("audit", "verify").exit_code == 0
