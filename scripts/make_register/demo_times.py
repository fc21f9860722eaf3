"""The demonstration register many times side by side, with sheets of its own for each copy."""

import io
import math
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from make_samples.demo import FIELDS, STEM
from numpy.typing import NDArray

from make_register.shapefile import ShapefileZip
from make_register.shapes import shapes_of

SHEETS = {"SHBANDO": 16, "SOTOCU": 4}
"""Field -> sheets of one copy: the next copy counts on from there."""

IDS_OF_A_COPY = 100_000
APART_M = 50.0
TOWN_M = 10_000.0
"""A parcel farther from the middle than this is no part of the town."""


def make_demo_times(source: Path, target: Path, times: int) -> str:
    """Write ``times`` shifted copies of the demonstration register; answer one line about them."""
    _, _, wkb, _ = pyogrio.raw.read(f"/vsizip/{source}", columns=[])
    geoms = shapely.from_wkb(wkb)
    shapes, records = shapes_of(geoms), _records(source)
    side, step = math.ceil(math.sqrt(times)), _extent(geoms) + APART_M
    with ShapefileZip(target, f"demo_x{times}_vilis", FIELDS, None) as file:
        for copy in range(times):
            place = np.array(divmod(copy, side)[::-1]) - side // 2
            file.write(shapes.moved(tuple(np.round(place * step))), _renumbered(records, copy))
    return f"{target.name}: {times * shapes.rows} rows"


def _extent(geoms: NDArray[Any]) -> NDArray[np.float64]:
    """Answer width and height of the town in metres, without what was planted far outside."""
    boxes = shapely.bounds(geoms[~shapely.is_missing(geoms)])
    far = np.abs(boxes[:, :2] - np.median(boxes[:, :2], axis=0)).max(axis=1) > TOWN_M
    return np.ceil(boxes[~far, 2:].max(axis=0) - boxes[~far, :2].min(axis=0))


def _records(source: Path) -> NDArray[np.uint8]:
    """Answer the rows of the .dbf as bytes, without the mark of deletion."""
    with zipfile.ZipFile(source) as archive:
        raw = archive.read(f"{STEM}.dbf")
    rows = int.from_bytes(raw[4:8], "little")
    head, width = (int.from_bytes(raw[i : i + 2], "little") for i in (8, 10))
    table = np.frombuffer(raw, dtype=np.uint8, count=rows * width, offset=head)
    return table.reshape(rows, width)[:, 1:]


def _renumbered(records: NDArray[np.uint8], copy: int) -> NDArray[np.uint8]:
    changed = records.copy()
    begin = 0
    for field in FIELDS:
        step = IDS_OF_A_COPY if field.name == "THUAID" else SHEETS.get(field.name, 0)
        if step:
            cells = changed[:, begin : begin + field.width]
            numbers = np.loadtxt(io.BytesIO(_lines(cells)), dtype=np.int64) + copy * step
            text = np.char.rjust(numbers.astype(f"S{field.width}"), field.width)
            cells[:] = text.view(np.uint8).reshape(cells.shape)
        begin += field.width
    return changed


def _lines(cells: NDArray[np.uint8]) -> bytes:
    return b"\n".join(row.tobytes() for row in cells)
