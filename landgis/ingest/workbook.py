"""Sheets of a workbook (XLSX) as numbered lines of cells; runs only inside the reading process."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from landgis.errors import Refused
from landgis.ingest.decimals import is_ambiguous
from landgis.ingest.delimited import Line, Table

COLUMNS_LIMIT = 256
"""Most columns of a table; a stray cell far to the right would make a million rows wide."""

FORMULA = "formula_without_value"
DATE = "date"
ERROR = "cell_error"
AMBIGUOUS = "ambiguous_number"
"""Doubts about a cell: never calculated, a date to Excel, an error, text like 1.234 as number."""

SHEET_LOOK = 50
SHEET_ROWS = 1_048_576
"""Rows of a sheet. Source: Excel specifications and limits."""


def open_sheet(path: Path, sheet: str | None) -> Table:
    """Answer one sheet of a workbook as a table; values of formulas are those last calculated.

    Parameters
    ----------
    path
        A workbook that ``workbook_gate`` packed anew.
    sheet
        Name of the sheet; None: the only one that has anything in it.

    Raises
    ------
    Refused
        ``not_a_workbook``, ``no_such_sheet``, ``several_sheets``, ``empty_table``.
    """
    name = _choose(path, sheet)
    notes = [("table_form", f"cells of the sheet {name!r}")]
    return Table(
        lambda: _lines(path, name),
        lambda cell: cell,
        ".",
        is_bytes=False,
        notes=notes,
        sheet=name,
    )


def sheet_names(path: Path) -> list[str]:
    """Answer the sheets that have anything in them, in their order."""
    book = _load(path, values=True)
    try:
        return [page.title for page in book.worksheets if _has_content(page)]
    finally:
        book.close()


def _choose(path: Path, sheet: str | None) -> str:
    names = sheet_names(path)
    if sheet is not None:
        if sheet not in names:
            raise Refused(
                "no_such_sheet", f"no sheet {sheet!r} with content; there are: {', '.join(names)}"
            )
        return sheet
    if not names:
        raise Refused("empty_table", "no sheet of the workbook has anything in it")
    if len(names) > 1:
        raise Refused(
            "several_sheets", f"it has {len(names)} sheets ({', '.join(names)}); say which one"
        )
    return names[0]


def _load(path: Path, *, values: bool) -> Any:
    import openpyxl  # half a second that no other format needs

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=values, keep_links=False)
        for page in book.worksheets:
            page.reset_dimensions()  # what a workbook says of its extent may be anything
    except Exception as problem:  # openpyxl raises whatever its XML leads it to
        why = f"{type(problem).__name__}: {problem}".splitlines()[0][:200]
        raise Refused("not_a_workbook", f"the workbook cannot be read ({why})") from problem
    return book


def _has_content(page: Any) -> bool:
    rows = page.iter_rows(max_row=SHEET_LOOK)
    return any(cell.value is not None for row in _guarded(rows) for cell in row)


def _lines(path: Path, name: str) -> Iterator[Line]:
    """Read values and formulas side by side: a formula without a value must not pass for empty."""
    shown, typed = _load(path, values=True), _load(path, values=False)
    try:
        rows = _guarded(zip(shown[name].iter_rows(), typed[name].iter_rows(), strict=True))
        for at, (values, formulas) in enumerate(rows, 1):
            if at > SHEET_ROWS:
                raise Refused("not_a_workbook", f"it has a row beyond the last, {SHEET_ROWS}")
            yield _line(at, values, formulas)
    finally:
        shown.close()
        typed.close()


def _guarded(rows: Iterator[Any]) -> Iterator[Any]:
    try:
        yield from rows
    except Refused:
        raise
    except Exception as problem:  # the same
        why = f"{type(problem).__name__}: {problem}".splitlines()[0][:200]
        raise Refused("not_a_workbook", f"the workbook is damaged ({why})") from problem


def _line(at: int, values: Any, formulas: Any) -> Line:
    while values and values[-1].value is None and formulas[len(values) - 1].value is None:
        values = values[:-1]
    if len(values) > COLUMNS_LIMIT:
        raise Refused(
            "too_many_columns",
            f"row {at} has {len(values)} columns, the limit is {COLUMNS_LIMIT}; delete what lies "
            "beside the table",
        )
    doubts: dict[int, str] = {}
    cells = []
    for k, cell in enumerate(values):
        if cell.value is None and formulas[k].data_type == "f":
            doubts[k] = FORMULA
        elif isinstance(cell.value, date | time | timedelta):
            doubts[k] = DATE
        elif cell.data_type == "e":
            doubts[k] = ERROR
        elif isinstance(cell.value, str) and is_ambiguous(cell.value):
            doubts[k] = AMBIGUOUS
        cells.append(_text(cell.value))
    return Line(at, cells, doubts=doubts)


def _text(value: object) -> str:
    """Answer a cell as people write it: 12.0 is 12."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)
