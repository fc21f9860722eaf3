"""Reports as a workbook: what people sort, filter and send back."""

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.documents.shown import ImportReport, finding_line
from landgis.documents.words import Words

CELL_LETTERS = 32_767
"""Longest text of a cell. Source: Excel specifications and limits."""

SHEET_ROWS = 1_048_576
"""Rows of a sheet, its head included. Source: Excel specifications and limits."""

OPTIONS = {
    "in_memory": True,
    # Cells hold what the file said, and a file may say =HYPERLINK("…").
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
WIDTHS = {
    "message": 60,
    "title": 32,
    "remedy": 60,
    "rule": 28,
    "finding_id": 18,
    "file": 28,
    "accepted_why": 40,
}
WIDTH = 14
TINTS = {"block": "#fce8e6", "error": "#fce8e6", "warning": "#fdf1d8", "info": "#e8f0fe"}

_NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)

COUNTS = (
    *("file", "read", "accepted", "quarantined", "unreadable", "bytes", "sha256"),
    *("batch", "status", "revision"),
)
RULES = ("file", "rule", "title", "severity", "outcome", "findings", "findings_accepted", "rows")
FINDINGS = (
    *("no", "severity", "rule", "title", "message", "rows", "measured", "limit", "unit"),
    *("x", "y", "srid", "lon", "lat", "remedy", "basis", "parcels", "outcome"),
    *("accepted_by", "accepted_at", "accepted_why", "finding_id", "file"),
)
ROWS = ("file", "row", "state", "title", "reasons")

HEADS = {
    "file": "findings.file",
    "read": "counts.read",
    "accepted": "counts.accepted",
    "quarantined": "counts.quarantined",
    "unreadable": "counts.unreadable",
    "bytes": "sheet.bytes",
    "sha256": "file.sha256",
    "batch": "run.batch",
    "status": "run.status",
    "revision": "run.revision",
    "title": "findings.title_column",
    "findings": "rules.findings",
    "findings_accepted": "rules.accepted",
    "finding_id": "findings.id",
    "outcome": "rules.outcome",
    "severity": "rules.severity",
    "row": "rows.row",
    "state": "rows.state",
    "reasons": "rows.reasons",
}
"""Column -> key of its head; ``findings.<column>`` unless named."""


def write(reports: Sequence[ImportReport], _jurisdiction: Jurisdiction, lang: str) -> bytes:
    """Answer a workbook with the sheets counts, rules, findings and rows.

    Texts are texts whatever they begin with, numbers are numbers; the workbook carries no time
    of its making.
    """
    words, out = Words(lang), BytesIO()
    with xlsxwriter.Workbook(out, OPTIONS) as book:
        # A date of its making would make two reports of one file differ.
        book.set_properties({"title": words("title"), "created": _NO_TIME})
        writer = _Writer(book, words)
        writer.sheet("counts", COUNTS, (_counts(r.document) for r in reports))
        writer.sheet("rules", RULES, _rules(reports, words))
        writer.sheet("findings", FINDINGS, _findings(reports, words))
        writer.sheet("rows", ROWS, _rows(reports, words))
    return out.getvalue()


class _Writer:
    """Writes tables as sheets; a table longer than a sheet goes on in another."""

    def __init__(self, book: Workbook, words: Words) -> None:
        self._book = book
        self._words = words
        self._head = book.add_format(
            {"bold": True, "bg_color": "#f6f4ef", "bottom": 1, "valign": "top", "text_wrap": True}
        )
        self._body = book.add_format({"valign": "top", "text_wrap": True})
        self._tints = {
            severity: book.add_format({"valign": "top", "bg_color": colour})
            for severity, colour in TINTS.items()
        }

    def sheet(self, name: str, columns: Sequence[str], lines: Iterable[dict[str, Any]]) -> None:
        """Write one table: a frozen head with a filter, one row a line."""
        page, at, count = self._begin(name, columns), 0, 1
        for line in lines:
            if at + 1 == SHEET_ROWS:
                page.autofilter(0, 0, at, len(columns) - 1)
                count += 1
                page, at = self._begin(f"{name} {count}", columns), 0
            at += 1
            for i, column in enumerate(columns):
                self._cell(page, at, i, line[column], self._format(column, line))
        page.autofilter(0, 0, at, len(columns) - 1)

    def _begin(self, name: str, columns: Sequence[str]) -> Worksheet:
        page = self._book.add_worksheet(name)
        page.freeze_panes(1, 0)
        for i, column in enumerate(columns):
            page.set_column(i, i, WIDTHS.get(column, WIDTH))
            head = self._words(HEADS.get(column, f"findings.{column}"))
            page.write_string(0, i, head, self._head)
        return page

    def _format(self, column: str, line: dict[str, Any]) -> Format:
        if column != "severity":
            return self._body
        return self._tints.get(line["severity_code"], self._body)

    @staticmethod
    def _cell(page: Worksheet, row: int, column: int, value: Any, form: Format) -> None:
        if value is None or value == "":
            page.write_blank(row, column, None, form)
        elif isinstance(value, int | float) and math.isfinite(value):
            page.write_number(row, column, value, form)
        else:
            text = str(value).encode("utf-8", "replace").decode()
            if len(text) > CELL_LETTERS:
                text = text[: CELL_LETTERS - 1] + "…"
            page.write_string(row, column, text, form)


def _counts(document: dict[str, Any]) -> dict[str, Any]:
    file, counts = document["file"], document.get("counts", {})
    said = {
        **{name: file.get(name) for name in ("bytes", "sha256")},
        **{name: counts.get(name) for name in ("read", "accepted", "quarantined", "unreadable")},
    }
    run = {name: document.get(name) for name in ("status", "revision")}
    if "error" in document:
        run["status"] = f"{document['error']['code']}: {document['error']['message']}"
    return {"file": file["name"], **said, **run, "batch": document.get("batch_id")}


def _rules(reports: Sequence[ImportReport], words: Words) -> Iterator[dict[str, Any]]:
    for report in reports:
        for line in report.document.get("by_rule", ()):
            yield {
                **line,
                "file": report.document["file"]["name"],
                "title": words.pick(line["title"]),
                "findings_accepted": line["accepted"],
                **_judged(line, words),
            }


def _findings(reports: Sequence[ImportReport], words: Words) -> Iterator[dict[str, Any]]:
    for report in reports:
        for no, finding in enumerate(report.findings, 1):
            line = finding_line(report, no, finding, words)
            unit = words.named("unit", line["unit"]) if line["unit"] != "share" else line["unit"]
            rows = finding["rows"][0] if len(finding["rows"]) == 1 else line["rows"]
            yield {**line, **_judged(line, words), "unit": unit, "rows": rows}


def _judged(line: dict[str, Any], words: Words) -> dict[str, Any]:
    return {
        "severity": words.named("severity", line["severity"]),
        "severity_code": line["severity"],
        "outcome": words.named("outcome", line["outcome"]),
    }


def _rows(reports: Sequence[ImportReport], words: Words) -> Iterator[dict[str, Any]]:
    for report in reports:
        titles = {r["rule"]: words.pick(r["title"]) for r in report.document.get("by_rule", ())}
        for line in report.document.get("rows", ()):
            why = [titles.get(code) or words.named("reason", code) for code in line["reasons"]]
            yield {
                "file": report.document["file"]["name"],
                "row": line["row"],
                "state": words.named("state", line["state"]),
                "title": "; ".join(why),
                "reasons": ", ".join(line["reasons"]),
            }
