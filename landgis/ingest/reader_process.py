"""Start the reading process with nothing but a file, and understand how it ended."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, NamedTuple, Self

from landgis.config import PACKAGE_DIR
from landgis.errors import Refused
from landgis.ingest.gdal_reader import SKIP_VARIABLE, skip_list
from landgis.ingest.sandbox import ANSWER, CPU_SECONDS, TASK

READER_SECONDS = 600
"""Wall-clock limit of one reading process; its processor time is limited in ``sandbox``."""

STDERR_TAIL_BYTES = 2000


class Reader(NamedTuple):
    """A module that reads what strangers send, and how long it may."""

    module: str
    cpu_seconds: int
    """As the module tells its sandbox."""

    seconds: int
    """By the clock."""


@dataclass(frozen=True)
class ReadTable:
    """One layer that the reading process has left in its folder."""

    rows: Path
    """Written by ``row_table.RowWriter``."""

    records: Path
    """Our own count of its records (``.npy``); not written for shapefiles."""

    heights: int
    """Rows whose vertices had heights or measures; drawings, which give them to all, say 0."""

    stopped: str | None
    """What GDAL said when it ended before the last record."""

    name: str | None
    crs: str | None

    @classmethod
    def from_answer(cls, answer: Mapping[str, Any], folder: Path) -> Self:
        """Read what ``child`` wrote about one layer."""
        return cls(
            rows=folder / f"{answer['files']}.arrow",
            records=folder / f"{answer['files']}.npy",
            heights=answer["heights"],
            stopped=answer["stopped"],
            name=answer.get("name"),
            crs=answer.get("crs"),
        )


def run_reader(
    path: Path, driver: str, workdir: Path, *, layer: str | None, called: str
) -> list[ReadTable]:
    """Answer what the reading process says about the layers of ``path``.

    Its files are left in a new folder of ``workdir``; ``called`` is how messages call the file.

    Raises
    ------
    Refused
        What the process refuses; ``reader_failed`` when it does not live to say anything.
    """
    folder = Path(mkdtemp(prefix="read-", dir=workdir.absolute()))
    said = ask({"driver": driver, "path": str(path.absolute()), "layer": layer}, folder, called)
    return [ReadTable.from_answer(layer_answer, folder) for layer_answer in said["layers"]]


def list_tables(
    path: Path, workdir: Path, *, called: str, driver: str
) -> tuple[list[str], list[str]]:
    """Answer the tables of a database that may hold polygons, and the others with their type.

    Raises
    ------
    Refused
        As for ``run_reader``.
    """
    folder = Path(mkdtemp(prefix="list-", dir=workdir.absolute()))
    task = {"driver": driver, "path": str(path.absolute()), "layer": None, "is_listing": True}
    said = ask(task, folder, called)
    return said["tables"], said["others"]


def ask(
    task: dict[str, Any], folder: Path, called: str, reader: Reader | None = None
) -> dict[str, Any]:
    """Answer what a reading process says of a task; ``folder`` is its own.

    Without ``reader`` it is that of layers.

    Raises
    ------
    Refused
        As for ``run_reader``.
    """
    reader = reader or Reader("landgis.ingest.child", CPU_SECONDS, READER_SECONDS)
    (folder / TASK).write_text(json.dumps(task), "utf-8")
    errors = folder / "stderr.txt"
    try:
        with errors.open("wb") as stderr:
            ended = subprocess.run(  # noqa: S603 - our own module, no shell
                [sys.executable, "-P", "-m", reader.module, str(folder)],
                cwd=folder,
                env=_environment(task["driver"]),
                stdin=subprocess.DEVNULL,
                # Nothing comes: waiting for the end of a pipe wakes up at once, a plain
                # wait with a timeout looks every 50 ms only.
                stdout=subprocess.PIPE,
                stderr=stderr,
                timeout=reader.seconds,
                check=False,
            )
    except subprocess.TimeoutExpired as problem:
        raise _failed(called, f"reading took longer than {reader.seconds} s") from problem
    answer = folder / ANSWER
    if ended.returncode != 0 or not answer.is_file():
        raise _failed(called, _how_it_ended(ended.returncode, errors, reader))
    said: dict[str, Any] = json.loads(answer.read_text("utf-8"))
    if "refused" in said:
        message = said["refused"]["message"].replace(task["path"], called)
        raise Refused(said["refused"]["code"], f"{called}: {message}", file=called)
    return said


def _environment(driver: str) -> dict[str, str]:
    """No password, no proxy, no home: only what Python and GDAL need to start."""
    kept = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "LD_LIBRARY_PATH")
    return {key: os.environ[key] for key in kept if key in os.environ} | {
        "PYTHONPATH": str(PACKAGE_DIR.parent),
        "PYTHONNOUSERSITE": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        SKIP_VARIABLE: skip_list(driver),
        "GDAL_DRIVER_PATH": "disable",
        # GDAL's quick way through a GeoPackage repeats or drops rows where the package's own
        # count is wrong; the plain way takes 1 s a million rows more.
        "OGR_GPKG_STREAM_BASE_IMPL": "YES",
        # Its quick way through a FlatGeobuf gives broken Arrow offsets after a null geometry.
        "OGR_FLATGEOBUF_STREAM_BASE_IMPL": "YES",
        # One buffer a thread would eat the limited address space on a machine of many cores.
        "OPENBLAS_NUM_THREADS": "1",
    }


def _how_it_ended(returncode: int, errors: Path, reader: Reader) -> str:
    if returncode < 0 and -returncode == getattr(signal, "SIGXCPU", None):
        return f"reading took more than {reader.cpu_seconds} s of processor time"
    if returncode < 0:
        return f"the reading process died of {signal.Signals(-returncode).name}"
    lines = errors.read_bytes()[-STDERR_TAIL_BYTES:].decode("utf-8", "replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "no message")
    return f"the reading process ended with code {returncode} ({last})"


def _failed(called: str, why: str) -> Refused:
    return Refused(
        "reader_failed",
        f"{called}: {why}; the file may be damaged or made to harm, export the layer again",
        file=called,
    )
