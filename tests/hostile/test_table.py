"""Every case of the table: imported row by row or refused by name, as it says."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.hostile import peers
from tests.hostile.case import Case, faults
from tests.hostile.outcome import Outcome
from tests.hostile.table import MADE, Judgements, begin_all, looking

EVERY = [
    *(pytest.param(case, id=case.name) for case in MADE),
    *(pytest.param(case, id=case.name, marks=pytest.mark.large) for case in peers.CASES),
]


@pytest.fixture(scope="module")
def judgements(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Judgements]:
    """What is wrong with each case that was asked for; all are begun at once."""
    asked = [
        item.callspec.params["case"]
        for item in request.session.items
        if isinstance(item, pytest.Function)
        and item.originalname == test_file_gives_what_the_table_says.__name__
    ]
    with looking(tmp_path_factory.mktemp("hostile")) as begin:
        yield begin_all(begin, asked)


@pytest.mark.parametrize("case", EVERY)
def test_file_gives_what_the_table_says(case: Case, judgements: Judgements) -> None:
    assert judgements[case.name].result() == [], case.why


def test_table_is_long_and_names_no_case_twice() -> None:
    names = Counter(case.name for case in [*MADE, *peers.CASES])
    assert [name for name, times in names.items() if times > 1] == []
    assert len(MADE) >= 150


@pytest.mark.large
def test_table_names_every_hostile_file() -> None:
    assert peers.files_there() <= {entry["file"] for entry in peers.listed()}


def test_a_fault_is_found(tmp_path: Path) -> None:
    """The judge itself: a row too few, a wrong code and a wrong refusal are all seen."""
    good = next(case for case in MADE if case.name == "archives: zip")
    wrong = {
        "rows: 5, expected 6": replace(good, rows=6),
        "held back: {}": replace(good, held={"geometry.invalid": [1]}),
        "lost: {}": replace(good, lost={"damaged_geometry": [1]}),
        "not refused": replace(good, refused="not_a_zip"),
        "no note": replace(good, notes=["shx_wrong"]),
        "memory": replace(good, memory=1),
    }
    cases = {what: replace(case, name=what) for what, case in wrong.items()}
    with looking(tmp_path) as begin:
        for what, future in begin_all(begin, cases.values()).items():
            assert any(what in fault for fault in future.result())


def test_a_silent_loss_is_found() -> None:
    case = Case("lost", lambda folder: folder, "", rows=4)
    assert faults(case, Outcome(rows=4, accepted=4), counted=5) == ["4 rows reported, 5 counted"]
    assert faults(case, Outcome(rows=4, accepted=3), counted=4)
