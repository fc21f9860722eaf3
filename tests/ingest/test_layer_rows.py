"""Parts of a layer: every row in one block, any rows by number, a sample of a large one."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import shapely

from landgis.ingest import layer_rows
from landgis.ingest.columns import EXACT_FLOAT_LIMIT
from landgis.ingest.layer_rows import LayerRows
from landgis.ingest.raw import NO_ROWS, RawLayer, UnreadableRow
from landgis.ingest.row_table import RowFile, RowWriter, judge

N = 23
LOST = (5, 6)
"""Row numbers that could not be read; the reader gave them no place."""

GIVEN = [row for row in range(1, N + 1) if row not in LOST]


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer_rows, "BLOCK_ROWS", 4)
    monkeypatch.setattr(layer_rows, "SAMPLE_PARTS", 2)


def layer(folder: Path, order: list[int]) -> LayerRows:
    """A layer that the reader gave in an order of its own, in batches of 4."""
    path = folder / "rows.arrow"
    with RowWriter(path, ["name", "year"], [pa.string(), pa.int64()]) as writer:
        for start in range(0, len(order), 4):
            rows = order[start : start + 4]
            boxes = [shapely.to_wkb(shapely.box(row, 0, row + 1, 1)) for row in rows]
            wkb = np.array(boxes, dtype=object)
            years = [None if row == 7 else 2000 + row for row in rows]
            columns = [pa.array([f"n{row}" for row in rows]), pa.array(years, pa.int64())]
            writer.write(pa.array(rows, pa.int64()), judge(wkb), columns)
    about = RawLayer(
        name="parcels",
        driver="GPKG",
        **NO_ROWS,
        unreadable=tuple(UnreadableRow(row, "shape_damaged", "") for row in LOST),
        crs_wkt=None,
        bytes_text=False,
        cpg=None,
        records=None,
    )
    at = np.array([order.index(row) for row in GIVEN])
    return LayerRows(about, np.array(GIVEN), at, RowFile(path), None)


def facts(raw: RawLayer) -> list[tuple[int, str, float]]:
    """Row number, name, and west of the geometry: all three say the same number."""
    west = shapely.bounds(shapely.from_wkb(raw.wkb))[:, 0]
    return list(zip(raw.rows.tolist(), raw.columns["name"].tolist(), west.tolist(), strict=True))


def expected(rows: list[int]) -> list[tuple[int, str, float]]:
    return [(row, f"n{row}", float(row)) for row in rows]


@pytest.mark.parametrize("order", [GIVEN, GIVEN[::-1], GIVEN[::2] + GIVEN[1::2]])
def test_blocks_hold_every_row_once_in_source_order(tmp_path: Path, order: list[int]) -> None:
    found = layer(tmp_path, order)
    blocks = list(found.blocks())
    assert [fact for block in blocks for fact in facts(block)] == expected(GIVEN)
    assert max(len(block.rows) for block in blocks) <= 4
    assert facts(found.whole()) == expected(GIVEN)
    assert found.total_rows == found.whole().total_rows == N


def test_rows_are_found_by_number_and_lost_ones_are_not(tmp_path: Path) -> None:
    found = layer(tmp_path, GIVEN)
    assert facts(found.of(np.array([4, 5, 19]))) == expected([4, 19])
    assert facts(found.of(np.array([], dtype=np.int64))) == []


def test_sample_of_a_large_layer_is_spread_over_it(tmp_path: Path) -> None:
    found = layer(tmp_path, GIVEN)
    assert [row for row, _, _ in facts(found.sample())] == [1, 2, 22, 23]
    assert found.sample().unreadable == ()


def test_column_is_of_one_kind_in_all_its_parts(tmp_path: Path) -> None:
    found = layer(tmp_path, GIVEN)
    assert {block.columns["year"].dtype.kind for block in found.blocks()} == {"f"}
    assert EXACT_FLOAT_LIMIT > 2000


def test_whole_columns_are_told_without_their_rows(tmp_path: Path) -> None:
    found = layer(tmp_path, GIVEN)
    assert found.distinct(("name",)) == found.distinct(("name", "year")) == len(GIVEN)
    assert found.distinct(("drawing",)) == 1
    assert found.values("name").tolist() == [f"n{row}" for row in GIVEN]
