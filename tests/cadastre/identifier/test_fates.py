"""What changes do to identifiers is data: read, and refused where it says too little."""

from pathlib import Path

import pytest

from landgis.cadastre.folder import Fields
from landgis.cadastre.identifier.fates import CHANGES, descent, read_fates
from landgis.errors import UsageError
from tests.builders import vn_80


def fields(**after: object) -> Fields:
    return Fields(Path("xx/jurisdiction.toml"), {"procedure": "landgis-1", "after": after})


def test_the_home_case_keeps_what_goes_on_and_renews_what_is_made() -> None:
    assert dict(vn_80().identifier_fates) == {
        "split": "new",
        "merge": "new",
        "boundary": "keep",
        "attributes": "keep",
    }


@pytest.mark.parametrize(
    "after",
    [
        {},
        dict.fromkeys(CHANGES[1:], "keep"),
        {**dict.fromkeys(CHANGES, "keep"), "split": "half"},
        {**dict.fromkeys(CHANGES, "keep"), "sale": "keep"},
    ],
)
def test_what_says_too_little_or_too_much_is_refused(after: dict[str, object]) -> None:
    with pytest.raises(UsageError) as refusal:
        read_fates(fields(**after))
    assert refusal.value.code == "bad_jurisdiction"


def test_where_there_are_no_identifiers_there_are_no_fates() -> None:
    assert not read_fates(Fields(Path("xx/jurisdiction.toml"), {}))


def test_family_with_more_children_is_a_split() -> None:
    assert [descent(1, 2), descent(2, 1), descent(2, 2)] == ["split", "merge", "merge"]
