"""The table that was sent, given back with what became of each of its rows."""

import csv
import io
from pathlib import Path

from landgis.documents import workbook_answer
from landgis.ingest.workbook_gate import unpacked
from landgis.services.attributes import Judged

HEADS = {"vi": "kết quả", "en": "result"}


def answer(judged: Judged, workdir: Path, lang: str) -> bytes:
    """Answer the same file with one column more: a workbook as .xlsx, a text table as CSV.

    The text is UTF-8 with a byte order mark, which Excel needs to see the letters.

    Raises
    ------
    Refused
        ``workbook_not_answered``; codes of ``zip_archive``.
    """
    table = judged.table
    cells = {found.row: found.sentence(lang) for found in judged.results}
    cells[table.header] = HEADS[lang]
    if table.kind == "table":
        return _text(judged, cells)
    folder, target = workdir / "parts", workdir / "answer.xlsx"
    folder.mkdir()
    parts = unpacked(table.path, folder, table.source.name)
    workbook_answer.write(parts, target, table.sheet or "", cells)
    return target.read_bytes()


def suffix_of(judged: Judged) -> str:
    """Answer the suffix of the answer's name."""
    return ".csv" if judged.table.kind == "table" else ".xlsx"


def _text(judged: Judged, cells: dict[int, str]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=judged.table.separator, lineterminator="\r\n")
    for number, row in judged.table.cells:
        writer.writerow([*row, cells.get(number, "")])
    return ("\ufeff" + out.getvalue()).encode("utf-8", "replace")
