"""Tables other than plain lists of vertices: WKT, WKB, workbooks, degrees, points apart."""

import zipfile
from pathlib import Path

import openpyxl
import pytest
import shapely

from landgis.errors import Refused
from landgis.ingest.archive import open_source
from landgis.ingest.layers import layers_of
from tests.builders import EAST, NORTH, square
from tests.ingest.reading import Read
from tests.ingest.table_reading import POINTS, SQUARE, Reader, read_path, reader


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    return reader(tmp_path)


def test_wkt_keeps_the_number_of_every_record(read: Reader) -> None:
    wkt = square(0, 0).wkt
    found = read(
        "so_to,so_thua,ghi_chu,WKT\n"
        f'5,1,"a ""b"",\nc","{wkt}"\n'
        '5,2,,"POLYGON ((1 2"\n'
        '5,3,,"POINT (1 2)"\n'
        "5,4,,\n"
        f'5,5,"never ends,{wkt}\n'
        f'5,6,,SRID=9209;"{wkt}",more,\n'
    )
    assert found.unreadable == {
        2: "damaged_geometry", 3: "not_a_polygon", 5: "line_not_understood",
        6: "line_not_understood",
    }  # fmt: skip
    assert found.rows == [1, 4]
    assert found.columns["ghi_chu"] == ['a "b",\nc', None]
    assert found.wkb[1] is None, "a record without a polygon stays one"


def test_hexadecimal_wkb_brings_its_system_along(read: Reader) -> None:
    shape = shapely.set_srid(square(0, 0), 9209)
    found = read(f"id\tgeom\n1\t{shapely.to_wkb(shape, hex=True, include_srid=True)}\n")
    assert found.crs == "EPSG:9209"
    assert found.geoms[0].equals(square(0, 0))


def test_workbook_is_read_like_text_and_cells_left_blank_go_on(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["BẢNG TOẠ ĐỘ"])
    book.active.append(["Tờ", "Thửa", "Điểm", "X (m)", "Y (m)"])
    for n in (1, 2):
        for k, (dx, dy) in enumerate(SQUARE, 1):
            first = k == 1
            key = [5 if first else None, n if first else None]
            book.active.append([*key, k, NORTH + dy, EAST + 20 * n + dx])
    book.save(tmp_path / "a.xlsx")
    found = read_path(tmp_path / "a.xlsx", "XLSX")
    assert found.columns["Thửa"] == ["1", "2"]
    assert [geom.area for geom in found.geoms] == [100.0, 100.0]


@pytest.mark.parametrize(
    "parcels",
    [
        "to;thua;diem\n5;1;11\n5;1;12\n5;1;13\n5;1;14\n5;2;14\n5;2;13\n5;2;15\n5;2;16\n5;3;99\n",
        "to;thua;các đỉnh\n5;1;11-12-13-14-11\n5;2;14-13-15-16\n5;3;11-12-99\n",
    ],
    ids=["a line a vertex", "a line a parcel"],
)
def test_points_of_another_table_are_joined_to_parcels(
    read_file: Read, tmp_path: Path, parcels: str
) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("diem.csv", POINTS)
        archive.writestr("thua.csv", parcels)
    (tmp_path / "work").mkdir()
    opened = open_source(path, tmp_path / "work")
    found = layers_of(opened, tmp_path / "work")
    assert (found.names, found.others) == (("thua",), ("diem.csv (points)",))
    (layer,) = read_file(path, layer="thua")
    assert layer.columns["thua"].tolist() == ["1", "2"]
    assert [geom.area for geom in shapely.from_wkb(layer.wkb)] == [100.0, 100.0]
    assert [(row.row, row.code) for row in layer.unreadable] == [(3, "vertex_unreadable")]
    assert "no point 99" in layer.unreadable[0].message


def test_references_without_their_points_are_refused(read: Reader) -> None:
    with pytest.raises(Refused) as refused:
        read("to;thua;diem\n5;1;11\n5;1;12\n")
    assert refused.value.code == "points_missing"


def test_degrees_may_have_minutes_and_seconds(read: Reader) -> None:
    rows = ["to;thua;stt;B;L"]
    for k, (b, l) in enumerate(((0, 0), (1, 0), (1, 1), (0, 1)), 1):  # noqa: E741
        rows.append(f"5;1;{k};11°16'0{b}.5\"N;106°07'0{l},25\"E")
    (geom,) = read("\n".join(rows)).geoms
    west, south, east, north = geom.bounds
    assert (west, south) == (106 + (7 + 0.25 / 60) / 60, 11 + (16 + 0.5 / 60) / 60)
    assert (east - west, north - south) == pytest.approx((1 / 3600, 1 / 3600))


def test_columns_of_one_name_are_all_kept(read: Reader) -> None:
    found = read(f'so_to,so_thua,,a,a,WKT\n5,1,x,y,z,"{square(0, 0).wkt}"\n')
    assert {name: values[0] for name, values in found.columns.items()} == {
        "so_to": "5", "so_thua": "1", "column_3": "x", "a": "y", "a_2": "z",
    }  # fmt: skip
