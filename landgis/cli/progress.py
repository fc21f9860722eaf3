"""Progress on stderr: bars for people, JSON lines for programs."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from landgis.services.ports import Progress as Tell


@contextmanager
def shown(name: str) -> Iterator[Tell]:
    """Give a function to tell progress to; what it shows suits what stderr is."""
    if not sys.stderr.isatty():
        yield _json_lines(name)
        return
    from landgis.cli.bars import bars_of  # a tenth of a command's start

    with bars_of(name) as tell:
        yield tell


def _json_lines(name: str) -> Tell:
    started = monotonic()

    def tell(stage: str, done: int, total: int | None) -> None:
        seconds = round(monotonic() - started, 3)
        line = {"file": name, "stage": stage, "done": done, "total": total, "seconds": seconds}
        sys.stderr.write(json.dumps(line, ensure_ascii=False) + "\n")
        sys.stderr.flush()

    return tell
