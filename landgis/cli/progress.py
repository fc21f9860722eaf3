"""Progress on stderr: bars for people, JSON lines for programs."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from landgis.services.ports import Progress as Tell

STAGES = {
    "reading": "Reading",
    "validating": "Validating",
    "staged": "Staging",
    "publishing": "Publishing",
    "comparing": "Comparing",
    "hashing": "Hashing",
    "deriving": "Deriving",
}


@contextmanager
def shown(name: str) -> Iterator[Tell]:
    """Give a function to tell progress to; what it shows suits what stderr is."""
    if not sys.stderr.isatty():
        yield _json_lines(name)
        return
    columns = (
        TextColumn("{task.description:<12}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, TaskID] = {}

        def tell(stage: str, done: int, total: int | None) -> None:
            if stage not in tasks:
                for earlier in tasks.values():  # a stage of unknown length ends with the next one
                    bars.update(earlier, total=bars.tasks[earlier].total or 1)
                    bars.update(earlier, completed=bars.tasks[earlier].total)
                tasks[stage] = bars.add_task(STAGES.get(stage, stage), total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield tell


def _json_lines(name: str) -> Tell:
    started = monotonic()

    def tell(stage: str, done: int, total: int | None) -> None:
        seconds = round(monotonic() - started, 3)
        line = {"file": name, "stage": stage, "done": done, "total": total, "seconds": seconds}
        sys.stderr.write(json.dumps(line, ensure_ascii=False) + "\n")
        sys.stderr.flush()

    return tell
