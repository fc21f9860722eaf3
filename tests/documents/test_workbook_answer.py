"""A column put into sheets as different programs write them; every other byte stays."""

import zipfile
from pathlib import Path

import pytest

from landgis.documents.workbook_answer import write
from landgis.errors import Refused

BOOK = (
    '<workbook xmlns:r="x"><sheets><sheet name="Tờ 5" sheetId="1" r:id="rId7"/></sheets></workbook>'
)
LINKS = '<Relationships><Relationship Id="rId7" Target="{}"/></Relationships>'
BROKEN = "không \ufffdđổi"
ANSWERS = {1: "kết quả", 2: "a < b & c", 4: "không \x07đổi"}


def parts(folder: Path, sheet: bytes, target: str = "worksheets/a.xml") -> dict[str, Path]:
    contents = {
        "xl/workbook.xml": BOOK.encode(),
        "xl/_rels/workbook.xml.rels": LINKS.format(target).encode(),
        "xl/worksheets/a.xml": sheet,
        "xl/media/picture.png": bytes(range(256)),
    }
    files = {}
    for at, (name, content) in enumerate(contents.items()):
        files[name] = folder / str(at)
        files[name].write_bytes(content)
    return files


def answered(folder: Path, sheet: str, target: str = "worksheets/a.xml") -> str:
    made = folder / "made.xlsx"
    write(parts(folder, sheet.encode(), target), made, "Tờ 5", ANSWERS)
    with zipfile.ZipFile(made) as archive:
        assert archive.read("xl/media/picture.png") == bytes(range(256))
        return archive.read("xl/worksheets/a.xml").decode()


def cell(place: str, text: str, prefix: str = "", style: str | None = None) -> str:
    p, style = prefix, "" if style is None else f' s="{style}"'
    return (
        f'<{p}c r="{place}"{style} t="inlineStr"><{p}is><{p}t xml:space="preserve">{text}'
        f"</{p}t></{p}is></{p}c>"
    )


@pytest.mark.parametrize("target", ["worksheets/a.xml", "/xl/worksheets/a.xml"])
def test_cells_stand_after_the_widest_row_with_the_style_of_the_head(
    tmp_path: Path, target: str
) -> None:
    sheet = (
        '<?xml version="1.0" encoding="UTF-8"?><worksheet><dimension ref="A1:B4"/><sheetData>'
        '<row r="1" spans="1:2" ht="20"><c r="A1" s="3"/><c r="B1" s="4"><v>1</v></c></row>'
        '<row r="2"><c r="A2"/></row><row r="3"/><row r="4" spans="1:30"><c r="AA4"/></row>'
        "</sheetData></worksheet>"
    )
    assert answered(tmp_path, sheet, target) == (
        '<?xml version="1.0" encoding="UTF-8"?><worksheet><dimension ref="A1:AB4"/><sheetData>'
        '<row r="1" ht="20"><c r="A1" s="3"/><c r="B1" s="4"><v>1</v></c>'
        f"{cell('AB1', 'kết quả', style='4')}</row>"
        f'<row r="2"><c r="A2"/>{cell("AB2", "a &lt; b &amp; c")}</row><row r="3"/>'
        f'<row r="4"><c r="AA4"/>{cell("AB4", BROKEN)}</row></sheetData></worksheet>'
    )


def test_places_that_a_program_leaves_out_are_counted(tmp_path: Path) -> None:
    sheet = (
        '<x:worksheet xmlns:x="y"><x:sheetData><x:row><x:c/><x:c/></x:row>'
        "<x:row><x:c/></x:row></x:sheetData></x:worksheet>"
    )
    assert answered(tmp_path, sheet) == (
        '<x:worksheet xmlns:x="y"><x:sheetData><x:row><x:c/><x:c/>'
        f"{cell('C1', 'kết quả', 'x:')}</x:row>"
        f"<x:row><x:c/>{cell('C2', 'a &lt; b &amp; c', 'x:')}</x:row></x:sheetData></x:worksheet>"
    )


@pytest.mark.parametrize(
    "sheet",
    [
        "<!DOCTYPE a [<!ENTITY b 'c'>]><worksheet><sheetData/></worksheet>",
        "<worksheet><sheetData>",
        '<worksheet><row r="x"/></worksheet>',
        '<?xml version="1.0" encoding="utf-16"?><worksheet/>',
        '<worksheet><row r="1"><c r="XFD1"/></row></worksheet>',
    ],
    ids=["document type", "cut off", "no number", "other letters", "no column left"],
)
def test_workbook_that_takes_no_column_is_refused(tmp_path: Path, sheet: str) -> None:
    with pytest.raises(Refused) as refused:
        write(parts(tmp_path, sheet.encode()), tmp_path / "made.xlsx", "Tờ 5", ANSWERS)
    assert refused.value.code == "workbook_not_answered"


def test_sheet_that_is_nowhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        write(parts(tmp_path, b"<a/>"), tmp_path / "made.xlsx", "Tờ 6", ANSWERS)
    with pytest.raises(Refused):
        write(parts(tmp_path, b"<a/>", "../../x"), tmp_path / "made.xlsx", "Tờ 5", ANSWERS)
