"""From a file to RawLayers: every record is a row or is named as unreadable."""

import io
import json
import shutil
import sqlite3
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import pytest
import shapely

from landgis.errors import Refused
from landgis.ingest import reader_process
from landgis.ingest.declared_crs import declared_code_page, declared_crs
from landgis.ingest.geojson import crs_name
from landgis.ingest.raw import RawLayer
from landgis.ingest.reader_process import run_reader

Make = Callable[..., Path]
Read = Callable[..., list[RawLayer]]

SQUARE = [(0.0, 0.0), (0.0, 10.0), (10.0, 10.0), (10.0, 0.0), (0.0, 0.0)]
UTM = "EPSG:32648"


def code_of(read: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        read()
    assert "\n" not in refused.value.message
    return refused.value.code


def unreadable(layer: RawLayer) -> dict[int, str]:
    return {row.row: row.code for row in layer.unreadable}


def write_gpkg(
    path: Path, layer: str, geometry: Any, fields: dict[str, Any], **options: Any
) -> Path:
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(np.array(geometry, dtype=object)),
        field_data=list(fields.values()),
        fields=list(fields),
        layer=layer,
        driver="GPKG",
        geometry_type=options.pop("geometry_type", "Polygon"),
        crs=options.pop("crs", UTM),
        **options,
    )
    return path


def without_triggers(path: Path) -> sqlite3.Connection:
    """Open a GeoPackage for edits that its triggers, which need GDAL's functions, would stop."""
    database = sqlite3.connect(path)
    triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in triggers:
        database.execute(f'DROP TRIGGER "{name}"')
    return database


def collection(*features: Any, **members: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", **members, "features": list(features)}


def feature(ring: Any = SQUARE, **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


@pytest.fixture
def read_json(tmp_path: Path, read_file: Read) -> Callable[[Any], RawLayer]:
    def read(content: Any) -> RawLayer:
        path = tmp_path / "parcels.geojson"
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        (layer,) = read_file(path)
        return layer

    return read


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
        3: "damaged_geometry",
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
    assert layer.has_z
    assert not flat.has_z
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


def test_geopackage_gives_every_polygon_layer_and_no_view(tmp_path: Path, read_file: Read) -> None:
    path = tmp_path / "x.gpkg"
    box = shapely.box(0, 0, 1, 1)
    write_gpkg(path, "a", [box, box], {"n": np.array([1, 2])})
    write_gpkg(path, "b", [box], {"n": np.array([1])}, geometry_type="Unknown", crs="EPSG:9209")
    write_gpkg(path, "points", [shapely.Point(0, 0)], {"n": np.array([1])}, geometry_type="Point")
    write_gpkg(path, "mixed", [shapely.Point(0, 0)], {"n": np.array([1])}, geometry_type="Unknown")
    database = sqlite3.connect(path)
    database.executescript(
        "CREATE VIEW seen AS SELECT * FROM a;"
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id)"
        " VALUES ('seen', 'features', 'seen', 32648);"
        "INSERT INTO gpkg_geometry_columns VALUES ('seen', 'geom', 'POLYGON', 32648, 0, 0);"
    )
    database.close()
    layers = read_file(path)
    assert [(layer.name, len(layer.rows)) for layer in layers] == [("a", 2), ("b", 1)]
    assert "32648" in (layers[0].crs_wkt or "")
    assert "9209" in (layers[1].crs_wkt or "")
    (only,) = read_file(path, layer="b")
    assert only.name == "b"
    assert code_of(lambda: read_file(path, layer="c")) == "no_such_layer"
    assert code_of(lambda: read_file(path, layer="points")) == "no_such_layer"


def test_rows_of_a_geopackage_are_places_not_its_ids(tmp_path: Path, read_file: Read) -> None:
    path = tmp_path / "x.gpkg"
    ring = shapely.box(0, 0, 1, 1)
    write_gpkg(path, "a", [ring] * 6, {"n": np.arange(6)})
    head = bytes.fromhex("47500001887F0000")
    curve = head + struct.pack("<BII", 1, 10, 0)
    curve_inside = head + struct.pack("<BIIBII", 1, 6, 1, 1, 10, 0)
    with closing(without_triggers(path)) as database:
        database.executescript(
            "DELETE FROM a WHERE fid = 2; UPDATE a SET geom = x'6869' WHERE fid = 3;"
            "UPDATE a SET geom = NULL WHERE fid = 5;"
        )
        database.execute("UPDATE a SET geom = ? WHERE fid = 4", (curve,))
        database.execute("UPDATE a SET geom = ? WHERE fid = 6", (curve_inside,))
        database.commit()
    (layer,) = read_file(path)
    assert layer.rows.tolist() == [1, 4]
    assert unreadable(layer) == {2: "damaged_geometry", 3: "not_a_polygon", 5: "damaged_geometry"}
    assert layer.wkb[1] is None
    assert layer.columns["n"].tolist() == [0, 4]


def test_geopackage_text_that_is_not_utf_8_is_marked(tmp_path: Path, read_file: Read) -> None:
    path = write_gpkg(
        tmp_path / "x.gpkg", "a", [shapely.box(0, 0, 1, 1)], {"t": np.array(["x"], dtype=object)}
    )
    with closing(without_triggers(path)) as database:
        database.execute("UPDATE a SET t = CAST(x'41FF42' AS TEXT)")
        database.commit()
    (layer,) = read_file(path)
    assert layer.columns["t"].tolist() == ["A\ufffdB"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<html>", "not_a_geopackage"),
        (b"SQLite format 3\0" + bytes(4080), "bad_geopackage"),
        (b"SQLite format 3\0", "bad_geopackage"),
    ],
)
def test_wrong_geopackage_is_refused(
    tmp_path: Path, read_file: Read, content: bytes, code: str
) -> None:
    (tmp_path / "x.gpkg").write_bytes(content)
    assert code_of(lambda: read_file(tmp_path / "x.gpkg")) == code


def test_plain_sqlite_database_is_not_a_geopackage(tmp_path: Path, read_file: Read) -> None:
    database = sqlite3.connect(tmp_path / "x.gpkg")
    database.execute("CREATE TABLE t (a)")
    database.close()
    assert code_of(lambda: read_file(tmp_path / "x.gpkg")) == "bad_geopackage"


def test_geojson_rows_follow_the_file_whatever_their_ids(
    read_json: Callable[[Any], RawLayer],
) -> None:
    features = [feature(n=n) | {"id": identity} for n, identity in enumerate([9, 2, 2, "x", -1])]
    layer = read_json(collection(*features))
    assert layer.rows.tolist() == [1, 2, 3, 4, 5]
    assert layer.columns["n"].tolist() == [0, 1, 2, 3, 4]
    assert layer.driver == "GeoJSON"


def test_geojson_elements_that_are_no_parcels_are_named(
    read_json: Callable[[Any], RawLayer],
) -> None:
    point = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [0, 0]}}
    broken: list[Any] = [
        feature(),
        7,
        point,
        feature(SQUARE[:-1]),
        feature("abc"),
        feature([[0], [1], [2], [0]]),
        feature([[0, 10**400], [1, 1], [2, 0], [0, 10**400]]),
        {"type": "Feature", "geometry": {"type": [], "coordinates": []}},
        {"type": "Feature", "geometry": None, "properties": None},
        {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": None}},
    ]
    layer = read_json(collection(*broken))
    assert layer.rows.tolist() == [1, 9]
    assert layer.wkb[1] is None
    assert unreadable(layer) == {
        2: "not_a_feature", 3: "not_a_polygon", 4: "damaged_geometry", 5: "damaged_geometry",
        6: "damaged_geometry", 7: "damaged_geometry", 8: "not_a_polygon", 10: "damaged_geometry",
    }  # fmt: skip


def test_geojson_properties_become_typed_columns(read_json: Callable[[Any], RawLayer]) -> None:
    layer = read_json(
        collection(
            feature(number=1, text="Đất", mixed=1, nested={"a": ["ô"]}, flag=True),
            feature(number=2, text=None, mixed="x", late=2.5),
        )
    )
    columns = {name: column.tolist() for name, column in layer.columns.items()}
    assert columns.pop("late") == pytest.approx([np.nan, 2.5], nan_ok=True)
    assert columns.pop("flag") == pytest.approx([1.0, np.nan], nan_ok=True)
    assert columns == {
        "number": [1, 2],
        "text": ["Đất", None],
        "mixed": ["1", "x"],
        "nested": ['{"a": ["ô"]}', None],
    }


@pytest.mark.parametrize(
    ("member", "crs"),
    [
        ({"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::5897"}}, "EPSG:5897"),
        ({"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}, "OGC:CRS84"),
        ({"type": "name", "properties": {"name": "EPSG:9209"}}, "EPSG:9209"),
        ({"type": "name", "properties": {"name": "VN-2000 / TM-3"}}, "VN-2000 / TM-3"),
        ({"type": "EPSG", "properties": {"code": 3405}}, "EPSG:3405"),
        ({"type": "link", "properties": {"href": "http://evil.example"}}, None),
        ({"type": "name", "properties": []}, None),
        (None, None),
    ],
)
def test_geojson_crs_is_reported_as_declared(member: object, crs: str | None) -> None:
    assert crs_name(member) == crs


def test_geojson_without_crs_is_crs84_by_its_standard(
    read_json: Callable[[Any], RawLayer],
) -> None:
    assert read_json(collection(feature())).crs_wkt == "OGC:CRS84"
    assert read_json(collection(feature(), crs=None)).crs_wkt is None


def test_geojson_crs_after_the_features_and_a_bom_are_understood(
    read_json: Callable[[Any], RawLayer],
) -> None:
    text = json.dumps(collection(feature([(*point, 7.5) for point in SQUARE])))
    layer = read_json(
        "\ufeff" + text[:-1] + ', "crs": {"type": "EPSG", "properties": {"code": 5897}}}'
    )
    assert layer.crs_wkt == "EPSG:5897"
    assert layer.has_z


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"type": "FeatureCollection", "features": [', "bad_geojson"),
        ('{"type": "FeatureCollection", "features": []} x', "bad_geojson"),
        ("<html>", "bad_geojson"),
        ("[" * 100_000, "bad_geojson"),
        ('{"a": ' + "[" * 200_000, "bad_geojson"),
        ('{"a": 1' + "0" * 5000 + "}", "bad_geojson"),
        ("{}", "not_a_feature_collection"),
        ('{"type": "Topology", "objects": {}}', "not_a_feature_collection"),
        ('{"type": "Polygon", "coordinates": []}', "not_a_feature_collection"),
    ],
)
def test_wrong_geojson_is_refused(
    read_json: Callable[[Any], RawLayer], text: str, code: str
) -> None:
    assert code_of(lambda: read_json(text)) == code


def test_geojson_that_is_not_utf_8_is_refused(tmp_path: Path, read_file: Read) -> None:
    (tmp_path / "x.geojson").write_bytes(b'{"type": "\xff"}')
    assert code_of(lambda: read_file(tmp_path / "x.geojson")) == "bad_geojson"


def test_geojson_of_points_has_no_polygon_layer(read_json: Callable[[Any], RawLayer]) -> None:
    point = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [0, 0]}}
    assert code_of(lambda: read_json(collection(point))) == "no_polygon_layer"


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
