"""Whole views of the map: people who walk on it while parcels change."""

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random

import numpy as np
from proofs.register_changes import Changes

from benchmarks.rows import Row
from benchmarks.tile_register import Register
from landgis.errors import LandgisError

BAR_WHOLE = 99.0
WHOLE_S = 0.3
EDITS_EVERY_S = 0.5


def measure(made: Register, seconds: float) -> list[Row]:
    """Answer how many views are whole in time, without and with a pyramid, and the slowest."""
    rows = []
    for what, users, home in (
        ("nothing drawn ahead", 10, None),
        ("pyramid", 10, made.home / "pyramid-0"),
        ("pyramid", 50, made.home / "pyramid-0"),
    ):
        with made.server(home) as server, _editing(made) as edits:
            views, failures = _walk(server.url, made, users, seconds)
        if failures:
            raise RuntimeError(f"{failures} tiles were not answered")
        whole = 100 * sum(view <= WHOLE_S for view in views) / len(views)
        bar = BAR_WHOLE if users == 50 else None
        name = f"views whole in 300 ms: {users} people, {what}, {len(edits)} edits"
        rows.append(Row(name, [whole], None, "%", bar, ">="))
        slow = 1000 * float(np.percentile(views, 99))
        rows.append(Row(f"  p99 of {len(views)} views", [slow], None, "ms", None))
    return rows


def _walk(url: str, made: Register, users: int, seconds: float) -> tuple[list[float], int]:
    asked = {
        "url": url,
        "users": users,
        "seconds": seconds,
        "seed": 2026,
        "points": made.points[:2000, :2].tolist(),
    }
    program = Path(__file__).with_name("tile_walk.py")
    done = subprocess.run(
        (sys.executable, str(program)),
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    answer = json.loads(done.stdout)
    return answer["views"], answer["failures"]


@contextlib.contextmanager
def _editing(made: Register) -> Iterator[list[int]]:
    """Change parcels all the while; answer the list of revisions, which grows."""
    changes = Changes(made.services, Random(7), made.points[:, 2].astype(int).tolist())
    done, end = [], threading.Event()

    def edit() -> None:
        while not end.wait(EDITS_EVERY_S):
            with contextlib.suppress(LandgisError):
                done.append(changes.write(changes.plan())[0])

    thread = threading.Thread(target=edit)
    thread.start()
    try:
        yield done
    finally:
        end.set()
        thread.join()
