"""Every file of the corpus, then files spoiled at random: read row by row or refused by name."""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from proofs.corpus_server import running
from tests.hostile import peers, shapes
from tests.hostile.case import Case
from tests.hostile.mutants import is_shapefile, spoiled_case, verdict
from tests.hostile.posting import send_all
from tests.hostile.table import MADE, begin_all, looking

COLD_EVERY = 25
"""Of the table, each so many is looked at by processes started as ever, too."""

SAY_EVERY = 500

Say = Callable[[str], object]


def prove(rounds: int, seed: int, say: Say) -> list[str]:
    """Answer what was lost, broken or refused without need: the table, then ``rounds`` files."""
    cases = _cases()
    with tempfile.TemporaryDirectory(prefix="corpus-") as within:
        faults = list(_table(Path(within), cases, say, is_warm=True))
        faults += _table(Path(within), cases[::COLD_EVERY], say, is_warm=False)
        faults += _spoiled(Path(within), range(seed, seed + rounds), say)
    return faults


def prove_server(rounds: int, seed: int, say: Say) -> list[str]:
    """Send the table, then ``rounds`` spoiled files, to a server and its worker."""
    cases = _cases()
    with running("generic") as up, tempfile.TemporaryDirectory(prefix="corpus-") as within:
        faults = send_all(up.server, cases, Path(within) / "table")
        say(f"{len(cases)} cases of the table sent: {len(faults)} faults")
        spoiled = [spoiled_case(number) for number in range(seed, seed + rounds)]
        more = send_all(up.server, spoiled, Path(within) / "spoiled")
        say(f"{len(spoiled)} spoiled files sent: {len(more)} faults")
        after = up.faults()
        say(f"afterwards: {len(after)} faults")
    return [*faults, *more, *after]


def _cases() -> Sequence[Case]:
    """Answer the cases whose files are at hand."""
    return [*MADE, *(peers.CASES if peers.is_here() else []), *shapes.LONG]


def _table(within: Path, cases: Sequence[Case], say: Say, *, is_warm: bool) -> Iterator[str]:
    wrong = 0
    with looking(within, is_warm=is_warm) as begin:
        for name, future in begin_all(begin, cases).items():
            if found := future.result():
                wrong += 1
                yield f"{name}: {'; '.join(found)}"
    how = "forked" if is_warm else "started"
    say(f"{len(cases)} cases of the table, reading processes {how}: {wrong} with faults")


def _spoiled(within: Path, seeds: range, say: Say) -> Iterator[str]:
    ends: Counter[tuple[str, str]] = Counter()
    with looking(within) as begin:
        begun = [begin(partial(verdict, seed), is_shapefile(seed)) for seed in seeds]
        for number, future in enumerate(begun, start=1):
            made, found, faults = future.result()
            ends[made.kind, found.refused or "read"] += 1
            if faults:
                yield f"{made.name} ({made.spoiled}): {'; '.join(faults)}"
            if number % SAY_EVERY == 0:
                say(f"{number} spoiled files")
    for kind in sorted({kind for kind, _ in ends}):
        told = sorted((end, times) for (of, end), times in ends.items() if of == kind)
        say(f"  {kind}: " + ", ".join(f"{end} {times}" for end, times in told))
