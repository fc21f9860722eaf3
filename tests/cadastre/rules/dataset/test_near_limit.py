"""Deviations that crowd below their limit are a sign; few of them say nothing."""

import pytest

from landgis.cadastre.findings import Finding
from landgis.cadastre.rules import check_all
from landgis.cadastre.rules.dataset import near_limit
from tests.builders import context, parcel_set, square, vn_80


def told(shares: list[float], *, has_scale: bool = True) -> list[Finding]:
    deviations = [(share * 0.3, 0.3) for share in shares]
    return list(near_limit.check(deviations, vn_80().limits, has_scale=has_scale))


def test_deviations_spread_over_their_limit() -> None:
    assert told([i / 50 for i in range(45)]) == []


def test_deviations_that_crowd_in_the_last_tenth_are_told() -> None:
    (found,) = told([0.5] * 26 + [0.95] * 4)
    assert found.rule.code == "dataset.near_limit"
    assert found.measured == pytest.approx(4 / 30, abs=1e-4)
    assert found.limit == 0.1
    assert found.legal_basis["class"] == "A"
    assert "13% of 30 deviations" in found.message["en"]
    assert "13%" in found.message["vi"]


def test_what_is_beyond_the_limit_is_another_rules_matter() -> None:
    assert told([0.5] * 40 + [1.5] * 40) == []


def test_few_deviations_and_unknown_scales_are_untested() -> None:
    assert told([0.95] * 29)[0].outcome == "untested"
    assert told([0.95] * 90, has_scale=False)[0].outcome == "untested"


def test_strips_of_a_layer_are_its_deviations() -> None:
    """Forty pairs of parcels at 1:500 with 9.5 cm between them, of 9.9 cm allowed."""
    pairs = [square(x + apart, 24 * y) for y in range(40) for x, apart in ((0, 0.0), (10, 0.095))]
    parcels = parcel_set(pairs)
    found = check_all(parcels, context(parcels, scale=500), {})
    (crowd,) = [f for f in found if f.rule.code == "dataset.near_limit"]
    assert crowd.outcome == "fail"
    assert crowd.measured > 0.9
