"""A number far above the run of its sheet is told; parts of sheets are not runs."""

from collections.abc import Sequence

import numpy as np
import pytest

from landgis.cadastre.findings import Finding
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules import check_all
from landgis.cadastre.rules.identity import number_gap
from landgis.cadastre.rules.identity.number_gap import NumberGap
from tests.builders import EAST, NORTH, context, parcel_set, square


def parcels_numbered(numbers: Sequence[object], sheet: str = "7") -> ParcelSet:
    geoms = [square(20 * (i % 50), 20 * (i // 50)) for i in range(len(numbers))]
    return parcel_set(geoms, [f"25645/{sheet}/{number}" for number in numbers])


def found_on(numbers: Sequence[object]) -> list[Finding]:
    parcels = parcels_numbered(numbers)
    return list(number_gap.check(parcels, context(parcels)))


@pytest.mark.parametrize(
    "numbers",
    [
        [*range(1, 31), 130],  # as far as the limit lets it be
        [1, 2, 3, 500],  # too few to be a run
        [*range(1, 3000, 100), 9000],  # a part of the sheet
        [*range(1, 41), *range(500, 540)],  # as many beyond the gap: no slip
        ["DC01", "1a", *range(1, 30)],
    ],
)
def test_runs_and_parts_of_sheets_are_no_finding(numbers: Sequence[object]) -> None:
    assert [f for f in found_on(numbers) if f.outcome == "fail"] == []


def test_number_far_above_the_run_is_found() -> None:
    (found,) = found_on([*range(1, 31), 3131])
    assert (found.rule.code, found.rule.severity, found.rows) == (
        *("identity.number_gap", "warning"),
        (31,),
    )
    assert (found.measured, found.limit, found.unit) == (3101, 100, "numbers")
    assert found.place_xy == (EAST + 605, NORTH + 5)
    assert found.keys == ("25645/7/3131",)
    assert found.message == {
        "vi": "Tờ 7 của 25645: số thửa đến 30, rồi đến 3131 (1 thửa, dòng 31).",
        "en": "Sheet 7 of 25645: numbers up to 30, then 3131 (1 parcels, rows 31).",
    }


def test_blocks_give_what_the_whole_gives_whatever_their_order() -> None:
    numbers = np.random.default_rng(5).permutation([*range(1, 400), 5000, 5002])
    parcels = parcels_numbered(numbers.tolist())
    whole = list(number_gap.check(parcels, context(parcels)))
    blocks = NumberGap()
    for part in np.array_split(np.arange(len(parcels)), 7):
        block = parcels.take(part)
        blocks.look_at(block, context(block))
    again = parcels.take(np.isin(parcels.row, blocks.rows()))
    assert list(blocks.findings(again, context(again))) == whole
    assert whole[0].rows == tuple(np.flatnonzero(numbers >= 5000) + 1)


def test_sheets_are_judged_each_by_itself_and_as_part_of_all_rules() -> None:
    names = [f"25645/1/{i}" for i in range(1, 31)] + [f"25645/2/{i}" for i in range(901, 931)]
    geoms = [square(20 * (i % 50), 20 * (i // 50)) for i in range(61)]
    parcels = parcel_set(geoms, [*names, "25645/1/931"])
    found = check_all(parcels, context(parcels), {})
    assert [f.rows for f in found if f.rule.code == "identity.number_gap"] == [(61,)]


def test_without_numbers_it_is_untested() -> None:
    (found,) = found_on(["A", "B"])
    assert found.outcome == "untested"
