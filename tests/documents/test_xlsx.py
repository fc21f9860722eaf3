"""The workbook of a report: read back by another program, cell by cell."""

from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook

from landgis.documents import xlsx
from landgis.documents.shown import ImportReport
from tests.documents.reports import both, finding, invented, tay_ninh

EVIL = ['=HYPERLINK("http://a.example","x")', "+cmd|' /C calc'!A0", "@SUM(1+1)", "-2+3", "\t=1+1"]


def book_of(*reports: ImportReport, lang: str = "en") -> Workbook:
    return load_workbook(BytesIO(xlsx.write(reports, tay_ninh(), lang)))


def lines(book: Workbook, sheet: str) -> list[dict[str, object]]:
    head, *rows = book[sheet].iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_sheets_have_frozen_heads_and_filters(demo_report: ImportReport) -> None:
    book = book_of(demo_report)
    assert book.sheetnames == ["counts", "rules", "findings", "rows"]
    for sheet in book:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == sheet.dimensions


def test_counts_findings_and_rows_are_those_of_the_report(demo_report: ImportReport) -> None:
    book, document = book_of(demo_report), demo_report.document
    (counts,) = lines(book, "counts")
    told = ("rows in the file", "accepted", "held back", "unreadable")
    assert [counts[name] for name in told] == list(document["counts"].values())
    findings = lines(book, "findings")
    assert [f["Id"] for f in findings] == [f["id"] for f in document["findings"]]
    assert [f["What was found"] for f in findings] == [
        f["message"]["en"] for f in document["findings"]
    ]
    rows = lines(book, "rows")
    assert [(r["Row"], r["Codes"]) for r in rows] == [
        (r["row"], ", ".join(r["reasons"])) for r in document["rows"]
    ]


def test_numbers_are_numbers(demo_report: ImportReport) -> None:
    rules = [f["rule"] for f in demo_report.findings]
    at = rules.index("topology.stack")
    found, truth = lines(book_of(demo_report), "findings")[at], demo_report.findings[at]
    assert [found["East"], found["North"]] == truth["place_native"]["xy"]
    assert [found["Longitude (WGS 84)"], found["Latitude (WGS 84)"]] == truth["place"][
        "coordinates"
    ]
    assert (found["Measured"], found["Limit"]) == (2, 1)
    assert found["EPSG of the survey plane"] == 9209
    assert lines(book_of(demo_report), "findings")[0]["East"] is None


def test_word_on_a_finding_stands_in_its_line() -> None:
    said = {"by": "user:lan", "at": "2026-11-23T08:00:00+00:00", "why": "=nhà chung cư"}
    line = {"rule": "geometry.invalid", "severity": "warning", "outcome": "fail", "findings": 2}
    line |= {"accepted": 1, "rows": 2, "title": both("a title")}
    book = book_of(invented(finding(1, acceptance=said), finding(2), by_rule=[line]))
    first, second = lines(book, "findings")
    assert (first["Accepted by"], first["Accepted because"]) == ("lan", "=nhà chung cư")
    assert first["Accepted at"] == said["at"]
    assert second["Accepted by"] is None
    assert lines(book, "rules")[0]["Accepted as they are"] == 1


def test_nothing_a_file_says_becomes_a_formula_or_a_link() -> None:
    reports = [
        invented(
            finding(i, title=both(text), message=both(text), remedy=both(text), parcels=[text]),
            name=text,
            rows=[{"row": 1, "state": "quarantined", "reasons": [text]}],
        )
        for i, text in enumerate(EVIL, 1)
    ]
    book = book_of(*reports)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert [c.coordinate for c in cells if c.data_type == "f" or c.hyperlink] == []
    assert [f["What was found"] for f in lines(book, "findings")] == EVIL


def test_same_report_gives_the_same_bytes(demo_report: ImportReport) -> None:
    first, second = (xlsx.write([demo_report], tay_ninh(), "vi") for _ in range(2))
    assert first == second
    assert b"2026" not in first[:200]


def test_table_longer_than_a_sheet_goes_on_in_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "SHEET_ROWS", 4)
    book = book_of(invented(*(finding(i) for i in range(1, 9))))
    assert [s for s in book.sheetnames if s.startswith("findings")] == [
        "findings",
        "findings 2",
        "findings 3",
    ]
    told = [f["No."] for n in ("findings", "findings 2", "findings 3") for f in lines(book, n)]
    assert told == list(range(1, 9))


def test_text_longer_than_a_cell_is_cut_visibly() -> None:
    book = book_of(invented(finding(1, message=both("a" * 40_000), measured=float("inf"))))
    (found,) = lines(book, "findings")
    assert str(found["What was found"]).endswith("a…")
    assert len(str(found["What was found"])) == xlsx.CELL_LETTERS
    assert found["Measured"] == "inf"


def test_refused_file_has_a_line() -> None:
    error = {"code": "not_a_zip", "message": "It is a page"}
    (line,) = lines(book_of(ImportReport({"file": {"name": "b.zip"}, "error": error})), "counts")
    assert (line["File"], line["Status"]) == ("b.zip", "not_a_zip: It is a page")
