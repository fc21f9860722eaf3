"""Which of several possible causes is told."""

from typing import Any

import pytest

from landgis.cadastre.identifier import causes
from landgis.cadastre.identifier.causes import Suspect, cause_of

SWAPPED, ZONE = causes.AXES, causes.other_zone(9210, {"vi": "105°45′", "en": "105°45′"})


def told(distance_m: float, *suspects: tuple[Any, float], where: Any = "outside") -> str:
    listed = [Suspect(cause, off) for cause, off in suspects]
    return cause_of(distance_m, listed, where, 0.05, 1.0).code


@pytest.mark.parametrize(
    ("distance_m", "where", "code"),
    [
        (0.0, "outside", "same"),
        (0.05, "outside", "rounding"),
        (0.06, "outside", "other_procedure"),
        (40.0, "inside", "other_procedure"),
        (40.0, "deepest", "other_procedure"),
        (40.0, "outside", "unknown"),
        (5_000.0, "outside", "unknown"),
    ],
)
def test_without_a_suspect_distance_and_place_decide(
    distance_m: float, where: str, code: str
) -> None:
    assert told(distance_m, where=where) == code


def test_mistake_that_leads_there_is_believed_before_the_place() -> None:
    assert told(0.56, (causes.OLD, 0.02), where="inside") == "old_geometry"
    assert told(0.56, (causes.OLD, 0.3), where="inside") == "other_procedure"
    assert told(27_300.0, (SWAPPED, 500_000.0), (ZONE, 0.7)) == "other_zone"
    assert told(27_300.0, (ZONE, 0.7), (causes.OTHER_PARCEL, 0.0)) == "other_parcel"


def test_mistake_that_leads_nowhere_is_none() -> None:
    assert told(40.0, (SWAPPED, float("nan")), (ZONE, float("inf"))) == "unknown"


def test_place_in_another_parcel_is_told_last() -> None:
    assert cause_of(30.0, [], "outside", 0.05, 1.0, in_another=True).code == "other_parcel"
    assert cause_of(0.9, [], "outside", 0.05, 1.0, in_another=True).code == "other_procedure"
