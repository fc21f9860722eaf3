"""Text tables as people write them: lists of vertices with headings, gaps, and harm."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import pytest
import shapely

from landgis.cadastre import jurisdiction as jurisdictions
from landgis.cadastre.parcels import ParcelSet
from landgis.errors import Refused
from landgis.ingest.evidence import Choices
from landgis.ingest.normalise import Normalised, normalise
from tests.builders import EAST, NORTH, square
from tests.ingest.reading import Read
from tests.ingest.table_reading import HEAD, POINTS, SQUARE, Reader, lines, reader

VN_80 = jurisdictions.load(jurisdictions.find("vn-80"))


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    return reader(tmp_path)


def test_vertices_become_closed_polygons_and_every_line_is_accounted_for(read: Reader) -> None:
    found = read("\n".join([HEAD, *lines(1), "", *lines(2, x=20, closed=True)]) + "\n")
    assert found.unreadable == {}
    assert found.columns["Số tờ"] == ["5", "5"]
    assert found.columns["Số thửa"] == ["1", "2"]
    for k, geom in enumerate(found.geoms):
        turned = shapely.transform(geom, lambda xy: xy[:, ::-1])
        assert turned.equals_exact(square(20 * k, 0), 0) or turned.equals(square(20 * k, 0))
    assert "1 rings did not return" in found.notes["rings_closed"]
    assert found.notes["table_lines"].startswith("11 lines (vertex: 9")
    assert "parcels by Số tờ, Số thửa, numbered by STT from 1" in found.notes["table_columns"]


@pytest.mark.parametrize(
    ("separator", "mark", "encoding"),
    [
        (";", ",", "utf-8-sig"),
        ("\t", ",", "utf-16"),
        ("  ", ",", "utf-8"),
        (",", ".", "cp1252"),
        ("|", ".", "utf-8"),
    ],
)
def test_separator_decimal_mark_and_byte_order_mark_are_told(
    read: Reader, separator: str, mark: str, encoding: str
) -> None:
    rows = ["SO_TO;SO_THUA;STT;X;Y", *lines(1), *lines(2, x=20)]
    text = "\r\n".join(row.replace(",", mark).replace(";", separator) for row in rows)
    found = read(text, encoding)
    assert [geom.area for geom in found.geoms] == [100.0, 100.0]


def test_thousands_may_have_marks_of_their_own(read: Reader) -> None:
    text = "thua\tx\ty\n" + "".join(
        f"1\t{NORTH + dy:,.2f}\t{EAST + dx:,.2f}\n".replace(",", "_")
        .replace(".", ",")
        .replace("_", ".")
        for dx, dy in SQUARE
    )
    (geom,) = read(text).geoms
    assert geom.bounds == (NORTH, EAST, NORTH + 10, EAST + 10)


def test_blocks_with_headings_carry_what_the_headings_say(read: Reader) -> None:
    text = "BẢNG KÊ TỌA ĐỘ\nHệ tọa độ VN-2000, KTT 105°30', múi chiếu 3°\n"
    for n in (12, 13):
        text += f"Thửa đất số: {n}, tờ bản đồ số 5\nDiện tích: 1.100,5 m2; loại đất: ONT+CLN\n"
        text += "Chủ sử dụng: Nguyễn Văn Ất\nSTT;X;Y;Cạnh\n"
        text += "\n".join(row.split(";", 2)[2] + ";10,00" for row in lines(n, x=20.0 * n)) + "\n\n"
    found = read(text + "Ngày 12 tháng 5 năm 2026\n")
    columns = found.columns
    assert columns["SO_THUA"] == ["12", "13"]
    assert columns["SO_TO"] == ["5", "5"]
    assert columns["DIEN_TICH"] == ["1100.5", "1100.5"]
    assert columns["LOAI_DAT"] == ["ONT+CLN", "ONT+CLN"]
    assert found.crs == "EPSG:9209"
    assert found.notes["edge_lengths"].startswith("8 of 8 written edges agree")
    assert "Nguyễn" not in json.dumps(found.notes, ensure_ascii=False), "names are in no note"


def test_what_a_title_sums_up_is_about_no_parcel(read: Reader) -> None:
    title = "Tổng diện tích: 12.345 m2\nChủ sử dụng: Nguyễn Văn Ất\n"
    keyed = read(title + "\n".join([HEAD, *lines(1), *lines(2, x=20)]))
    assert {"DIEN_TICH", "CHU_SD"}.isdisjoint(keyed.columns)
    rows = "\n".join(row.split(";", 2)[2] for row in lines(1))
    block = read("Tổng diện tích: 5 ha\nThửa 12\nDiện tích: 0,01 ha\nSTT;X;Y\n" + rows)
    assert block.columns["DIEN_TICH"] == ["100.0"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda rows: rows.__setitem__(2, rows[2].replace("1246010,00", "12460?0")), "vertex_unreadable"),
        (lambda rows: rows.__delitem__(3), "vertex_missing"),
        (lambda rows: rows.__setitem__(slice(3, 5), []), "damaged_geometry"),
        (lambda rows: rows.__setitem__(3, "5;1;3;;"), "vertex_unreadable"),
    ],
)  # fmt: skip
def test_parcel_that_lost_a_vertex_is_named_and_the_others_go_on(
    read: Reader, change: Callable[[list[str]], Any], code: str
) -> None:
    rows = [HEAD, *lines(1), *lines(2, x=20)]
    change(rows)
    found = read("\n".join(rows))
    assert found.unreadable == {1: code}
    assert [geom.area for geom in found.geoms] == [100.0]
    assert "line" in found.details[0]


def test_line_that_is_nothing_known_is_a_row_of_its_own(read: Reader) -> None:
    found = read("\n".join([HEAD, *lines(1), "17;18", *lines(2, x=20)]))
    assert list(found.unreadable.values()) == ["line_not_understood"]
    assert len(found.geoms) == 2


def test_vertices_are_put_in_the_order_of_their_numbers(read: Reader) -> None:
    rows = lines(1)
    found = read("\n".join([HEAD, rows[0], rows[2], rows[1], rows[3]]))
    assert found.geoms[0].area == 100.0
    assert "vertices_sorted" in found.notes


def test_hole_and_second_part_follow_the_closed_ring_before(read: Reader) -> None:
    hole = [(2, 2), (2, 4), (4, 4), (4, 2)]
    part = [(50, 0), (50, 10), (60, 10), (60, 0)]
    rows = [*lines(1, closed=True), *lines(1, hole, closed=True), *lines(1, part, closed=True)]
    (geom,) = read("\n".join([HEAD, *rows])).geoms
    assert (geom.geom_type, geom.area) == ("MultiPolygon", 196.0)


def test_key_that_comes_again_elsewhere_is_a_second_record(read: Reader) -> None:
    found = read("\n".join([HEAD, *lines(1), *lines(2, x=20), *lines(1, x=40)]))
    assert found.columns["Số thửa"] == ["1", "2", "1"]


def test_points_alone_are_refused_with_what_to_send(read: Reader) -> None:
    rows = [f"{k},{NORTH + 7 * k % 31:.2f},{EAST + 13 * k % 29:.2f},RT" for k in range(1, 30)]
    with pytest.raises(Refused, match=r"29 points.*SO_TO;SO_THUA;STT;X;Y") as refused:
        read("point,X,Y,code\n" + "\n".join(rows))
    assert refused.value.code == "survey_points_only"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Số tờ;Số thửa;Loại đất\n5;1;ONT\n", "table_without_geometry"),
        ("Gửi anh Ba,\nbản đồ đây nhé.\n", "table_without_geometry"),
        ("STT,X,Y\n" + "1,1246000,12,568000,45\n" * 4, "cells_and_header_differ"),
        ("STT;X;Y\n\n", "no_polygon_layer"),
        ("1;1246000,1;568000,1;1246000,1\n" * 4, "columns_unclear"),
        ("a\0b\0", "not_a_table"),
    ],
)
def test_table_of_something_else_is_refused_by_name(read: Reader, text: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        read(text)
    assert refused.value.code == code


def test_list_in_vietnamese_order_lands_where_it_belongs(read_file: Read, tmp_path: Path) -> None:
    path = tmp_path / "to-5.csv"
    path.write_text("\n".join([HEAD, *lines(1), *lines(2, x=20)]), "utf-8-sig")
    (raw,) = read_file(path)
    found = normalise(raw, VN_80, Choices(unit="25645"))
    assert found.evidence["crs"]["chosen"] == "EPSG:9209"
    assert found.evidence["axis_order"]["chosen"] == "north,east"
    parcels: ParcelSet = found.parcels
    assert parcels.number.tolist() == ["1", "2"]
    assert parcels.geom[1].equals(square(20, 0))


def test_legacy_text_of_a_table_is_decoded_like_that_of_a_layer(
    read_file: Read, tmp_path: Path
) -> None:
    head = "SO_TO;SO_THUA;STT;X;Y;xu_dong"
    places = ["§ång Lín", "B·i C¸t", "GiÕng M¹ch", "Suèi S©u", "CÇu KhØ"]
    rows = [f"{row};{place}" for n, place in enumerate(places) for row in lines(n, x=20.0 * n)]
    path = tmp_path / "a.txt"
    path.write_bytes("\n".join([head, *rows]).encode("cp1252"))
    (raw,) = read_file(path)
    found: Normalised = normalise(raw, VN_80, Choices(unit="25645"))
    assert found.evidence["encoding"]["chosen"] == "tcvn3"
    assert found.parcels.address.tolist()[0] == "Đồng Lớn"


@pytest.mark.large
def test_real_fields_survive_the_way_through_a_table(test_data: Path, read: Reader) -> None:
    source = test_data / "fields-vietnam" / "1_vietnam_areas.gpkg"
    _, _, wkb, _ = pyogrio.raw.read(source, columns=[])
    shapes = shapely.from_wkb(wkb)
    rows = [
        f"{n},{k},{x!r},{y!r}"
        for n, shape in enumerate(shapes, 1)
        for k, (x, y) in enumerate(np.asarray(shape.exterior.coords).tolist(), 1)
    ]
    found = read("parcel,order,E,N\n" + "\n".join(rows))
    assert found.unreadable == {}
    assert len(found.geoms) == len(shapes) == 100
    for made, shape in zip(found.geoms, shapes, strict=True):
        assert made.exterior.equals_exact(shape.exterior, 0), "vertices bit for bit"


def test_spoilt_text_is_read_or_refused_and_never_more(read: Reader, tmp_path: Path) -> None:
    chance = random.Random(7)  # noqa: S311
    wkt = f'so_to,WKT\n5,"{square(0, 0).wkt}"\n6,"x\ny"\n'
    seeds = [
        "\n".join([HEAD, *lines(1), *lines(2, x=20)]),
        POINTS,
        wkt,
        "to;thua;diem\n5;1;1-2-3\n",
    ]
    pieces = [*';,\t\n"-|', "1e999", "nan", "X", "thửa 12", "9" * 30, "POLYGON ((", "²"]
    for _ in range(150):
        text = chance.choice(seeds)
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(text))
            if chance.random() < 0.5:
                text = text[:at] + chance.choice(pieces) + text[at:]
            else:
                text = text[:at] + text[at + chance.randint(1, 25) :]
            text = text or "x"
        try:
            found = read(text)
        except Refused as refused:
            told = refused
            assert told.code in REFUSED_TEXT
        else:
            assert len(found.rows) + len(found.unreadable) > 0


REFUSED_TEXT = {
    "survey_points_only", "table_without_geometry", "points_missing", "no_polygon_layer",
    "columns_unclear", "cells_and_header_differ", "not_a_table",
}  # fmt: skip
