"""Bars of progress for people at a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.filesize import decimal
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from landgis.services.ports import Progress as Tell

SENDING = "sending"
"""The stage whose progress is bytes; the others count rows."""

STAGES = {
    SENDING: "Sending",
    "queued": "Waiting",
    "reading": "Reading",
    "validating": "Validating",
    "staged": "Staging",
    "publishing": "Publishing",
    "comparing": "Comparing",
    "hashing": "Hashing",
    "deriving": "Deriving",
}


@contextmanager
def bars_of(name: str) -> Iterator[Tell]:
    """Draw a bar for each stage of one file on stderr."""
    columns = (
        TextColumn("{task.description:<11}"),
        BarColumn(bar_width=24),
        _Done(),
        _Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(compact=True),
    )
    console = Console(stderr=True)
    console.print(Text(name, style="bold"))
    with Progress(*columns, console=console) as bars:
        tasks: dict[str, TaskID] = {}

        def tell(stage: str, done: int, total: int | None) -> None:
            if stage not in tasks:
                for earlier in tasks.values():  # a stage of unknown length ends with the next one
                    bars.update(earlier, total=bars.tasks[earlier].total or 1)
                    bars.update(earlier, completed=bars.tasks[earlier].total)
                is_bytes = stage == SENDING
                tasks[stage] = bars.add_task(STAGES.get(stage, stage), total=total, bytes=is_bytes)
            bars.update(tasks[stage], completed=done, total=total)

        yield tell


class _Done(ProgressColumn):
    """How much is done, of how much."""

    def render(self, task: Task) -> Text:
        of = "?" if task.total is None else _amount(task, task.total)
        return Text(f"{_amount(task, task.completed)}/{of}", style="progress.download")


class _Rate(ProgressColumn):
    """How much is done in a second, since the stage began."""

    def render(self, task: Task) -> Text:
        seconds = task.finished_time or task.elapsed
        if not seconds or not task.completed:
            return Text("")
        return Text(f"{_amount(task, task.completed / seconds)}/s", style="progress.data.speed")


def _amount(task: Task, value: float) -> str:
    return decimal(int(value)) if task.fields["bytes"] else f"{value:,.0f}"
