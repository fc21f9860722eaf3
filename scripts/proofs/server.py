"""A server as a machine of its own has it: with its own home, and so its own store of tiles."""

import contextlib
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from proofs.world import ROOT, environment, wait_until_ready


@dataclass
class Server:
    """A server with a home, and so a tile store, of its own."""

    home: Path
    port: int
    settings: dict[str, str]
    log: Path
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it with two processes, and come back when it is ready."""
        arguments = ["serve", "--port", str(self.port), "--processes", "2"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "landgis", *arguments],
                env=environment(self.home) | self.settings,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=ROOT,
            )
        wait_until_ready(self.process, self.url)

    def kill(self) -> None:
        """End it and its workers without a word."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
