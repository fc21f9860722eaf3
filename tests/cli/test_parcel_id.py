"""``landgis parcel-id``: of places, of files, and what files state, with the exit codes."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from click.testing import CliRunner, Result

from landgis import geodesy
from landgis.cadastre.identifier import feature_points, geohash
from landgis.cli import main
from tests.builders import EPSG, column, ring
from tests.sending import PRJ_9210, parcels, shapefile, vilis

SAMPLES = Path(__file__).parent.parent.parent / "data_samples"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["parcel-id", *map(str, arguments)])


def identifiers(geoms: list[shapely.Polygon], east: float = 0, north: float = 0) -> list[str]:
    """Their identifiers, moved by some metres."""
    points = feature_points(column(geoms)) + np.array([east, north])
    x, y = points.T
    return list(geohash.encode(*geodesy.transform_xy(x, y, EPSG, geodesy.LONLAT)))


def stating(folder: Path, stated: list[str], prj: str | None = None) -> Path:
    fields = vilis() | {"MADINHDANH": stated}
    more = {} if prj is None else {"prj": prj}
    return shapefile(folder / "sent.shp", parcels(), fields, cpg="UTF-8", **more)


def test_place_has_the_golden_identifier() -> None:
    assert run("compute", 565302.0, 1250811.0, "--srid", "9209").stdout == "w652q6gtt0zn\n"
    said = json.loads(run("compute", "565302,0", 1250811, "--srid", "EPSG:9209", "--json").stdout)
    assert (said["procedure"], said["srid"]) == ("landgis-1", 9209)
    assert (said["national_id"], round(said["lon"], 9)) == ("w652q6gtt0zn", 106.100001214)


@pytest.mark.parametrize(
    ("arguments", "code", "exit_code"),
    [
        (("compute", "565302", "1250811"), "bad_arguments", 2),
        (("compute", "565302", "north", "--srid", "9209"), "bad_arguments", 2),
        (("compute", "565302", "--srid", "9209"), "bad_arguments", 2),
        (("compute", "565302", "1250811", "--srid", "9209x"), "bad_crs", 2),
        (("compute", "565302", "1250811", "--srid", "999999"), "unknown_crs", 4),
        (("compute", "1250811", "565302", "--srid", "9209"), "no_such_place", 4),
        (("compute", "nowhere.shp"), "no_such_file", 4),
    ],
)
def test_what_cannot_be_computed_is_said_in_a_line(
    arguments: tuple[str, ...], code: str, exit_code: int
) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (exit_code, "")
    assert f"[{code}]" in result.stderr.splitlines()[-1]


def test_file_gives_a_line_for_each_parcel(tmp_path: Path) -> None:
    path = shapefile(tmp_path / "sent.shp", parcels(), vilis(), cpg="UTF-8")
    result = run("compute", path)
    assert result.exit_code == 0
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [row["national_id"] for row in rows] == identifiers(parcels())
    assert (rows[0]["row"], rows[0]["parcel"]) == ("1", "25645/12/1")
    places = np.array([(float(row["x"]), float(row["y"])) for row in rows])
    assert np.abs(places - feature_points(column(parcels()))).max() <= 1e-4
    said = json.loads(run("compute", path, "--json").stdout)
    assert said["counts"] == {"computed": 60, "without": 0, "unreadable": 0}
    assert [p["national_id"] for p in said["parcels"]] == identifiers(parcels())


def test_parcel_without_a_feature_point_is_counted(tmp_path: Path) -> None:
    bow_tie = ring((0, 0), (10, 10), (0, 10), (10, 0))
    path = shapefile(tmp_path / "sent.shp", [*parcels()[:59], bow_tie], vilis(), cpg="UTF-8")
    result = run("compute", path, "--json")
    assert result.exit_code == 3
    said = json.loads(result.stdout)
    assert said["counts"] == {"computed": 59, "without": 1, "unreadable": 0}
    assert said["parcels"][59]["national_id"] is None


def test_right_identifiers_verify(tmp_path: Path) -> None:
    result = run("verify", stating(tmp_path, identifiers(parcels())), "--lang", "en")
    assert (result.exit_code, result.stdout) == (
        0,
        "60 rows, 60 state an identifier\nNo difference.\n",
    )


def test_differences_are_told_with_their_distance(tmp_path: Path) -> None:
    stated = identifiers(parcels())
    stated[3], stated[5], stated[7] = "", identifiers(parcels(), 7, 5)[5], stated[8]
    path = stating(tmp_path, stated)
    result = run("verify", path)
    assert result.exit_code == 1
    assert result.stdout.startswith("60 dòng, 59 dòng ghi mã định danh\n")
    assert "1 dòng không có mã định danh, đầu tiên là dòng 4." in result.stdout
    assert f"Các dòng 8, 9 cùng ghi mã định danh {stated[8]}" in result.stdout
    said = json.loads(run("verify", path, "--json").stdout)
    assert (said["differs"], said["counts"]["stated"]) == (True, 59)
    found = {f["rule"]: f for f in said["findings"] if f["rows"] != [8]}
    assert found["identity.national_id_far"]["rows"] == [6]
    assert found["identity.national_id_far"]["measured"] == pytest.approx(8.6, abs=0.1)
    assert found["identity.national_id_duplicate"]["severity"] == "error"


def test_other_meridian_is_named(tmp_path: Path) -> None:
    result = run(
        "verify",
        stating(tmp_path, identifiers(parcels()), PRJ_9210),
        "--crs",
        "EPSG:9210",
        "--json",
    )
    (found,) = json.loads(result.stdout)["findings"]
    assert (result.exit_code, len(found["rows"])) == (1, 60)
    assert found["message"]["en"].endswith("another meridian, 15′ away (about 27 km).")


def test_file_that_states_none_is_refused() -> None:
    result = run("verify", SAMPLES / "demo-register" / "demo_hoa_thanh_vilis.zip")
    assert (result.exit_code, result.stdout) == (4, "")
    assert "[no_identifiers]" in result.stderr


def test_degrees_abroad_are_computed_in_metres(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANDGIS_JURISDICTION", "generic")
    geoms = list(geodesy.transform(column(parcels()), EPSG, geodesy.LONLAT))
    prj = 'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137,298.257223563]],'
    prj += 'PRIMEM["Greenwich",0],UNIT["Degree",0.0174532925199433]]'
    path = shapefile(tmp_path / "sent.shp", geoms, vilis(), prj=prj, cpg="UTF-8")
    said = json.loads(run("compute", path, "--crs", "EPSG:4326", "--json").stdout)
    assert said["srid"] == 32648
    computed = [p["national_id"] for p in said["parcels"]]
    assert sum(a == b for a, b in zip(computed, identifiers(parcels()), strict=True)) >= 55


def test_validate_finds_the_same_and_reads_codes_of_sheets(tmp_path: Path) -> None:
    stated = identifiers(parcels())
    stated[5] = identifiers(parcels(), 7, 5)[5]
    sheets = ["248567-4-(11)"] * 59 + ["248597-4-(11)"]  # the last one 30 km east of the others
    fields = vilis() | {"MADINHDANH": stated, "SHBANDO": sheets}
    path = shapefile(tmp_path / "sent.shp", parcels(), fields, cpg="UTF-8")
    result = CliRunner().invoke(main, ["validate", str(path), "--json"])
    said = json.loads(result.stdout)
    found = {f["rule"]: f for f in said["findings"]}
    assert found["identity.national_id_far"]["rows"] == [6]
    assert found["topology.sheet_frame"]["rows"] == [60]
    outcomes = {r["rule"]: r["outcome"] for r in said["by_rule"]}
    for rule in ("identity.national_id_missing", "identity.national_id_duplicate"):
        assert outcomes[rule] == "pass"
    assert outcomes["topology.unit_border"] == "pass"
