"""GeoPackages as they come."""

import sqlite3
import struct
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import shapely

from landgis.ingest.raw import RawLayer
from tests.ingest.reading import code_of, unreadable, without_triggers, write_gpkg

Make = Callable[..., Path]
Read = Callable[..., list[RawLayer]]


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
