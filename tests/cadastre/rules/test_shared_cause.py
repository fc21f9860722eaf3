"""Rows that fail for one cause are one finding of the layer, whatever its blocks."""

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from landgis.cadastre.findings import Finding
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules import Inspection
from landgis.cadastre.rules.attribute import area_rounding, land_use_code
from landgis.cadastre.rules.shared_cause import causes
from landgis.cadastre.rules.told import MOST_EACH, Told
from tests.builders import column, context, parcel_set, square

MINE = ("attribute.", "identity.unit_not_in_force", "identity.number_gap", "dataset.unit_area")
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["25645/1/1", "25462/1/2", "00004/1/7", None]),
        st.sampled_from([(), ("LUC",), ("BHK",), ("0NT", "ONT")]),
        st.sampled_from(["2013-10-15", "2010-02-31", None]),
        st.sampled_from([None, "ấp 3", "Nguy?n Hu?", "T©n Biªn"]),
        st.sampled_from(["000000000", "00000000", None]),
        st.sampled_from([None, "100.0", "107.3"]),
    ),
    min_size=1,
    max_size=12,
)


def looked_at(parcels: ParcelSet, stated: dict[str, list[Any]], cuts: list[int]) -> list[Finding]:
    """Answer what my rules find in parcels that come in blocks."""
    inspection = Inspection({})
    for at in np.split(np.arange(len(parcels)), sorted(cut for cut in cuts if cut <= len(parcels))):
        block = parcels.take(at)
        of_block = {target: [texts[i] for i in at] for target, texts in stated.items()}
        inspection.look_at(block, context(block, scale=500, stated=of_block))
    again = parcels.take(np.isin(parcels.row, inspection.repeated()))
    found = inspection.findings(again, context(again, scale=500))
    return [finding for finding in found if finding.rule.code.startswith(MINE)]


@settings(max_examples=40)
@given(ROWS, st.lists(st.integers(0, 12), max_size=3))
def test_facts_are_judged_alike_whatever_the_blocks(
    rows: list[tuple[Any, ...]], cuts: list[int]
) -> None:
    names, uses, terms, addresses, numbers, areas = map(list, zip(*rows, strict=True))
    parcels = parcel_set([square(20 * i, 0) for i in range(len(rows))], names, uses=uses)
    parcels = replace(
        parcels, address=column(addresses), register_area_m2=np.full(len(rows), 101.0)
    )
    stated = {"term_end": terms, "personal_number": numbers, "survey_area_m2": areas}
    assert looked_at(parcels, stated, cuts) == looked_at(parcels, stated, [])


def test_one_cause_is_one_finding_with_the_place_of_the_first_row() -> None:
    uses = [["0NT"], ["LUC"], ["0NT"], ["0NT"]]
    parcels = parcel_set([square(20 * i, 0) for i in range(4)], uses=uses)
    (found,) = (f for f in looked_at(parcels, {}, [2]) if f.rule.code == land_use_code.UNKNOWN.code)
    assert (found.rows, found.keys) == (
        *((1, 3, 4),),
        ("cause:land-use code “0NT” is in no table, perhaps ONT", "25645/1/1"),
    )
    assert found.message["en"].startswith("3 rows, from 1 to 4: land-use code")
    (alone,) = land_use_code.check(parcels.take([0]), context(parcels.take([0])))
    assert (alone.place_xy, alone.id) == (found.place_xy, found.id)


def test_areas_of_another_plane_are_one_finding_over_all_blocks() -> None:
    parcels = parcel_set([square(200 * i, 0, 30 + i) for i in range(40)])
    stated = [f"{1.001 * area:.1f}" for area in context(parcels).area_m2]
    found = looked_at(parcels, {"survey_area_m2": stated}, [5, 21])
    mine = [f for f in found if f.rule.code == area_rounding.RULE.code]
    assert [f.rows for f in mine] == [tuple(range(1, 41))]


def test_more_causes_than_anybody_reads_share_one_finding() -> None:
    count = MOST_EACH + 5
    parcels = parcel_set([square(0, 0)] * count, uses=[[f"X{i}"] for i in range(count)])
    told = Told()
    told.add_block(land_use_code.check(parcels, context(parcels)))
    *each, rest = told.in_order(land_use_code.RULES)
    assert (len(each), rest.message["en"]) == (MOST_EACH, "5 more: Land-use code in no table.")
    assert len(rest.rows) == 5


def test_causes_of_a_column() -> None:
    values = column(["a", None, "b", "a"])
    assert [(v, at.tolist()) for v, at in causes(values)] == [("a", [0, 3]), ("b", [2])]
    among = np.array([False, True, True, True])
    assert [(v, at.tolist()) for v, at in causes(values, among)] == [("b", [2]), ("a", [3])]
    assert values[0] == "a"
    assert list(causes(column([None]))) == []
