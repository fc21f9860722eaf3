"""Who may enter, who waits, and that nobody is lost."""

import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from landgis.cadastre.rules import check_all
from landgis.cadastre.triage import Triage, triage
from tests.builders import context, parcel_set, ring, square

BOW_TIE = ring((0, 0), (10, 10), (0, 10), (10, 0))


def parted(geoms: list[shapely.Geometry | None], names: list[str]) -> Triage:
    parcels = parcel_set(geoms, names)
    return triage(parcels, check_all(parcels, context(parcels), {}))


def test_error_quarantines_the_row_and_says_why() -> None:
    result = parted([square(20, 0), BOW_TIE, None], ["1/1/1", "1/1/2", "1/1/3"])
    assert result.accepted.row.tolist() == [1]
    assert result.quarantined.row.tolist() == [2, 3]
    assert result.reasons == {2: ("geometry.bow_tie",), 3: ("geometry.empty",)}


def test_first_of_repeated_rows_stays() -> None:
    result = parted([square(0, 0)] * 3, ["1/1/1"] * 3)
    assert result.accepted.row.tolist() == [1]
    assert result.reasons == {2: ("topology.same_geometry",), 3: ("topology.same_geometry",)}


def test_none_of_the_rows_that_share_an_identity_stays() -> None:
    result = parted([square(0, 0), square(50, 0)], ["1/1/1", "1/1/1"])
    assert len(result.accepted) == 0
    assert set(result.reasons) == {1, 2}


def test_repetition_of_a_contested_identity_leaves_nobody() -> None:
    result = parted([square(0, 0), square(0, 0), square(50, 0)], ["1/1/1"] * 3)
    assert len(result.accepted) == 0
    assert result.reasons[2] == ("identity.duplicate", "topology.same_geometry")


def test_stack_is_accepted() -> None:
    result = parted([square(0, 0), square(0, 0)], ["1/1/1", "1/1/2"])
    assert len(result.accepted) == 2
    assert result.reasons == {}


def test_blocking_finding_accepts_nobody() -> None:
    result = parted([square(30_000, 0), square(30_020, 0)], ["1/1/1", "1/1/2"])
    assert [f.rule.code for f in result.blocking] == ["dataset.outside_deployment"]
    assert len(result.accepted) == 0


SHAPES = st.sampled_from([None, BOW_TIE, square(0, 0), square(10, 0), square(30_000, 0)])
NAMES = st.sampled_from(["1/1/1", "1/1/2", "1/2/1"])


@given(st.lists(st.tuples(SHAPES, NAMES), min_size=1, max_size=12))
@settings(max_examples=200, deadline=None)
def test_every_row_has_exactly_one_fate(rows: list[tuple[shapely.Geometry | None, str]]) -> None:
    result = parted([g for g, _ in rows], [n for _, n in rows])
    if result.blocking:
        return
    fates = sorted([*result.accepted.row.tolist(), *result.quarantined.row.tolist()])
    assert fates == list(range(1, len(rows) + 1))
    assert set(result.reasons) == set(result.quarantined.row.tolist())
    # What is accepted is sound by itself: the same rules find no error in it.
    again = check_all(result.accepted, context(result.accepted), {})
    assert [f for f in again if f.outcome == "fail" and f.rule.severity == "error"] == []
