"""Rows as found come out of their blocks as they went in."""

import numpy as np

from landgis.cadastre.batches import RawColumns
from landgis.store.raw_blocks import pack, unpack
from tests.builders import column


def block(first: int, numbers: list[float]) -> bytes:
    n = len(numbers)
    columns = {
        "SHTHUA": column([f"{first + i}a" for i in range(n)]),
        "TENCHU": column(["Nguyễn Văn A", *[None] * (n - 1)]),
        "DIENTICH": np.array(numbers),
        "NAM": np.arange(n, dtype=np.int64),
    }
    records = np.array([bytes([32, i]) + b"\xe1\x00" for i in range(n)], dtype="V4")
    return pack(RawColumns(np.arange(first, first + n), columns, records))


def test_rows_come_out_as_they_went_in() -> None:
    found = unpack([block(1, [10.5, np.nan]), block(7, [3.0])])
    assert found.rows == [1, 2, 7]
    assert found.attributes == [
        {"SHTHUA": "1a", "TENCHU": "Nguyễn Văn A", "DIENTICH": 10.5, "NAM": 0},
        {"SHTHUA": "2a", "TENCHU": None, "DIENTICH": None, "NAM": 1},
        {"SHTHUA": "7a", "TENCHU": "Nguyễn Văn A", "DIENTICH": 3.0, "NAM": 0},
    ]
    assert found.records == [b" \0\xe1\0", b" \1\xe1\0", b" \0\xe1\0"]


def test_only_rows_that_are_wanted_come_out() -> None:
    found = unpack([block(1, [1.0, 2.0, 3.0])], np.array([3, 99]))
    assert (found.rows, [a["NAM"] for a in found.attributes]) == ([3], [2])


def test_row_without_columns_and_records_is_still_a_row() -> None:
    raw = RawColumns(np.array([4, 5]), {}, None)
    found = unpack([pack(raw)])
    assert (found.rows, found.attributes, found.records) == ([4, 5], [{}, {}], [None, None])
