"""Text tables read in this very process, and the lists of vertices that most of them are."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import shapely

from landgis.ingest.row_table import open_rows
from landgis.ingest.table_file import read_table_file
from tests.builders import EAST, NORTH

SQUARE = ((0, 0), (0, 10), (10, 10), (10, 0))


class Table(NamedTuple):
    wkb: list[bytes | None]
    columns: dict[str, list[str | None]]
    """Of the rows that could be read."""

    rows: list[int]
    unreadable: dict[int, str]
    details: list[str]
    notes: dict[str, str]
    crs: str | None

    @property
    def geoms(self) -> list[Any]:
        return list(shapely.from_wkb(self.wkb))


Reader = Callable[..., Table]


def reader(folder: Path) -> Reader:
    """Answer what reads a text in this very process."""

    def read_(text: str, encoding: str = "utf-8", driver: str = "CSV") -> Table:
        path = folder / "table.csv"
        path.write_bytes(text.encode(encoding))
        return read_path(path, driver)

    return read_


def read_path(path: Path, driver: str = "CSV", layer: str | None = None) -> Table:
    answer = read_table_file(path, path.parent, "layer-1", driver, layer)
    table, names = open_rows(path.parent / "layer-1.arrow")
    codes = table.column("problem").to_pylist()
    assert len(np.load(path.parent / "layer-1.npy")) == len(codes), "every record is counted"
    good = np.flatnonzero([code is None for code in codes]).tolist()
    part = table.take(pa.array(good, pa.int64()))
    return Table(
        wkb=part.column("wkb").to_pylist(),
        columns={name: part.column(f"a{k}").to_pylist() for k, name in enumerate(names)},
        rows=[at + 1 for at in good],
        unreadable={at + 1: code for at, code in enumerate(codes) if code is not None},
        details=[detail for detail in table.column("detail").to_pylist() if detail],
        notes=dict(json.loads((path.parent / "layer-1.json").read_text("utf-8"))),
        crs=answer["crs"],
    )


def lines(number: Any, points: Any = SQUARE, x: float = 0.0, *, closed: bool = False) -> list[str]:
    """Lines ``5;number;k;X;Y``, X = north, decimal commas."""
    around = [*points, points[0]] if closed else points
    return [
        f"5;{number};{k};{NORTH + dy:.2f};{EAST + x + dx:.2f}".replace(".", ",")
        for k, (dx, dy) in enumerate(around, 1)
    ]


HEAD = "Số tờ;Số thửa;STT;X(m);Y(m)"
POINTS = "Số hiệu điểm;X;Y\n" + "".join(
    f"{k};{NORTH + dy:.2f};{EAST + dx:.2f}\n"
    for k, (dx, dy) in enumerate([*SQUARE, (20, 10), (20, 0)], 11)
)
"""Two squares side by side: 11 to 14 around the first; 14, 13, 15, 16 around the second."""
