"""Rules over blocks: whatever the blocks, the findings are those of the whole."""

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules import Inspection, check_all
from tests.builders import context, parcel_set, ring, square

SHAPES: list[Any] = [
    None,
    shapely.Polygon(),
    square(0, 0),
    shapely.reverse(square(0, 0)),
    square(20, 0),
    square(40, 0),
    ring((0, 0), (10, 10), (10, 0), (0, 10)),
    square(30_000, 0),
]
NAMES = [None, "25645/1/1", "25645/1/2", "25645/1/3"]
ROWS = st.lists(st.tuples(st.sampled_from(SHAPES), st.sampled_from(NAMES)), max_size=12)


def in_blocks(parcels: ParcelSet, cuts: list[int]) -> list[object]:
    inspection = Inspection({})
    for at in np.split(np.arange(len(parcels)), sorted(cut for cut in cuts if cut <= len(parcels))):
        block = parcels.take(at)
        inspection.look_at(block, context(block))
    repeated = parcels.take(np.isin(parcels.row, inspection.repeated()))
    return list(inspection.findings(repeated, context(repeated)))


@given(ROWS, st.lists(st.integers(0, 12), max_size=3))
def test_findings_do_not_depend_on_the_blocks(
    rows: list[tuple[Any, str | None]], cuts: list[int]
) -> None:
    parcels = parcel_set([shape for shape, _ in rows], [name for _, name in rows])
    assert in_blocks(parcels, cuts) == check_all(parcels, context(parcels), {})


@pytest.mark.parametrize("shape", SHAPES[2:6])
def test_only_rows_that_may_equal_another_are_looked_at_again(shape: Any) -> None:
    parcels = parcel_set([square(100.0 * i, 500) for i in range(50)] + [shape, shape])
    inspection = Inspection({})
    inspection.look_at(parcels, context(parcels))
    assert inspection.repeated().tolist() == [51, 52]
