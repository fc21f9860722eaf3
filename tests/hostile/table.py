"""The table of all cases, and two warm examiners that go through it side by side."""

import contextlib
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from tests.hostile import (
    archives,
    columnar,
    drawings,
    geojsons,
    geopackages,
    shapes,
    sheets,
    structures,
    tables,
)
from tests.hostile.case import Case, faults
from tests.hostile.counter import count
from tests.hostile.outcome import Examiner, Outcome

ROOMS = {
    "archives": archives.CASES,
    "structures": structures.CASES,
    "shapes": shapes.CASES,
    "tables": tables.CASES,
    "geojsons": geojsons.CASES,
    "geopackages": geopackages.CASES,
    "columnar": columnar.CASES,
    "drawings": drawings.CASES,
    "sheets": sheets.CASES,
}
OTHERS = frozenset({"geojsons", "geopackages", "columnar", "drawings", "sheets"})
"""Rooms without shapefiles, which have an examiner of their own."""

MADE: Sequence[Case] = [
    replace(case, name=f"{room}: {case.name}", room=room)
    for room, cases in ROOMS.items()
    for case in cases
]
"""Cases whose files are made here; those of ``peers`` need the real data."""

KILLED_AFTER_S = 120.0

Found = TypeVar("Found")
Look = Callable[..., Outcome]


@contextlib.contextmanager
def looking(
    within: Path, *, is_warm: bool = True
) -> Iterator[Callable[[Callable[[Look, Path], Found], bool], "Future[Found]"]]:
    """Give a function that begins a piece of work: it gets an examiner and an empty folder.

    Two examiners work side by side, one of them with GDAL's driver of shapefiles loaded already;
    the second argument says whether it is wanted.
    """
    warm = {True: "ESRI Shapefile", False: ""}
    with contextlib.ExitStack() as stack:
        pools, examiners = {}, {}
        for is_shapefile, driver in warm.items():
            examiner = Examiner(within, KILLED_AFTER_S, warm=driver if is_warm else None)
            examiners[is_shapefile] = stack.enter_context(examiner)
            pools[is_shapefile] = stack.enter_context(ThreadPoolExecutor(1))
            # What nobody waits for any longer is not begun.
            stack.callback(pools[is_shapefile].shutdown, cancel_futures=True)
        numbers = iter(range(1_000_000))

        def begin(
            work: Callable[[Look, Path], Found],
            is_shapefile: bool,
        ) -> "Future[Found]":
            def run() -> Found:
                folder = within / f"case-{next(numbers)}"
                folder.mkdir()
                try:
                    return work(examiners[is_shapefile].look, folder)
                finally:
                    shutil.rmtree(folder)

            return pools[is_shapefile].submit(run)

        yield begin


def judged(case: Case, look: Look, folder: Path) -> list[str]:
    """Answer in how far a case does not give what the table says."""
    path = case.make(folder)
    found = look(path, case.options, jurisdiction=case.jurisdiction)
    is_read = found.refused is None and found.crash is None
    return faults(case, found, count(path) if is_read and case.countable else None)


def begin_all(begin: Callable[..., "Future[list[str]]"], cases: Iterable[Case]) -> "Judgements":
    """Begin to judge cases; answer their faults to come, by name."""
    return {case.name: begin(partial(judged, case), case.room not in OTHERS) for case in cases}


Judgements = dict[str, "Future[list[str]]"]
