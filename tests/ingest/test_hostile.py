"""Odd tables of other projects' test suites and real layers: read whole, or what is lost named.

What each hostile file must give, from end to end, says ``tests/hostile/peers.toml``.
"""

import json
import shutil
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from landgis.errors import Refused
from landgis.ingest.raw import RawLayer

Read = Callable[..., list[RawLayer]]

TABLES = {
    "hostile-gdal/chinese.dbf": (1, b"\xd6\xd0\xb9\xfa"),
    "hostile-gdal/weird_header_length.dbf": (1, b"NUMERO"),
    "hostile-mapshaper/comma_separated.dbf": (7, b"AUGSTUMS"),
    "hostile-mapshaper/dbf_cpg/koi8r.dbf": (1, b"NAME"),
    "hostile-mapshaper/dbf_cpg/shiftjis.dbf": (1, b"NAME"),
    "hostile-mapshaper/dbf_cpg/utf16.dbf": (0, b"\xff\xfei"),
    "hostile-mapshaper/dbf_cpg/win1251.dbf": (1, b"NAME"),
    "hostile-mapshaper/dbf_cpg/win874.dbf": (1, b"NAME"),
    "hostile-mapshaper/duplicate_fields.dbf": (5, b"SP_ID"),
    "hostile-mapshaper/gbk.dbf": (1, b"NAME"),
}
"""Attribute tables without shapes, given as many squares: rows and the first field's bytes."""

REAL = {
    "fields-vietnam/vietnam_fields_vn2000_shp.zip": 100,
    "fields-vietnam/1_vietnam_areas.gpkg": 100,
    "fields-world/RO_ny.zip": 100,
    "fields-world/SI_2021.zip": 100,
    "fields-world/bg_arable_land_2024.zip": 100,
    "fields-world/brpgewaspercelen_definitief_2023.gpkg": 100,
    "fields-world/india_10k.zip": 100,
    "fields-world/lwb_nutzungsflaechen_v2_0_lv95.gpkg": 100,
    "parcels-fr-epinay/cadastre-91216-parcelles.json": 4_241,
    "parcels-fr-epinay/parcelles_91216_l93_shp.zip": 4_241,
    "parcels-nz-waca/nz_waca_adjustments.shp": 228,
    "parcels-us-berkeley/us-ca-berkeley-excerpt.zip": 746,
    "parcels-us-cambridge/cambridge_fy2013_shp.zip": 13_159,
    "parcels-us-cambridge/cambridge_fy2014_shp.zip": 13_116,
    "parcels-us-mn/UnivTrustMins.shp": 1_235,
    "parcels-us-nd/Surface_Trust_Lands_with_Trusts.zip": 4_889,
    "parcels-us-wi/BCPLPropertyBoundariesShapefile.zip": 1_936,
    "vn-admin/tay_ninh_80_communes_2025.geojson.zip": 96,
    "vn-vn2000-tcvn3/tay_ninh_xa_vn2000_tcvn3.zip": 96,
}


def independent_count(path: Path, folder: Path) -> int:
    """Records of a source, counted by nothing that landgis uses."""
    if path.suffix.lower() == ".zip":
        with zipfile.ZipFile(path) as archive:
            (name,) = (n for n in archive.namelist() if n.lower().endswith((".shp", ".geojson")))
            return independent_count(Path(archive.extract(name, folder)), folder)
    if path.suffix.lower() in {".json", ".geojson"}:
        return len(json.loads(path.read_bytes())["features"])
    raw = path.read_bytes()
    at, count = 100, 0
    end = min(len(raw), 2 * struct.unpack_from(">I", raw, 24)[0])
    while at < end:
        at += 8 + 2 * struct.unpack_from(">I", raw, at + 4)[0]
        count += 1
    return count


@pytest.mark.parametrize("name", TABLES)
def test_odd_attribute_table_is_read_beside_sound_shapes(
    real_data: Path,
    tmp_path: Path,
    make_shapefile: Callable[..., Path],
    read_file: Read,
    name: str,
) -> None:
    rows, first = TABLES[name]
    shp = make_shapefile(tmp_path / "in", rows)
    shp.with_suffix(".dbf").write_bytes((real_data / name).read_bytes())
    (layer,) = read_file(shp)
    assert layer.rows.tolist() == list(range(1, rows + 1))
    assert next(iter(layer.columns)).encode("latin-1") == first
    assert layer.records is not None
    assert len(layer.records) == rows


def test_columns_of_the_same_name_are_all_kept(
    real_data: Path, tmp_path: Path, make_shapefile: Callable[..., Path], read_file: Read
) -> None:
    shp = make_shapefile(tmp_path / "in", 5)
    table = real_data / "hostile-mapshaper/duplicate_fields.dbf"
    shp.with_suffix(".dbf").write_bytes(table.read_bytes())
    (layer,) = read_file(shp)
    assert len(layer.columns) == 12


@pytest.mark.parametrize("name", REAL)
def test_real_set_is_read_whole(
    real_data: Path, tmp_path: Path, read_file: Read, name: str
) -> None:
    (layer,) = read_file(real_data / name)
    assert len(layer.rows) == REAL[name]
    assert layer.unreadable == ()
    assert all(len(column) == REAL[name] for column in layer.columns.values())
    if not name.endswith(".gpkg"):
        assert layer.total_rows == independent_count(real_data / name, tmp_path)


@pytest.mark.large
def test_hundred_thousand_parcels_are_read_whole(
    real_data: Path, tmp_path: Path, read_file: Read
) -> None:
    path = real_data / "parcels-large/cambridge_x8_shp.zip"
    (layer,) = read_file(path)
    assert len(layer.rows) == layer.total_rows == 105_272
    assert independent_count(path, tmp_path) == 105_272
    assert layer.records is not None
    assert len(layer.records) == 105_272


@pytest.mark.parametrize("part", [".shp", ".shx", ".dbf"])
def test_real_layer_cut_off_anywhere_names_every_row_it_lost(
    real_data: Path, tmp_path: Path, read_file: Read, part: str
) -> None:
    """Never silently fewer rows; a cut .shx is made anew."""
    folder = tmp_path / "in"
    folder.mkdir()
    for suffix in (".shp", ".shx", ".dbf"):
        shutil.copy(real_data / f"parcels-us-mn/UnivTrustMins{suffix}", folder / f"a{suffix}")
    (folder / f"a{part}").chmod(0o600)
    whole = (folder / f"a{part}").read_bytes()
    (sound,) = read_file(real_data / "parcels-us-mn/UnivTrustMins.shp")
    for tenth in (1, 4, 7, 9):
        (folder / f"a{part}").write_bytes(whole[: len(whole) * tenth // 10])
        (layer,) = read_file(folder / "a.shp")
        assert layer.total_rows == 1_235
        if part == ".shx":
            assert len(layer.rows) == 1_235
            continue
        assert 0 < len(layer.rows) < 1_235
        expected = "shape_cut_off" if part == ".shp" else "attributes_cut_off"
        assert {row.code for row in layer.unreadable} == {expected}
        assert [row.row for row in layer.unreadable] == list(range(len(layer.rows) + 1, 1_236))
        assert list(layer.wkb) == list(sound.wkb[: len(layer.rows)])


@settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    part=st.sampled_from([".shp", ".dbf"]),
    flips=st.lists(st.tuples(st.integers(0, 700), st.integers(0, 255)), min_size=1, max_size=4),
)
def test_flipped_bytes_lose_no_row_through_gdal(
    tmp_path: Path,
    make_shapefile: Callable[..., Path],
    read_file: Read,
    part: str,
    flips: list[tuple[int, int]],
) -> None:
    shp = make_shapefile(tmp_path / "in", 4)
    raw = bytearray(shp.with_suffix(part).read_bytes())
    for at, value in flips:
        raw[at % len(raw)] = value
    shp.with_suffix(part).write_bytes(raw)
    try:
        (layer,) = read_file(shp)
    except Refused:
        return
    assert layer.total_rows == 4
