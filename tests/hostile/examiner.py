"""Run ``landgis validate`` on one file at a time, each in a process of its own.

A server of forks: it reads one JSON task a line, and answers how the command ended, how long it
took, and how much memory and disk it used at most. Nothing that a file does reaches the next.
With ``--warm DRIVER`` the reading processes are forks, too (``warm_reader``).
"""

import contextlib
import gc
import json
import os
import resource
import select
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NoReturn

LOOK_EVERY_S = 0.05


def main() -> None:
    """Answer tasks until there are no more."""
    import landgis.cli
    import landgis.cli.importing  # noqa: F401 - what every task needs is loaded once

    if "--warm" in sys.argv:
        from landgis.ingest import reader_process
        from tests.hostile import warm_reader

        warm_reader.load(sys.argv[2])
        reader_process.subprocess.run = warm_reader.run  # type: ignore[assignment]
        _warm_up()
    gc.freeze()  # so that no fork copies a page only to look at what it will never free
    for line in sys.stdin:
        print(json.dumps(attempt(json.loads(line))), flush=True)


def _warm_up() -> None:
    """Look at a sound file here, so that every fork has loaded what that takes."""
    from landgis.cli import main as landgis
    from tests.hostile.parts import layer, loose

    os.environ["LANDGIS_JURISDICTION"] = "generic"
    with (
        tempfile.TemporaryDirectory() as folder,
        open(os.devnull, "w") as nowhere,  # noqa: PTH123
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
        contextlib.suppress(SystemExit),
    ):
        sys.argv = ["landgis", "validate", str(loose(Path(folder), layer())), "--json"]
        landgis()


def attempt(task: dict[str, Any]) -> dict[str, Any]:
    """Answer how ``task["arguments"]`` ended within ``task["limit_s"]``."""
    scratch = Path(tempfile.mkdtemp(prefix="examined-", dir=task["within"]))
    begin = time.monotonic()
    pid = os.fork()
    if pid == 0:
        _run(task, scratch)
    disk = _watched(pid, scratch / "tmp", begin + task["limit_s"])
    _, status, used = os.wait4(pid, 0)
    said = {
        "ended": os.waitstatus_to_exitcode(status),
        "seconds": time.monotonic() - begin,
        "processor": used.ru_utime + used.ru_stime,
        "memory": used.ru_maxrss * 1024,
        "disk": disk,
        "left": sorted(path.name for path in (scratch / "tmp").iterdir()),
        "out": (scratch / "out").read_text("utf-8", "replace"),
        "errors": (scratch / "errors").read_text("utf-8", "replace"),
    }
    shutil.rmtree(scratch)
    return said


def _run(task: dict[str, Any], scratch: Path) -> NoReturn:
    code = 70
    try:
        os.setsid()
        (scratch / "tmp").mkdir()
        tempfile.tempdir = str(scratch / "tmp")
        os.environ |= {"TMPDIR": tempfile.tempdir, "LANDGIS_HOME": str(scratch / "home")}
        os.environ["LANDGIS_JURISDICTION"] = task["jurisdiction"]
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        for number, name in ((1, "out"), (2, "errors")):
            os.dup2(os.open(scratch / name, os.O_WRONLY | os.O_CREAT), number)
        sys.argv = ["landgis", *task["arguments"]]
        from landgis.cli import main as landgis

        try:
            landgis()
        except SystemExit as ending:
            code = ending.code if isinstance(ending.code, int) else code
    except BaseException:  # noqa: BLE001 - a fork must never return
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _watched(pid: int, folder: Path, until: float) -> int:
    """Wait for ``pid``, kill its group when it is late; answer the most bytes in ``folder``."""
    most = 0
    handle = os.pidfd_open(pid)
    try:
        while not select.select([handle], [], [], LOOK_EVERY_S)[0]:
            most = max(most, _bytes_in(folder))
            if time.monotonic() > until:
                os.killpg(pid, signal.SIGKILL)
    finally:
        os.close(handle)
    return most


def _bytes_in(folder: Path) -> int:
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += (Path(place) / name).lstat().st_blocks * 512
    return total


if __name__ == "__main__":
    main()
