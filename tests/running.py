"""landgis as a program of its own: homes, environments, starting and waiting."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen
from uuid import uuid4

import pytest

START_SECONDS = 120


def new_home() -> Path:
    """A folder that PostgreSQL's own user may enter, and a path short enough for a socket."""
    base = Path("/var/lib/landgis") if os.geteuid() == 0 else Path(tempfile.gettempdir())
    base.mkdir(mode=0o755, parents=True, exist_ok=True)
    return base / f"t{uuid4().hex[:10]}"


def environment(home: Path, **settings: str) -> dict[str, str]:
    """This process's environment with no setting of landgis but these."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("LANDGIS_")}
    return kept | {"LANDGIS_HOME": str(home)} | settings


def landgis(home: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a command of landgis on a home to its end."""
    return subprocess.run(
        [sys.executable, "-m", "landgis", *arguments],
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def start_demo(home: Path, port: int, **settings: str) -> "subprocess.Popen[bytes]":
    """Start ``landgis up --demo`` as people do, and come back when it is ready."""
    return start(home, port, "up", "--demo", **settings)


def start(home: Path, port: int, *command: str, **settings: str) -> "subprocess.Popen[bytes]":
    """Start a command that serves on a port, in a process group of its own, until it is ready."""
    log = log_of(home)
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "landgis", *command, "--port", str(port)],
            env=environment(home, **settings),
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    wait_until_ready(process, f"http://127.0.0.1:{port}", log)
    return process


def log_of(home: Path) -> Path:
    """Where the output of a started landgis goes."""
    return home.with_suffix(".log")


def wait_until_ready(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    """Ask until the server is ready; it either becomes so or its process ends."""
    for _ in range(START_SECONDS * 4):
        try:
            with urlopen(f"{url}/readyz", timeout=5):
                return
        except (URLError, ConnectionError, TimeoutError):
            try:
                process.wait(timeout=0.25)
            except subprocess.TimeoutExpired:
                continue
            break
    if process.poll() is None:
        process.terminate()
        process.wait(timeout=60)
    pytest.fail("landgis up did not become ready:\n" + log.read_text(errors="replace")[-4000:])
