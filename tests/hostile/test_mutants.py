"""Files spoiled at random: read, or refused by name, and never a row less without a word.

A few dozen of them; ``scripts/prove corpus`` goes on.
"""

from functools import partial
from pathlib import Path

from tests.hostile.mutants import KINDS, is_shapefile, mutant, verdict
from tests.hostile.outcome import Outcome
from tests.hostile.table import looking

SEEDS = range(4 * len(KINDS))


def test_spoiled_files_are_read_or_refused(tmp_path: Path) -> None:
    with looking(tmp_path) as begin:
        begun = [begin(partial(verdict, seed), is_shapefile(seed)) for seed in SEEDS]
        ended = [one.result() for one in begun]
        wrong = [(made, faults) for made, _, faults in ended if faults]
    assert wrong == []


def test_the_same_seed_spoils_the_same(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
    first, second = (mutant(7, tmp_path / folder) for folder in ("one", "two"))
    assert first.path.read_bytes() == second.path.read_bytes()


def test_rows_that_vanish_are_found(tmp_path: Path) -> None:
    made = mutant(0, tmp_path)
    assert made.faults(Outcome(rows=4, accepted=4))
    assert made.faults(Outcome(crash="exit 70"))
    assert not made.faults(Outcome(rows=5, accepted=5))
