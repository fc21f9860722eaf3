"""FlatGeobuf and GeoParquet: real parcels as they are, cut off, damaged, lying."""

import json
import struct
import warnings
from collections.abc import Callable
from pathlib import Path

import geopandas
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from landgis.errors import Refused
from landgis.geodesy import identify
from landgis.ingest.raw import RawLayer
from tests.conftest import SAMPLES
from tests.ingest.reading import code_of, unreadable

Read = Callable[..., list[RawLayer]]
EPINAY = SAMPLES / "epinay" / "parcelles_91216_l93_shp.zip"
with np.errstate(invalid="ignore"):
    NOT_FINITE = shapely.from_wkb(
        shapely.box(0, 0, 1, 7.5).wkb.replace(struct.pack("<d", 7.5), struct.pack("<d", np.nan))
    )
WRITERS = {"fgb": "FlatGeobuf", "parquet": None}


@pytest.fixture(scope="module")
def parcels() -> geopandas.GeoDataFrame:
    return geopandas.read_file(f"/vsizip/{EPINAY}", encoding="ISO-8859-1", rows=300)


def written(frame: geopandas.GeoDataFrame, path: Path) -> Path:
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    else:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "'crs' was not provided")
            frame.to_file(path, driver="FlatGeobuf")
    return path


@pytest.mark.parametrize("suffix", WRITERS)
def test_real_parcels_come_back_bit_for_bit(
    tmp_path: Path, read_file: Read, parcels: geopandas.GeoDataFrame, suffix: str
) -> None:
    (layer,) = read_file(written(parcels, tmp_path / f"a.{suffix}"))
    assert layer.rows.tolist() == list(range(1, 301))
    found = shapely.normalize(shapely.from_wkb(layer.wkb))
    meant = shapely.normalize(parcels.geometry.to_numpy())
    # FlatGeobuf sorts its rows by place, and everything it holds is multi.
    pieces = sorted(shapely.to_wkb(shapely.normalize(shapely.get_parts(found))))
    assert pieces == sorted(shapely.to_wkb(shapely.normalize(shapely.get_parts(meant))))
    assert sorted(layer.columns["id"]) == sorted(parcels["id"])
    assert identify(layer.crs_wkt or "") == 2154


@pytest.mark.parametrize("epsg", [4326, 9209, 32648])
@pytest.mark.parametrize("suffix", WRITERS)
def test_crs_is_declared(tmp_path: Path, read_file: Read, suffix: str, epsg: int) -> None:
    frame = geopandas.GeoDataFrame({"n": [1]}, geometry=[shapely.box(0, 0, 1, 1)], crs=epsg)
    (layer,) = read_file(written(frame, tmp_path / f"a.{suffix}"))
    assert identify(layer.crs_wkt or "") == epsg
    (bare,) = read_file(written(frame.set_crs(None, allow_override=True), tmp_path / f"b.{suffix}"))
    assert bare.crs_wkt is None


@pytest.mark.parametrize("suffix", WRITERS)
def test_what_is_no_polygon_is_named_row_by_row(
    tmp_path: Path, read_file: Read, suffix: str
) -> None:
    shapes = [shapely.box(0, 0, 1, 1), shapely.Point(1, 1), None, NOT_FINITE]
    frame = geopandas.GeoDataFrame({"n": [1, 2, 3, 4]}, geometry=shapes, crs=9209)
    path = tmp_path / f"a.{suffix}"
    if suffix == "parquet":
        frame.to_parquet(path)
    else:
        frame.to_file(path, driver="FlatGeobuf", SPATIAL_INDEX="NO")
    (layer,) = read_file(path)
    assert layer.rows.tolist() == [1, 3]
    assert layer.wkb[1] is None
    assert unreadable(layer)[2] == "not_a_polygon"
    assert unreadable(layer)[4] in {"coordinate_not_finite", "damaged_geometry"}


def test_flatgeobuf_that_is_cut_off_names_what_it_lost(
    tmp_path: Path, read_file: Read, parcels: geopandas.GeoDataFrame
) -> None:
    path = written(parcels, tmp_path / "a.fgb")
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 8 // 10])
    (layer,) = read_file(path)
    assert layer.total_rows == 300
    assert 100 < len(layer.rows) < 300
    assert {row.code for row in layer.unreadable} == {"lost_by_reader"}


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    suffix=st.sampled_from(["fgb", "parquet"]),
    flips=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=5),
)
def test_flipped_bytes_are_read_or_refused(
    tmp_path: Path, read_file: Read, suffix: str, flips: list[tuple[int, int]]
) -> None:
    shapes = [shapely.box(k, 0, k + 1, 1) for k in range(5)]
    frame = geopandas.GeoDataFrame({"n": range(5)}, geometry=shapes, crs=9209)
    path = tmp_path / f"a.{suffix}"
    path.unlink(missing_ok=True)
    raw = bytearray(written(frame, path).read_bytes())
    for at, value in flips:
        raw[at % len(raw)] = value
    path.write_bytes(raw)
    try:
        (layer,) = read_file(path)
    except Refused:
        return
    assert layer.total_rows == len(layer.rows) + len(layer.unreadable)


def parquet_with(geo: object, path: Path) -> Path:
    table = pa.table({"geometry": [shapely.box(0, 0, 1, 1).wkb]})
    metadata = {} if geo is None else {b"geo": json.dumps(geo).encode()}
    pq.write_table(table.replace_schema_metadata(metadata), path)
    return path


@pytest.mark.parametrize(
    "geo",
    [
        None,
        [],
        {"primary_column": "x", "columns": {}},
        {"primary_column": "geometry", "columns": {"geometry": {"encoding": "point"}}},
    ],
)
def test_parquet_without_a_geometry_is_refused(
    tmp_path: Path, read_file: Read, geo: object
) -> None:
    path = parquet_with(geo, tmp_path / "a.parquet")
    assert code_of(lambda: read_file(path)) == "not_geoparquet"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.fgb", b"fgb\x03fgb\x00" + struct.pack("<I", 2**31), "bad_flatgeobuf"),
        ("a.fgb", b"fgb\x03fgb\x00" + struct.pack("<I", 8) + bytes(8), "reader_failed"),
        ("a.fgb", b"<html>", "bad_flatgeobuf"),
        ("a.parquet", b"PAR1 nothing PAR1", "bad_geoparquet"),
        ("a.parquet", b"<html>", "bad_geoparquet"),
    ],
)
def test_rubbish_is_refused_by_name(
    tmp_path: Path, read_file: Read, name: str, content: bytes, code: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert code_of(lambda: read_file(path)) == code
