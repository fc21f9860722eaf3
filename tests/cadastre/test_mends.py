"""Which rows are held back when they are examined beside rows that were accepted before."""

import pytest

from landgis.cadastre.findings import Finding
from landgis.cadastre.mends import IN_REGISTER, held_back
from landgis.cadastre.rules.geometry import outside
from landgis.cadastre.rules.identity import same_identity
from landgis.cadastre.rules.topology import same_geometry, stack
from landgis.cadastre.rules.topology.overlap import REGISTER

HERE = {"vi": "", "en": ""}


def found(rule, *rows: int) -> Finding:
    return Finding(rule, "fail", HERE, rows)


def test_row_that_was_accepted_is_never_held_back() -> None:
    findings = [found(same_identity.RULE, 2, 7), found(REGISTER, 7)]
    assert held_back({7}, {2}, findings) == {7: (same_identity.RULE.code, REGISTER.code)}
    assert held_back({2}, {7}, findings) == {2: (same_identity.RULE.code,)}


@pytest.mark.parametrize(
    ("candidates", "accepted", "held"),
    [
        ({2, 7}, set(), [7]),  # as in a file: the first one stays
        ({7}, {2}, [7]),
        ({2}, {7}, [2]),  # the one that came first, but was not accepted first
        ({2, 5}, {7}, [2, 5]),
    ],
)
def test_repetition_of_an_accepted_row_is_held_back(
    candidates: set[int], accepted: set[int], held: list[int]
) -> None:
    rows = sorted(candidates | accepted)
    findings = [found(same_geometry.RULE, *rows)]
    assert list(held_back(candidates, accepted, findings)) == held


def test_finding_on_a_whole_file_holds_back_what_is_examined() -> None:
    assert held_back({4, 6}, {1}, [found(outside.FILE_RULE)]) == {
        4: (outside.FILE_RULE.code,),
        6: (outside.FILE_RULE.code,),
    }


def test_warnings_and_untested_rules_hold_nothing_back() -> None:
    untested = Finding(IN_REGISTER, "untested", HERE, (4,))
    assert held_back({4}, {1}, [found(stack.RULE, 1, 4), untested]) == {}
