"""Reading processes that are forked, not started: the same code and limits, half a second sooner.

The fork is the reading process: it takes on the environment that ``reader_process`` made for it,
goes into its folder, shuts itself in, does what ``python -m landgis.ingest.child`` does and ends.
GDAL is loaded before the fork for one driver, and only in the fork where there is none; a task
for another driver gets a process of its own as ever.
"""

import json
import os
import select
import signal
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

from landgis.ingest import child
from landgis.ingest.gdal_reader import SKIP_VARIABLE, load_gdal, skip_list
from landgis.ingest.sandbox import UNUSED_PACKAGES

WITHOUT_GDAL = frozenset({"GeoJSON", "Parquet"})

start = subprocess.run
loaded = ""
"""The driver that GDAL has here."""


def load(driver: str) -> None:
    """Load GDAL with this driver; with none for ''."""
    global loaded  # noqa: PLW0603 - one process, one GDAL
    if driver:
        sys.modules |= dict.fromkeys(UNUSED_PACKAGES)  # type: ignore[arg-type]
        os.environ[SKIP_VARIABLE] = skip_list(driver)
        load_gdal(driver)
        for name in UNUSED_PACKAGES:
            del sys.modules[name]
    loaded = driver


def run(command: list[str], **how: Any) -> "subprocess.CompletedProcess[bytes]":
    """Stand in for ``subprocess.run`` in ``reader_process``."""
    driver = json.loads((Path(command[-1]) / child.TASK).read_text("utf-8"))["driver"]
    if loaded not in {driver, ""} and driver not in WITHOUT_GDAL:
        return start(command, **how)
    pid = os.fork()
    if pid == 0:
        _read(Path(command[-1]), how["env"], how["stderr"].fileno())
    handle = os.pidfd_open(pid)
    is_late = not select.select([handle], [], [], how["timeout"])[0]
    os.close(handle)
    if is_late:
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    if is_late:
        raise subprocess.TimeoutExpired(command, how["timeout"])
    return subprocess.CompletedProcess(command, os.waitstatus_to_exitcode(status))


def _read(folder: Path, environment: dict[str, str], errors: int) -> NoReturn:
    code = 1
    try:
        os.environ.clear()
        os.environ |= environment
        os.chdir(folder)
        os.dup2(os.open(os.devnull, os.O_RDWR), 0)
        os.dup2(0, 1)
        os.dup2(errors, 2)
        for name in UNUSED_PACKAGES:
            sys.modules.pop(name, None)
        child.main(folder)
        code = 0
    except BaseException:  # noqa: BLE001 - a fork must never return
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)
