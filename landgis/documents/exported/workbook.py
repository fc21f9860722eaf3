"""A workbook of parcels for people: no boundaries, never a formula."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from landgis.documents.exported.table import Table
from landgis.documents.rows import BOOK, SHEET_ROWS, put


def write(path: Path, tables: Sequence[Table], about: Mapping[str, Any]) -> None:
    """Write all tables as one; more rows than a sheet holds go on in another sheet."""
    names = [field.name for field in tables[0].fields]
    with xlsxwriter.Workbook(path, BOOK) as book:
        book.set_properties({"comments": f"landgis, revision {about['base_revision']}"})
        bold = book.add_format({"bold": True, "bottom": 1})
        page, at = _page(book, names, bold), 1
        for table in tables:
            for rows in table.rows:
                for values in zip(*rows.columns, strict=True):
                    if at == SHEET_ROWS:
                        page, at = _page(book, names, bold), 1
                    for column, value in enumerate(values):
                        put(page, at, column, value)
                    at += 1


def _page(book: xlsxwriter.Workbook, names: Sequence[str], bold: Any) -> Worksheet:
    page = book.add_worksheet()
    page.freeze_panes(1, 0)
    for column, name in enumerate(names):
        page.write_string(0, column, name, bold)
    return page
