"""One line of the table: a file, what it must give, and why; the judge of what it gave."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.hostile.outcome import MIB, Outcome

Rows = Mapping[str, Sequence[int]]


@dataclass(frozen=True)
class Case:
    """A file and what must become of it; without ``refused`` it is imported row by row."""

    name: str
    make: Callable[[Path], Path]
    """Writes the file into an empty folder and answers its path."""

    why: str
    refused: str | None = None
    rows: int = 0
    """Records that the file holds, or held before it was damaged."""

    held: Rows = field(default_factory=dict)
    """Rule -> rows that wait in quarantine."""

    lost: Rows = field(default_factory=dict)
    """Code -> rows that are named because they cannot be read."""

    notes: Sequence[str] = ()
    """Codes that the evidence must carry."""

    options: Sequence[str] = ()
    jurisdiction: str = "generic"
    countable: bool = True
    """False: the damage hides records from any counter; ``rows`` is how many were put in."""

    is_open: bool = False
    """True: nothing is expected but an end: read with counts that add up, or refused by name."""

    room: str = ""
    """The module that it comes from."""

    seconds: float = 60.0
    """By the clock of a machine that may be busy."""

    processor: float = 10.0
    """Seconds of computing."""

    memory: int = 900 * MIB
    disk: int = 256 * MIB


def faults(case: Case, found: Outcome, counted: int | None) -> list[str]:
    """Answer in how far ``found`` is not what the table says; ``counted``: by tests.hostile.counter."""
    if found.crash:
        return [found.crash]
    wrong = [
        f"{what} {used} is beyond {limit}"
        for what, used, limit in (
            ("seconds", found.seconds, case.seconds),
            ("seconds of computing", found.processor, case.processor),
            ("memory", found.memory, case.memory),
            ("disk", found.disk, case.disk),
        )
        if used > limit
    ]
    if found.refused != case.refused:
        said = f"refused: {found.refused}: {found.message}" if found.refused else "not refused"
        return [*wrong, f"{said}, expected {case.refused or 'an import'}"]
    if found.refused:
        return wrong
    if not found.adds_up:
        wrong.append(f"{found.rows} rows do not add up: {found}")
    if counted is not None and found.rows != counted:
        wrong.append(f"{found.rows} rows reported, {counted} counted")
    accepted = case.rows - len(_rows(case.held)) - len(_rows(case.lost))
    for what, there, expected in (
        ("rows", found.rows, case.rows),
        ("held back", _plain(found.quarantined), _plain(case.held)),
        ("lost", _plain(found.unreadable), _plain(case.lost)),
        ("accepted", found.accepted, accepted),
    ):
        if there != expected:
            wrong.append(f"{what}: {there}, expected {expected}")
    if missing := set(case.notes) - found.notes:
        wrong.append(f"no note {sorted(missing)}, only {sorted(found.notes)}")
    return wrong


def _rows(by_code: Rows) -> set[int]:
    return {row for rows in by_code.values() for row in rows}


def _plain(by_code: Rows) -> dict[str, list[int]]:
    return {code: sorted(rows) for code, rows in sorted(by_code.items())}
