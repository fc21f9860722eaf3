"""The walls around the process that parses: other formats, death, limits."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from landgis.errors import Refused
from landgis.ingest import reader_process
from landgis.ingest.raw import RawLayer
from landgis.ingest.reader_process import run_reader
from tests.ingest.reading import code_of, collection, feature

Make = Callable[..., Path]
Read = Callable[..., list[RawLayer]]


def vrt_over(target: Path) -> str:
    return (
        f'<OGRVRTDataSource><OGRVRTLayer name="layer"><SrcDataSource>{target}</SrcDataSource>'
        f"<SrcLayer>{target.stem}</SrcLayer></OGRVRTLayer></OGRVRTDataSource>"
    )


@pytest.mark.parametrize(
    ("suffix", "code"),
    [(".shp", "not_a_shapefile"), (".gpkg", "not_a_geopackage"), (".geojson", "bad_geojson")],
)
def test_vrt_in_disguise_is_refused_loose_and_in_a_zip(
    tmp_path: Path, make_shapefile: Make, read_file: Read, suffix: str, code: str
) -> None:
    secret = make_shapefile(tmp_path / "secret", 2)
    disguised = make_shapefile(tmp_path / "in", 2).with_suffix(suffix)
    disguised.write_text(vrt_over(secret))
    assert code_of(lambda: read_file(disguised)) == code
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for part in (disguised, disguised.with_suffix(".dbf"), disguised.with_suffix(".shx")):
            archive.write(part, part.name)
    assert code_of(lambda: read_file(tmp_path / "x.zip")) == code


@pytest.mark.parametrize("skipped", [None, "", "OSM"])
def test_gdal_itself_opens_nothing_but_the_expected_format(
    tmp_path: Path, make_shapefile: Make, monkeypatch: pytest.MonkeyPatch, skipped: str | None
) -> None:
    """Also when our list of drivers is older than GDAL: the process finds out and starts anew."""
    shp = make_shapefile(tmp_path / "in", 2)
    if skipped is not None:
        monkeypatch.setattr(reader_process, "skip_list", lambda _: skipped)
    (table,) = run_reader(shp, "ESRI Shapefile", tmp_path, layer=None, called="in.shp")
    assert table.rows.is_file()
    disguised = tmp_path / "layer.shp"
    disguised.write_text(vrt_over(shp))
    geojson = tmp_path / "layer2.shp"
    geojson.write_text(json.dumps(collection(feature())))
    for path in (disguised, geojson):
        with pytest.raises(Refused, match=r"^x\.shp: ") as refused:
            run_reader(path, "ESRI Shapefile", tmp_path, layer=None, called="x.shp")
        assert refused.value.code == "reader_failed"
        assert str(tmp_path) not in refused.value.message


def fake_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    fake = tmp_path / "python"
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o700)
    monkeypatch.setattr(reader_process.sys, "executable", str(fake))


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("kill -SEGV $$", "SIGSEGV"),
        ("kill -KILL $$", "SIGKILL"),
        ("kill -XCPU $$", "300 s of processor time"),
        ("echo std::bad_alloc >&2; exit 3", r"code 3 \(std::bad_alloc\)"),
        ("exit 0", "code 0"),
    ],
)
def test_death_of_the_reading_process_is_a_refusal_that_says_how(
    tmp_path: Path,
    make_shapefile: Make,
    read_file: Read,
    monkeypatch: pytest.MonkeyPatch,
    script: str,
    why: str,
) -> None:
    shp = make_shapefile(tmp_path / "in", 2)
    fake_python(tmp_path, monkeypatch, script)
    with pytest.raises(Refused, match=rf"^parcels\.shp: .*{why}") as refused:
        read_file(shp)
    assert refused.value.code == "reader_failed"


def test_reading_that_never_ends_is_stopped(
    tmp_path: Path, make_shapefile: Make, read_file: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    shp = make_shapefile(tmp_path / "in", 2)
    fake_python(tmp_path, monkeypatch, "exec tail -f /dev/null")
    monkeypatch.setattr(reader_process, "READER_SECONDS", 0.2)
    with pytest.raises(Refused, match=r"longer than 0\.2 s") as refused:
        read_file(shp)
    assert refused.value.code == "reader_failed"


def test_reading_process_gets_no_credentials(
    tmp_path: Path, make_shapefile: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PGPASSWORD", "LANDGIS_DATABASE_URL", "HOME", "HTTPS_PROXY", "AWS_SECRET"):
        monkeypatch.setenv(name, "secret")
    shp = make_shapefile(tmp_path / "in", 2)
    fake_python(tmp_path, monkeypatch, 'env > "$4/env.txt"; exit 1')
    with pytest.raises(Refused):
        run_reader(shp, "ESRI Shapefile", tmp_path, layer=None, called="x")
    (seen,) = tmp_path.glob("read-*/env.txt")
    assert "secret" not in seen.read_text()


def test_sandbox_limits_time_memory_files_and_network() -> None:
    pytest.importorskip("resource")
    script = """
import resource, socket
from landgis.ingest.sandbox import enter_sandbox
enter_sandbox()
for limit in ("CPU", "AS", "NOFILE", "CORE"):
    print(resource.getrlimit(getattr(resource, f"RLIMIT_{limit}"))[0])
try:
    bytearray(5 * 1024**3)
except MemoryError:
    print("no memory")
try:
    socket.create_connection(("192.0.2.1", 9), timeout=0.01)
except TimeoutError:
    print("waiting")
except OSError:
    print("no network")
"""
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split("\n")
    assert said[:5] == ["300", str(4 * 1024**3), "64", "0", "no memory"]
    assert said[5] in {"no network", "waiting"}
