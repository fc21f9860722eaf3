"""Files that are not read: recognised by what is in them, refused with what to send instead."""

import zipfile
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from landgis.errors import Refused
from landgis.ingest.archive import open_source
from landgis.ingest.raw import RawLayer
from landgis.ingest.refusals import REFUSALS
from tests.ingest.reading import code_of

Read = Callable[..., list[RawLayer]]
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def packed(parts: Mapping[str, bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def workbook() -> bytes:
    out = BytesIO()
    book = openpyxl.Workbook()
    book.active.append(["SO_TO", "SO_THUA", "STT", "X", "Y"])
    for k, (x, y) in enumerate(((0, 0), (0, 10), (10, 10)), 1):
        book.active.append([5, 1, k, 1_246_000 + y, 568_000 + x])
    book.save(out)
    return out.getvalue()


def with_part(name: str, content: bytes = b"x") -> bytes:
    out = BytesIO(workbook())
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


FILES = [
    ("dwg", "a.dwg", b"AC1032" + bytes(50)),
    ("dwg", "a.csv", b"AC1021" + bytes(50)),
    ("xls", "a.xls", OLE + "Workbook".encode("utf-16-le")),
    ("xls", "renamed.xlsx", OLE + "Book".encode("utf-16-le")),
    ("encrypted_workbook", "a.xlsx", OLE + "EncryptedPackage".encode("utf-16-le")),
    ("office_document", "a.doc", OLE + "WordDocument".encode("utf-16-le")),
    ("office_document", "a.docx", packed({"word/document.xml": b"<w/>"})),
    ("xlsb", "a.xlsb", packed({"xl/workbook.bin": b"x"})),
    ("workbook_with_macros", "a.xlsm", with_part("xl/vbaProject.bin")),
    ("workbook_with_macros", "renamed.xlsx", with_part("xl/vbaProject.bin")),
    ("spreadsheet_ods", "a.ods", packed({"mimetype": b"x", "content.xml": b"<o/>"})),
    ("mdb", "a.mdb", b"\0\1\0\0Standard Jet DB\0" + bytes(50)),
    ("mdb", "a.accdb", b"\0\1\0\0Standard ACE DB\0" + bytes(50)),
    ("pdf", "ban-do.pdf", b"%PDF-1.7\n"),
    ("pdf", "ban-do.csv", b"%PDF-1.7\n"),
    ("raster", "a.tif", b"II*\0" + bytes(50)),
    ("raster", "a.ecw", b"e\0\0\3"),
    ("other_archive", "a.rar", b"Rar!\x1a\x07\0" + bytes(50)),
    ("other_archive", "a.7z", b"7z\xbc\xaf\x27\x1c" + bytes(50)),
    ("other_archive", "a.tar", bytes(257) + b"ustar" + bytes(250)),
    ("kml", "a.kml", b'<?xml version="1.0"?>\n<kml xmlns="x"></kml>'),
    ("kml", "a.kmz", packed({"doc.kml": b"<kml/>"})),
    ("gml", "a.gml", b'<f:FeatureCollection xmlns:gml="http://www.opengis.net/gml"/>'),
    ("landxml", "a.xml", b'<?xml version="1.0"?><LandXML version="1.2"/>'),
    ("mapinfo", "a.tab", b"!table\n!version 300\n"),
    ("mapinfo", "a.mif", b'Version 300\nCharset "WindowsLatin1"\n'),
    ("e00", "a.e00", b"EXP  0 C:\\A.E00\n"),
    ("vrt", "a.vrt", b"<OGRVRTDataSource><OGRVRTLayer/></OGRVRTDataSource>"),
    ("vrt", "a.txt", b"\xef\xbb\xbf<OGRVRTDataSource/>"),
    ("qgis_project", "a.qgs", b"<!DOCTYPE qgis PUBLIC 'x'>\n<qgis/>"),
    ("web_page", "a.csv", b"<!DOCTYPE html><title>404</title>"),
    ("sqlite", "a.db", b"SQLite format 3\0" + bytes(50)),
    ("program", "a.exe", b"MZ\x90\0" + bytes(50)),
    ("unpacked_shapefile_part", "a.dbf", b"\x03" + bytes(50)),
    ("not_a_zip", "a.xlsx", b"SO_TO,SO_THUA\n"),
    ("not_a_workbook", "a.xlsx", packed({"a.txt": b"x"})),
    ("unsupported_format", "a.bin", b"\1\2\3"),
]


@pytest.mark.parametrize(("code", "name", "content"), FILES)
def test_file_is_refused_by_what_it_is(
    tmp_path: Path, code: str, name: str, content: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    (tmp_path / "work").mkdir()
    with pytest.raises(Refused) as refused:
        open_source(path, tmp_path / "work")
    assert refused.value.code == code
    assert refused.value.message.startswith(name)
    assert ";" in refused.value.message, "what to do stands after what it is"


def test_every_refusal_of_the_table_is_tried() -> None:
    assert set(REFUSALS) <= {code for code, _, _ in FILES}


@pytest.mark.parametrize(
    ("name", "content"),
    [("ban-do.mif", b"Version 300\nCharset"), ("doc.kml", b"<kml/>"), ("x.pdf", b"%PDF-1.7")],
)
def test_archive_without_a_layer_says_what_is_in_it(
    tmp_path: Path, name: str, content: bytes
) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(packed({"readme.txt": b"nothing here", name: content}))
    (tmp_path / "work").mkdir()
    with pytest.raises(Refused) as refused:
        open_source(path, tmp_path / "work")
    assert refused.value.code in {"mapinfo", "kml", "pdf"}
    assert name in refused.value.message


def test_geojson_that_names_a_gml_system_is_no_gml(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text('{"type":"FeatureCollection","crs":"http://www.opengis.net/gml","features":[]}')
    (tmp_path / "work").mkdir()
    assert open_source(path, tmp_path / "work").members[0].kind == "geojson"


def test_notes_beside_a_layer_are_no_layers(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(
        packed({"a.geojson": b'{"type":"FeatureCollection"}', "x.csv": b"a,b", "r.txt": b"1"})
    )
    (tmp_path / "work").mkdir()
    assert [m.name for m in open_source(path, tmp_path / "work").members] == ["a.geojson"]


@pytest.mark.parametrize(
    "name",
    ["xl/media/film.bin", "xl/externalLinks/externalLink1.xml", "customXml/item1.xml"],
)
def test_parts_that_nobody_reads_do_not_matter(tmp_path: Path, read_file: Read, name: str) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(with_part(name, b"<not-xml"))
    assert read_file(path)[0].total_rows == 1


def test_workbook_that_unpacks_without_end_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("landgis.ingest.zip_archive.RATIO_FREE_BYTES", 1024**2)
    path = tmp_path / "a.xlsx"
    path.write_bytes(with_part("xl/sharedStrings2.xml", bytes(4 * 1024**2)))
    (tmp_path / "work").mkdir()
    with pytest.raises(Refused) as refused:
        open_source(path, tmp_path / "work")
    assert refused.value.code == "archive_too_large"


@pytest.mark.parametrize(
    ("code", "part", "old", "new"),
    [
        (
            "not_a_workbook",
            "xl/worksheets/sheet1.xml",
            b"<sheetData>",
            b"<sheetData><row r='1",
        ),
        (None, "xl/workbook.xml", b"<workbook", b"<!DOCTYPE a [<!ENTITY b 'c'>]><workbook"),
        (None, "xl/worksheets/sheet1.xml", b'ref="A1:E4"', b'ref="A1:XFD1048576"'),
        (
            "not_a_workbook",
            "xl/workbook.xml",
            b"<workbook",
            b"<!DOCTYPE l [<!ENTITY a 'lol'>"
            + b"".join(
                f"<!ENTITY {chr(98 + k)} '{f'&{chr(97 + k)};' * 10}'>".encode() for k in range(9)
            )
            + b"]><workbook a='&j;'",
        ),
    ],
    ids=["cut off", "entity", "states a million columns", "billion laughs"],
)
def test_damaged_or_evil_workbook_is_read_or_refused(
    tmp_path: Path, read_file: Read, code: str | None, part: str, old: bytes, new: bytes
) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(BytesIO(workbook())) as source, zipfile.ZipFile(path, "w") as made:
        for name in source.namelist():
            content = source.read(name)
            if name == part:
                assert old in content
                content = content.replace(old, new, 1)
            made.writestr(name, content)
    if code is None:
        assert read_file(path)[0].total_rows == 1
    else:
        assert code_of(lambda: read_file(path)) == code


def test_sheet_of_several_must_be_named(tmp_path: Path, read_file: Read) -> None:
    book = openpyxl.load_workbook(BytesIO(workbook()))
    book.copy_worksheet(book.active).title = "Tờ 6"
    book.create_sheet("trống")
    book.save(tmp_path / "a.xlsx")
    assert code_of(lambda: read_file(tmp_path / "a.xlsx")) == "several_sheets"
    (layer,) = read_file(tmp_path / "a.xlsx", layer="Tờ 6")
    assert layer.total_rows == 1
    assert code_of(lambda: read_file(tmp_path / "a.xlsx", layer="Tờ 7")) == "no_such_sheet"
