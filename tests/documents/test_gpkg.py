"""The GeoPackage of a report: read back by GDAL and by SQLite."""

import shutil
import sqlite3
import subprocess
from pathlib import Path

import pyogrio
import pytest
import shapely

from landgis.documents import gpkg
from landgis.documents.shown import ImportReport
from tests.documents.reports import finding, invented, tay_ninh


def written(path: Path, *reports: ImportReport, lang: str = "en") -> Path:
    path.write_bytes(gpkg.write(reports, tay_ninh(), lang))
    return path


def test_every_finding_is_a_point_or_has_none(demo_report: ImportReport, tmp_path: Path) -> None:
    frame = pyogrio.read_dataframe(written(tmp_path / "f.gpkg", demo_report), layer="findings")
    findings = demo_report.findings
    assert frame.crs.to_epsg() == 4326
    assert frame["finding_id"].tolist() == [f["id"] for f in findings]
    for point, found in zip(frame.geometry, findings, strict=True):
        if found["place"] is None:
            assert point is None
        else:
            assert [point.x, point.y] == found["place"]["coordinates"]
    assert frame["message"].tolist() == [f["message"]["en"] for f in findings]
    assert frame["no"].tolist() == list(range(1, len(findings) + 1))
    assert frame["srid"].isna().tolist() == [f["place_native"] is None for f in findings]


def test_database_is_a_sound_geopackage(demo_report: ImportReport, tmp_path: Path) -> None:
    with sqlite3.connect(written(tmp_path / "f.gpkg", demo_report)) as database:
        assert database.execute("PRAGMA application_id").fetchone() == (0x47504B47,)
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        contents = database.execute("SELECT table_name, srs_id FROM gpkg_contents").fetchall()
    database.close()
    assert contents[0] == ("findings", 4326)
    assert {name for name, _ in contents} <= {"findings", "findings_lines", "findings_areas"}
    assert {srs for _, srs in contents} == {4326}


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="no ogrinfo here")
def test_ogrinfo_reads_it(demo_report: ImportReport, tmp_path: Path) -> None:
    path = written(tmp_path / "f.gpkg", demo_report)
    said = subprocess.run(
        ["ogrinfo", "-so", path, "findings"], capture_output=True, text=True, check=True
    )
    assert "Geometry: Point" in said.stdout
    assert f"Feature Count: {len(demo_report.findings)}" in said.stdout


def test_same_report_gives_the_same_bytes(demo_report: ImportReport) -> None:
    first, second = (gpkg.write([demo_report], tay_ninh(), "vi") for _ in range(2))
    assert first == second


def test_report_without_findings_is_an_empty_layer(tmp_path: Path) -> None:
    assert pyogrio.read_info(written(tmp_path / "f.gpkg", invented()))["features"] == 0


def test_lines_and_areas_have_layers_of_their_own(tmp_path: Path) -> None:
    line = {"type": "LineString", "coordinates": [[106.1, 11.2], [106.2, 11.2]]}
    ring = [[106.1, 11.2], [106.2, 11.2], [106.2, 11.3], [106.1, 11.2]]
    area = {"type": "Polygon", "coordinates": [ring]}
    both = {"type": "GeometryCollection", "geometries": [line, area]}
    accepted = {"by": "user:lan", "at": "2026-11-23T08:00:00+00:00", "why": "nhà chung cư"}
    xy = (568_000.0, 1_246_000.0)
    path = written(
        tmp_path / "f.gpkg",
        invented(
            finding(1, xy),
            finding(2, xy, shape=line),
            finding(3, xy, shape=area, acceptance=accepted),
            finding(4, xy, shape=both),
        ),
    )
    layers = dict(pyogrio.list_layers(path).tolist())
    assert layers == {
        "findings": "Point",
        "findings_lines": "MultiLineString",
        "findings_areas": "MultiPolygon",
    }
    points, lines, areas = (pyogrio.read_dataframe(path, layer=name) for name in layers)
    assert points["no"].tolist() == [1, 2, 3, 4]
    assert lines["no"].tolist() == [2, 4]
    assert areas["no"].tolist() == [3, 4]
    assert shapely.equals(lines.geometry[0], shapely.geometry.shape(line))
    assert shapely.equals(areas.geometry[1], shapely.geometry.shape(area))
    assert areas["accepted_by"].fillna("nobody").tolist() == ["lan", "nobody"]
    assert areas["accepted_why"][0] == "nhà chung cư"
    assert areas["message"].tolist() == ["message 3", "message 4"]


def test_several_files_stand_in_one_layer(tmp_path: Path) -> None:
    refused = ImportReport({"file": {"name": "b.zip"}, "error": {"code": "x", "message": "y"}})
    path = written(
        tmp_path / "f.gpkg", invented(finding(1)), refused, invented(finding(2), name="c")
    )
    assert pyogrio.read_dataframe(path)["file"].tolist() == ["a.zip", "c"]
