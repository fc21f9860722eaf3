"""Three squares in a row, on which most drafts of these tests are made."""

from collections.abc import Callable

import pytest

from landgis.bootstrap import Services
from landgis.errors import LandgisError
from tests.builders import parcel_set, square
from tests.drafting import Office, with_areas

ACROSS = ((15.0, 10.0), (45.0, 10.0))
"""Cuts parcel 2 into a northern and a southern half."""


def three_squares(services: Services) -> Office:
    """Three squares of 20 m in a row: 1, 2 and 3 of sheet 1."""
    office = Office(services)
    row = parcel_set([square(0, 0, 20), square(20, 0, 20), square(40, 0, 20)])
    office.publish(with_areas(row, 400.0, ("ODT", 100.0), ("CLN", 300.0)))
    return office


def code_of(story: Callable[[], object]) -> str:
    with pytest.raises(LandgisError) as error:
        story()
    return error.value.code


def outcomes(shown) -> dict[str, str]:
    return {check.code: check.outcome for check in shown.change.checks}
