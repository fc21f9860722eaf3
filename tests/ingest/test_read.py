"""From a file to RawLayers: every record is a row or is named as unreadable."""

import io
import shutil
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import shapely

from landgis.ingest.declared_crs import declared_code_page, declared_crs
from landgis.ingest.raw import RawLayer
from tests.ingest.reading import SQUARE, code_of, unreadable, write_gpkg

Make = Callable[..., Path]
Read = Callable[..., list[RawLayer]]


def test_coordinates_arrive_bit_for_bit(
    tmp_path: Path, make_shapefile: Make, make_polygon: Callable[..., bytes], read_file: Read
) -> None:
    ring = [(1 / 3, 1e-300), (600000.123456789, 1248123.987654321), (1e11, -0.0), (1 / 3, 1e-300)]
    (layer,) = read_file(make_shapefile(tmp_path / "in", [make_polygon(ring)]))
    expected = struct.pack("<BIII8d", 1, 3, 1, 4, *(value for point in ring for value in point))
    assert layer.wkb[0] == expected


def test_every_byte_of_a_text_survives_as_latin_1(
    tmp_path: Path, make_shapefile: Make, read_file: Read
) -> None:
    every = bytes(range(0x21, 0x100))
    pieces = [every[at : at + 18] for at in range(0, len(every), 18)] + [b"a b", b"", b"\x01\x1f"]
    (layer,) = read_file(make_shapefile(tmp_path / "in", len(pieces), values=pieces))
    assert layer.bytes_text
    assert [text and text.encode("latin-1") for text in layer.columns["name"]] == [
        piece or None for piece in pieces
    ]
    assert layer.records is not None
    assert [bytes(record)[1:] for record in layer.records] == [p.ljust(20) for p in pieces]


def test_null_deleted_and_damaged_rows_are_told_apart(
    tmp_path: Path, make_shapefile: Make, make_polygon: Callable[..., bytes], read_file: Read
) -> None:
    good = make_polygon(SQUARE)
    contents = [
        good,
        struct.pack("<i", 0),
        make_polygon(SQUARE[:-1]),
        make_polygon([(0.0, 0.0), (float("nan"), 1.0), (1.0, 1.0), (0.0, 0.0)]),
        make_polygon([(0.0, 0.0), (1.0, 1.0)]),
        good[:36] + struct.pack("<2i", -1, 5) + good[44:],
        good[:36] + struct.pack("<2i", 1, 50_000_000) + good[44:],
        struct.pack("<i2d", 1, 5.0, 5.0),
        good,
        good,
    ]
    (layer,) = read_file(make_shapefile(tmp_path / "in", contents, deleted=[9]))
    assert layer.rows.tolist() == [1, 2, 10]
    assert [wkb is None for wkb in layer.wkb] == [False, True, False]
    assert unreadable(layer) == {
        3: "ring_unclosed",
        4: "coordinate_not_finite",
        5: "damaged_geometry",
        6: "damaged_geometry",
        7: "damaged_geometry",
        8: "not_a_polygon",
        9: "deleted_in_dbf",
    }
    assert all(f"row {row.row}:" in row.message for row in layer.unreadable)
    assert layer.columns["name"].tolist() == ["row 1", "row 2", "row 10"]
    assert layer.records is not None
    assert [bytes(record)[1:7] for record in layer.records] == [b"row 1 ", b"row 2 ", b"row 10"]
    assert layer.total_rows == len(contents)


def test_heights_and_measures_are_dropped_and_said(
    tmp_path: Path, make_shapefile: Make, make_polygon: Callable[..., bytes], read_file: Read
) -> None:
    deep = make_polygon(SQUARE, shape_type=15) + struct.pack("<7d", 0, 9, *range(5))
    (layer,) = read_file(make_shapefile(tmp_path / "in", [deep], shape_type=15))
    (flat,) = read_file(make_shapefile(tmp_path / "flat", [make_polygon(SQUARE)]))
    assert (layer.heights, flat.heights) == (1, 0)
    assert layer.wkb[0] == flat.wkb[0]


@pytest.mark.parametrize("without", [[".shx"], []])
def test_index_is_replaced_when_missing_or_wrong(
    tmp_path: Path, make_shapefile: Make, read_file: Read, without: list[str]
) -> None:
    shp = make_shapefile(tmp_path / "in", 4, without=without)
    if not without:
        shx = shp.with_suffix(".shx")
        shx.write_bytes(shx.read_bytes()[:100] + b"\xff" * 32)
    before = sorted(file.name for file in shp.parent.iterdir())
    (layer,) = read_file(shp)
    assert layer.rows.tolist() == [1, 2, 3, 4]
    assert [note.code for note in layer.notes] == ["shx_missing" if without else "shx_wrong"]
    assert sorted(file.name for file in shp.parent.iterdir()) == before


@pytest.mark.parametrize(
    ("prj", "crs"),
    [
        (b'\xef\xbb\xbfPROJCS["x"]\n', 'PROJCS["x"]'),
        ('GEOGCS["x"]'.encode("utf-16"), 'GEOGCS["x"]'),
        (b'PROJCS["T\xe2y Ninh"]\0', 'PROJCS["Tây Ninh"]'),
        (b"<!DOCTYPE html><html>", None),
        (b"http://evil.example/crs", None),
        (b"", None),
    ],
)
def test_prj_is_wkt_or_a_note(tmp_path: Path, prj: bytes, crs: str | None) -> None:
    (tmp_path / "x.prj").write_bytes(prj)
    text, notes = declared_crs(tmp_path / "x.prj")
    assert text == crs
    assert [note.code for note in notes] == ([] if crs else ["prj_not_wkt"])


@pytest.mark.parametrize(
    ("cpg", "name"), [(b"UTF-8\r\n", "UTF-8"), (b"\xef\xbb\xbf1258", "1258"), (b"<html>404", None)]
)
def test_cpg_is_a_name_or_a_note(tmp_path: Path, cpg: bytes, name: str | None) -> None:
    (tmp_path / "x.cpg").write_bytes(cpg)
    text, notes = declared_code_page(tmp_path / "x.cpg")
    assert text == name
    assert [note.code for note in notes] == ([] if name else ["cpg_not_a_name"])


def test_prj_and_cpg_reach_the_layer_and_never_the_reader(
    tmp_path: Path, make_shapefile: Make, read_file: Read
) -> None:
    """GDAL fails on this PROJCS and would decode by this .cpg."""
    shp = make_shapefile(tmp_path / "in", 1, values=[b"\xc3\xa9"])
    shp.with_suffix(".prj").write_text('PROJCS["x"]')
    shp.with_suffix(".cpg").write_text("UTF-8")
    (layer,) = read_file(shp)
    assert (layer.crs_wkt, layer.cpg, layer.notes) == ('PROJCS["x"]', "UTF-8", ())
    assert layer.columns["name"].tolist() == ["\xc3\xa9"]


def test_columns_keep_type_and_exact_values(tmp_path: Path, read_file: Read) -> None:
    path = write_gpkg(
        tmp_path / "x.gpkg",
        "parcels",
        [shapely.box(0, 0, 1, 1)] * 3,
        {
            "whole": np.array([1, 2, 3]),
            "gaps": np.array([1, 2, 3]),
            "big_gaps": np.array([2**60 + 1, 7, 7]),
            "real": np.array([0.1, np.nan, -2.5]),
            "text": np.array(["Tân Biên", None, ""], dtype=object),
            "day": np.array(["2026-11-23", "NaT", "1999-01-01"], dtype="datetime64[D]"),
            "yes": np.array([True, False, True]),
        },
        field_mask=[None, np.array([False, True, False]), np.array([False, True, False]),
                    None, None, None, None],
    )  # fmt: skip
    (layer,) = read_file(path)
    columns = {name: column.tolist() for name, column in layer.columns.items()}
    assert columns.pop("gaps") == pytest.approx([1.0, np.nan, 3.0], nan_ok=True)
    assert columns.pop("real") == pytest.approx([0.1, np.nan, -2.5], nan_ok=True)
    assert columns == {
        "whole": [1, 2, 3],
        "big_gaps": [str(2**60 + 1), None, "7"],
        "text": ["Tân Biên", None, ""],
        "day": ["2026-11-23", None, "1999-01-01"],
        "yes": [1, 0, 1],
    }
    assert layer.columns["whole"].dtype == np.int64
    assert not layer.bytes_text
    assert layer.records is None


def test_attributes_may_bear_the_names_that_gdal_uses(
    tmp_path: Path, make_shapefile: Make, read_file: Read
) -> None:
    shp = make_shapefile(tmp_path / "in", 2)
    dbf = shp.with_suffix(".dbf")
    for name in (b"OGC_FID", b"wkb"):
        dbf.write_bytes(dbf.read_bytes()[:32] + name.ljust(11, b"\0") + dbf.read_bytes()[43:])
        (layer,) = read_file(shp)
        assert {k: v.tolist() for k, v in layer.columns.items()} == {
            name.decode(): ["row 1", "row 2"]
        }


def test_zip_with_several_layers_gives_the_polygon_ones(
    tmp_path: Path, make_shapefile: Make, read_file: Read
) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for stem in ("north", "south"):
            for file in make_shapefile(tmp_path / stem, 2, stem=stem).parent.iterdir():
                archive.write(file, f"data/{file.name}")
        lines = make_shapefile(tmp_path / "l", [struct.pack("<i", 0)], stem="roads", shape_type=3)
        for file in lines.parent.iterdir():
            archive.write(file, f"data/{file.name}")
    layers = read_file(tmp_path / "x.zip")
    assert [layer.name for layer in layers] == ["north", "south"]
    assert [layer.name for layer in read_file(tmp_path / "x.zip", layer="south")] == ["south"]
    assert code_of(lambda: read_file(tmp_path / "x.zip", layer="roads")) == "no_polygon_layer"
    assert code_of(lambda: read_file(tmp_path / "x.zip", layer="west")) == "no_such_layer"


def test_same_source_can_be_read_twice(
    tmp_path: Path, make_shapefile: Make, read_file: Read
) -> None:
    shp = make_shapefile(tmp_path / "in", 2)
    (first,), (second,) = read_file(shp), read_file(shp)
    assert first.wkb.tolist() == second.wkb.tolist()


def test_layer_outlives_its_work_folder(
    tmp_path: Path, make_shapefile: Make, read_file: Read
) -> None:
    (layer,) = read_file(make_shapefile(tmp_path / "in", 2))
    shutil.rmtree(tmp_path / "run-1")
    assert layer.records is not None
    assert io.BytesIO(layer.records.tobytes()).read(6) == b" row 1"
