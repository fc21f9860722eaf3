"""Areas are shared out to the tenth, and nothing of the whole is lost or invented."""

from collections import defaultdict
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landgis.cadastre.edits import Allotment, combine, propose, settle
from landgis.cadastre.parcels import LandUseShare
from tests.cadastre.edits.land import code_of

HOUSE_AND_GARDEN = Allotment(250.0, (LandUseShare("ODT", 100.0), LandUseShare("CLN", 150.0)))


def allotment(register: float | None, **uses: float | None) -> Allotment:
    return Allotment(register, tuple(LandUseShare(code, area) for code, area in uses.items()))


def sums(children: tuple[Allotment, ...]) -> dict[str, Decimal]:
    """What the areas add up to as written, by land use; "" for the register area."""
    total: dict[str, Decimal] = defaultdict(Decimal)
    for child in children:
        total[""] += Decimal(str(child.register_area_m2))
        for code, area in child.land_uses:
            total[code] += Decimal(str(area))
    return dict(total)


def test_proposal_follows_the_geometry_areas() -> None:
    assert propose(HOUSE_AND_GARDEN, [75.0, 225.0]) == (
        allotment(62.5, ODT=25.0, CLN=37.5),
        allotment(187.5, ODT=75.0, CLN=112.5),
    )


def test_tenths_that_are_left_go_to_the_largest_remainders() -> None:
    thirds = propose(allotment(100.0), [1.0, 1.0, 1.0])
    assert [child.register_area_m2 for child in thirds] == [33.4, 33.3, 33.3]


def test_what_is_beyond_tenths_goes_to_the_largest_share() -> None:
    children = propose(allotment(100.07), [1.0, 3.0])
    assert [child.register_area_m2 for child in children] == [25.0, 75.07]


def test_whole_without_areas_gives_codes_only() -> None:
    whole = allotment(None, ODT=None, CLN=50.0)
    assert propose(whole, [1, 1]) == (allotment(None, ODT=None, CLN=25.0),) * 2
    settled = settle(whole, [allotment(9.0, ODT=5.0), allotment(None, CLN=50.0)])
    assert settled == (allotment(None, ODT=None), allotment(None, CLN=50.0))


def test_what_an_officer_gave_and_sums_up_stays() -> None:
    given_ = (allotment(100.0, ODT=100.0), allotment(150.0, CLN=150.0))
    assert settle(HOUSE_AND_GARDEN, given_, children=2) == given_
    odd = (allotment(50.0), allotment(50.04))
    assert settle(allotment(100.04), odd) == odd


def test_rounding_of_an_officer_is_settled() -> None:
    settled = settle(allotment(100.0), [allotment(33.3)] * 3)
    assert [child.register_area_m2 for child in settled] == [33.4, 33.3, 33.3]


def test_use_that_stands_twice_is_summed() -> None:
    twice = Allotment(10.0, (LandUseShare("ODT", 4.0), LandUseShare("ODT", 6.0)))
    assert propose(twice, [1.0, 1.0])[0] == allotment(5.0, ODT=5.0)


@pytest.mark.parametrize(
    ("given_", "code"),
    [
        ([], "allocation_missing"),
        ([allotment(250.0, ODT=100.0, CLN=150.0)], "allocation_count"),
        ([allotment(125.0, ODT=100.0), allotment(125.0, LUC=150.0)], "allocation_unknown_use"),
        ([allotment(125.0, ODT=50.0), allotment(125.0, ODT=50.0)], "allocation_use_missing"),
        ([allotment(125.0, ODT=100.0), allotment(125.0, CLN=149.8)], "allocation_sum"),
        ([allotment(125.0, ODT=100.0), allotment(125.2, CLN=150.0)], "allocation_sum"),
        ([allotment(125.0, ODT=100.0), allotment(None, CLN=150.0)], "allocation_missing"),
        ([allotment(125.0, ODT=None), allotment(125.0, CLN=150.0)], "allocation_missing"),
        ([allotment(-1.0, ODT=100.0), allotment(251.0, CLN=150.0)], "allocation_negative"),
        ([allotment(125.0, ODT=float("nan")), allotment(125.0, CLN=1.0)], "allocation_negative"),
        ([allotment(float("inf"), ODT=1.0), allotment(125.0, CLN=1.0)], "allocation_negative"),
    ],
)
def test_what_does_not_add_up_is_refused(given_: list[Allotment], code: str) -> None:
    assert code_of(lambda: settle(HOUSE_AND_GARDEN, given_, children=2)) == code


def test_merged_parcels_have_their_sums_and_unknown_stays_unknown() -> None:
    first, second = allotment(0.1, ODT=0.1, CLN=3.0), allotment(0.2, ODT=0.2, LUC=None)
    assert combine([first, second]) == allotment(0.3, ODT=0.3, CLN=3.0, LUC=None)
    assert combine([first, allotment(None, ODT=None)]) == allotment(None, ODT=None, CLN=3.0)


AREAS = st.decimals(0, 99_999, places=1) | st.decimals(0, 99_999, places=4)


@given(
    st.dictionaries(st.sampled_from(["ODT", "CLN", "LUC"]), AREAS, min_size=1),
    st.lists(st.floats(0.01, 1e6), min_size=2, max_size=6),
)
def test_proposals_sum_exactly_and_agree_within_each_child(
    uses: dict[str, Decimal], child_areas: list[float]
) -> None:
    whole = allotment(float(sum(uses.values())), **{c: float(a) for c, a in uses.items()})
    children = propose(whole, child_areas)
    assert sums(children) == {"": sum(uses.values())} | uses
    for child in children:
        assert sum(Decimal(str(a)) for _, a in child.land_uses) == Decimal(
            str(child.register_area_m2)
        )
    # A proposal is settled already, so an officer can accept it as it stands.
    assert settle(whole, children) == children


@given(AREAS, st.lists(st.decimals(0, 9_999, places=2), min_size=2, max_size=6))
def test_whatever_is_settled_sums_exactly(area: Decimal, given_: list[Decimal]) -> None:
    others = sum(given_[1:])
    if others > area:
        return
    parts = [float(area - others), *map(float, given_[1:])]
    settled = settle(allotment(float(area)), [allotment(part) for part in parts])
    assert sums(settled)[""] == area
    moved = [abs(s.register_area_m2 - part) for s, part in zip(settled, parts, strict=True)]
    assert max(moved) <= 0.1 * len(parts)
