"""File Geodatabases: their rows counted in their own index, whatever GDAL gives."""

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyogrio.raw
import pytest
import shapely

from landgis.ingest.archive import open_source
from landgis.ingest.layers import layers_of
from landgis.ingest.raw import RawLayer
from tests.builders import square
from tests.ingest.reading import code_of, unreadable

Read = Callable[..., list[RawLayer]]
ROWS = 6


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six parcels, the last without a shape, beside a layer of points and a table."""
    path = tmp_path_factory.mktemp("gdb") / "ho-so.gdb"
    shapes = [*(square(20 * k, 0) for k in range(ROWS - 1)), None]
    _write(path, "thua", shapes, "MultiPolygon")
    _write(path, "moc", [shapely.Point(568_000, 1_246_000)], "Point", append=True)
    return path


def _write(path: Path, layer: str, shapes: list[object], kind: str, **options: object) -> None:
    names = np.array([f"thửa {k + 1}" for k in range(len(shapes))], dtype=object)
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(np.array(shapes, dtype=object)),
        field_data=[names],
        fields=["ten"],
        layer=layer,
        driver="OpenFileGDB",
        geometry_type=kind,
        crs="EPSG:9209",
        **options,
    )


@pytest.fixture
def gdb(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "ho-so.gdb"))


def table_of(gdb: Path) -> Path:
    """The file of the layer of parcels: the first table that is no catalog."""
    return gdb / "a00000009.gdbtable"


def test_folder_and_zip_of_a_geodatabase_give_the_same_rows(
    gdb: Path, tmp_path: Path, read_file: Read
) -> None:
    packed = tmp_path / "a.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in gdb.iterdir():
            archive.write(file, f"giao nộp/ho-so.gdb/{file.name}")
        archive.writestr("giao nộp/doc.txt", "1246000 568000")
    for path in (gdb, packed):
        (layer,) = read_file(path)
        assert (layer.name, layer.rows.tolist()) == ("thua", [1, 2, 3, 4, 5, 6])
        assert layer.columns["ten"].tolist()[0] == "thửa 1"
        shapes = shapely.from_wkb(layer.wkb)
        assert [s is None for s in shapes] == [False] * 5 + [True]
        assert shapes[1].equals(square(20, 0))
        assert "9209" in (layer.crs_wkt or "")


def test_layers_are_listed_and_chosen(gdb: Path, tmp_path: Path, read_file: Read) -> None:
    (tmp_path / "work").mkdir()
    found = layers_of(open_source(gdb, tmp_path / "work"), tmp_path / "work")
    assert found.names == ("thua",)
    assert found.others == ("moc (point)",)
    assert read_file(gdb, layer="thua")[0].total_rows == ROWS
    assert code_of(lambda: read_file(gdb, layer="moc")) == "no_such_layer"


def test_rows_that_gdal_drops_from_a_cut_table_are_named(gdb: Path, read_file: Read) -> None:
    table = table_of(gdb)
    table.write_bytes(table.read_bytes()[:-150])
    (layer,) = read_file(gdb)
    assert layer.total_rows == ROWS
    assert unreadable(layer), "GDAL alone would have given fewer rows and no word"
    assert set(unreadable(layer).values()) == {"lost_by_reader"}


def test_rows_behind_a_cut_index_are_named(gdb: Path, read_file: Read) -> None:
    index = table_of(gdb).with_suffix(".gdbtablx")
    index.write_bytes(index.read_bytes()[:30])
    (layer,) = read_file(gdb)
    assert layer.total_rows == ROWS
    assert [note.code for note in layer.notes] == ["index_cut_off"]


def test_deleted_row_is_no_row(gdb: Path, read_file: Read) -> None:
    index = table_of(gdb).with_suffix(".gdbtablx")
    raw = bytearray(index.read_bytes())
    raw[21:26] = bytes(5)  # the offset of the second row
    index.write_bytes(raw)
    assert read_file(gdb)[0].total_rows == ROWS - 1


@pytest.mark.parametrize("what", ["no catalog", "noise", "no table at all"])
def test_folder_that_is_no_geodatabase_is_refused(gdb: Path, read_file: Read, what: str) -> None:
    if what == "no catalog":
        (gdb / "a00000001.gdbtable").unlink()
    elif what == "noise":
        for file in gdb.glob("*.gdbtable"):
            file.write_bytes(bytes(range(256)))
    else:
        for file in gdb.glob("a*"):
            file.unlink()
    expected = "reader_failed" if what == "noise" else "not_a_geodatabase"
    assert code_of(lambda: read_file(gdb)) == expected
