"""A table as plain cells, a row a line; runs only inside the reading process."""

import json
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from landgis.errors import Refused
from landgis.ingest.decimals import is_ambiguous, tells_mark
from landgis.ingest.delimited import SAMPLE_LINES, Line, Table, open_delimited
from landgis.ingest.records import NO_GEOMETRY, RECORD_TYPE
from landgis.ingest.row_table import Judged, RowWriter
from landgis.ingest.workbook import AMBIGUOUS, COLUMNS_LIMIT, open_sheet

ROWS_LIMIT = 200_000
"""Most rows of a table of attributes: a commune has a tenth of it."""

DRIVERS = ("CSV-CELLS", "XLSX-CELLS")


def read_cells(
    path: Path, folder: Path, files: str, driver: str, layer: str | None
) -> dict[str, Any]:
    """Write every line of the table at ``path`` that says anything into ``folder``.

    ``fid`` is the line's number; ``problem`` why it cannot be taken apart; ``detail`` the doubts
    about its cells as JSON. Beside them ``<files>.json`` says how the numbers are written.

    Raises
    ------
    Refused
        ``too_many_rows``, ``too_many_columns``, and the codes of ``open_delimited`` and
        ``open_sheet``.
    """
    table = open_delimited(path) if driver == "CSV-CELLS" else open_sheet(path, layer)
    lines: list[Line] = []
    for line in table.lines():
        if len(lines) == ROWS_LIMIT:
            raise Refused("too_many_rows", f"more than {ROWS_LIMIT} rows; send it in parts")
        if not line.is_blank or line.doubts:
            lines.append(line)
    width = max((len(line.cells) for line in lines), default=0)
    if width > COLUMNS_LIMIT:
        raise Refused("too_many_columns", f"{width} columns, the limit is {COLUMNS_LIMIT}")
    _write(lines, width, table, folder / f"{files}.arrow")
    records = np.zeros(len(lines), dtype=RECORD_TYPE)
    records["fid"] = [line.number for line in lines]
    records["state"] = NO_GEOMETRY
    np.save(folder / f"{files}.npy", records, allow_pickle=False)
    said = {
        "mark": table.mark,
        "separator": table.separator,
        "sheet": table.sheet,
        "notes": table.notes,
    }
    (folder / f"{files}.json").write_text(json.dumps(said), "utf-8")
    return {"files": files, "crs": None, "heights": 0, "stopped": None, "name": table.sheet}


def _write(lines: list[Line], width: int, table: Table, target: Path) -> None:
    is_sure = not table.is_bytes or tells_mark(
        cell for line in islice(lines, SAMPLE_LINES) for cell in line.cells
    )
    none = np.full(len(lines), None, dtype=object)
    problem, detail = none.copy(), none.copy()
    for at, line in enumerate(lines):
        problem[at] = line.broken
        doubts = dict(line.doubts)
        if not is_sure:
            doubts |= {k: AMBIGUOUS for k, cell in enumerate(line.cells) if is_ambiguous(cell)}
        detail[at] = json.dumps(doubts) if doubts else None
    columns = [
        pa.array([_cell(line, k, table) for line in lines], pa.string()) for k in range(width)
    ]
    names = [f"c{k}" for k in range(width)]
    with RowWriter(target, names, [pa.string()] * width) as rows:
        fid = pa.array([line.number for line in lines], pa.int64())
        rows.write(fid, Judged(none, problem, detail, heights=0), columns)


def _cell(line: Line, at: int, table: Table) -> str:
    return table.text(line.cells[at]) if at < len(line.cells) else ""
