"""Rows as tables: nothing is lost, nothing is evaluated."""

import csv
import io
from pathlib import Path

import pytest
from openpyxl import load_workbook

from landgis.cadastre.mends import FACTS, StagedRow
from landgis.cadastre.parcels import LandUseShare
from landgis.documents import rows as tables
from landgis.documents.rows import Line, as_csv, write_xlsx
from tests.documents.reports import tay_ninh


def line(number: int, /, **attributes: object) -> Line:
    facts = dict.fromkeys(FACTS) | {
        "number": str(number),
        "land_uses": (LandUseShare("ODT", None), LandUseShare("CLN", None)),
    }
    return Line(StagedRow(number, "accepted", (), 0, facts, None), attributes)


def read(lines: list[Line]) -> list[dict[str, str]]:
    text = "".join(as_csv(iter(lines), tay_ninh(), "en"))
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("  =1+1", "'  =1+1"),
        ("+84 90 123", "'+84 90 123"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-2+3", "'-2+3"),
        ("\t=1", "'\t=1"),
        ("＝1", "'＝1"),
        ("-5.25", "-5.25"),
        ("Nguyễn = Trần", "Nguyễn = Trần"),
        (-5.25, "-5.25"),
        (float("nan"), ""),
        (None, ""),
    ],
)
def test_cell_that_a_spreadsheet_would_evaluate_is_marked_as_text(value: object, cell: str) -> None:
    assert read([line(1, NOTE=value)])[0]["file:NOTE"] == cell


def test_columns_of_the_file_come_with_the_first_row_that_has_any() -> None:
    table = read([line(1), line(2), line(3, number="7", row="x"), line(4, number=None, row="y")])
    assert [r["row"] for r in table] == ["1", "2", "3", "4"]
    assert [(r["number"], r["file:number"], r["file:row"]) for r in table] == [
        ("1", "", ""), ("2", "", ""), ("3", "7", "x"), ("4", "", "y"),
    ]  # fmt: skip
    assert table[0]["land_use"] == "ODT+CLN"
    assert list(read([line(1)])[0])[-1] == "register_area_m2"


def test_workbook_longer_than_a_sheet_goes_on_in_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "SHEET_ROWS", 4)
    path = tmp_path / "rows.xlsx"
    write_xlsx(path, (line(n, NOTE=f"={n}") for n in range(1, 8)), tay_ninh(), "en")
    sheets = [list(sheet.iter_rows()) for sheet in load_workbook(path)]
    assert [len(rows) for rows in sheets] == [4, 4, 2]
    assert {rows[0][-1].value for rows in sheets} == {"file:NOTE"}
    notes = [row[-1] for rows in sheets for row in rows[1:]]
    assert [(cell.data_type, cell.value) for cell in notes] == [("s", f"={n}") for n in range(1, 8)]


def test_empty_table_still_has_its_head(tmp_path: Path) -> None:
    assert "".join(as_csv(iter(()), tay_ninh(), "vi")).startswith("\ufeffrow,state,")
    write_xlsx(tmp_path / "none.xlsx", (), tay_ninh(), None)
    assert [c.value for c in next(load_workbook(tmp_path / "none.xlsx").active.iter_rows())][
        :2
    ] == [
        "row",
        "state",
    ]
